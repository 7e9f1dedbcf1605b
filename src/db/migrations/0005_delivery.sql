-- One message may tell of several alerts: `batch` is the id under which all of its rows go out, of
-- the row that was claimed first. `context` is what the message says beside their snapshots, written
-- when it is first sent, so that every attempt says the same.
ALTER TABLE deliveries ADD COLUMN batch TEXT;
ALTER TABLE deliveries ADD COLUMN context TEXT CHECK (json_valid(context));
-- Which reminder or which step of the escalation, from 1.
ALTER TABLE deliveries ADD COLUMN step INTEGER NOT NULL DEFAULT 0;
-- The end of the quiet hours that the row waits, or waited, for.
ALTER TABLE deliveries ADD COLUMN held_until INTEGER;
-- The name of the channel that could not be reached and that this row's channel stands in for.
ALTER TABLE deliveries ADD COLUMN stand_in TEXT;
-- Attempts that no longer count, as somebody had the message sent again.
ALTER TABLE deliveries ADD COLUMN forgiven INTEGER NOT NULL DEFAULT 0;
-- The other side's own name for the message.
ALTER TABLE deliveries ADD COLUMN remote TEXT;

CREATE INDEX deliveries_by_batch ON deliveries (batch) WHERE batch IS NOT NULL;

-- Every attempt to send a message; without an outcome, the program died in it.
CREATE TABLE delivery_attempts (
    delivery   TEXT    NOT NULL REFERENCES deliveries (id) ON DELETE CASCADE,
    attempt    INTEGER NOT NULL,
    at         INTEGER NOT NULL,
    latency_ms INTEGER,
    outcome    TEXT,
    status     INTEGER,
    error      TEXT,
    PRIMARY KEY (delivery, attempt)
) STRICT, WITHOUT ROWID;

-- How each channel is going, so that a restart neither forgets that one is broken nor lets
-- messages through faster than it may: see src/notify/outbox/gate.rs.
CREATE TABLE channel_states (
    channel    TEXT    NOT NULL PRIMARY KEY,
    -- When a message was last begun.
    told_at    INTEGER,
    -- When the bucket of its rate limit will be full again, and until when it is empty.
    full_at    INTEGER NOT NULL DEFAULT 0,
    empty_till INTEGER NOT NULL DEFAULT 0,
    -- Attempts that failed since the latest that did not.
    failures   INTEGER NOT NULL DEFAULT 0,
    -- Since when and until when nothing is sent to it.
    opened_at  INTEGER,
    open_until INTEGER
) STRICT, WITHOUT ROWID;

-- Signed links of messages that have been used, until they would have expired.
CREATE TABLE used_links (
    link       TEXT    NOT NULL PRIMARY KEY,
    used_at    INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
