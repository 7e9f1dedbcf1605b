//! Taking due messages out for sending.

use rusqlite::{Connection, OptionalExtension, named_params};

use super::{OutboxError, batch, gate, note};
use crate::db::DbError;
use crate::model::id::{ChannelId, DeliveryId};
use crate::model::time::Timestamp;
use crate::notify::audience::Audience;
use crate::notify::message::Message;
use crate::notify::pace::Pace;

/// A message taken out for sending.
pub(in crate::notify) struct Claim {
    pub(in crate::notify) channel: ChannelId,
    pub(in crate::notify) message: Message,
}

/// Which rows may be sent at all: not before an earlier message about the same alert to the
/// same channel, not while something keeps people from being told of it, and not to a channel that
/// is busy, takes no more for now or is broken.
fn ready() -> String {
    format!(
        "FROM deliveries d LEFT JOIN channel_states s ON s.channel = d.channel
         WHERE d.state = 'due'
           AND d.channel NOT IN (SELECT value FROM json_each(:busy))
           AND NOT EXISTS (SELECT 1 FROM deliveries earlier
                           WHERE earlier.alert = d.alert AND earlier.channel = d.channel
                             AND earlier.seq < d.seq AND earlier.state = 'due')
           AND NOT {}",
        batch::KEPT_BACK
    )
}

/// From when on a row may be sent.
const SENDABLE_AT: &str = "MAX(d.due_at, COALESCE(s.empty_till, 0), COALESCE(s.open_until, 0))";

/// Takes out the next message of every channel that is not busy, `limit` at most. What else is due
/// to the channel goes out with it.
///
/// The attempt is counted and the next one set before this one begins: a message that brings
/// the program down is not tried for ever, nor at once again.
pub(in crate::notify) fn claim(
    tx: &Connection,
    busy: &[ChannelId],
    limit: usize,
    audience: &Audience,
    pace: &Pace,
    now: Timestamp,
) -> Result<Vec<Claim>, OutboxError> {
    let sql = format!(
        "SELECT MIN(d.seq), d.channel, d.id, d.batch {} AND {SENDABLE_AT} <= :now
         GROUP BY d.channel ORDER BY 1 LIMIT :limit",
        ready()
    );
    let mut statement = tx.prepare_cached(&sql)?;
    let parameters = named_params! {
        ":busy": list(busy),
        ":now": now.millis(),
        ":limit": i64::try_from(limit).unwrap_or(i64::MAX),
    };
    let heads = statement.query_map(parameters, |row| {
        Ok((row.get(1)?, row.get(2)?, row.get(3)?))
    })?;
    let heads: Vec<(String, String, Option<String>)> = heads.collect::<Result<_, _>>()?;
    let mut claims = Vec::new();
    for (channel, head, batch) in heads {
        match take(tx, &channel, batch, audience, pace, now) {
            Ok(claim) => claims.extend(claim),
            // Written by a newer release, say. It must not keep others from being told.
            Err(OutboxError::Database(DbError::Corrupt { what })) => {
                note::bury(tx, &head, &format!("cannot read {what}"), now)?;
            }
            Err(error) => return Err(error),
        }
    }
    Ok(claims)
}

/// Takes out the message `batch` of a channel, or makes one of what is due.
fn take(
    tx: &Connection,
    channel: &str,
    batch: Option<String>,
    audience: &Audience,
    pace: &Pace,
    now: Timestamp,
) -> Result<Option<Claim>, OutboxError> {
    let corrupt = |what: &str| DbError::Corrupt {
        what: format!("the {what} '{channel}' of a delivery"),
    };
    let channel: ChannelId = channel.parse().map_err(|_| corrupt("channel"))?;
    let id: DeliveryId = match batch {
        Some(batch) => batch.parse().map_err(|_| corrupt("batch"))?,
        None => {
            let items = batch::gather(tx, &channel, now)?;
            match batch::bind(tx, items, now)? {
                Some(id) => id,
                None => return Ok(None),
            }
        }
    };
    let mut message = batch::message(tx, &id, now)?;
    if message.attempt >= pace.attempts {
        let why = "every attempt ended without an outcome";
        note::give_up(tx, &id, why, audience, now)?;
        return Ok(None);
    }
    message.attempt += 1;
    let again = now + pace.wait(message.attempt, 0.5, None);
    tx.prepare_cached(
        "UPDATE deliveries SET attempts = attempts + 1, due_at = ?2
         WHERE batch = ?1 AND state = 'due'",
    )?
    .execute((id.as_str(), again.millis()))?;
    tx.prepare_cached(
        "INSERT INTO delivery_attempts (delivery, attempt, at)
         SELECT id, attempts, ?2 FROM deliveries WHERE id = ?1",
    )?
    .execute((id.as_str(), now.millis()))?;
    let begun = gate::load(tx, &channel)?.begun(audience.rate(&channel), now);
    gate::save(tx, &channel, begun)?;
    Ok(Some(Claim { channel, message }))
}

/// When the next message is due to a channel that is not busy.
pub(in crate::notify) fn next_due(
    connection: &Connection,
    busy: &[ChannelId],
) -> Result<Option<Timestamp>, OutboxError> {
    let sql = format!("SELECT MIN({SENDABLE_AT}) {}", ready());
    let mut statement = connection.prepare_cached(&sql)?;
    let due: Option<i64> = statement
        .query_row(named_params! {":busy": list(busy)}, |row| row.get(0))
        .optional()?
        .flatten();
    Ok(due.map(Timestamp))
}

/// Channel ids as a JSON array, for `json_each`.
fn list(channels: &[ChannelId]) -> String {
    serde_json::Value::from_iter(channels.iter().map(ChannelId::as_str)).to_string()
}
