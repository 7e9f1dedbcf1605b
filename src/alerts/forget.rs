//! Forgetting alerts that ended long ago, in small steps.

use rusqlite::Connection;

use super::AlertError;
use crate::db::DbError;
use crate::model::id::AlertId;
use crate::model::time::Timestamp;

/// Alerts that ended before `before`, the oldest first, `most` at most.
///
/// # Errors
/// When the database fails.
pub fn forgettable(
    connection: &Connection,
    before: Timestamp,
    most: usize,
) -> Result<Vec<AlertId>, AlertError> {
    let mut statement = connection.prepare_cached(
        "SELECT id FROM alerts WHERE resolved_at < ?1 ORDER BY resolved_at LIMIT ?2",
    )?;
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    let rows = statement.query_map((before.millis(), most), |row| row.get::<_, String>(0))?;
    rows.map(|id| {
        let id = id?;
        id.parse().map_err(|_| {
            DbError::Corrupt {
                what: format!("the id of alert {id}"),
            }
            .into()
        })
    })
    .collect()
}

/// Forgets alerts with their logs. Messages about them have to be forgotten before.
///
/// # Errors
/// When the database fails; the caller's transaction must then be given up.
pub fn forget(tx: &Connection, alerts: &[AlertId]) -> Result<(), AlertError> {
    let mut statement = tx.prepare_cached("DELETE FROM alerts WHERE id = ?1")?;
    for id in alerts {
        statement.execute([id.as_str()])?;
    }
    Ok(())
}
