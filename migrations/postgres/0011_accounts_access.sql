-- One signed-in browser. Only the SHA-256 of the cookie's token is here. It ends with the membership it stands on.
CREATE TABLE session (
    company_id UUID NOT NULL,
    id UUID NOT NULL,
    person_id UUID NOT NULL,
    token BYTEA NOT NULL,
    created_at BIGINT NOT NULL,
    seen_at BIGINT NOT NULL,
    address TEXT NOT NULL,
    agent TEXT NOT NULL,
    PRIMARY KEY (company_id, id),
    UNIQUE (company_id, token),
    FOREIGN KEY (company_id, person_id) REFERENCES membership (company_id, person_id) ON DELETE CASCADE
);
CREATE INDEX session_token ON session (token);
CREATE INDEX session_person ON session (person_id, seen_at);
CREATE INDEX session_membership ON session (company_id, person_id);
CREATE INDEX session_seen ON session (seen_at);
SELECT lux_scope('session');

CREATE TABLE invitation (
    company_id UUID NOT NULL REFERENCES company (id),
    id UUID NOT NULL,
    email TEXT NOT NULL,
    role TEXT NOT NULL CHECK (role IN ('viewer', 'editor', 'approver', 'admin', 'owner')),
    token BYTEA NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (company_id, id),
    UNIQUE (company_id, email)
);
CREATE INDEX invitation_token ON invitation (token);
CREATE INDEX invitation_expires ON invitation (expires_at);
SELECT lux_scope('invitation');

-- A key for programs. Only its SHA-256 is here, and the first characters to tell it apart.
CREATE TABLE api_key (
    company_id UUID NOT NULL REFERENCES company (id),
    id UUID NOT NULL,
    name TEXT NOT NULL,
    prefix TEXT NOT NULL,
    token BYTEA NOT NULL,
    scopes TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    used_at BIGINT,
    PRIMARY KEY (company_id, id)
);
CREATE INDEX api_key_token ON api_key (token);
SELECT lux_scope('api_key');

CREATE TABLE preference (
    company_id UUID NOT NULL,
    person_id UUID NOT NULL,
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (company_id, person_id, name),
    FOREIGN KEY (company_id, person_id) REFERENCES membership (company_id, person_id) ON DELETE CASCADE
);
SELECT lux_scope('preference');

-- At most one reset link per person: a new one makes the old one worthless.
CREATE TABLE password_reset (
    person_id UUID PRIMARY KEY REFERENCES person (id),
    token BYTEA NOT NULL UNIQUE,
    expires_at BIGINT NOT NULL
);

-- What the log printed while there was no user. Using one deletes all.
CREATE TABLE setup_token (
    token BYTEA PRIMARY KEY,
    created_at BIGINT NOT NULL
);
