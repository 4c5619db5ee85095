-- Files that go with a campaign. Kept in the database, so that every node that sends has them.
CREATE TABLE campaign_file (
    company_id UUID NOT NULL,
    id UUID NOT NULL,
    campaign_id UUID NOT NULL,
    name TEXT NOT NULL,
    -- lower-case: names are unique whatever the case
    name_key TEXT NOT NULL,
    content_type TEXT NOT NULL,
    size BIGINT NOT NULL,
    body BYTEA NOT NULL,
    added_at BIGINT NOT NULL,
    PRIMARY KEY (company_id, id),
    UNIQUE (company_id, campaign_id, name_key),
    FOREIGN KEY (company_id, campaign_id) REFERENCES campaign (company_id, id) ON DELETE CASCADE
);
SELECT lux_scope('campaign_file');
