//! Links of messages: what they are about, and whether they were used.

use rusqlite::Connection;

use super::OutboxError;
use crate::alerts;
use crate::model::alert::Alert;
use crate::model::id::DeliveryId;
use crate::model::time::Timestamp;

/// The alerts that a message told of, as they are now; none where it has been forgotten.
///
/// # Errors
/// When the database fails.
pub fn alerts_of(connection: &Connection, id: &DeliveryId) -> Result<Vec<Alert>, OutboxError> {
    let mut statement = connection.prepare_cached(
        "SELECT alert FROM deliveries WHERE id = ?1 OR batch = ?1 GROUP BY alert ORDER BY MIN(seq)",
    )?;
    let ids = statement.query_map([id.as_str()], |row| row.get(0))?;
    let ids: Vec<String> = ids.collect::<Result<_, _>>()?;
    let mut found = Vec::new();
    for id in ids.iter().filter_map(|id| id.parse().ok()) {
        found.extend(alerts::find(connection, &id)?);
    }
    Ok(found)
}

/// Whether a link has been used.
///
/// # Errors
/// When the database fails.
pub fn is_used(connection: &Connection, link: &str) -> Result<bool, OutboxError> {
    Ok(connection
        .prepare_cached("SELECT 1 FROM used_links WHERE link = ?1")?
        .exists([link])?)
}

/// Notes that a link is used; says whether that is the first time. Links that have expired are
/// forgotten, as they are good for nothing.
///
/// # Errors
/// When the database fails.
pub fn use_up(
    tx: &Connection,
    link: &str,
    expires_at: Timestamp,
    now: Timestamp,
) -> Result<bool, OutboxError> {
    tx.prepare_cached("DELETE FROM used_links WHERE expires_at <= ?1")?
        .execute([now.millis()])?;
    let count = tx
        .prepare_cached(
            "INSERT OR IGNORE INTO used_links (link, used_at, expires_at) VALUES (?1, ?2, ?3)",
        )?
        .execute((link, now.millis(), expires_at.millis()))?;
    Ok(count == 1)
}

/// Makes a link good again, as what it does could not be done.
///
/// # Errors
/// When the database fails.
pub fn restore(tx: &Connection, link: &str) -> Result<(), OutboxError> {
    tx.prepare_cached("DELETE FROM used_links WHERE link = ?1")?
        .execute([link])?;
    Ok(())
}
