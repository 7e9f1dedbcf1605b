//! The SQL of silences, maintenance windows and calendars.

use rusqlite::{Connection, OptionalExtension as _, Row, named_params};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::calendars::CalendarRow;
use crate::db::DbError;
use crate::model::id::CalendarId;
use crate::model::silence::{MaintenanceWindow, Silence};
use crate::model::time::Timestamp;

fn json(value: &impl Serialize) -> String {
    // Such values are plain data and never fail to be written.
    serde_json::to_string(value).unwrap_or_default()
}

fn parsed<T: DeserializeOwned>(row: &Row<'_>, column: &str, what: &str) -> Result<T, DbError> {
    let text: String = row.get(column)?;
    serde_json::from_str(&text).map_err(|_| corrupt(row, what))
}

fn corrupt(row: &Row<'_>, what: &str) -> DbError {
    let id: String = row.get("id").unwrap_or_default();
    DbError::Corrupt {
        what: format!("the {what} of {id}"),
    }
}

fn id<T: std::str::FromStr>(row: &Row<'_>) -> Result<T, DbError> {
    let text: String = row.get("id")?;
    text.parse().map_err(|_| corrupt(row, "id"))
}

fn moment(row: &Row<'_>, column: &str) -> Result<Timestamp, DbError> {
    Ok(Timestamp(row.get(column)?))
}

fn collect<T>(
    connection: &Connection,
    sql: &str,
    parameters: impl rusqlite::Params,
    read: impl Fn(&Row<'_>) -> Result<T, DbError>,
) -> Result<Vec<T>, DbError> {
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map(parameters, |row| Ok(read(row)))?;
    rows.map(|row| row?).collect()
}

/// Silences that have not ended at `now`, the next to end first.
pub(super) fn silences(connection: &Connection, now: Timestamp) -> Result<Vec<Silence>, DbError> {
    let sql = "SELECT * FROM silences WHERE until_at > ?1 ORDER BY until_at, rowid";
    collect(connection, sql, [now.millis()], |row| {
        Ok(Silence {
            id: id(row)?,
            scope: parsed(row, "scope", "scope")?,
            from: moment(row, "from_at")?,
            until: moment(row, "until_at")?,
            note: row.get("note")?,
            created_by: row.get("created_by")?,
            created_at: moment(row, "created_at")?,
        })
    })
}

pub(super) fn put_silence(tx: &Connection, silence: &Silence) -> Result<(), DbError> {
    // Those that ended long ago are of no use to anybody; alerts keep in their logs what held them.
    let old = silence.created_at.millis() - 90 * 86_400_000;
    tx.prepare_cached("DELETE FROM silences WHERE until_at < ?1")?
        .execute([old])?;
    tx.prepare_cached(
        "INSERT INTO silences (id, scope, from_at, until_at, note, created_by, created_at)
         VALUES (:id, :scope, :from, :until, :note, :by, :at)
         ON CONFLICT (id) DO UPDATE SET until_at = excluded.until_at",
    )?
    .execute(named_params! {
        ":id": silence.id.as_str(),
        ":scope": json(&silence.scope),
        ":from": silence.from.millis(),
        ":until": silence.until.millis(),
        ":note": silence.note,
        ":by": silence.created_by,
        ":at": silence.created_at.millis(),
    })?;
    Ok(())
}

/// Maintenance windows, by name.
pub(super) fn windows(connection: &Connection) -> Result<Vec<MaintenanceWindow>, DbError> {
    let sql = "SELECT * FROM maintenance_windows ORDER BY name";
    collect(connection, sql, [], |row| {
        Ok(MaintenanceWindow {
            id: id(row)?,
            name: row.get("name")?,
            scope: parsed(row, "scope", "scope")?,
            schedule: parsed(row, "schedule", "schedule")?,
            enabled: row.get("enabled")?,
            created_at: moment(row, "created_at")?,
        })
    })
}

pub(super) fn put_window(tx: &Connection, window: &MaintenanceWindow) -> Result<(), DbError> {
    tx.prepare_cached(
        "INSERT INTO maintenance_windows (id, name, scope, schedule, enabled, created_at)
         VALUES (:id, :name, :scope, :schedule, :enabled, :at)
         ON CONFLICT (id) DO UPDATE SET name = excluded.name, scope = excluded.scope,
             schedule = excluded.schedule, enabled = excluded.enabled",
    )?
    .execute(named_params! {
        ":id": window.id.as_str(),
        ":name": window.name,
        ":scope": json(&window.scope),
        ":schedule": json(&window.schedule),
        ":enabled": window.enabled,
        ":at": window.created_at.millis(),
    })?;
    Ok(())
}

/// Calendars, by name, with the latest good version of each.
pub(super) fn calendars(connection: &Connection) -> Result<Vec<CalendarRow>, DbError> {
    let sql = "SELECT * FROM maintenance_calendars ORDER BY name";
    collect(connection, sql, [], |row| {
        Ok(CalendarRow {
            id: id(row)?,
            name: row.get("name")?,
            host: row.get("host")?,
            scope: parsed(row, "scope", "scope")?,
            zone: row.get("zone")?,
            enabled: row.get("enabled")?,
            created_at: moment(row, "created_at")?,
            body: row.get("body")?,
            fetched_at: row.get::<_, Option<i64>>("fetched_at")?.map(Timestamp),
            last_error: row.get("last_error")?,
        })
    })
}

/// Keeps a calendar; `address` is sealed, and left as it is where there is none.
pub(super) fn put_calendar(
    tx: &Connection,
    row: &CalendarRow,
    address: Option<&[u8]>,
) -> Result<(), DbError> {
    tx.prepare_cached(
        "INSERT INTO maintenance_calendars
             (id, name, host, address, scope, zone, enabled, created_at)
         VALUES (:id, :name, :host, coalesce(:address, x''), :scope, :zone, :enabled, :at)
         ON CONFLICT (id) DO UPDATE SET name = excluded.name, host = excluded.host,
             address = coalesce(:address, address), scope = excluded.scope, zone = excluded.zone,
             enabled = excluded.enabled, body = :body, fetched_at = :fetched, last_error = :error",
    )?
    .execute(named_params! {
        ":id": row.id.as_str(),
        ":name": row.name,
        ":host": row.host,
        ":address": address,
        ":scope": json(&row.scope),
        ":zone": row.zone,
        ":enabled": row.enabled,
        ":at": row.created_at.millis(),
        ":body": row.body,
        ":fetched": row.fetched_at.map(Timestamp::millis),
        ":error": row.last_error,
    })?;
    Ok(())
}

/// The sealed address of a calendar.
pub(super) fn address(
    connection: &Connection,
    id: &CalendarId,
) -> Result<Option<Vec<u8>>, DbError> {
    Ok(connection
        .prepare_cached("SELECT address FROM maintenance_calendars WHERE id = ?1")?
        .query_row([id.as_str()], |row| row.get(0))
        .optional()?)
}

/// Notes how fetching a calendar went; a failure leaves the latest good version in force.
pub(super) fn fetched(
    tx: &Connection,
    id: &CalendarId,
    outcome: &Result<Vec<u8>, String>,
    now: Timestamp,
) -> Result<(), DbError> {
    match outcome {
        Ok(body) => tx
            .prepare_cached(
                "UPDATE maintenance_calendars
                 SET body = ?2, fetched_at = ?3, last_error = NULL WHERE id = ?1",
            )?
            .execute((id.as_str(), body, now.millis()))?,
        Err(error) => tx
            .prepare_cached("UPDATE maintenance_calendars SET last_error = ?2 WHERE id = ?1")?
            .execute((id.as_str(), error))?,
    };
    Ok(())
}

/// Removes a row, and tells whether it was there. `table` is one of ours, never a caller's word.
pub(super) fn remove(tx: &Connection, table: &'static str, id: &str) -> Result<bool, DbError> {
    let sql = format!("DELETE FROM {table} WHERE id = ?1");
    Ok(tx.prepare_cached(&sql)?.execute([id])? > 0)
}
