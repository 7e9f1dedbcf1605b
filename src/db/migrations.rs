//! Forward-only migrations, embedded in the binary, one transaction each.

use std::path::Path;

use rusqlite::Connection;

use super::{DbError, open_error};

/// In order; never edited after a release, only added to.
const MIGRATIONS: &[&str] = &[
    include_str!("migrations/0001_initial.sql"),
    include_str!("migrations/0002_history.sql"),
    include_str!("migrations/0003_alert_holds.sql"),
    include_str!("migrations/0004_ledger.sql"),
    include_str!("migrations/0005_delivery.sql"),
    include_str!("migrations/0006_channel_secrets.sql"),
    include_str!("migrations/0007_registration.sql"),
    include_str!("migrations/0010_audit_and_push.sql"),
    include_str!("migrations/0011_accounts.sql"),
    include_str!("migrations/0021_game_servers.sql"),
    include_str!("migrations/0019_changes.sql"),
    include_str!("migrations/0020_game_policies.sql"),
    include_str!("migrations/0023_game_names.sql"),
    include_str!("migrations/0012_second_ways_in.sql"),
    include_str!("migrations/0022_game_backups.sql"),
    include_str!("migrations/0017_control_jobs.sql"),
    include_str!("migrations/0025_backup_dues.sql"),
];

/// Brings the database to the newest schema.
pub(super) fn run(connection: &mut Connection, path: &Path) -> Result<(), DbError> {
    let found: u32 = connection
        .query_row("PRAGMA user_version", [], |row| row.get(0))
        .map_err(open_error(path))?;
    let known = newest();
    if found > known {
        return Err(DbError::TooNew { found, known });
    }
    for version in found + 1..=known {
        let sql = MIGRATIONS[version as usize - 1];
        let failed = |source| DbError::Migrate { version, source };
        let transaction = connection.transaction().map_err(failed)?;
        transaction.execute_batch(sql).map_err(failed)?;
        transaction
            .pragma_update(None, "user_version", version)
            .map_err(failed)?;
        transaction.commit().map_err(failed)?;
    }
    Ok(())
}

/// The schema this release writes.
pub(super) fn newest() -> u32 {
    u32::try_from(MIGRATIONS.len()).unwrap_or(u32::MAX)
}
