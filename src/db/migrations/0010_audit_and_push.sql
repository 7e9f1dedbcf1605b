-- Who did what: rows are only ever added, and each holds the hash of the one before it.
CREATE TABLE audit (
    seq           INTEGER PRIMARY KEY,
    at            INTEGER NOT NULL,
    actor         TEXT    NOT NULL,
    peer          TEXT    NOT NULL,
    action        TEXT    NOT NULL,
    resource      TEXT    NOT NULL,
    resource_name TEXT    NOT NULL,
    details       TEXT    NOT NULL,
    outcome       TEXT    NOT NULL,
    message       TEXT    NOT NULL,
    previous      BLOB    NOT NULL,
    hash          BLOB    NOT NULL
) STRICT;

CREATE INDEX audit_by_resource ON audit (resource, seq);

CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit
BEGIN
    SELECT RAISE(ABORT, 'the audit is only ever added to');
END;

CREATE TRIGGER audit_is_not_deleted BEFORE DELETE ON audit
BEGIN
    SELECT RAISE(ABORT, 'the audit is only ever added to');
END;

-- The token by which a target's host may push to us, sealed; and what it announced.
CREATE TABLE push_doors (
    target     TEXT    PRIMARY KEY,
    token      BLOB    NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE push_events (
    id       INTEGER PRIMARY KEY,
    target   TEXT    NOT NULL,
    at       INTEGER NOT NULL,
    kind     TEXT    NOT NULL,
    severity TEXT    NOT NULL,
    title    TEXT    NOT NULL,
    message  TEXT    NOT NULL,
    fields   TEXT    NOT NULL
) STRICT;

CREATE INDEX push_events_by_target ON push_events (target, id);
