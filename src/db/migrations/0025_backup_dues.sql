-- When a plan was set, from which its first backup is due, and when a host that keeps its servers'
-- backups itself last made one for us.
ALTER TABLE game_backup_plans ADD COLUMN set_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE game_backup_plans ADD COLUMN host_made_at INTEGER;
UPDATE game_backup_plans SET set_at = coalesce(begun_at, 0);
