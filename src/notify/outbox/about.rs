//! Everything about one alert, for its page and for forgetting it.

use rusqlite::Connection;

use super::{Attempt, Delivery, OutboxError, recent};
use crate::db::Db;
use crate::model::id::AlertId;

/// Messages about one alert that are read.
const MOST: usize = 200;

/// The messages about one alert and every attempt to send each, oldest first, whatever became of
/// them.
///
/// # Errors
/// When the database fails.
pub async fn about(db: &Db, alert: &AlertId) -> Result<Vec<(Delivery, Vec<Attempt>)>, OutboxError> {
    let alert = alert.clone();
    db.reader
        .run(move |connection| recent::about(connection, &alert, MOST))
        .await
}

/// Forgets the messages about alerts that are about to be forgotten.
///
/// # Errors
/// When the database fails; the caller's transaction must then be given up.
pub fn forget(tx: &Connection, alerts: &[AlertId]) -> Result<(), OutboxError> {
    let mut statement = tx.prepare_cached("DELETE FROM deliveries WHERE alert = ?1")?;
    for alert in alerts {
        statement.execute([alert.as_str()])?;
    }
    Ok(())
}
