-- A reusable email design. Campaigns copy its content, so changing or deleting one changes nothing that was started.
CREATE TABLE template (
    company_id BLOB NOT NULL,
    id BLOB NOT NULL,
    name TEXT NOT NULL,
    subject TEXT NOT NULL,
    preheader TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('html', 'mjml')),
    source TEXT NOT NULL,
    text_part TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (company_id, id),
    UNIQUE (company_id, name)
) STRICT;
CREATE INDEX template_updated ON template (company_id, updated_at, id);
