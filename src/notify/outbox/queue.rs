//! Taking due messages out for sending, and noting what became of them.

use rusqlite::{Connection, OptionalExtension, Row, named_params};

use super::OutboxError;
use crate::db::DbError;
use crate::model::id::{ChannelId, DeliveryId};
use crate::model::time::Timestamp;
use crate::notify::error;
use crate::notify::message::{Message, Occasion};
use crate::notify::pace::Pace;

/// A message taken out for sending.
pub(in crate::notify) struct Claim {
    pub(in crate::notify) channel: ChannelId,
    pub(in crate::notify) message: Message,
}

/// Which rows may be sent at all: not before an earlier message about the same alert to the
/// same channel, and not to a channel that is busy.
const READY: &str = "d.state = 'due'
     AND d.channel NOT IN (SELECT value FROM json_each(:busy))
     AND NOT EXISTS (SELECT 1 FROM deliveries earlier
                     WHERE earlier.alert = d.alert AND earlier.channel = d.channel
                       AND earlier.seq < d.seq AND earlier.state = 'due')";

/// Takes out the next message of every channel that is not busy, `limit` at most.
///
/// The attempt is counted and the next one set before this one begins: a message that brings
/// the program down is not tried for ever, nor at once again.
pub(in crate::notify) fn claim(
    tx: &Connection,
    busy: &[ChannelId],
    limit: usize,
    pace: &Pace,
    now: Timestamp,
) -> Result<Vec<Claim>, OutboxError> {
    let sql = format!(
        "SELECT MIN(d.seq), d.id, d.channel, d.event, d.snapshot, d.created_at, d.attempts + 1,
                (SELECT first.id FROM deliveries first
                 WHERE first.alert = d.alert AND first.channel = d.channel
                 ORDER BY first.seq LIMIT 1)
         FROM deliveries d WHERE {READY} AND d.due_at <= :now
         GROUP BY d.channel ORDER BY 1 LIMIT :limit"
    );
    let mut statement = tx.prepare_cached(&sql)?;
    let parameters = named_params! {
        ":busy": list(busy),
        ":now": now.millis(),
        ":limit": i64::try_from(limit).unwrap_or(i64::MAX),
    };
    let mut rows = statement.query(parameters)?;
    let mut claims = Vec::new();
    let mut hopeless = Vec::new();
    while let Some(row) = rows.next()? {
        let id: String = row.get(1)?;
        match read(row, now) {
            Ok(claim) if claim.message.attempt <= pace.attempts => claims.push(claim),
            Ok(_) => hopeless.push((id, "every attempt ended without an outcome".to_owned())),
            // Written by a newer release, say. It must not keep others from being told.
            Err(error) => hopeless.push((id, error::chain(&error))),
        }
    }
    for (id, why) in hopeless {
        bury(tx, &id, &why, now)?;
    }
    let mut statement =
        tx.prepare_cached("UPDATE deliveries SET attempts = ?2, due_at = ?3 WHERE id = ?1")?;
    for claim in &claims {
        let attempt = claim.message.attempt;
        let again = now + pace.wait(attempt, 0.5, None);
        statement.execute((claim.message.id.as_str(), attempt, again.millis()))?;
    }
    Ok(claims)
}

fn read(row: &Row<'_>, now: Timestamp) -> Result<Claim, OutboxError> {
    let text = |column| row.get::<_, String>(column);
    let id = text(1)?;
    let corrupt = |what: &str| DbError::Corrupt {
        what: format!("the {what} of delivery {id}"),
    };
    Ok(Claim {
        channel: text(2)?.parse().map_err(|_| corrupt("channel"))?,
        message: Message {
            sent_at: now,
            attempt: row.get(6)?,
            first: text(7)?.parse().map_err(|_| corrupt("thread"))?,
            ..Message::new(
                id.parse().map_err(|_| corrupt("id"))?,
                Occasion::parse(&text(3)?).ok_or_else(|| corrupt("event"))?,
                serde_json::from_str(&text(4)?).map_err(|_| corrupt("snapshot"))?,
                Timestamp(row.get(5)?),
            )
        },
    })
}

/// When the next message is due to a channel that is not busy.
pub(in crate::notify) fn next_due(
    connection: &Connection,
    busy: &[ChannelId],
) -> Result<Option<Timestamp>, OutboxError> {
    let sql = format!("SELECT MIN(d.due_at) FROM deliveries d WHERE {READY}");
    let mut statement = connection.prepare_cached(&sql)?;
    let due: Option<i64> = statement
        .query_row(named_params! {":busy": list(busy)}, |row| row.get(0))
        .optional()?
        .flatten();
    Ok(due.map(Timestamp))
}

/// Notes that the other side took a message.
pub(in crate::notify) fn done(
    tx: &Connection,
    id: &DeliveryId,
    receipt: &str,
    now: Timestamp,
) -> Result<(), OutboxError> {
    tx.prepare_cached(
        "UPDATE deliveries SET state = 'sent', finished_at = ?2, receipt = ?3
         WHERE id = ?1 AND state = 'due'",
    )?
    .execute((id.as_str(), now.millis(), receipt))?;
    Ok(())
}

/// Notes that an attempt failed and when the next one is due.
pub(in crate::notify) fn retry(
    tx: &Connection,
    id: &DeliveryId,
    due_at: Timestamp,
    error: &str,
) -> Result<(), OutboxError> {
    tx.prepare_cached(
        "UPDATE deliveries SET due_at = ?2, last_error = ?3 WHERE id = ?1 AND state = 'due'",
    )?
    .execute((id.as_str(), due_at.millis(), error))?;
    Ok(())
}

/// Gives a message up, and with it the news that its alert is over, if nothing about that alert
/// has reached or can still reach the channel.
pub(in crate::notify) fn give_up(
    tx: &Connection,
    id: &DeliveryId,
    error: &str,
    now: Timestamp,
) -> Result<(), OutboxError> {
    bury(tx, id.as_str(), error, now)
}

fn bury(tx: &Connection, id: &str, error: &str, now: Timestamp) -> Result<(), OutboxError> {
    tx.prepare_cached(
        "UPDATE deliveries SET state = 'dead', finished_at = ?2, last_error = ?3
         WHERE id = ?1 AND state = 'due'",
    )?
    .execute((id, now.millis(), error))?;
    tx.prepare_cached(
        "UPDATE deliveries AS d
         SET state = 'dead', finished_at = ?2,
             last_error = 'not sent: the beginning of this alert could not be told'
         WHERE d.state = 'due' AND d.event = 'resolved'
           AND (d.alert, d.channel) = (SELECT alert, channel FROM deliveries WHERE id = ?1)
           AND NOT EXISTS (SELECT 1 FROM deliveries other
                           WHERE other.alert = d.alert AND other.channel = d.channel
                             AND other.event <> 'resolved' AND other.state <> 'dead')",
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
    Ok(())
}

/// Makes everything that waits for a channel due at once: its configuration is another one now.
pub(in crate::notify) fn clear_the_way(
    tx: &Connection,
    channel: &ChannelId,
    now: Timestamp,
) -> Result<(), OutboxError> {
    tx.prepare_cached("UPDATE deliveries SET due_at = ?2 WHERE channel = ?1 AND state = 'due'")?
        .execute((channel.as_str(), now.millis()))?;
    Ok(())
}

/// Channel ids as a JSON array, for `json_each`.
fn list(channels: &[ChannelId]) -> String {
    serde_json::Value::from_iter(channels.iter().map(ChannelId::as_str)).to_string()
}
