-- How often a person is mailed at most: contract::campaigns::Caps as JSON. No row is no cap.
CREATE TABLE frequency_cap (
    company_id UUID NOT NULL,
    caps TEXT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (company_id)
);
SELECT lux_scope('frequency_cap');

-- A sender whose daily limit grows.
CREATE TABLE warm_up (
    company_id UUID NOT NULL,
    sender_id UUID NOT NULL,
    first_day BIGINT NOT NULL,
    growth_percent BIGINT NOT NULL,
    target BIGINT NOT NULL,
    started_at BIGINT NOT NULL,
    PRIMARY KEY (company_id, sender_id)
);
SELECT lux_scope('warm_up');

-- What a person was handed lately, over all campaigns.
CREATE INDEX recipient_person ON recipient (company_id, contact_id, handed_at) WHERE handed_at IS NOT NULL;
