-- When an alert was entered, which its dwell makes later than when it began to hold; and when one
-- ends by itself.
ALTER TABLE alerts ADD COLUMN entered_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE alerts ADD COLUMN expires_at INTEGER;
UPDATE alerts SET entered_at = started_at;

-- How often the same thing came and went; what ended lately; what may be forgotten.
CREATE INDEX alerts_by_same ON alerts (rule, subject, resource, entered_at);
CREATE INDEX alerts_by_end ON alerts (resolved_at) WHERE resolved_at IS NOT NULL;

-- What happened to an alert: `who` did it or holds it, `note` says why or what.
CREATE TABLE alert_events (
    id    INTEGER NOT NULL PRIMARY KEY,
    alert TEXT    NOT NULL REFERENCES alerts (id) ON DELETE CASCADE,
    at    INTEGER NOT NULL,
    event TEXT    NOT NULL,
    who   TEXT,
    note  TEXT
) STRICT;

CREATE INDEX alert_events_by_alert ON alert_events (alert, id);
-- The affected list of an incident: what its alert explained.
CREATE INDEX alert_events_by_cause ON alert_events (who) WHERE event = 'held';

-- Telling nobody for a while. `scope` says which alerts, as JSON.
CREATE TABLE silences (
    id         TEXT    NOT NULL PRIMARY KEY,
    scope      TEXT    NOT NULL CHECK (json_valid(scope)),
    from_at    INTEGER NOT NULL,
    until_at   INTEGER NOT NULL,
    note       TEXT,
    created_by TEXT    NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE maintenance_windows (
    id         TEXT    NOT NULL PRIMARY KEY,
    name       TEXT    NOT NULL UNIQUE,
    scope      TEXT    NOT NULL CHECK (json_valid(scope)),
    schedule   TEXT    NOT NULL CHECK (json_valid(schedule)),
    enabled    INTEGER NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;

-- Calendars whose entries are maintenance windows. The address often is a secret by itself and is
-- sealed; `body` is the latest good version.
CREATE TABLE maintenance_calendars (
    id         TEXT    NOT NULL PRIMARY KEY,
    name       TEXT    NOT NULL UNIQUE,
    host       TEXT    NOT NULL,
    address    BLOB    NOT NULL,
    scope      TEXT    NOT NULL CHECK (json_valid(scope)),
    zone       TEXT    NOT NULL,
    enabled    INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    body       BLOB,
    fetched_at INTEGER,
    last_error TEXT
) STRICT;
