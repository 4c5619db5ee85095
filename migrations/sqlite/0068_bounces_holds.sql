-- Campaigns that were held because of what came back: once each, so that who lets one go on is not stopped again.
CREATE TABLE bounce_hold (
    company_id BLOB NOT NULL,
    campaign_id BLOB NOT NULL,
    held_at INTEGER NOT NULL,
    PRIMARY KEY (company_id, campaign_id),
    FOREIGN KEY (company_id, campaign_id) REFERENCES campaign (company_id, id) ON DELETE CASCADE
) STRICT;
