-- Several secrets for each channel, by the names of their fields. Those that were kept in
-- `channels.secret` are still sealed for that place; the program knows.
CREATE TABLE channel_secrets (
    channel TEXT NOT NULL REFERENCES channels (id) ON DELETE CASCADE,
    field   TEXT NOT NULL,
    sealed  BLOB NOT NULL,
    PRIMARY KEY (channel, field)
) STRICT, WITHOUT ROWID;

INSERT INTO channel_secrets (channel, field, sealed)
SELECT id, CASE kind WHEN 'email' THEN 'password' ELSE 'signing_secret' END, secret
FROM channels WHERE secret IS NOT NULL;

ALTER TABLE channels DROP COLUMN secret;

-- When somebody gave a test message's code back; the code that would prove the channel, until
-- when it does and how often it was guessed.
ALTER TABLE channels ADD COLUMN proven_at INTEGER;
ALTER TABLE channels ADD COLUMN proof_code TEXT;
ALTER TABLE channels ADD COLUMN proof_until INTEGER;
ALTER TABLE channels ADD COLUMN proof_guesses INTEGER NOT NULL DEFAULT 0;

-- When the channel was last told that all is well, and why that failed, if it did.
ALTER TABLE channels ADD COLUMN pinged_at INTEGER;
ALTER TABLE channels ADD COLUMN ping_error TEXT;
