-- The tenant: every other company table hangs on it.
CREATE TABLE company (
    id BLOB PRIMARY KEY NOT NULL,
    name TEXT NOT NULL,
    zone TEXT NOT NULL,
    address TEXT NOT NULL,
    website TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;

-- Somebody who signs in. Belongs to no company by itself: membership says where and as what.
CREATE TABLE person (
    id BLOB PRIMARY KEY NOT NULL,
    email TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    password TEXT NOT NULL,
    totp BLOB,
    totp_pending BLOB,
    totp_step INTEGER NOT NULL DEFAULT 0,
    last_company BLOB,
    created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE membership (
    company_id BLOB NOT NULL REFERENCES company (id),
    person_id BLOB NOT NULL REFERENCES person (id),
    role TEXT NOT NULL CHECK (role IN ('viewer', 'editor', 'approver', 'admin', 'owner')),
    created_at INTEGER NOT NULL,
    seen_at INTEGER,
    PRIMARY KEY (company_id, person_id)
) STRICT;
CREATE INDEX membership_person ON membership (person_id, created_at);
