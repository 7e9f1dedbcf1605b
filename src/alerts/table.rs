//! The `alerts` table: one function per statement, model types in and out.

use rusqlite::{Connection, OptionalExtension, Row, named_params};

use super::AlertError;
use crate::db::DbError;
use crate::model::alert::{Alert, AlertState, Severity};
use crate::model::id::{AlertId, ResourceId};
use crate::model::time::Timestamp;

pub(super) const COLUMNS: &str = "id, rule, subject, resource, resource_name, node, severity, state, message, \
     value, threshold, started_at, last_seen, resolved_at, acknowledged_at, acknowledged_by, \
     tags, hold";

/// The alert that holds now for a rule, subject and resource.
pub(super) fn open_alert_of(
    tx: &Connection,
    rule: &str,
    subject: &str,
    resource: &ResourceId,
) -> Result<Option<Alert>, AlertError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM alerts
         WHERE rule = ?1 AND subject = ?2 AND resource = ?3 AND state = 'firing'"
    );
    let mut statement = tx.prepare_cached(&sql)?;
    let row = statement
        .query_row((rule, subject, resource.as_str()), |row| Ok(read(row)))
        .optional()?;
    row.transpose()
}

pub(super) fn is_known(tx: &Connection, id: &AlertId) -> Result<bool, AlertError> {
    let mut statement = tx.prepare_cached("SELECT 1 FROM alerts WHERE id = ?1")?;
    Ok(statement.exists([id.as_str()])?)
}

pub(super) fn alert_by_id(tx: &Connection, id: &AlertId) -> Result<Alert, AlertError> {
    let sql = format!("SELECT {COLUMNS} FROM alerts WHERE id = ?1");
    tx.prepare_cached(&sql)?
        .query_row([id.as_str()], |row| Ok(read(row)))
        .optional()?
        .unwrap_or_else(|| Err(AlertError::NotFound { id: id.clone() }))
}

/// Every alert that holds, oldest first.
pub(super) fn open_alerts(connection: &Connection) -> Result<Vec<Alert>, AlertError> {
    let sql =
        format!("SELECT {COLUMNS} FROM alerts WHERE state = 'firing' ORDER BY started_at, rowid");
    collect(connection, &sql, [])
}

/// The alerts that began last, newest first.
pub(super) fn newest_alerts(
    connection: &Connection,
    limit: usize,
) -> Result<Vec<Alert>, AlertError> {
    let sql = format!("SELECT {COLUMNS} FROM alerts ORDER BY started_at DESC, rowid DESC LIMIT ?1");
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    collect(connection, &sql, [limit])
}

pub(super) fn insert(
    tx: &Connection,
    alert: &Alert,
    entered_at: Timestamp,
) -> Result<(), AlertError> {
    let sql = format!(
        "INSERT INTO alerts ({COLUMNS}, entered_at)
         VALUES (:id, :rule, :subject, :resource, :resource_name, :node, :severity, :state,
                 :message, :value, :threshold, :started_at, :last_seen, :resolved_at,
                 :acknowledged_at, :acknowledged_by, :tags, :hold, :entered_at)"
    );
    tx.prepare_cached(&sql)?.execute(named_params! {
        ":id": alert.id.as_str(),
        ":rule": alert.rule,
        ":subject": alert.subject,
        ":resource": alert.resource.as_str(),
        ":resource_name": alert.resource_name,
        ":node": alert.node,
        ":severity": alert.severity.word(),
        ":state": word(alert.state),
        ":message": alert.message,
        ":value": alert.value,
        ":threshold": alert.limit,
        ":started_at": alert.started_at.millis(),
        ":last_seen": alert.last_seen.millis(),
        ":resolved_at": alert.resolved_at.map(Timestamp::millis),
        ":acknowledged_at": alert.acknowledged_at.map(Timestamp::millis),
        ":acknowledged_by": alert.acknowledged_by,
        ":tags": json(&alert.tags),
        ":hold": alert.hold.as_ref().map(json),
        ":entered_at": entered_at.millis(),
    })?;
    Ok(())
}

/// Writes everything about an alert that may change after it fired.
pub(super) fn update(tx: &Connection, alert: &Alert) -> Result<(), AlertError> {
    tx.prepare_cached(
        "UPDATE alerts
         SET severity = :severity, state = :state, message = :message, value = :value,
             threshold = :threshold, last_seen = :last_seen, resolved_at = :resolved_at,
             acknowledged_at = :acknowledged_at, acknowledged_by = :acknowledged_by,
             hold = :hold
         WHERE id = :id",
    )?
    .execute(named_params! {
        ":id": alert.id.as_str(),
        ":severity": alert.severity.word(),
        ":state": word(alert.state),
        ":message": alert.message,
        ":value": alert.value,
        ":threshold": alert.limit,
        ":last_seen": alert.last_seen.millis(),
        ":resolved_at": alert.resolved_at.map(Timestamp::millis),
        ":acknowledged_at": alert.acknowledged_at.map(Timestamp::millis),
        ":acknowledged_by": alert.acknowledged_by,
        ":hold": alert.hold.as_ref().map(json),
    })?;
    Ok(())
}

/// A value of ours as JSON; such values are plain data and never fail to be written.
fn json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

pub(super) fn collect(
    connection: &Connection,
    sql: &str,
    parameters: impl rusqlite::Params,
) -> Result<Vec<Alert>, AlertError> {
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map(parameters, |row| Ok(read(row)))?;
    rows.map(|row| row?).collect()
}

pub(super) fn read(row: &Row<'_>) -> Result<Alert, AlertError> {
    let moment = |column| {
        row.get::<_, Option<i64>>(column)
            .map(|at| at.map(Timestamp))
    };
    let id: String = row.get("id")?;
    let resource: String = row.get("resource")?;
    let severity: String = row.get("severity")?;
    let state: String = row.get("state")?;
    let tags: String = row.get("tags")?;
    let hold: Option<String> = row.get("hold")?;
    let corrupt = |what: &str| DbError::Corrupt {
        what: format!("the {what} of alert {id}"),
    };
    Ok(Alert {
        rule: row.get("rule")?,
        subject: row.get("subject")?,
        resource: resource.parse().map_err(|_| corrupt("resource"))?,
        resource_name: row.get("resource_name")?,
        node: row.get("node")?,
        severity: severity_of(&severity).ok_or_else(|| corrupt("severity"))?,
        state: state_of(&state).ok_or_else(|| corrupt("state"))?,
        message: row.get("message")?,
        value: row.get("value")?,
        limit: row.get("threshold")?,
        started_at: Timestamp(row.get("started_at")?),
        last_seen: Timestamp(row.get("last_seen")?),
        resolved_at: moment("resolved_at")?,
        acknowledged_at: moment("acknowledged_at")?,
        acknowledged_by: row.get("acknowledged_by")?,
        tags: serde_json::from_str(&tags).map_err(|_| corrupt("tags"))?,
        hold: hold
            .map(|hold| serde_json::from_str(&hold))
            .transpose()
            .map_err(|_| corrupt("hold"))?,
        id: id.parse().map_err(|_| corrupt("id"))?,
    })
}

const fn word(state: AlertState) -> &'static str {
    match state {
        AlertState::Firing => "firing",
        AlertState::Resolved => "resolved",
    }
}

fn state_of(word: &str) -> Option<AlertState> {
    match word {
        "firing" => Some(AlertState::Firing),
        "resolved" => Some(AlertState::Resolved),
        _ => None,
    }
}

fn severity_of(word: &str) -> Option<Severity> {
    Severity::ALL
        .into_iter()
        .find(|severity| severity.word() == word)
}
