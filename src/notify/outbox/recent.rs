//! The delivery log.

use rusqlite::{Connection, OptionalExtension, Row, named_params};

use super::{Attempt, Delivery, DeliveryState, OutboxError};
use crate::db::{Db, DbError};
use crate::model::id::{AlertId, ChannelId, DeliveryId};
use crate::model::time::Timestamp;
use crate::notify::message::Occasion;

/// Which messages of the log are wanted.
#[derive(Clone, Debug, Default)]
pub struct LogFilter {
    /// About one alert.
    pub alert: Option<AlertId>,
    /// To one channel.
    pub channel: Option<ChannelId>,
    /// In one state.
    pub state: Option<DeliveryState>,
}

/// The latest messages, newest first, whatever became of them.
///
/// # Errors
/// When the database fails.
pub async fn recent(db: &Db, limit: usize) -> Result<Vec<Delivery>, OutboxError> {
    log(db, LogFilter::default(), limit).await
}

/// The latest messages that fit `filter`, newest first.
///
/// # Errors
/// When the database fails.
pub async fn log(db: &Db, filter: LogFilter, limit: usize) -> Result<Vec<Delivery>, OutboxError> {
    db.reader
        .run(move |connection| newest(connection, &filter, limit))
        .await
}

/// One message and every attempt to send it, the first one first.
///
/// # Errors
/// When there is no such message, or the database fails.
pub async fn attempts(db: &Db, id: DeliveryId) -> Result<(Delivery, Vec<Attempt>), OutboxError> {
    db.reader
        .run(move |connection| {
            let delivery = one(connection, &id)?;
            let attempts = attempts_of(connection, &delivery.batch.clone().unwrap_or(id))?;
            Ok((delivery, attempts))
        })
        .await
}

const COLUMNS: &str = "id, alert, channel, event, state, attempts, due_at, created_at, \
     finished_at, last_error, receipt, batch, step, held_until, stand_in";

/// The messages about one alert and every attempt to send each, oldest first.
pub(super) fn about(
    connection: &Connection,
    alert: &AlertId,
    limit: usize,
) -> Result<Vec<(Delivery, Vec<Attempt>)>, OutboxError> {
    let sql = format!("SELECT {COLUMNS} FROM deliveries WHERE alert = ?1 ORDER BY seq LIMIT ?2");
    let mut statement = connection.prepare_cached(&sql)?;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let rows = statement.query_map((alert.as_str(), limit), |row| Ok(read(row)))?;
    rows.map(|row| {
        let delivery = row??;
        let attempts = attempts_of(connection, delivery.batch.as_ref().unwrap_or(&delivery.id))?;
        Ok((delivery, attempts))
    })
    .collect()
}

fn newest(
    connection: &Connection,
    filter: &LogFilter,
    limit: usize,
) -> Result<Vec<Delivery>, OutboxError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM deliveries
         WHERE (:alert IS NULL OR alert = :alert) AND (:channel IS NULL OR channel = :channel)
           AND (:state IS NULL OR state = :state)
         ORDER BY seq DESC LIMIT :limit"
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let parameters = named_params! {
        ":alert": filter.alert.as_ref().map(AlertId::as_str),
        ":channel": filter.channel.as_ref().map(ChannelId::as_str),
        ":state": filter.state.map(DeliveryState::word),
        ":limit": i64::try_from(limit).unwrap_or(i64::MAX),
    };
    let rows = statement.query_map(parameters, |row| Ok(read(row)))?;
    rows.map(|row| row?).collect()
}

fn one(connection: &Connection, id: &DeliveryId) -> Result<Delivery, OutboxError> {
    let sql = format!("SELECT {COLUMNS} FROM deliveries WHERE id = ?1");
    connection
        .prepare_cached(&sql)?
        .query_row([id.as_str()], |row| Ok(read(row)))
        .optional()?
        .unwrap_or_else(|| Err(OutboxError::NotFound { id: id.clone() }))
}

fn attempts_of(connection: &Connection, id: &DeliveryId) -> Result<Vec<Attempt>, OutboxError> {
    let mut statement = connection.prepare_cached(
        "SELECT attempt, at, latency_ms, outcome, status, error
         FROM delivery_attempts WHERE delivery = ?1 ORDER BY attempt",
    )?;
    let rows = statement.query_map([id.as_str()], |row| {
        Ok(Attempt {
            attempt: row.get(0)?,
            at: Timestamp(row.get(1)?),
            latency_ms: row.get(2)?,
            outcome: row.get(3)?,
            status: row.get(4)?,
            error: row.get(5)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn read(row: &Row<'_>) -> Result<Delivery, OutboxError> {
    let text = |column| row.get::<_, String>(column);
    let id = text("id")?;
    let corrupt = |what: &str| DbError::Corrupt {
        what: format!("the {what} of delivery {id}"),
    };
    let moment = |column| {
        let at: Option<i64> = row.get(column)?;
        Ok::<_, rusqlite::Error>(at.map(Timestamp))
    };
    let batch: Option<String> = row.get("batch")?;
    let batch = batch.map(|batch| batch.parse().map_err(|_| corrupt("batch")));
    Ok(Delivery {
        alert: text("alert")?.parse().map_err(|_| corrupt("alert"))?,
        channel: text("channel")?.parse().map_err(|_| corrupt("channel"))?,
        event: Occasion::parse(&text("event")?).ok_or_else(|| corrupt("event"))?,
        state: DeliveryState::parse(&text("state")?).ok_or_else(|| corrupt("state"))?,
        attempts: row.get("attempts")?,
        due_at: Timestamp(row.get("due_at")?),
        created_at: Timestamp(row.get("created_at")?),
        finished_at: moment("finished_at")?,
        last_error: row.get("last_error")?,
        receipt: row.get("receipt")?,
        batch: batch.transpose()?,
        step: row.get("step")?,
        held_until: moment("held_until")?,
        stand_in: row.get("stand_in")?,
        id: id.parse().map_err(|_| corrupt("id"))?,
    })
}
