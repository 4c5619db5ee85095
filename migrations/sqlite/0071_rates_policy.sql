-- How a company's mail is delivered: contract::sending::Policy as JSON. No row is the defaults.
CREATE TABLE sending_policy (
    company_id BLOB PRIMARY KEY NOT NULL,
    policy TEXT NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;

-- How this campaign is delivered: contract::sending::Delivery as JSON.
ALTER TABLE campaign ADD COLUMN delivery TEXT NOT NULL DEFAULT '{}';

-- What was handed over lately under limits that are not a sender's: campaigns, recipient domains, provider accounts.
CREATE TABLE rate_usage (
    company_id BLOB NOT NULL,
    key TEXT NOT NULL,
    grain TEXT NOT NULL CHECK (grain IN ('tick', 'second', 'minute')),
    bucket INTEGER NOT NULL,
    used INTEGER NOT NULL,
    PRIMARY KEY (company_id, key, grain, bucket)
) STRICT;

-- When the next message of something that is spread evenly is due.
CREATE TABLE rate_turn (
    company_id BLOB NOT NULL,
    key TEXT NOT NULL,
    turn_at INTEGER NOT NULL,
    PRIMARY KEY (company_id, key)
) STRICT;

-- Recipient domains that asked a sender to come back later.
CREATE TABLE destination (
    company_id BLOB NOT NULL,
    sender_id BLOB NOT NULL,
    domain TEXT NOT NULL,
    rests_until INTEGER NOT NULL,
    reason TEXT NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (company_id, sender_id, domain)
) STRICT;
CREATE INDEX destination_rests ON destination (rests_until);
