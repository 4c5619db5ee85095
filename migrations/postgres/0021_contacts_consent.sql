-- What a person agreed to, per channel, with the proof. No row is `none`.
CREATE TABLE contact_consent (
    company_id UUID NOT NULL,
    contact_id UUID NOT NULL,
    channel TEXT NOT NULL CHECK (channel IN ('email', 'sms')),
    state TEXT NOT NULL CHECK (state IN ('subscribed', 'unsubscribed', 'none')),
    source TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (company_id, contact_id, channel)
);
SELECT lux_scope('contact_consent');

-- Addresses that get nothing whatever the consent says; outlives the contact.
CREATE TABLE suppression (
    company_id UUID NOT NULL,
    channel TEXT NOT NULL CHECK (channel IN ('email', 'sms')),
    address TEXT COLLATE "C" NOT NULL,
    reason TEXT NOT NULL,
    source TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (company_id, channel, address)
);
SELECT lux_scope('suppression');
