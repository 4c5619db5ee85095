-- A company whose mail is stopped: while the row is there, nothing of it goes out.
CREATE TABLE sending_stop (
    company_id UUID PRIMARY KEY,
    reason TEXT NOT NULL,
    stopped_by UUID,
    stopped_at BIGINT NOT NULL
);
SELECT lux_scope('sending_stop');

-- One row: this installation as a whole. Stopped by an operator, or frozen because it looks like a copy of another one.
CREATE TABLE installation (
    id BIGINT PRIMARY KEY CHECK (id = 1),
    stopped_at BIGINT,
    stop_reason TEXT NOT NULL DEFAULT '',
    frozen_at BIGINT,
    freeze_reason TEXT NOT NULL DEFAULT '',
    -- grows each time an admin says that this copy is the one that sends
    epoch BIGINT NOT NULL DEFAULT 1
);
INSERT INTO installation (id) VALUES (1);

-- Nodes that may send from this database. Each holds the same token on its own disk; a restored database holds an old one.
CREATE TABLE installation_node (
    node TEXT PRIMARY KEY,
    token TEXT NOT NULL,
    beats BIGINT NOT NULL,
    beat_at BIGINT NOT NULL
);
