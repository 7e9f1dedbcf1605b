//! The log of each alert: what happened to it, by whom or by what, and what it explained.

use rusqlite::{Connection, OptionalExtension};

use super::{AlertError, Event, table};
use crate::db::DbError;
use crate::model::alert::Alert;
use crate::model::id::AlertId;
use crate::model::time::Timestamp;

/// Lines of one alert's log that are read.
const MOST: usize = 1000;

/// One line of an alert's log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogEntry {
    /// When.
    pub at: Timestamp,
    /// What happened.
    pub event: Event,
    /// Who did it; for a hold, which alert, silence, window, lock or task it is.
    pub who: Option<String>,
    /// What they said; for a hold its reason, and for the rest the severity then.
    pub note: Option<String>,
}

pub(super) fn note(
    tx: &Connection,
    alert: &AlertId,
    at: Timestamp,
    event: Event,
    who: Option<&str>,
    note: Option<&str>,
) -> Result<(), AlertError> {
    tx.prepare_cached(
        "INSERT INTO alert_events (alert, at, event, who, note) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?
    .execute((alert.as_str(), at.millis(), event.word(), who, note))?;
    Ok(())
}

/// The log of one alert, oldest line first.
pub(super) fn of_alert(
    connection: &Connection,
    alert: &AlertId,
) -> Result<Vec<LogEntry>, AlertError> {
    let mut statement = connection.prepare_cached(
        "SELECT at, event, who, note FROM alert_events WHERE alert = ?1 ORDER BY id LIMIT ?2",
    )?;
    let most = i64::try_from(MOST).unwrap_or(i64::MAX);
    let rows = statement.query_map((alert.as_str(), most), |row| {
        Ok((
            row.get::<_, i64>(0)?,
            row.get::<_, String>(1)?,
            row.get(2)?,
            row.get(3)?,
        ))
    })?;
    rows.map(|row| {
        let (at, event, who, note) = row?;
        let event = Event::parse(&event).ok_or_else(|| DbError::Corrupt {
            what: format!("the log of alert {alert}"),
        })?;
        Ok(LogEntry {
            at: Timestamp(at),
            event,
            who,
            note,
        })
    })
    .collect()
}

/// Whether an alert is over, and people were kept from being told of it until it was.
///
/// # Errors
/// When the database fails.
pub fn was_held_to_its_end(connection: &Connection, alert: &AlertId) -> Result<bool, AlertError> {
    let mut statement = connection.prepare_cached(
        "SELECT event = 'held' FROM alert_events
         WHERE alert = ?1 AND event IN ('held', 'released')
           AND (SELECT state FROM alerts WHERE id = ?1) = 'resolved'
         ORDER BY id DESC LIMIT 1",
    )?;
    let held = statement
        .query_row([alert.as_str()], |row| row.get(0))
        .optional()?;
    Ok(held.unwrap_or(false))
}

/// The alerts that `cause` explains or explained, by their beginning.
pub(super) fn affected(connection: &Connection, cause: &AlertId) -> Result<Vec<Alert>, AlertError> {
    let sql = format!(
        "SELECT {} FROM alerts
         WHERE id IN (SELECT alert FROM alert_events WHERE event = 'held' AND who = ?1)
         ORDER BY started_at, rowid LIMIT {MOST}",
        table::COLUMNS
    );
    table::collect(connection, &sql, [cause.as_str()])
}
