-- An SMTP account that mail is sent through. Its secret is in `secret` (kind `sender`, named by the id), never here.
CREATE TABLE sender (
    company_id BLOB NOT NULL,
    id BLOB NOT NULL,
    name TEXT NOT NULL,
    host TEXT NOT NULL,
    port INTEGER NOT NULL,
    tls TEXT NOT NULL CHECK (tls IN ('tls', 'starttls', 'none')),
    login TEXT NOT NULL,
    from_email TEXT NOT NULL,
    from_name TEXT NOT NULL,
    reply_to TEXT NOT NULL,
    pool INTEGER NOT NULL,
    -- at most so many in any such stretch of time; NULL is no limit
    per_second INTEGER,
    per_minute INTEGER,
    per_hour INTEGER,
    per_day INTEGER,
    -- grows with every change of the settings: open connections are told apart by it
    version INTEGER NOT NULL,
    health_state TEXT NOT NULL CHECK (health_state IN ('untested', 'good', 'cooling', 'failing')),
    health_detail TEXT NOT NULL,
    health_at INTEGER,
    health_until INTEGER,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (company_id, id),
    UNIQUE (company_id, name)
) STRICT;

-- What was handed over lately, in buckets (50 ms, seconds, minutes since the epoch): the limits hold across restarts and nodes.
CREATE TABLE sender_usage (
    company_id BLOB NOT NULL,
    sender_id BLOB NOT NULL,
    grain TEXT NOT NULL CHECK (grain IN ('tick', 'second', 'minute')),
    bucket INTEGER NOT NULL,
    used INTEGER NOT NULL,
    PRIMARY KEY (company_id, sender_id, grain, bucket),
    FOREIGN KEY (company_id, sender_id) REFERENCES sender (company_id, id) ON DELETE CASCADE
) STRICT;
