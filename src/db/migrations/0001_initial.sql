-- Configured targets. `config` is the kind's own settings; secrets are sealed in `secret`.
CREATE TABLE targets (
    id         TEXT    NOT NULL PRIMARY KEY,
    kind       TEXT    NOT NULL,
    name       TEXT    NOT NULL UNIQUE,
    config     TEXT    NOT NULL CHECK (json_valid(config)),
    secret     BLOB,
    enabled    INTEGER NOT NULL DEFAULT 1,
    -- 'ui' when people manage it here, 'file' when the configuration file owns it.
    origin     TEXT    NOT NULL DEFAULT 'ui',
    created_at INTEGER NOT NULL
) STRICT;

-- The ledger: every alert that ever was, until retention.
CREATE TABLE alerts (
    id              TEXT    NOT NULL PRIMARY KEY,
    rule            TEXT    NOT NULL,
    subject         TEXT    NOT NULL,
    resource        TEXT    NOT NULL,
    resource_name   TEXT    NOT NULL,
    node            TEXT,
    severity        TEXT    NOT NULL,
    state           TEXT    NOT NULL,
    message         TEXT    NOT NULL,
    value           REAL,
    threshold       REAL,
    started_at      INTEGER NOT NULL,
    last_seen       INTEGER NOT NULL,
    resolved_at     INTEGER,
    acknowledged_at INTEGER,
    acknowledged_by TEXT
) STRICT;

-- One open alert per rule, subject and resource.
CREATE UNIQUE INDEX alerts_open ON alerts (rule, subject, resource) WHERE state = 'firing';
CREATE INDEX alerts_by_start ON alerts (started_at);

-- Ways to tell people. `config` is the kind's own settings; secrets are sealed in `secret`.
CREATE TABLE channels (
    id         TEXT    NOT NULL PRIMARY KEY,
    kind       TEXT    NOT NULL,
    name       TEXT    NOT NULL UNIQUE,
    config     TEXT    NOT NULL CHECK (json_valid(config)),
    secret     BLOB,
    enabled    INTEGER NOT NULL DEFAULT 1,
    created_at INTEGER NOT NULL
) STRICT;

-- Messages to be sent, written in the transaction that changes the alert they tell of. `seq` is the
-- order they have to arrive in; `snapshot` is the alert as it was then, which is what is told.
CREATE TABLE deliveries (
    seq         INTEGER NOT NULL PRIMARY KEY,
    id          TEXT    NOT NULL UNIQUE,
    alert       TEXT    NOT NULL REFERENCES alerts (id),
    channel     TEXT    NOT NULL,
    event       TEXT    NOT NULL,
    severity    TEXT    NOT NULL,
    snapshot    TEXT    NOT NULL CHECK (json_valid(snapshot)),
    state       TEXT    NOT NULL,
    attempts    INTEGER NOT NULL DEFAULT 0,
    due_at      INTEGER NOT NULL,
    created_at  INTEGER NOT NULL,
    finished_at INTEGER,
    last_error  TEXT,
    receipt     TEXT
) STRICT;

CREATE INDEX deliveries_due ON deliveries (due_at) WHERE state = 'due';
CREATE INDEX deliveries_by_alert ON deliveries (alert, channel, seq);
CREATE INDEX deliveries_by_channel ON deliveries (channel, seq);

-- Values people set, as JSON by key.
CREATE TABLE settings (
    key   TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL CHECK (json_valid(value))
) STRICT, WITHOUT ROWID;
