-- Answers of POST requests that carried an Idempotency-Key, so that asking again does nothing twice. Kept 48 hours.
-- `epoch` fences: a request that was taken for dead can no longer write its answer.
CREATE TABLE idempotency (
    company_id UUID NOT NULL,
    key TEXT NOT NULL,
    request BYTEA NOT NULL,
    content BYTEA,
    state TEXT NOT NULL CHECK (state IN ('running', 'done', 'unknown')),
    epoch BIGINT NOT NULL,
    lease_until BIGINT NOT NULL,
    status BIGINT,
    location TEXT,
    answer TEXT,
    at BIGINT NOT NULL,
    PRIMARY KEY (company_id, key)
);
CREATE INDEX idempotency_at ON idempotency (at);
SELECT lux_scope('idempotency');
