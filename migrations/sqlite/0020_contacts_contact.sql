-- A person in the audience. `email` is the one spelling of connect::email::address, or NULL.
-- `import_mark` names the run that met the contact last, so that the second row of an address in a file is a duplicate after a
-- crash too. `consent` repeats the email row of contact_consent, so that counting an audience touches one index.
CREATE TABLE contact (
    company_id BLOB NOT NULL,
    id BLOB NOT NULL,
    email TEXT,
    first_name TEXT NOT NULL DEFAULT '',
    last_name TEXT NOT NULL DEFAULT '',
    phone TEXT NOT NULL DEFAULT '',
    organisation TEXT NOT NULL DEFAULT '',
    zone TEXT NOT NULL DEFAULT '',
    language TEXT NOT NULL DEFAULT '',
    fields TEXT NOT NULL DEFAULT '{}',
    search TEXT NOT NULL,
    sort_name TEXT NOT NULL,
    source TEXT NOT NULL,
    consent TEXT NOT NULL DEFAULT 'none' CHECK (consent IN ('subscribed', 'unsubscribed', 'none')),
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    active_at INTEGER,
    import_mark BLOB,
    deleted_at INTEGER,
    PRIMARY KEY (company_id, id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX contact_email ON contact (company_id, email) WHERE deleted_at IS NULL;
-- consent and deleted_at make it cover the counts.
CREATE INDEX contact_created ON contact (company_id, created_at, id, consent, deleted_at) WHERE deleted_at IS NULL;
CREATE INDEX contact_name ON contact (company_id, sort_name, id) WHERE deleted_at IS NULL;
CREATE INDEX contact_deleted ON contact (company_id, deleted_at, id) WHERE deleted_at IS NOT NULL;
