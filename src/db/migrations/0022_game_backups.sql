-- Backups of game servers that we have made, and when the next ones are due.
CREATE TABLE game_backups (
    id          TEXT    PRIMARY KEY,
    server      TEXT    NOT NULL,
    server_name TEXT    NOT NULL,
    game        TEXT    NOT NULL,
    path        TEXT    NOT NULL,
    bytes       INTEGER NOT NULL,
    files       INTEGER NOT NULL,
    sha256      TEXT    NOT NULL,
    encrypted   INTEGER NOT NULL,
    healthy     INTEGER NOT NULL,
    reason      TEXT    NOT NULL,
    made_at     INTEGER NOT NULL,
    made_by     TEXT    NOT NULL,
    verified_at INTEGER,
    damage      TEXT
) STRICT;

CREATE INDEX game_backups_by_server ON game_backups (server, made_at);

CREATE TABLE game_backup_plans (
    server   TEXT    PRIMARY KEY,
    plan     TEXT    NOT NULL,
    begun_at INTEGER
) STRICT;
