-- Tokens with which nodes register themselves. Only the SHA-256 of a token is kept; `hint` is how
-- lists show it.
CREATE TABLE registration_tokens (
    id            TEXT    NOT NULL PRIMARY KEY,
    hash          BLOB    NOT NULL UNIQUE,
    hint          TEXT    NOT NULL,
    description   TEXT    NOT NULL,
    -- Kinds of target it is good for, as a JSON list; empty for all.
    allowed_types TEXT    NOT NULL CHECK (json_valid(allowed_types)),
    max_uses      INTEGER NOT NULL,
    used_count    INTEGER NOT NULL DEFAULT 0,
    created_by    TEXT    NOT NULL,
    created_at    INTEGER NOT NULL,
    expires_at    INTEGER NOT NULL
) STRICT;

-- What people wrote down about guests. `guest` is our id of it, or the text it was imported under
-- until a guest is known by that name.
CREATE TABLE guest_metadata (
    guest       TEXT    NOT NULL PRIMARY KEY,
    custom_url  TEXT,
    description TEXT,
    tags        TEXT    NOT NULL CHECK (json_valid(tags)),
    changed_at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
