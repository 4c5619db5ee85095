-- Senders of Microsoft 365 beside SMTP, sign-in by OAuth for both, and the order in which a company uses its senders.
ALTER TABLE sender ADD COLUMN kind TEXT NOT NULL DEFAULT 'smtp' CHECK (kind IN ('smtp', 'graph'));
ALTER TABLE sender ADD COLUMN position BIGINT NOT NULL DEFAULT 0;
ALTER TABLE sender ADD COLUMN sign_in TEXT NOT NULL DEFAULT 'password' CHECK (sign_in IN ('password', 'oauth'));
ALTER TABLE sender ADD COLUMN tenant TEXT NOT NULL DEFAULT '';
ALTER TABLE sender ADD COLUMN client_id TEXT NOT NULL DEFAULT '';
ALTER TABLE sender ADD COLUMN graph_mode TEXT NOT NULL DEFAULT 'auto' CHECK (graph_mode IN ('auto', 'draft', 'send'));
-- limits of Microsoft 365, per mailbox and for the whole tenant: they change, so they are data
ALTER TABLE sender ADD COLUMN licences BIGINT;
ALTER TABLE sender ADD COLUMN tenant_per_day BIGINT;
ALTER TABLE sender ADD COLUMN mailbox_per_minute BIGINT NOT NULL DEFAULT 30;
ALTER TABLE sender ADD COLUMN mailbox_per_day BIGINT NOT NULL DEFAULT 10000;
ALTER TABLE sender ADD COLUMN mailbox_at_once BIGINT NOT NULL DEFAULT 4;

-- The mailboxes of a sender, used in turn. One that is in trouble rests.
CREATE TABLE sender_mailbox (
    company_id UUID NOT NULL,
    sender_id UUID NOT NULL,
    address TEXT NOT NULL,
    position BIGINT NOT NULL,
    trouble TEXT NOT NULL DEFAULT '',
    rests_until BIGINT,
    PRIMARY KEY (company_id, sender_id, address),
    FOREIGN KEY (company_id, sender_id) REFERENCES sender (company_id, id) ON DELETE CASCADE
);
SELECT lux_scope('sender_mailbox');

-- What went through each mailbox lately. Outlives a mailbox that is taken out and put back, so that its limits hold.
CREATE TABLE sender_mailbox_usage (
    company_id UUID NOT NULL,
    sender_id UUID NOT NULL,
    address TEXT NOT NULL,
    grain TEXT NOT NULL CHECK (grain IN ('second', 'minute')),
    bucket BIGINT NOT NULL,
    used BIGINT NOT NULL,
    PRIMARY KEY (company_id, sender_id, address, grain, bucket),
    FOREIGN KEY (company_id, sender_id) REFERENCES sender (company_id, id) ON DELETE CASCADE
);
SELECT lux_scope('sender_mailbox_usage');
