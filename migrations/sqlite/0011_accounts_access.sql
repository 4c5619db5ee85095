-- One signed-in browser. Only the SHA-256 of the cookie's token is here. It ends with the membership it stands on.
CREATE TABLE session (
    company_id BLOB NOT NULL,
    id BLOB NOT NULL,
    person_id BLOB NOT NULL,
    token BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    seen_at INTEGER NOT NULL,
    address TEXT NOT NULL,
    agent TEXT NOT NULL,
    PRIMARY KEY (company_id, id),
    UNIQUE (company_id, token),
    FOREIGN KEY (company_id, person_id) REFERENCES membership (company_id, person_id) ON DELETE CASCADE
) STRICT;
CREATE INDEX session_token ON session (token);
CREATE INDEX session_person ON session (person_id, seen_at);
CREATE INDEX session_membership ON session (company_id, person_id);
CREATE INDEX session_seen ON session (seen_at);

CREATE TABLE invitation (
    company_id BLOB NOT NULL REFERENCES company (id),
    id BLOB NOT NULL,
    email TEXT NOT NULL,
    role TEXT NOT NULL CHECK (role IN ('viewer', 'editor', 'approver', 'admin', 'owner')),
    token BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (company_id, id),
    UNIQUE (company_id, email)
) STRICT;
CREATE INDEX invitation_token ON invitation (token);
CREATE INDEX invitation_expires ON invitation (expires_at);

-- A key for programs. Only its SHA-256 is here, and the first characters to tell it apart.
CREATE TABLE api_key (
    company_id BLOB NOT NULL REFERENCES company (id),
    id BLOB NOT NULL,
    name TEXT NOT NULL,
    prefix TEXT NOT NULL,
    token BLOB NOT NULL,
    scopes TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    used_at INTEGER,
    PRIMARY KEY (company_id, id)
) STRICT;
CREATE INDEX api_key_token ON api_key (token);

CREATE TABLE preference (
    company_id BLOB NOT NULL,
    person_id BLOB NOT NULL,
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (company_id, person_id, name),
    FOREIGN KEY (company_id, person_id) REFERENCES membership (company_id, person_id) ON DELETE CASCADE
) STRICT;

-- At most one reset link per person: a new one makes the old one worthless.
CREATE TABLE password_reset (
    person_id BLOB PRIMARY KEY NOT NULL REFERENCES person (id),
    token BLOB NOT NULL UNIQUE,
    expires_at INTEGER NOT NULL
) STRICT;

-- What the log printed while there was no user. Using one deletes all.
CREATE TABLE setup_token (
    token BLOB PRIMARY KEY NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;
