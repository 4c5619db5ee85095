-- What happened to a contact. Its creation is not here: the contact row tells it.
CREATE TABLE contact_event (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    company_id UUID NOT NULL,
    contact_id UUID NOT NULL,
    kind TEXT NOT NULL,
    title TEXT NOT NULL,
    detail TEXT NOT NULL DEFAULT '',
    href TEXT NOT NULL DEFAULT '',
    at BIGINT NOT NULL
);
CREATE INDEX contact_event_contact ON contact_event (company_id, contact_id, at, id);
SELECT lux_scope('contact_event');

-- Bulk actions that can be taken back for a while, and the contacts each of them changed.
CREATE TABLE bulk_undo (
    company_id UUID NOT NULL,
    id UUID NOT NULL,
    act TEXT NOT NULL,
    at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    undone_at BIGINT,
    PRIMARY KEY (company_id, id)
);
CREATE INDEX bulk_undo_expires ON bulk_undo (company_id, expires_at);
SELECT lux_scope('bulk_undo');

CREATE TABLE bulk_undo_row (
    company_id UUID NOT NULL,
    undo_id UUID NOT NULL,
    contact_id UUID NOT NULL,
    before TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (company_id, undo_id, contact_id)
);
SELECT lux_scope('bulk_undo_row');
