-- What may be done to game servers without being asked, as JSON, by the server's id.
CREATE TABLE game_policies (
    resource TEXT PRIMARY KEY NOT NULL,
    policy TEXT NOT NULL,
    changed_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
