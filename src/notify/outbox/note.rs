//! Noting what became of a message.

use std::time::Duration;

use rusqlite::Connection;

use super::{Breaker, OutboxError, divert, gate};
use crate::model::id::{ChannelId, DeliveryId};
use crate::model::time::Timestamp;
use crate::notify::audience::Audience;
use crate::notify::message::Receipt;

/// How an attempt ended.
pub(in crate::notify) struct Ending {
    /// Of which message.
    pub(in crate::notify) id: DeliveryId,
    /// To which channel.
    pub(in crate::notify) channel: ChannelId,
    /// How long it took.
    pub(in crate::notify) latency: Duration,
    /// The status of the other side's answer.
    pub(in crate::notify) status: Option<u16>,
}

/// Notes that the other side took a message.
pub(in crate::notify) fn done(
    tx: &Connection,
    ending: &Ending,
    receipt: &Receipt,
    now: Timestamp,
) -> Result<(), OutboxError> {
    let id = ending.id.as_str();
    tx.prepare_cached(
        "UPDATE deliveries SET state = 'sent', finished_at = ?2, receipt = ?3
         WHERE batch = ?1 AND state = 'due'",
    )?
    .execute((id, now.millis(), &receipt.text))?;
    // A message about several alerts cannot be changed for one of them.
    tx.prepare_cached(
        "UPDATE deliveries SET remote = ?2
         WHERE id = ?1 AND (SELECT COUNT(DISTINCT alert) FROM deliveries WHERE batch = ?1) = 1",
    )?
    .execute((id, &receipt.remote))?;
    attempted(tx, ending, "sent", None)?;
    let state = gate::load(tx, &ending.channel)?.succeeded();
    gate::save(tx, &ending.channel, state)
}

/// Notes that an attempt failed and when the next one is due.
pub(in crate::notify) fn retry(
    tx: &Connection,
    ending: &Ending,
    due_at: Timestamp,
    error: &str,
    breaker: &Breaker,
    now: Timestamp,
) -> Result<(), OutboxError> {
    tx.prepare_cached(
        "UPDATE deliveries SET due_at = ?2, last_error = ?3 WHERE batch = ?1 AND state = 'due'",
    )?
    .execute((ending.id.as_str(), due_at.millis(), error))?;
    attempted(tx, ending, "failed", Some(error))?;
    failed(tx, ending, breaker, now)
}

/// Notes that an attempt failed for good, and gives its message up.
pub(in crate::notify) fn refused(
    tx: &Connection,
    ending: &Ending,
    error: &str,
    breaker: &Breaker,
    audience: &Audience,
    now: Timestamp,
) -> Result<(), OutboxError> {
    attempted(tx, ending, "refused", Some(error))?;
    failed(tx, ending, breaker, now)?;
    give_up(tx, &ending.id, error, audience, now)
}

fn failed(
    tx: &Connection,
    ending: &Ending,
    breaker: &Breaker,
    now: Timestamp,
) -> Result<(), OutboxError> {
    let state = gate::load(tx, &ending.channel)?.failed(breaker, now);
    gate::save(tx, &ending.channel, state)
}

fn attempted(
    tx: &Connection,
    ending: &Ending,
    outcome: &str,
    error: Option<&str>,
) -> Result<(), OutboxError> {
    let latency = i64::try_from(ending.latency.as_millis()).unwrap_or(i64::MAX);
    tx.prepare_cached(
        "UPDATE delivery_attempts SET latency_ms = ?2, outcome = ?3, status = ?4, error = ?5
         WHERE delivery = ?1
           AND attempt = (SELECT MAX(attempt) FROM delivery_attempts WHERE delivery = ?1)",
    )?
    .execute((ending.id.as_str(), latency, outcome, ending.status, error))?;
    Ok(())
}

/// Gives a message up: another channel is told in place of this one, if there is such a channel.
/// Otherwise the news that its alerts are over is given up with it, where nothing about them has
/// reached or can still reach the channel.
pub(in crate::notify) fn give_up(
    tx: &Connection,
    id: &DeliveryId,
    error: &str,
    audience: &Audience,
    now: Timestamp,
) -> Result<(), OutboxError> {
    divert::message(tx, id, error, audience, now)?;
    let mut statement =
        tx.prepare_cached("SELECT id FROM deliveries WHERE batch = ?1 AND state = 'due'")?;
    let rows = statement.query_map([id.as_str()], |row| row.get(0))?;
    let rows: Vec<String> = rows.collect::<Result<_, _>>()?;
    for row in rows {
        bury(tx, &row, error, now)?;
    }
    Ok(())
}

/// Gives one row up.
pub(super) fn bury(
    tx: &Connection,
    id: &str,
    error: &str,
    now: Timestamp,
) -> Result<(), OutboxError> {
    tx.prepare_cached(
        "UPDATE deliveries SET state = 'dead', finished_at = ?2, last_error = ?3
         WHERE id = ?1 AND state = 'due'",
    )?
    .execute((id, now.millis(), error))?;
    bury_ends(tx, id, now)
}

/// Gives up the news that the alert of a row is over, where its channel knows nothing of it. What
/// stands in for another message ends what any channel knows of.
pub(super) fn bury_ends(tx: &Connection, id: &str, now: Timestamp) -> Result<(), OutboxError> {
    tx.prepare_cached(
        "UPDATE deliveries AS d
         SET state = 'dead', finished_at = ?2,
             last_error = 'not sent: the beginning of this alert could not be told'
         WHERE d.state = 'due' AND d.event = 'resolved'
           AND (d.alert, d.channel) = (SELECT alert, channel FROM deliveries WHERE id = ?1)
           AND NOT EXISTS (SELECT 1 FROM deliveries other
                           WHERE other.alert = d.alert
                             AND (other.channel = d.channel OR d.stand_in IS NOT NULL)
                             AND other.event <> 'resolved' AND other.state IN ('due', 'sent'))",
    )?
    .execute((id, now.millis()))?;
    Ok(())
}

/// Gives up everything that is due to a channel.
pub(in crate::notify) fn give_up_channel(
    tx: &Connection,
    channel: &ChannelId,
    error: &str,
    now: Timestamp,
) -> Result<(), OutboxError> {
    tx.prepare_cached(
        "UPDATE deliveries SET state = 'dead', finished_at = ?2, last_error = ?3
         WHERE channel = ?1 AND state = 'due'",
    )?
    .execute((channel.as_str(), now.millis(), error))?;
    gate::forget(tx, channel)
}

/// Makes everything that waits for a channel due at once, but for what waits for quiet hours to
/// end: its configuration is another one now.
pub(in crate::notify) fn clear_the_way(
    tx: &Connection,
    channel: &ChannelId,
    now: Timestamp,
) -> Result<(), OutboxError> {
    tx.prepare_cached(
        "UPDATE deliveries SET due_at = ?2
         WHERE channel = ?1 AND state = 'due' AND (held_until IS NULL OR held_until <= ?2)",
    )?
    .execute((channel.as_str(), now.millis()))?;
    let state = gate::load(tx, channel)?.renewed();
    gate::save(tx, channel, state)
}
