-- One import of a file. `run` counts its tries and starts: seen addresses and rejected rows of an earlier run do not mix
-- with those of the current one. byte_offset, line and recoveries are the checkpoint, moved with the rows it stands for.
CREATE TABLE contact_import (
    company_id UUID NOT NULL,
    id UUID NOT NULL,
    name TEXT NOT NULL,
    by_name TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('uploading', 'mapping', 'trying', 'tried', 'running', 'finished', 'cancelled', 'failed')),
    bytes BIGINT NOT NULL DEFAULT 0,
    plan TEXT,
    columns TEXT NOT NULL DEFAULT '[]',
    run BIGINT NOT NULL DEFAULT 0,
    mark UUID,
    started_at BIGINT,
    byte_offset BIGINT NOT NULL DEFAULT 0,
    line BIGINT NOT NULL DEFAULT 1,
    recoveries BIGINT NOT NULL DEFAULT 0,
    rows_read BIGINT NOT NULL DEFAULT 0,
    rows_created BIGINT NOT NULL DEFAULT 0,
    rows_updated BIGINT NOT NULL DEFAULT 0,
    rows_unchanged BIGINT NOT NULL DEFAULT 0,
    rows_skipped BIGINT NOT NULL DEFAULT 0,
    rows_duplicate BIGINT NOT NULL DEFAULT 0,
    rows_rejected BIGINT NOT NULL DEFAULT 0,
    busy_micros BIGINT NOT NULL DEFAULT 0,
    trouble TEXT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    finished_at BIGINT,
    rows_total BIGINT,
    cleaned_at BIGINT,
    PRIMARY KEY (company_id, id)
);
CREATE INDEX contact_import_created ON contact_import (company_id, created_at, id);
CREATE INDEX contact_import_state ON contact_import (company_id, state);
SELECT lux_scope('contact_import');

-- Addresses met by a try, which writes no contact that it could mark. Emptied when the try has ended.
CREATE TABLE import_seen (
    company_id UUID NOT NULL,
    import_id UUID NOT NULL,
    run BIGINT NOT NULL,
    address TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (company_id, import_id, run, address)
);
SELECT lux_scope('import_seen');

-- `cells` is a JSON array, at most 8 kB.
CREATE TABLE import_rejected (
    company_id UUID NOT NULL,
    import_id UUID NOT NULL,
    run BIGINT NOT NULL,
    number BIGINT NOT NULL,
    line BIGINT NOT NULL,
    reason TEXT NOT NULL,
    cells TEXT NOT NULL,
    PRIMARY KEY (company_id, import_id, run, number)
);
SELECT lux_scope('import_rejected');

CREATE TABLE import_reason (
    company_id UUID NOT NULL,
    import_id UUID NOT NULL,
    run BIGINT NOT NULL,
    reason TEXT COLLATE "C" NOT NULL,
    rejected BIGINT NOT NULL,
    PRIMARY KEY (company_id, import_id, run, reason)
);
SELECT lux_scope('import_reason');
