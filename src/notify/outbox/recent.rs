//! The delivery log.

use rusqlite::{Connection, Row};

use super::{Delivery, DeliveryState, OutboxError};
use crate::db::{Db, DbError};
use crate::model::id::AlertId;
use crate::model::time::Timestamp;
use crate::notify::message::Occasion;

const COLUMNS: &str = "id, alert, channel, event, state, attempts, due_at, created_at, \
     finished_at, last_error, receipt";

/// The latest messages, newest first, whatever became of them.
///
/// # Errors
/// When the database fails.
pub async fn recent(db: &Db, limit: usize) -> Result<Vec<Delivery>, OutboxError> {
    db.reader
        .run(move |connection| newest(connection, limit))
        .await
}

/// The messages about one alert, oldest first.
pub(super) fn about(
    connection: &Connection,
    alert: &AlertId,
    limit: usize,
) -> Result<Vec<Delivery>, OutboxError> {
    let sql = format!("SELECT {COLUMNS} FROM deliveries WHERE alert = ?1 ORDER BY seq LIMIT ?2");
    let mut statement = connection.prepare_cached(&sql)?;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let rows = statement.query_map((alert.as_str(), limit), |row| Ok(read(row)))?;
    rows.map(|row| row?).collect()
}

fn newest(connection: &Connection, limit: usize) -> Result<Vec<Delivery>, OutboxError> {
    let sql = format!("SELECT {COLUMNS} FROM deliveries ORDER BY seq DESC LIMIT ?1");
    let mut statement = connection.prepare_cached(&sql)?;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let rows = statement.query_map([limit], |row| Ok(read(row)))?;
    rows.map(|row| row?).collect()
}

fn read(row: &Row<'_>) -> Result<Delivery, OutboxError> {
    let text = |column| row.get::<_, String>(column);
    let id = text("id")?;
    let corrupt = |what: &str| DbError::Corrupt {
        what: format!("the {what} of delivery {id}"),
    };
    Ok(Delivery {
        alert: text("alert")?.parse().map_err(|_| corrupt("alert"))?,
        channel: text("channel")?.parse().map_err(|_| corrupt("channel"))?,
        event: Occasion::parse(&text("event")?).ok_or_else(|| corrupt("event"))?,
        state: DeliveryState::parse(&text("state")?).ok_or_else(|| corrupt("state"))?,
        attempts: row.get("attempts")?,
        due_at: Timestamp(row.get("due_at")?),
        created_at: Timestamp(row.get("created_at")?),
        finished_at: row.get::<_, Option<i64>>("finished_at")?.map(Timestamp),
        last_error: row.get("last_error")?,
        receipt: row.get("receipt")?,
        id: id.parse().map_err(|_| corrupt("id"))?,
    })
}
