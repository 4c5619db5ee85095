-- The second lock between companies. `lux.company` is set by kernel::db at BEGIN: one company's id, or a star for the system.
CREATE FUNCTION lux_company() RETURNS uuid
LANGUAGE sql STABLE PARALLEL SAFE
AS $$ SELECT CASE WHEN current_setting('lux.company', true) IN ('', '*') THEN NULL ELSE current_setting('lux.company', true)::uuid END $$;

CREATE FUNCTION lux_system() RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE
AS $$ SELECT coalesce(current_setting('lux.company', true), '') = '*' $$;

-- Every table with a company_id calls this once, right after it is made: SELECT lux_scope('contact');
-- The functions stand in sub-selects so that they run once per statement, not once per row.
CREATE FUNCTION lux_scope(target regclass) RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', target);
    EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', target);
    EXECUTE format(
        'CREATE POLICY lux_company ON %s USING ((SELECT lux_system()) OR company_id = (SELECT lux_company()))',
        target
    );
END
$$;

-- What happened, in order, for whoever reacts to it.
CREATE TABLE event (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    company_id UUID NOT NULL,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    payload TEXT NOT NULL,
    at BIGINT NOT NULL
);
CREATE INDEX event_company ON event (company_id, id);
CREATE INDEX event_at ON event (at);
SELECT lux_scope('event');

-- Secrets at rest: sealed by kernel::Vault, bound to company, kind and name.
CREATE TABLE secret (
    company_id UUID NOT NULL,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    sealed BYTEA NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (company_id, kind, name)
);
SELECT lux_scope('secret');

-- Counters of kernel::RateLimits: one row per key, a window that moves on.
CREATE TABLE rate_limit (
    key TEXT PRIMARY KEY,
    window_start BIGINT NOT NULL,
    used BIGINT NOT NULL,
    previous BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX rate_limit_expires_at ON rate_limit (expires_at);

-- The queue of server/jobs. `epoch` fences: a worker whose lease ran out can no longer complete.
CREATE TABLE job (
    id UUID PRIMARY KEY,
    company_id UUID,
    name TEXT NOT NULL,
    key TEXT,
    payload TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('queued', 'running', 'done', 'failed', 'cancelled')),
    cancel BOOLEAN NOT NULL,
    run_at BIGINT NOT NULL,
    attempt BIGINT NOT NULL,
    max_attempts BIGINT NOT NULL,
    lease_until BIGINT,
    epoch BIGINT NOT NULL,
    node TEXT,
    progress_done BIGINT NOT NULL,
    progress_total BIGINT,
    error TEXT,
    created_at BIGINT NOT NULL,
    finished_at BIGINT
);
CREATE UNIQUE INDEX job_key ON job (name, key) WHERE key IS NOT NULL AND state = 'queued';
CREATE INDEX job_due ON job (run_at, id) WHERE state = 'queued';
CREATE INDEX job_lease ON job (lease_until) WHERE state = 'running';
CREATE INDEX job_finished ON job (finished_at) WHERE finished_at IS NOT NULL;
CREATE INDEX job_company ON job (company_id, id);
SELECT lux_scope('job');

-- One row per repeated job; moving next_at from the value that was read is what fires it exactly once.
CREATE TABLE schedule (
    name TEXT PRIMARY KEY,
    next_at BIGINT NOT NULL,
    last_at BIGINT
);
