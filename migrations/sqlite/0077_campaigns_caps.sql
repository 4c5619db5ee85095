-- How often a person is mailed at most: contract::campaigns::Caps as JSON. No row is no cap.
CREATE TABLE frequency_cap (
    company_id BLOB NOT NULL,
    caps TEXT NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (company_id)
) STRICT;

-- A sender whose daily limit grows.
CREATE TABLE warm_up (
    company_id BLOB NOT NULL,
    sender_id BLOB NOT NULL,
    first_day INTEGER NOT NULL,
    growth_percent INTEGER NOT NULL,
    target INTEGER NOT NULL,
    started_at INTEGER NOT NULL,
    PRIMARY KEY (company_id, sender_id)
) STRICT;

-- What a person was handed lately, over all campaigns.
CREATE INDEX recipient_person ON recipient (company_id, contact_id, handed_at) WHERE handed_at IS NOT NULL;
