-- What the links of a campaign answered; tried again when the content changed or the answers are old.
CREATE TABLE link_check (
    company_id BLOB NOT NULL,
    campaign_id BLOB NOT NULL,
    -- hash of the targets that were tried
    version TEXT NOT NULL,
    -- what each answered, as JSON
    answers TEXT NOT NULL,
    checked_at INTEGER NOT NULL,
    PRIMARY KEY (company_id, campaign_id),
    FOREIGN KEY (company_id, campaign_id) REFERENCES campaign (company_id, id) ON DELETE CASCADE
) STRICT;
