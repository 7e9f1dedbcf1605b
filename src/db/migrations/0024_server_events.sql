-- Messages tell of what happens to game servers, too: `alert` is then the thread in which the
-- events of one server stand, so that they arrive in their order, and no row of the ledger.
CREATE TABLE new_deliveries (
    seq         INTEGER NOT NULL PRIMARY KEY,
    id          TEXT    NOT NULL UNIQUE,
    alert       TEXT    NOT NULL,
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
    receipt     TEXT,
    -- The row whose id a message goes out under, and what it says beside that row's snapshot.
    batch       TEXT,
    context     TEXT CHECK (json_valid(context)),
    step        INTEGER NOT NULL DEFAULT 0,
    held_until  INTEGER,
    stand_in    TEXT,
    forgiven    INTEGER NOT NULL DEFAULT 0,
    remote      TEXT
) STRICT;

INSERT INTO new_deliveries
    (seq, id, alert, channel, event, severity, snapshot, state, attempts, due_at, created_at,
     finished_at, last_error, receipt, batch, context, step, held_until, stand_in, forgiven, remote)
SELECT seq, id, alert, channel, event, severity, snapshot, state, attempts, due_at, created_at,
       finished_at, last_error, receipt, batch, context, step, held_until, stand_in, forgiven, remote
FROM deliveries;

CREATE TABLE new_attempts (
    delivery   TEXT    NOT NULL REFERENCES new_deliveries (id) ON DELETE CASCADE,
    attempt    INTEGER NOT NULL,
    at         INTEGER NOT NULL,
    latency_ms INTEGER,
    outcome    TEXT,
    status     INTEGER,
    error      TEXT,
    PRIMARY KEY (delivery, attempt)
) STRICT, WITHOUT ROWID;

INSERT INTO new_attempts (delivery, attempt, at, latency_ms, outcome, status, error)
SELECT delivery, attempt, at, latency_ms, outcome, status, error FROM delivery_attempts;

-- The attempts go first: dropping what they refer to would take them along.
DROP TABLE delivery_attempts;
DROP TABLE deliveries;
ALTER TABLE new_deliveries RENAME TO deliveries;
ALTER TABLE new_attempts RENAME TO delivery_attempts;

CREATE INDEX deliveries_due ON deliveries (due_at) WHERE state = 'due';
CREATE INDEX deliveries_by_alert ON deliveries (alert, channel, seq);
CREATE INDEX deliveries_by_channel ON deliveries (channel, seq);
CREATE INDEX deliveries_by_batch ON deliveries (batch) WHERE batch IS NOT NULL;
CREATE INDEX deliveries_of_servers ON deliveries (finished_at) WHERE event = 'server';
