-- A company whose mail is stopped: while the row is there, nothing of it goes out.
CREATE TABLE sending_stop (
    company_id BLOB PRIMARY KEY NOT NULL,
    reason TEXT NOT NULL,
    stopped_by BLOB,
    stopped_at INTEGER NOT NULL
) STRICT;

-- One row: this installation as a whole. Stopped by an operator, or frozen because it looks like a copy of another one.
CREATE TABLE installation (
    id INTEGER PRIMARY KEY NOT NULL CHECK (id = 1),
    stopped_at INTEGER,
    stop_reason TEXT NOT NULL DEFAULT '',
    frozen_at INTEGER,
    freeze_reason TEXT NOT NULL DEFAULT '',
    -- grows each time an admin says that this copy is the one that sends
    epoch INTEGER NOT NULL DEFAULT 1
) STRICT;
INSERT INTO installation (id) VALUES (1);

-- Nodes that may send from this database. Each holds the same token on its own disk; a restored database holds an old one.
CREATE TABLE installation_node (
    node TEXT PRIMARY KEY NOT NULL,
    token TEXT NOT NULL,
    beats INTEGER NOT NULL,
    beat_at INTEGER NOT NULL
) STRICT;
