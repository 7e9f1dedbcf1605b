//! What the ledger says about telling people of the alerts that hold.

use std::time::Duration;

use rusqlite::{Connection, OptionalExtension as _};

use super::{AlertError, AlertEvent, Event, POSTED, log, table};
use crate::model::alert::{Alert, Hold, HoldReason, Standing, Transition};
use crate::model::time::Timestamp;

/// Beginnings of the same thing that are counted at most.
const STARTS: i64 = 20;

/// Every alert that holds, oldest first, with its beginnings within `window` before its own.
///
/// # Errors
/// When the database fails.
pub fn standing(connection: &Connection, window: Duration) -> Result<Vec<Standing>, AlertError> {
    let open = table::open_alerts(connection)?;
    open.into_iter()
        .map(|alert| stand(connection, alert, window))
        .collect()
}

fn stand(connection: &Connection, alert: Alert, window: Duration) -> Result<Standing, AlertError> {
    let (entered_at, expires_at) = connection
        .prepare_cached("SELECT entered_at, expires_at FROM alerts WHERE id = ?1")?
        .query_row([alert.id.as_str()], |row| {
            Ok((
                Timestamp(row.get(0)?),
                row.get::<_, Option<i64>>(1)?.map(Timestamp),
            ))
        })?;
    let same = (
        alert.rule.as_str(),
        alert.subject.as_str(),
        alert.resource.as_str(),
    );
    let mut statement = connection.prepare_cached(
        "SELECT entered_at, id FROM alerts
         WHERE rule = ?1 AND subject = ?2 AND resource = ?3 AND entered_at > ?4
         ORDER BY entered_at DESC, rowid DESC LIMIT ?5",
    )?;
    let since = (entered_at - window).millis();
    let rows = statement.query_map((same.0, same.1, same.2, since, STARTS), |row| {
        Ok((Timestamp(row.get(0)?), row.get::<_, String>(1)?))
    })?;
    let rows = rows.collect::<Result<Vec<_>, _>>()?;
    let before = rows.iter().find(|(_, id)| id != alert.id.as_str());
    let was_flapping = match before {
        Some((_, id)) => connection
            .prepare_cached(
                "SELECT 1 FROM alert_events WHERE alert = ?1 AND event = 'held' AND note = ?2",
            )?
            .exists((id, HoldReason::Flapping.word()))?,
        None => false,
    };
    Ok(Standing {
        entered_at,
        expires_at,
        starts: rows.into_iter().map(|(at, _)| at).collect(),
        was_flapping,
        alert,
    })
}

/// Alerts that ended after `since`, for what they explained to recover.
///
/// # Errors
/// When the database fails.
pub fn ended_since(connection: &Connection, since: Timestamp) -> Result<Vec<Alert>, AlertError> {
    let sql = format!(
        "SELECT {} FROM alerts WHERE resolved_at > ?1 ORDER BY resolved_at",
        table::COLUMNS
    );
    table::collect(connection, &sql, [since.millis()])
}

/// The ends of posted alerts that nobody has renewed in time.
///
/// # Errors
/// When the database fails.
pub fn expired(connection: &Connection, now: Timestamp) -> Result<Vec<Transition>, AlertError> {
    let sql = format!(
        "SELECT {} FROM alerts WHERE state = 'firing' AND rule = ?1 AND expires_at <= ?2",
        table::COLUMNS
    );
    let over = table::collect(connection, &sql, (POSTED, now.millis()))?;
    Ok(over
        .into_iter()
        .map(|alert| Transition::Clear {
            rule: POSTED,
            message: format!(
                "{}: not reported again in time, so it is over",
                alert.resource_name
            ),
            subject: alert.subject,
            resource: alert.resource,
            value: None,
            at: now,
        })
        .collect())
}

/// Notes what keeps people from being told of an alert now; `None` where that is as it was, or
/// where the alert does not hold any more.
///
/// # Errors
/// When the database fails; the caller's transaction must then be given up.
pub fn set_hold(
    tx: &Connection,
    alert: &Alert,
    hold: Option<Hold>,
    now: Timestamp,
) -> Result<Option<AlertEvent>, AlertError> {
    if alert.hold == hold {
        return Ok(None);
    }
    let text = hold
        .as_ref()
        .map(|hold| serde_json::to_string(hold).unwrap_or_default());
    let changed = tx
        .prepare_cached(
            "UPDATE alerts SET hold = ?2 WHERE id = ?1 AND state = 'firing' RETURNING 1",
        )?
        .query_row((alert.id.as_str(), text), |_| Ok(()))
        .optional()?;
    if changed.is_none() {
        return Ok(None);
    }
    let (event, who, note) = match &hold {
        Some(hold) => (
            Event::Held,
            Some(hold.by.as_str()),
            Some(hold.reason.word()),
        ),
        None => (Event::Released, None, None),
    };
    let is_same = |before: &Hold| {
        hold.as_ref()
            .is_some_and(|hold| hold.reason == before.reason && hold.by == before.by)
    };
    // Only its end may have moved, as when a lock was taken away a moment ago.
    if !alert.hold.as_ref().is_some_and(is_same) {
        log::note(tx, &alert.id, now, event, who, note)?;
    }
    Ok(Some(AlertEvent {
        alert: Alert {
            hold,
            ..alert.clone()
        },
        event,
    }))
}
