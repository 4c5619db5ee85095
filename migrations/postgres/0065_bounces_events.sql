-- What came of a message after its server had taken it: first time each, NULL while nothing came.
ALTER TABLE recipient ADD COLUMN bounced_at BIGINT;
ALTER TABLE recipient ADD COLUMN bounce_class TEXT CHECK (bounce_class IN ('hard', 'soft', 'ignore', 'block'));
ALTER TABLE recipient ADD COLUMN complained_at BIGINT;
CREATE INDEX recipient_bounced ON recipient (company_id, campaign_id, bounced_at) WHERE bounced_at IS NOT NULL;
CREATE INDEX recipient_complained ON recipient (company_id, campaign_id, complained_at) WHERE complained_at IS NOT NULL;

-- Everything that came back, once each.
CREATE TABLE bounce_event (
    company_id UUID NOT NULL,
    id UUID NOT NULL,
    -- the same for every copy of a report, whatever way it comes
    dedupe TEXT NOT NULL,
    source TEXT NOT NULL CHECK (source IN ('mailbox', 'hook')),
    source_id UUID NOT NULL,
    -- as it was called then
    source_name TEXT NOT NULL,
    class TEXT NOT NULL CHECK (class IN ('hard', 'soft', 'ignore', 'block', 'complaint', 'auto_reply')),
    -- normalised, or empty
    address TEXT NOT NULL,
    -- of the ledger's row it is about, where one was found
    recipient_id BIGINT,
    contact_id UUID,
    campaign_id UUID,
    code TEXT NOT NULL,
    words TEXT NOT NULL,
    effect TEXT NOT NULL CHECK (effect IN ('suppressed', 'counted', 'alert', 'none')),
    at BIGINT NOT NULL,
    received_at BIGINT NOT NULL,
    PRIMARY KEY (company_id, id),
    UNIQUE (company_id, dedupe)
);
CREATE INDEX bounce_event_received ON bounce_event (company_id, received_at, id);
CREATE INDEX bounce_event_class ON bounce_event (company_id, class, received_at, id);
CREATE INDEX bounce_event_campaign ON bounce_event (company_id, campaign_id, class) WHERE campaign_id IS NOT NULL;
SELECT lux_scope('bounce_event');

-- When mail is withheld and campaigns are held, where a company wants it otherwise than usual.
CREATE TABLE bounce_rule (
    company_id UUID PRIMARY KEY,
    soft_limit BIGINT NOT NULL,
    soft_of BIGINT NOT NULL,
    -- of a thousand, of ten thousand; 0 never holds
    hold_bounces BIGINT NOT NULL,
    hold_complaints BIGINT NOT NULL,
    hold_after BIGINT NOT NULL
);
SELECT lux_scope('bounce_rule');
