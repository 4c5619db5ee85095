-- Campaigns that were held because of what came back: once each, so that who lets one go on is not stopped again.
CREATE TABLE bounce_hold (
    company_id UUID NOT NULL,
    campaign_id UUID NOT NULL,
    held_at BIGINT NOT NULL,
    PRIMARY KEY (company_id, campaign_id),
    FOREIGN KEY (company_id, campaign_id) REFERENCES campaign (company_id, id) ON DELETE CASCADE
);
SELECT lux_scope('bounce_hold');
