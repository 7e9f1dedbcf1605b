-- Game servers that we have made: what they were made of, with what is secret of it sealed.
CREATE TABLE game_servers (
    id         TEXT    PRIMARY KEY,
    target     TEXT    NOT NULL,
    local      TEXT    NOT NULL,
    game       TEXT    NOT NULL,
    config     TEXT    NOT NULL,
    secrets    BLOB    NOT NULL,
    ports      TEXT    NOT NULL,
    volumes    TEXT    NOT NULL,
    created_at INTEGER NOT NULL,
    created_by TEXT    NOT NULL,
    UNIQUE (target, local)
) STRICT;
