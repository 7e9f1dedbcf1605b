-- What became different about a resource: one row for what an attribute was when it was first seen
-- (no text before it), and one for each value that followed.
CREATE TABLE changes (
    id        INTEGER PRIMARY KEY,
    at        INTEGER NOT NULL,
    resource  TEXT    NOT NULL,
    attribute TEXT    NOT NULL,
    before    TEXT,
    after     TEXT    NOT NULL
) STRICT;

CREATE INDEX changes_by_resource ON changes (resource, attribute, id);
CREATE INDEX changes_by_time ON changes (at);

-- Tasks of hosts that have ended; hosts themselves forget them within days.
CREATE TABLE ended_tasks (
    target   TEXT    NOT NULL,
    id       TEXT    NOT NULL,
    node     TEXT,
    kind     TEXT    NOT NULL,
    subject  TEXT,
    user     TEXT,
    began_at INTEGER NOT NULL,
    ended_at INTEGER NOT NULL,
    state    TEXT    NOT NULL,
    error    TEXT,
    PRIMARY KEY (target, id)
) STRICT;

CREATE INDEX ended_tasks_by_time ON ended_tasks (began_at);
