-- A reusable email design. Campaigns copy its content, so changing or deleting one changes nothing that was started.
CREATE TABLE template (
    company_id UUID NOT NULL,
    id UUID NOT NULL,
    name TEXT NOT NULL,
    subject TEXT NOT NULL,
    preheader TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('html', 'mjml')),
    source TEXT NOT NULL,
    text_part TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (company_id, id),
    UNIQUE (company_id, name)
);
SELECT lux_scope('template');
CREATE INDEX template_updated ON template (company_id, updated_at, id);
