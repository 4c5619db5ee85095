-- `name_key` is the name in lower case: unique whatever the case, on both engines alike.
CREATE TABLE tag (
    company_id UUID NOT NULL,
    id UUID NOT NULL,
    name TEXT NOT NULL,
    name_key TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (company_id, id)
);
CREATE UNIQUE INDEX tag_name ON tag (company_id, name_key);
SELECT lux_scope('tag');

CREATE TABLE contact_tag (
    company_id UUID NOT NULL,
    tag_id UUID NOT NULL,
    contact_id UUID NOT NULL,
    PRIMARY KEY (company_id, tag_id, contact_id)
);
CREATE INDEX contact_tag_contact ON contact_tag (company_id, contact_id, tag_id);
SELECT lux_scope('contact_tag');

CREATE TABLE list (
    company_id UUID NOT NULL,
    id UUID NOT NULL,
    name TEXT NOT NULL,
    name_key TEXT COLLATE "C" NOT NULL,
    description TEXT NOT NULL DEFAULT '',
    created_at BIGINT NOT NULL,
    PRIMARY KEY (company_id, id)
);
CREATE UNIQUE INDEX list_name ON list (company_id, name_key);
SELECT lux_scope('list');

CREATE TABLE list_member (
    company_id UUID NOT NULL,
    list_id UUID NOT NULL,
    contact_id UUID NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (company_id, list_id, contact_id)
);
CREATE INDEX list_member_contact ON list_member (company_id, contact_id, list_id);
SELECT lux_scope('list_member');

-- Definitions of custom fields; the values are in contact.fields by key.
CREATE TABLE contact_field (
    company_id UUID NOT NULL,
    id UUID NOT NULL,
    key TEXT COLLATE "C" NOT NULL,
    label TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('text', 'number', 'date', 'boolean', 'choice', 'url')),
    options TEXT NOT NULL DEFAULT '[]',
    created_at BIGINT NOT NULL,
    PRIMARY KEY (company_id, id)
);
CREATE UNIQUE INDEX contact_field_key ON contact_field (company_id, key);
SELECT lux_scope('contact_field');
