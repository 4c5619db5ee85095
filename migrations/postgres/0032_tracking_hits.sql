-- Where the links of a campaign lead, byte for byte as written; fixed when the campaign was frozen. A signed link names
-- a row of this table, never an address.
CREATE TABLE campaign_link (
    company_id UUID NOT NULL,
    campaign_id UUID NOT NULL,
    link_no BIGINT NOT NULL,
    url TEXT NOT NULL,
    PRIMARY KEY (company_id, campaign_id, link_no)
);
SELECT lux_scope('campaign_link');

-- Every request to a pixel or a link that carried a good signature, as it came. Append-only.
CREATE TABLE hit (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    company_id UUID NOT NULL,
    campaign_id UUID NOT NULL,
    contact_id UUID NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('open', 'click')),
    -- of campaign_link; -1 for an open
    link_no BIGINT NOT NULL,
    at BIGINT NOT NULL,
    agent TEXT NOT NULL,
    -- keyed per company, hex: two hits can be told to come from one place, but not from which
    address_hash TEXT NOT NULL,
    verdict TEXT NOT NULL CHECK (verdict IN ('person', 'machine')),
    -- rule that gave the verdict
    reason TEXT NOT NULL
);
SELECT lux_scope('hit');
CREATE INDEX hit_link ON hit (company_id, campaign_id, link_no, contact_id);
CREATE INDEX hit_contact ON hit (company_id, contact_id);

-- Who said no through which message, so that the same link can take it back and no other.
CREATE TABLE unsubscription (
    company_id UUID NOT NULL,
    campaign_id UUID NOT NULL,
    contact_id UUID NOT NULL,
    at BIGINT NOT NULL,
    one_click BOOLEAN NOT NULL,
    reason TEXT NOT NULL,
    -- true if this message ended the consent, false if the person had said no before
    effective BOOLEAN NOT NULL,
    -- when the person took it back
    undone_at BIGINT,
    PRIMARY KEY (company_id, campaign_id, contact_id)
);
SELECT lux_scope('unsubscription');
CREATE INDEX unsubscription_contact ON unsubscription (company_id, contact_id);
