-- How a company's mail is delivered: contract::sending::Policy as JSON. No row is the defaults.
CREATE TABLE sending_policy (
    company_id UUID PRIMARY KEY,
    policy TEXT NOT NULL,
    updated_at BIGINT NOT NULL
);
SELECT lux_scope('sending_policy');

-- How this campaign is delivered: contract::sending::Delivery as JSON.
ALTER TABLE campaign ADD COLUMN delivery TEXT NOT NULL DEFAULT '{}';

-- What was handed over lately under limits that are not a sender's: campaigns, recipient domains, provider accounts.
CREATE TABLE rate_usage (
    company_id UUID NOT NULL,
    key TEXT NOT NULL,
    grain TEXT NOT NULL CHECK (grain IN ('tick', 'second', 'minute')),
    bucket BIGINT NOT NULL,
    used BIGINT NOT NULL,
    PRIMARY KEY (company_id, key, grain, bucket)
);
SELECT lux_scope('rate_usage');

-- When the next message of something that is spread evenly is due.
CREATE TABLE rate_turn (
    company_id UUID NOT NULL,
    key TEXT NOT NULL,
    turn_at BIGINT NOT NULL,
    PRIMARY KEY (company_id, key)
);
SELECT lux_scope('rate_turn');

-- Recipient domains that asked a sender to come back later.
CREATE TABLE destination (
    company_id UUID NOT NULL,
    sender_id UUID NOT NULL,
    domain TEXT NOT NULL,
    rests_until BIGINT NOT NULL,
    reason TEXT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (company_id, sender_id, domain)
);
SELECT lux_scope('destination');
CREATE INDEX destination_rests ON destination (rests_until);
