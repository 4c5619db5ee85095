-- What happened, in order, for whoever reacts to it.
CREATE TABLE event (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    company_id BLOB NOT NULL,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    payload TEXT NOT NULL,
    at INTEGER NOT NULL
) STRICT;
CREATE INDEX event_company ON event (company_id, id);
CREATE INDEX event_at ON event (at);

-- Secrets at rest: sealed by kernel::Vault, bound to company, kind and name.
CREATE TABLE secret (
    company_id BLOB NOT NULL,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    sealed BLOB NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (company_id, kind, name)
) STRICT;

-- Counters of kernel::RateLimits: one row per key, a window that moves on.
CREATE TABLE rate_limit (
    key TEXT PRIMARY KEY NOT NULL,
    window_start INTEGER NOT NULL,
    used INTEGER NOT NULL,
    previous INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX rate_limit_expires_at ON rate_limit (expires_at);

-- The queue of server/jobs. `epoch` fences: a worker whose lease ran out can no longer complete.
CREATE TABLE job (
    id BLOB PRIMARY KEY NOT NULL,
    company_id BLOB,
    name TEXT NOT NULL,
    key TEXT,
    payload TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('queued', 'running', 'done', 'failed', 'cancelled')),
    cancel INTEGER NOT NULL,
    run_at INTEGER NOT NULL,
    attempt INTEGER NOT NULL,
    max_attempts INTEGER NOT NULL,
    lease_until INTEGER,
    epoch INTEGER NOT NULL,
    node TEXT,
    progress_done INTEGER NOT NULL,
    progress_total INTEGER,
    error TEXT,
    created_at INTEGER NOT NULL,
    finished_at INTEGER
) STRICT;
CREATE UNIQUE INDEX job_key ON job (name, key) WHERE key IS NOT NULL AND state = 'queued';
CREATE INDEX job_due ON job (run_at, id) WHERE state = 'queued';
CREATE INDEX job_lease ON job (lease_until) WHERE state = 'running';
CREATE INDEX job_finished ON job (finished_at) WHERE finished_at IS NOT NULL;
CREATE INDEX job_company ON job (company_id, id);

-- One row per repeated job; moving next_at from the value that was read is what fires it exactly once.
CREATE TABLE schedule (
    name TEXT PRIMARY KEY NOT NULL,
    next_at INTEGER NOT NULL,
    last_at INTEGER
) STRICT;
