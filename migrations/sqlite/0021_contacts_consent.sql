-- What a person agreed to, per channel, with the proof. No row is `none`.
CREATE TABLE contact_consent (
    company_id BLOB NOT NULL,
    contact_id BLOB NOT NULL,
    channel TEXT NOT NULL CHECK (channel IN ('email', 'sms')),
    state TEXT NOT NULL CHECK (state IN ('subscribed', 'unsubscribed', 'none')),
    source TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (company_id, contact_id, channel)
) STRICT, WITHOUT ROWID;

-- Addresses that get nothing whatever the consent says; outlives the contact.
CREATE TABLE suppression (
    company_id BLOB NOT NULL,
    channel TEXT NOT NULL CHECK (channel IN ('email', 'sms')),
    address TEXT NOT NULL,
    reason TEXT NOT NULL,
    source TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (company_id, channel, address)
) STRICT, WITHOUT ROWID;
