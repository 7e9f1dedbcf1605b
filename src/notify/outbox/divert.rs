//! Telling another channel in place of one that cannot be reached.
//!
//! What stands in for another message never goes further: there are no loops. Events of game servers
//! are for the receiver that asked for them, and stay with it.

use rusqlite::{Connection, named_params};

use super::{BreakerState, OutboxError, gate};
use crate::model::id::{ChannelId, DeliveryId};
use crate::model::time::Timestamp;
use crate::notify::audience::Audience;
use crate::notify::channels::Channel;
use crate::notify::happening;

/// Moves what a message tells to the channel that stands in for its own, together with what
/// waits behind it about the same alerts. Without such a channel nothing happens.
pub(super) fn message(
    tx: &Connection,
    id: &DeliveryId,
    why: &str,
    audience: &Audience,
    now: Timestamp,
) -> Result<(), OutboxError> {
    let mut statement = tx.prepare_cached("SELECT channel FROM deliveries WHERE id = ?1")?;
    let channel: String = statement.query_row([id.as_str()], |row| row.get(0))?;
    let Some((name, fallback)) = channel
        .parse()
        .ok()
        .and_then(|channel| stand_in(audience, &channel))
    else {
        return Ok(());
    };
    let rows = rows(
        tx,
        "SELECT id FROM deliveries
         WHERE channel = ?1 AND state = 'due' AND stand_in IS NULL AND event <> 'server'
           AND alert IN (SELECT alert FROM deliveries WHERE batch = ?2) ORDER BY seq",
        (&channel, id.as_str()),
    )?;
    move_rows(tx, &rows, &name, fallback, why, now)
}

/// Moves what waits for channels that have been out of reach for too long. Channels that are
/// just being sent something are left alone. Counts what was moved.
pub(in crate::notify) fn sweep(
    tx: &Connection,
    busy: &[ChannelId],
    audience: &Audience,
    now: Timestamp,
) -> Result<usize, OutboxError> {
    let mut moved = 0;
    for channel in audience
        .iter()
        .filter(|channel| !busy.contains(&channel.id))
    {
        let Some((name, fallback)) = stand_in(audience, &channel.id) else {
            continue;
        };
        let minutes = audience.policy(&channel.id).fallback_minutes;
        let patience = std::time::Duration::from_secs(60 * u64::from(minutes));
        let gate = gate::load(tx, &channel.id)?;
        if gate
            .opened_at
            .is_none_or(|opened_at| opened_at + patience > now)
        {
            continue;
        }
        // What is new may show that the channel can be reached again, once it is tried; but not
        // what follows on something that is moved.
        let is_open = gate.breaker(now) == BreakerState::Open;
        let rows = rows(
            tx,
            "SELECT id FROM deliveries
             WHERE channel = ?1 AND state = 'due' AND stand_in IS NULL AND event <> 'server'
               AND (held_until IS NULL OR held_until <= ?2)
               AND (?3 OR alert IN (SELECT alert FROM deliveries
                                    WHERE channel = ?1 AND state = 'due'
                                      AND batch IS NOT NULL AND due_at > ?2))
             ORDER BY seq",
            (channel.id.as_str(), now.millis(), is_open),
        )?;
        moved += rows.len();
        move_rows(tx, &rows, &name, fallback, "out of reach for too long", now)?;
    }
    Ok(moved)
}

/// The name of a channel, and the enabled one that stands in for it.
fn stand_in<'a>(audience: &'a Audience, channel: &ChannelId) -> Option<(String, &'a Channel)> {
    let fallback = audience.policy(channel).fallback?;
    let fallback = audience.channel(&fallback)?;
    let fallback = happening::takes_alerts(fallback).then_some(fallback)?;
    let known = audience.channel(channel);
    let name = known.map_or_else(|| channel.to_string(), |channel| channel.name.clone());
    Some((name, fallback))
}

fn rows(
    tx: &Connection,
    sql: &str,
    parameters: impl rusqlite::Params,
) -> Result<Vec<String>, OutboxError> {
    let mut statement = tx.prepare_cached(sql)?;
    let rows = statement.query_map(parameters, |row| row.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn move_rows(
    tx: &Connection,
    rows: &[String],
    name: &str,
    fallback: &Channel,
    why: &str,
    now: Timestamp,
) -> Result<(), OutboxError> {
    // What the other channel has been told, or is to be, it is not told again, and nothing after
    // the end.
    let mut copy = tx.prepare_cached(
        "INSERT INTO deliveries (id, alert, channel, event, severity, snapshot, state, due_at,
                                 created_at, step, stand_in)
         SELECT :new, d.alert, :fallback, d.event, d.severity, d.snapshot, 'due', :now,
                :now, d.step, :name
         FROM deliveries d WHERE d.id = :id
           AND NOT EXISTS (SELECT 1 FROM deliveries other
                           WHERE other.alert = d.alert AND other.channel = :fallback
                             AND other.state IN ('due', 'sent')
                             AND (other.event = 'resolved'
                                  OR (other.event = d.event AND other.severity = d.severity
                                      AND other.step = d.step)))",
    )?;
    let mut mark = tx.prepare_cached(
        "UPDATE deliveries SET state = 'moved', finished_at = ?2, last_error = ?3 WHERE id = ?1",
    )?;
    for id in rows {
        copy.execute(named_params! {
            ":new": DeliveryId::random().as_str(),
            ":fallback": fallback.id.as_str(),
            ":now": now.millis(),
            ":name": name,
            ":id": id,
        })?;
        let text = format!("{why}; {} is told instead", fallback.name);
        mark.execute((id, now.millis(), text))?;
    }
    Ok(())
}
