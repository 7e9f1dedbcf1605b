//! Deciding which channels have to be told of a changed alert, and queueing the messages.

use rusqlite::{Connection, named_params};

use super::{DeliveryState, OutboxError};
use crate::model::alert::{Alert, AlertState, Severity};
use crate::model::id::{ChannelId, DeliveryId};
use crate::model::time::Timestamp;
use crate::notify::channels::Channel;
use crate::notify::message::Occasion;

/// Queues what has to be told about `alerts`, as they are after a change, and counts it.
///
/// Runs in the transaction of the change. What is told follows from the alert and from what the
/// outbox holds already, so the same alert can be passed again without anybody being told
/// twice: it is told when it is new to a channel, nobody has taken it on and nothing holds it
/// back, when it is worse than what was told, and when it is over, if its beginning was told or is about to be.
///
/// # Errors
/// When the database fails; the caller's transaction must then be given up.
pub fn enqueue<'a>(
    tx: &Connection,
    alerts: impl IntoIterator<Item = &'a Alert>,
    channels: &[Channel],
    now: Timestamp,
) -> Result<usize, OutboxError> {
    let mut queued = 0;
    for alert in alerts {
        for channel in channels.iter().filter(|channel| channel.enabled) {
            let told = told_before(tx, alert, &channel.id)?;
            if let Some(occasion) = worth_telling(alert, &told) {
                queued += insert(tx, alert, &channel.id, occasion, now)?;
            }
        }
    }
    Ok(queued)
}

/// A message about an alert that a channel has got or is to get.
struct Told {
    occasion: Option<Occasion>,
    severity: String,
    state: Option<DeliveryState>,
}

fn worth_telling(alert: &Alert, told: &[Told]) -> Option<Occasion> {
    match alert.state {
        AlertState::Firing if told.is_empty() => {
            let is_wanted = alert.acknowledged_at.is_none() && alert.hold.is_none();
            is_wanted.then_some(Occasion::Fired)
        }
        AlertState::Firing if alert.hold.is_some() => None,
        AlertState::Firing => {
            let worst = told
                .iter()
                .filter_map(|told| severity(&told.severity))
                .max();
            (worst < Some(alert.severity)).then_some(Occasion::Worsened)
        }
        AlertState::Resolved => {
            let is_known = told
                .iter()
                .any(|told| told.state != Some(DeliveryState::Dead));
            let is_told = told
                .iter()
                .any(|told| told.occasion == Some(Occasion::Resolved));
            (is_known && !is_told).then_some(Occasion::Resolved)
        }
    }
}

fn severity(word: &str) -> Option<Severity> {
    [Severity::Info, Severity::Warning, Severity::Critical]
        .into_iter()
        .find(|severity| severity.word() == word)
}

fn told_before(
    tx: &Connection,
    alert: &Alert,
    channel: &ChannelId,
) -> Result<Vec<Told>, OutboxError> {
    let mut statement = tx.prepare_cached(
        "SELECT event, severity, state FROM deliveries WHERE alert = ?1 AND channel = ?2",
    )?;
    let rows = statement.query_map((alert.id.as_str(), channel.as_str()), |row| {
        Ok(Told {
            occasion: Occasion::parse(&row.get::<_, String>(0)?),
            severity: row.get(1)?,
            state: DeliveryState::parse(&row.get::<_, String>(2)?),
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Queues one message, unless its channel was removed a moment ago.
fn insert(
    tx: &Connection,
    alert: &Alert,
    channel: &ChannelId,
    occasion: Occasion,
    now: Timestamp,
) -> Result<usize, OutboxError> {
    let snapshot = serde_json::to_string(alert).map_err(|source| OutboxError::Snapshot {
        alert: alert.id.clone(),
        source,
    })?;
    let mut statement = tx.prepare_cached(
        "INSERT INTO deliveries
             (id, alert, channel, event, severity, snapshot, state, due_at, created_at)
         SELECT :id, :alert, id, :event, :severity, :snapshot, 'due', :now, :now
         FROM channels WHERE id = :channel AND enabled",
    )?;
    Ok(statement.execute(named_params! {
        ":id": DeliveryId::random().as_str(),
        ":alert": alert.id.as_str(),
        ":channel": channel.as_str(),
        ":event": occasion.word(),
        ":severity": alert.severity.word(),
        ":snapshot": snapshot,
        ":now": now.millis(),
    })?)
}
