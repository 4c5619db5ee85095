-- `name_key` is the name in lower case: unique whatever the case, on both engines alike.
CREATE TABLE tag (
    company_id BLOB NOT NULL,
    id BLOB NOT NULL,
    name TEXT NOT NULL,
    name_key TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (company_id, id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX tag_name ON tag (company_id, name_key);

CREATE TABLE contact_tag (
    company_id BLOB NOT NULL,
    tag_id BLOB NOT NULL,
    contact_id BLOB NOT NULL,
    PRIMARY KEY (company_id, tag_id, contact_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX contact_tag_contact ON contact_tag (company_id, contact_id, tag_id);

CREATE TABLE list (
    company_id BLOB NOT NULL,
    id BLOB NOT NULL,
    name TEXT NOT NULL,
    name_key TEXT NOT NULL,
    description TEXT NOT NULL DEFAULT '',
    created_at INTEGER NOT NULL,
    PRIMARY KEY (company_id, id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX list_name ON list (company_id, name_key);

CREATE TABLE list_member (
    company_id BLOB NOT NULL,
    list_id BLOB NOT NULL,
    contact_id BLOB NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (company_id, list_id, contact_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX list_member_contact ON list_member (company_id, contact_id, list_id);

-- Definitions of custom fields; the values are in contact.fields by key.
CREATE TABLE contact_field (
    company_id BLOB NOT NULL,
    id BLOB NOT NULL,
    key TEXT NOT NULL,
    label TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('text', 'number', 'date', 'boolean', 'choice', 'url')),
    options TEXT NOT NULL DEFAULT '[]',
    created_at INTEGER NOT NULL,
    PRIMARY KEY (company_id, id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX contact_field_key ON contact_field (company_id, key);
