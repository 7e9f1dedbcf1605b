//! What people do with messages: send again what was given up, or let it be.

use rusqlite::{Connection, OptionalExtension};

use super::{DeliveryState, OutboxError, gate};
use crate::model::alert::Alert;
use crate::model::id::{ChannelId, DeliveryId};
use crate::model::time::{Timestamp, Window};
use crate::notify::audience::Audience;
use crate::notify::routing::Facts;

/// Which messages that were given up are meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Dead {
    /// One, with everything that went out under the same id.
    One(DeliveryId),
    /// All of one channel.
    Of(ChannelId),
    /// All.
    All,
}

/// Puts messages that were given up back, to be sent at once under the id they had. Counts the
/// rows.
///
/// # Errors
/// When the one that is meant is not there or was not given up, or the database fails.
pub fn send_again(tx: &Connection, dead: &Dead, now: Timestamp) -> Result<usize, OutboxError> {
    let count = change(
        tx,
        dead,
        "state = 'due', due_at = ?2, finished_at = NULL, forgiven = attempts",
        &[DeliveryState::Dead],
        now,
    )?;
    // Somebody believes that it will work now.
    if let Dead::Of(channel) = dead {
        gate::save(tx, channel, gate::load(tx, channel)?.renewed())?;
    }
    Ok(count)
}

/// Lets messages be that were given up, or that wait. Counts the rows.
///
/// # Errors
/// When the one that is meant is not there or was sent already, or the database fails.
pub fn discard(tx: &Connection, dead: &Dead, now: Timestamp) -> Result<usize, OutboxError> {
    let states: &[DeliveryState] = match dead {
        Dead::One(_) => &[DeliveryState::Dead, DeliveryState::Due],
        Dead::Of(_) | Dead::All => &[DeliveryState::Dead],
    };
    change(tx, dead, "state = 'dropped', finished_at = ?2", states, now)
}

fn change(
    tx: &Connection,
    dead: &Dead,
    set: &str,
    states: &[DeliveryState],
    now: Timestamp,
) -> Result<usize, OutboxError> {
    let words: Vec<String> = states
        .iter()
        .map(|state| format!("'{}'", state.word()))
        .collect();
    let states = words.join(", ");
    let sql =
        |which: &str| format!("UPDATE deliveries SET {set} WHERE {which} AND state IN ({states})");
    let now = now.millis();
    let count = match dead {
        Dead::All => tx
            .prepare_cached(&sql("?1 IS NULL"))?
            .execute((None::<&str>, now))?,
        Dead::Of(channel) => tx
            .prepare_cached(&sql("channel = ?1"))?
            .execute((channel.as_str(), now))?,
        Dead::One(id) => {
            let which = "(id = ?1 OR batch = (SELECT batch FROM deliveries WHERE id = ?1))";
            let count = tx
                .prepare_cached(&sql(which))?
                .execute((id.as_str(), now))?;
            if count == 0 {
                return Err(missing(tx, id)?);
            }
            count
        }
    };
    Ok(count)
}

/// Why nothing could be done with a message.
fn missing(tx: &Connection, id: &DeliveryId) -> Result<OutboxError, OutboxError> {
    let state: Option<String> = tx
        .prepare_cached("SELECT state FROM deliveries WHERE id = ?1")?
        .query_row([id.as_str()], |row| row.get(0))
        .optional()?;
    Ok(match state {
        None => OutboxError::NotFound { id: id.clone() },
        Some(state) => OutboxError::NotDead {
            id: id.clone(),
            state,
        },
    })
}

/// Lets what waits for quiet hours to end wait as another routing says, and empties no bucket.
///
/// # Errors
/// When the database fails.
pub fn reroute(tx: &Connection, audience: &Audience, now: Timestamp) -> Result<(), OutboxError> {
    let mut statement = tx.prepare_cached(
        "SELECT id, channel, snapshot FROM deliveries
         WHERE state = 'due' AND batch IS NULL AND held_until > ?1",
    )?;
    let rows = statement.query_map([now.millis()], |row| {
        Ok((row.get(0)?, row.get(1)?, row.get(2)?))
    })?;
    let rows: Vec<(String, String, String)> = rows.collect::<Result<_, _>>()?;
    let mut update =
        tx.prepare_cached("UPDATE deliveries SET due_at = ?2, held_until = ?2 WHERE id = ?1")?;
    for (id, channel, snapshot) in rows {
        let until = quiet(audience, &channel, &snapshot, now).map_or(now, |quiet| quiet.to);
        update.execute((id, until.millis()))?;
    }
    tx.execute("UPDATE channel_states SET full_at = 0, empty_till = 0", [])?;
    Ok(())
}

fn quiet(audience: &Audience, channel: &str, snapshot: &str, now: Timestamp) -> Option<Window> {
    let channel: ChannelId = channel.parse().ok()?;
    let alert: Alert = serde_json::from_str(snapshot).ok()?;
    let decision = audience.decide(&Facts::of(&alert), now);
    decision.plan(&channel)?.quiet
}
