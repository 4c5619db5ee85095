-- A campaign: its words, its audience, where it stands. Every move is one conditional UPDATE on `state`.
CREATE TABLE campaign (
    company_id UUID NOT NULL,
    id UUID NOT NULL,
    name TEXT NOT NULL,
    subject TEXT NOT NULL,
    preheader TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('html', 'mjml')),
    source TEXT NOT NULL,
    text_part TEXT NOT NULL,
    template_id UUID,
    sender_id UUID,
    from_name TEXT NOT NULL,
    reply_to TEXT NOT NULL,
    -- contract::campaigns::Audience as JSON
    audience TEXT NOT NULL,
    track_opens BOOLEAN NOT NULL,
    track_clicks BOOLEAN NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('draft', 'scheduled', 'preparing', 'sending', 'paused', 'finished', 'finished_with_failures', 'cancelled', 'failed')),
    state_reason TEXT NOT NULL DEFAULT '',
    -- who holds a paused one: a person, or trouble that a person has to look at
    held_by TEXT NOT NULL DEFAULT '' CHECK (held_by IN ('', 'person', 'trouble')),
    scheduled_at BIGINT,
    wall TEXT,
    zone TEXT,
    -- contract::templates::Content as JSON, fixed when preparing began; what is sent is written from this
    frozen TEXT,
    -- last contact that is in the ledger: preparing goes on after it
    prepared_after UUID,
    -- set when everybody is in the ledger
    prepared_at BIGINT,
    -- grows with every start, resume and change of what is sent: caches and late workers are told apart by it
    epoch BIGINT NOT NULL DEFAULT 0,
    started_at BIGINT,
    finished_at BIGINT,
    created_by UUID,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (company_id, id)
);
CREATE INDEX campaign_updated ON campaign (company_id, updated_at, id);
CREATE INDEX campaign_state ON campaign (state, scheduled_at);
SELECT lux_scope('campaign');

-- The ledger: one row per person of a campaign, whatever became of them.
CREATE TABLE recipient (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    company_id UUID NOT NULL,
    campaign_id UUID NOT NULL,
    contact_id UUID NOT NULL,
    -- normalised; NULL where there is none, or where another row of the campaign has it
    address TEXT,
    state TEXT NOT NULL CHECK (state IN ('pending', 'claimed', 'handed', 'accepted', 'failed', 'skipped', 'unknown', 'cancelled')),
    -- code: why it was skipped, or the class of a failure
    reason TEXT NOT NULL DEFAULT '',
    -- in words: the server's answer, or what is wrong
    detail TEXT NOT NULL DEFAULT '',
    attempts BIGINT NOT NULL DEFAULT 0,
    -- not before; 0 for a first try
    next_at BIGINT NOT NULL DEFAULT 0,
    lease_until BIGINT,
    node TEXT,
    epoch BIGINT NOT NULL DEFAULT 0,
    attempt_id UUID,
    message_id TEXT,
    sender_id UUID,
    claimed_at BIGINT,
    handed_at BIGINT,
    settled_at BIGINT,
    opened_at BIGINT,
    clicked_at BIGINT,
    machine_opened_at BIGINT,
    unsubscribed_at BIGINT,
    UNIQUE (company_id, campaign_id, contact_id),
    UNIQUE (company_id, campaign_id, address),
    FOREIGN KEY (company_id, campaign_id) REFERENCES campaign (company_id, id) ON DELETE CASCADE
);
CREATE INDEX recipient_pending ON recipient (company_id, campaign_id, next_at DESC, id) WHERE state = 'pending';
CREATE INDEX recipient_lease ON recipient (lease_until) WHERE state IN ('claimed', 'handed');
CREATE INDEX recipient_state ON recipient (company_id, campaign_id, state, contact_id);
CREATE INDEX recipient_settled ON recipient (company_id, settled_at, campaign_id, state) WHERE settled_at IS NOT NULL;
CREATE INDEX recipient_handed ON recipient (company_id, sender_id, handed_at) WHERE handed_at IS NOT NULL;
CREATE INDEX recipient_opened ON recipient (company_id, campaign_id, opened_at) WHERE opened_at IS NOT NULL;
CREATE INDEX recipient_opened_at ON recipient (company_id, opened_at) WHERE opened_at IS NOT NULL;
CREATE INDEX recipient_clicked ON recipient (company_id, campaign_id, clicked_at) WHERE clicked_at IS NOT NULL;
CREATE INDEX recipient_clicked_at ON recipient (company_id, clicked_at) WHERE clicked_at IS NOT NULL;
CREATE INDEX recipient_unsubscribed ON recipient (company_id, campaign_id, unsubscribed_at) WHERE unsubscribed_at IS NOT NULL;
CREATE INDEX recipient_machine ON recipient (company_id, campaign_id, machine_opened_at) WHERE machine_opened_at IS NOT NULL;
SELECT lux_scope('recipient');
