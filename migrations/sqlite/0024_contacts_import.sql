-- One import of a file. `run` counts its tries and starts: seen addresses and rejected rows of an earlier run do not mix
-- with those of the current one. byte_offset, line and recoveries are the checkpoint, moved with the rows it stands for.
CREATE TABLE contact_import (
    company_id BLOB NOT NULL,
    id BLOB NOT NULL,
    name TEXT NOT NULL,
    by_name TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('uploading', 'mapping', 'trying', 'tried', 'running', 'finished', 'cancelled', 'failed')),
    bytes INTEGER NOT NULL DEFAULT 0,
    plan TEXT,
    columns TEXT NOT NULL DEFAULT '[]',
    run INTEGER NOT NULL DEFAULT 0,
    mark BLOB,
    started_at INTEGER,
    byte_offset INTEGER NOT NULL DEFAULT 0,
    line INTEGER NOT NULL DEFAULT 1,
    recoveries INTEGER NOT NULL DEFAULT 0,
    rows_read INTEGER NOT NULL DEFAULT 0,
    rows_created INTEGER NOT NULL DEFAULT 0,
    rows_updated INTEGER NOT NULL DEFAULT 0,
    rows_unchanged INTEGER NOT NULL DEFAULT 0,
    rows_skipped INTEGER NOT NULL DEFAULT 0,
    rows_duplicate INTEGER NOT NULL DEFAULT 0,
    rows_rejected INTEGER NOT NULL DEFAULT 0,
    busy_micros INTEGER NOT NULL DEFAULT 0,
    trouble TEXT,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    finished_at INTEGER,
    rows_total INTEGER,
    cleaned_at INTEGER,
    PRIMARY KEY (company_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX contact_import_created ON contact_import (company_id, created_at, id);
CREATE INDEX contact_import_state ON contact_import (company_id, state);

-- Addresses met by a try, which writes no contact that it could mark. Emptied when the try has ended.
CREATE TABLE import_seen (
    company_id BLOB NOT NULL,
    import_id BLOB NOT NULL,
    run INTEGER NOT NULL,
    address TEXT NOT NULL,
    PRIMARY KEY (company_id, import_id, run, address)
) STRICT, WITHOUT ROWID;

-- `cells` is a JSON array, at most 8 kB.
CREATE TABLE import_rejected (
    company_id BLOB NOT NULL,
    import_id BLOB NOT NULL,
    run INTEGER NOT NULL,
    number INTEGER NOT NULL,
    line INTEGER NOT NULL,
    reason TEXT NOT NULL,
    cells TEXT NOT NULL,
    PRIMARY KEY (company_id, import_id, run, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE import_reason (
    company_id BLOB NOT NULL,
    import_id BLOB NOT NULL,
    run INTEGER NOT NULL,
    reason TEXT NOT NULL,
    rejected INTEGER NOT NULL,
    PRIMARY KEY (company_id, import_id, run, reason)
) STRICT, WITHOUT ROWID;
