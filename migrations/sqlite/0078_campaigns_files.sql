-- Files that go with a campaign. Kept in the database, so that every node that sends has them.
CREATE TABLE campaign_file (
    company_id BLOB NOT NULL,
    id BLOB NOT NULL,
    campaign_id BLOB NOT NULL,
    name TEXT NOT NULL,
    -- lower-case: names are unique whatever the case
    name_key TEXT NOT NULL,
    content_type TEXT NOT NULL,
    size INTEGER NOT NULL,
    body BLOB NOT NULL,
    added_at INTEGER NOT NULL,
    PRIMARY KEY (company_id, id),
    UNIQUE (company_id, campaign_id, name_key),
    FOREIGN KEY (company_id, campaign_id) REFERENCES campaign (company_id, id) ON DELETE CASCADE
) STRICT;
