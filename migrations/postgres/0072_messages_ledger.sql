-- Single messages sent by programs, each with its own outcome. Written out when they are accepted: nothing is rendered later.
CREATE TABLE message (
    company_id UUID NOT NULL,
    id UUID NOT NULL,
    sender_id UUID NOT NULL,
    template_id UUID,
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
    attempts BIGINT NOT NULL DEFAULT 0,
    -- tries whose answer never came
    repeats BIGINT NOT NULL DEFAULT 0,
    next_at BIGINT NOT NULL DEFAULT 0,
    lease_until BIGINT,
    node TEXT,
    epoch BIGINT NOT NULL DEFAULT 0,
    attempt_id UUID,
    message_id TEXT,
    created_at BIGINT NOT NULL,
    handed_at BIGINT,
    settled_at BIGINT,
    PRIMARY KEY (company_id, id)
);
SELECT lux_scope('message');
CREATE INDEX message_pending ON message (next_at, id) WHERE state = 'pending';
CREATE INDEX message_lease ON message (lease_until) WHERE state IN ('claimed', 'handed');
