//! Queueing what happened that is no alert, to game servers above all.

use std::time::Duration;

use rusqlite::{Connection, named_params};
use serde::{Deserialize, Serialize};

use super::OutboxError;
use crate::model::alert::Alert;
use crate::model::id::DeliveryId;
use crate::model::time::Timestamp;
use crate::notify::audience::Audience;
use crate::notify::happening::Happening;
use crate::notify::message::Occasion;

/// How long the log keeps messages about servers; those about alerts go with their alerts.
const KEEP: Duration = Duration::from_secs(30 * 86_400);

/// An alert's snapshot, with the event that it stands for.
#[derive(Serialize)]
struct Snapshot<'a> {
    #[serde(flatten)]
    alert: Alert,
    server: &'a Happening,
}

/// The same, read back: of an alert there is none.
#[derive(Deserialize)]
pub(super) struct Told {
    #[serde(default)]
    pub(super) server: Option<Happening>,
}

/// Queues `events` for every channel that wants them, each as a message of its own, and counts
/// the messages.
///
/// # Errors
/// When the database fails; the caller's transaction must then be given up.
pub fn enqueue_happenings(
    tx: &Connection,
    events: &[Happening],
    audience: &Audience,
    now: Timestamp,
) -> Result<usize, OutboxError> {
    forget(tx, now)?;
    let mut queued = 0;
    for event in events {
        let wanting = audience.iter();
        for channel in wanting.filter(|channel| event.is_wanted(channel)) {
            let alert = event.as_alert();
            let snapshot = Snapshot {
                alert: alert.clone(),
                server: event,
            };
            let snapshot =
                serde_json::to_string(&snapshot).map_err(|source| OutboxError::Snapshot {
                    alert: alert.id.clone(),
                    source,
                })?;
            let mut statement = tx.prepare_cached(
                "INSERT INTO deliveries
                     (id, alert, channel, event, severity, snapshot, state, due_at, created_at)
                 SELECT :id, :thread, id, :event, :severity, :snapshot, 'due', :now, :now
                 FROM channels WHERE id = :channel AND enabled",
            )?;
            queued += statement.execute(named_params! {
                ":id": DeliveryId::random().as_str(),
                ":thread": alert.id.as_str(),
                ":channel": channel.id.as_str(),
                ":event": Occasion::Server.word(),
                ":severity": alert.severity.word(),
                ":snapshot": snapshot,
                ":now": now.millis(),
            })?;
        }
    }
    Ok(queued)
}

fn forget(tx: &Connection, now: Timestamp) -> Result<(), OutboxError> {
    tx.prepare_cached("DELETE FROM deliveries WHERE event = 'server' AND finished_at < ?1")?
        .execute([(now - KEEP).millis()])?;
    Ok(())
}
