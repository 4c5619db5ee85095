-- The tenant: every other company table hangs on it.
CREATE TABLE company (
    id UUID PRIMARY KEY,
    name TEXT NOT NULL,
    zone TEXT NOT NULL,
    address TEXT NOT NULL,
    website TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
-- As lux_scope, but a company is its own scope.
ALTER TABLE company ENABLE ROW LEVEL SECURITY;
ALTER TABLE company FORCE ROW LEVEL SECURITY;
CREATE POLICY lux_company ON company USING ((SELECT lux_system()) OR id = (SELECT lux_company()));

-- Somebody who signs in. Belongs to no company by itself: membership says where and as what.
CREATE TABLE person (
    id UUID PRIMARY KEY,
    email TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    password TEXT NOT NULL,
    totp BYTEA,
    totp_pending BYTEA,
    totp_step BIGINT NOT NULL DEFAULT 0,
    last_company UUID,
    created_at BIGINT NOT NULL
);

CREATE TABLE membership (
    company_id UUID NOT NULL REFERENCES company (id),
    person_id UUID NOT NULL REFERENCES person (id),
    role TEXT NOT NULL CHECK (role IN ('viewer', 'editor', 'approver', 'admin', 'owner')),
    created_at BIGINT NOT NULL,
    seen_at BIGINT,
    PRIMARY KEY (company_id, person_id)
);
CREATE INDEX membership_person ON membership (person_id, created_at);
SELECT lux_scope('membership');
