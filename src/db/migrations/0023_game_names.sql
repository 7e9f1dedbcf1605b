-- What game servers are called in APIs that number them by game, such as valheim_001. Numbers are
-- never given twice, so that an old id never means another server.
CREATE TABLE game_names (
    resource   TEXT    PRIMARY KEY,
    game       TEXT    NOT NULL,
    number     INTEGER NOT NULL,
    title      TEXT,
    first_seen INTEGER NOT NULL,
    UNIQUE (game, number)
) STRICT;
