-- Where the links of a campaign lead, byte for byte as written; fixed when the campaign was frozen. A signed link names
-- a row of this table, never an address.
CREATE TABLE campaign_link (
    company_id BLOB NOT NULL,
    campaign_id BLOB NOT NULL,
    link_no INTEGER NOT NULL,
    url TEXT NOT NULL,
    PRIMARY KEY (company_id, campaign_id, link_no)
) STRICT;

-- Every request to a pixel or a link that carried a good signature, as it came. Append-only.
CREATE TABLE hit (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    company_id BLOB NOT NULL,
    campaign_id BLOB NOT NULL,
    contact_id BLOB NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('open', 'click')),
    -- of campaign_link; -1 for an open
    link_no INTEGER NOT NULL,
    at INTEGER NOT NULL,
    agent TEXT NOT NULL,
    -- keyed per company, hex: two hits can be told to come from one place, but not from which
    address_hash TEXT NOT NULL,
    verdict TEXT NOT NULL CHECK (verdict IN ('person', 'machine')),
    -- rule that gave the verdict
    reason TEXT NOT NULL
) STRICT;
CREATE INDEX hit_link ON hit (company_id, campaign_id, link_no, contact_id);
CREATE INDEX hit_contact ON hit (company_id, contact_id);

-- Who said no through which message, so that the same link can take it back and no other.
CREATE TABLE unsubscription (
    company_id BLOB NOT NULL,
    campaign_id BLOB NOT NULL,
    contact_id BLOB NOT NULL,
    at INTEGER NOT NULL,
    one_click INTEGER NOT NULL,
    reason TEXT NOT NULL,
    -- true if this message ended the consent, false if the person had said no before
    effective INTEGER NOT NULL,
    -- when the person took it back
    undone_at INTEGER,
    PRIMARY KEY (company_id, campaign_id, contact_id)
) STRICT;
CREATE INDEX unsubscription_contact ON unsubscription (company_id, contact_id);
