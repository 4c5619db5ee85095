-- What happened to a contact. Its creation is not here: the contact row tells it.
CREATE TABLE contact_event (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    company_id BLOB NOT NULL,
    contact_id BLOB NOT NULL,
    kind TEXT NOT NULL,
    title TEXT NOT NULL,
    detail TEXT NOT NULL DEFAULT '',
    href TEXT NOT NULL DEFAULT '',
    at INTEGER NOT NULL
) STRICT;
CREATE INDEX contact_event_contact ON contact_event (company_id, contact_id, at, id);

-- Bulk actions that can be taken back for a while, and the contacts each of them changed.
CREATE TABLE bulk_undo (
    company_id BLOB NOT NULL,
    id BLOB NOT NULL,
    act TEXT NOT NULL,
    at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    undone_at INTEGER,
    PRIMARY KEY (company_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX bulk_undo_expires ON bulk_undo (company_id, expires_at);

CREATE TABLE bulk_undo_row (
    company_id BLOB NOT NULL,
    undo_id BLOB NOT NULL,
    contact_id BLOB NOT NULL,
    before TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (company_id, undo_id, contact_id)
) STRICT, WITHOUT ROWID;
