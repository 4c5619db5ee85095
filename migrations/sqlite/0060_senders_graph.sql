-- Senders of Microsoft 365 beside SMTP, sign-in by OAuth for both, and the order in which a company uses its senders.
ALTER TABLE sender ADD COLUMN kind TEXT NOT NULL DEFAULT 'smtp' CHECK (kind IN ('smtp', 'graph'));
ALTER TABLE sender ADD COLUMN position INTEGER NOT NULL DEFAULT 0;
ALTER TABLE sender ADD COLUMN sign_in TEXT NOT NULL DEFAULT 'password' CHECK (sign_in IN ('password', 'oauth'));
ALTER TABLE sender ADD COLUMN tenant TEXT NOT NULL DEFAULT '';
ALTER TABLE sender ADD COLUMN client_id TEXT NOT NULL DEFAULT '';
ALTER TABLE sender ADD COLUMN graph_mode TEXT NOT NULL DEFAULT 'auto' CHECK (graph_mode IN ('auto', 'draft', 'send'));
-- limits of Microsoft 365, per mailbox and for the whole tenant: they change, so they are data
ALTER TABLE sender ADD COLUMN licences INTEGER;
ALTER TABLE sender ADD COLUMN tenant_per_day INTEGER;
ALTER TABLE sender ADD COLUMN mailbox_per_minute INTEGER NOT NULL DEFAULT 30;
ALTER TABLE sender ADD COLUMN mailbox_per_day INTEGER NOT NULL DEFAULT 10000;
ALTER TABLE sender ADD COLUMN mailbox_at_once INTEGER NOT NULL DEFAULT 4;

-- The mailboxes of a sender, used in turn. One that is in trouble rests.
CREATE TABLE sender_mailbox (
    company_id BLOB NOT NULL,
    sender_id BLOB NOT NULL,
    address TEXT NOT NULL,
    position INTEGER NOT NULL,
    trouble TEXT NOT NULL DEFAULT '',
    rests_until INTEGER,
    PRIMARY KEY (company_id, sender_id, address),
    FOREIGN KEY (company_id, sender_id) REFERENCES sender (company_id, id) ON DELETE CASCADE
) STRICT;

-- What went through each mailbox lately. Outlives a mailbox that is taken out and put back, so that its limits hold.
CREATE TABLE sender_mailbox_usage (
    company_id BLOB NOT NULL,
    sender_id BLOB NOT NULL,
    address TEXT NOT NULL,
    grain TEXT NOT NULL CHECK (grain IN ('second', 'minute')),
    bucket INTEGER NOT NULL,
    used INTEGER NOT NULL,
    PRIMARY KEY (company_id, sender_id, address, grain, bucket),
    FOREIGN KEY (company_id, sender_id) REFERENCES sender (company_id, id) ON DELETE CASCADE
) STRICT;
