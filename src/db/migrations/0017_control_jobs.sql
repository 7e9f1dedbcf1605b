-- Commands that are under way, so that they are followed again after a restart.
CREATE TABLE control_jobs (
    id   TEXT NOT NULL PRIMARY KEY,
    job  TEXT NOT NULL CHECK (json_valid(job)),
    peer TEXT NOT NULL
) STRICT, WITHOUT ROWID;
