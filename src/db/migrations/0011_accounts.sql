-- People. `password` is a PHC string of argon2id; `totp` is a sealed secret, in force once
-- `totp_confirmed` is set; `totp_step` is the last time step that was used, so that a code works once.
CREATE TABLE users (
    id             TEXT    NOT NULL PRIMARY KEY,
    name           TEXT    NOT NULL UNIQUE COLLATE NOCASE,
    role           TEXT    NOT NULL,
    password       TEXT    NOT NULL,
    totp           BLOB,
    totp_confirmed INTEGER NOT NULL DEFAULT 0,
    totp_step      INTEGER NOT NULL DEFAULT 0,
    disabled       INTEGER NOT NULL DEFAULT 0,
    failures       INTEGER NOT NULL DEFAULT 0,
    locked_until   INTEGER,
    created_at     INTEGER NOT NULL,
    last_login_at  INTEGER
) STRICT;

-- Keys that open the API: tokens of programs and sessions of browsers, by the SHA-256 of what the
-- caller shows. `scopes` and `networks` are JSON; a session has the scopes of its user's role.
CREATE TABLE access_keys (
    hash         BLOB    NOT NULL PRIMARY KEY,
    id           TEXT    NOT NULL UNIQUE,
    kind         TEXT    NOT NULL,
    name         TEXT    NOT NULL,
    user         TEXT    REFERENCES users (id) ON DELETE CASCADE,
    scopes       TEXT    NOT NULL DEFAULT '[]' CHECK (json_valid(scopes)),
    networks     TEXT    NOT NULL DEFAULT '[]' CHECK (json_valid(networks)),
    created_at   INTEGER NOT NULL,
    created_by   TEXT    NOT NULL,
    expires_at   INTEGER,
    last_used_at INTEGER,
    last_used_by TEXT
) STRICT, WITHOUT ROWID;

CREATE INDEX access_keys_by_user ON access_keys (user);

-- Counts every change of the two tables above, so that a running program sees what the command
-- line did.
CREATE TABLE access_epoch (
    id    INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    epoch INTEGER NOT NULL
) STRICT;
INSERT INTO access_epoch (id, epoch) VALUES (1, 0);
