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
    include_str!("migrations/0024_server_events.sql"),
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

#[cfg(test)]
mod tests {
    use super::*;

    /// What `sql` counts.
    fn count(connection: &Connection, sql: &str) -> i64 {
        let found = connection.query_row(sql, [], |row| row.get(0));
        found.expect("a count")
    }

    #[test]
    fn messages_and_their_attempts_survive_the_new_tables_of_the_outbox() {
        let mut connection = Connection::open_in_memory().expect("a database");
        connection
            .pragma_update(None, "foreign_keys", true)
            .expect("set");
        let before = MIGRATIONS
            .iter()
            .position(|sql| sql.contains("new_deliveries"))
            .expect("it is there");
        for sql in &MIGRATIONS[..before] {
            connection.execute_batch(sql).expect("migrated");
        }
        connection
            .pragma_update(None, "user_version", i64::try_from(before).expect("few"))
            .expect("set");
        connection
            .execute_batch(
                "INSERT INTO alerts (id, rule, subject, resource, resource_name, severity, state,
                     message, started_at, last_seen, tags)
                 VALUES ('alt_one', 'threshold', 'cpu', 'guest:tgt_lab:100', 'web1', 'warning',
                     'firing', 'busy', 1, 1, '[]');
                 INSERT INTO deliveries (seq, id, alert, channel, event, severity, snapshot, state,
                     due_at, created_at, batch, remote)
                 VALUES (7, 'dlv_one', 'alt_one', 'chn_one', 'fired', 'warning', '{}', 'sent', 1,
                     1, 'dlv_one', 'message 12');
                 INSERT INTO delivery_attempts (delivery, attempt, at, outcome)
                 VALUES ('dlv_one', 1, 1, 'sent');",
            )
            .expect("rows of then");
        run(&mut connection, Path::new("test.db")).expect("migrated");
        let kept = "SELECT count(*) FROM deliveries JOIN delivery_attempts ON delivery = id
                    WHERE seq = 7 AND remote = 'message 12' AND outcome = 'sent'";
        assert_eq!(count(&connection, kept), 1);
        // Of a server's events there is no alert; attempts still go with their message.
        connection
            .execute_batch(
                "INSERT INTO deliveries (id, alert, channel, event, severity, snapshot, state,
                     due_at, created_at)
                 VALUES ('dlv_two', 'alt_none', 'chn_one', 'server', 'info', '{}', 'due', 1, 1);
                 DELETE FROM deliveries WHERE id = 'dlv_one';",
            )
            .expect("changed");
        let attempts = count(&connection, "SELECT count(*) FROM delivery_attempts");
        assert_eq!(attempts, 0);
    }
}
