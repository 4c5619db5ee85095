-- Answers of POST requests that carried an Idempotency-Key, so that asking again does nothing twice. Kept 48 hours.
-- `epoch` fences: a request that was taken for dead can no longer write its answer.
CREATE TABLE idempotency (
    company_id BLOB NOT NULL,
    key TEXT NOT NULL,
    request BLOB NOT NULL,
    content BLOB,
    state TEXT NOT NULL CHECK (state IN ('running', 'done', 'unknown')),
    epoch INTEGER NOT NULL,
    lease_until INTEGER NOT NULL,
    status INTEGER,
    location TEXT,
    answer TEXT,
    at INTEGER NOT NULL,
    PRIMARY KEY (company_id, key)
) STRICT;
CREATE INDEX idempotency_at ON idempotency (at);
