-- Single messages sent by programs, each with its own outcome. Written out when they are accepted: nothing is rendered later.
CREATE TABLE message (
    company_id BLOB NOT NULL,
    id BLOB NOT NULL,
    sender_id BLOB NOT NULL,
    template_id BLOB,
    address TEXT NOT NULL,
    to_name TEXT NOT NULL,
    from_name TEXT NOT NULL,
    reply_to TEXT NOT NULL,
    subject TEXT NOT NULL,
    html TEXT,
    body TEXT NOT NULL,
    -- what happens when no answer came: it stays unknown, or it is sent again under the same Message-ID
    policy TEXT NOT NULL CHECK (policy IN ('never_twice', 'at_least_once')),
    state TEXT NOT NULL CHECK (state IN ('pending', 'claimed', 'handed', 'accepted', 'failed', 'skipped', 'unknown')),
    reason TEXT NOT NULL DEFAULT '',
    detail TEXT NOT NULL DEFAULT '',
    attempts INTEGER NOT NULL DEFAULT 0,
    -- tries whose answer never came
    repeats INTEGER NOT NULL DEFAULT 0,
    next_at INTEGER NOT NULL DEFAULT 0,
    lease_until INTEGER,
    node TEXT,
    epoch INTEGER NOT NULL DEFAULT 0,
    attempt_id BLOB,
    message_id TEXT,
    created_at INTEGER NOT NULL,
    handed_at INTEGER,
    settled_at INTEGER,
    PRIMARY KEY (company_id, id)
) STRICT;
CREATE INDEX message_pending ON message (next_at, id) WHERE state = 'pending';
CREATE INDEX message_lease ON message (lease_until) WHERE state IN ('claimed', 'handed');
