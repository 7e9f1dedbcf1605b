//! The tables of channels and of their secrets: one function per statement.

use std::collections::BTreeMap;

use rusqlite::{Connection, ErrorCode, OptionalExtension, Row};

use super::{Channel, ChannelError, ChannelStatus, Counts};
use crate::db::DbError;
use crate::model::id::ChannelId;
use crate::model::time::Timestamp;
use crate::notify::outbox;

/// Sealed secrets by field.
pub(super) type Sealed = BTreeMap<String, Vec<u8>>;

/// A channel and its sealed secrets.
pub(super) struct Stored {
    pub(super) channel: Channel,
    pub(super) sealed: Sealed,
}

const COLUMNS: &str = "c.id, c.kind, c.name, c.config, c.enabled, c.created_at, c.proven_at,
     (SELECT json_group_array(field) FROM channel_secrets WHERE channel = c.id) AS secrets";

pub(super) fn channel_by_id(
    connection: &Connection,
    id: &ChannelId,
) -> Result<Stored, ChannelError> {
    let sql = format!("SELECT {COLUMNS} FROM channels c WHERE c.id = ?1");
    let channel = connection
        .prepare_cached(&sql)?
        .query_row([id.as_str()], |row| Ok(read(row)))
        .optional()?
        .unwrap_or_else(|| Err(ChannelError::NotFound { id: id.clone() }))?;
    let mut statement = connection
        .prepare_cached("SELECT field, sealed FROM channel_secrets WHERE channel = ?1")?;
    let rows = statement.query_map([id.as_str()], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(Stored {
        channel,
        sealed: rows.collect::<Result<_, _>>()?,
    })
}

/// Every channel, in the order of their names, with its latest success and what is wrong now.
pub(super) fn statuses(connection: &Connection) -> Result<Vec<ChannelStatus>, ChannelError> {
    let sql = format!(
        "SELECT {COLUMNS},
                COALESCE((SELECT MAX(finished_at) FROM deliveries
                          WHERE channel = c.id AND state = 'sent'),
                         CASE WHEN c.ping_error IS NULL THEN c.pinged_at END) AS last_sent_at,
                COALESCE((SELECT CASE state WHEN 'sent' THEN NULL ELSE last_error END
                          FROM deliveries
                          WHERE channel = c.id AND attempts > 0
                          ORDER BY seq DESC LIMIT 1),
                         c.ping_error) AS last_error,
                (SELECT COUNT(*) FROM deliveries WHERE channel = c.id AND state = 'sent') AS sent,
                (SELECT COUNT(*) FROM deliveries WHERE channel = c.id AND state = 'due') AS due,
                (SELECT COUNT(*) FROM deliveries WHERE channel = c.id AND state = 'dead') AS dead
         FROM channels c ORDER BY c.name"
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let rows = statement.query_map([], |row| {
        let last_sent_at: Option<i64> = row.get("last_sent_at")?;
        let last_error: Option<String> = row.get("last_error")?;
        let counts = Counts {
            sent: row.get("sent")?,
            due: row.get("due")?,
            dead: row.get("dead")?,
        };
        Ok((read(row), last_sent_at, last_error, counts))
    })?;
    rows.map(|row| {
        let (channel, last_sent_at, last_error, counts) = row?;
        let channel = channel?;
        Ok(ChannelStatus {
            health: outbox::health(connection, &channel.id)?,
            channel,
            last_error,
            last_sent_at: last_sent_at.map(Timestamp),
            counts,
        })
    })
    .collect()
}

/// Writes a channel, new or changed.
pub(super) fn save(tx: &Connection, stored: &Stored) -> Result<(), ChannelError> {
    let channel = &stored.channel;
    tx.prepare_cached(
        "INSERT INTO channels (id, kind, name, config, enabled, created_at, proven_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
         ON CONFLICT (id) DO UPDATE SET name = excluded.name, config = excluded.config,
             enabled = excluded.enabled, proven_at = excluded.proven_at",
    )?
    .execute((
        channel.id.as_str(),
        &channel.kind,
        &channel.name,
        channel.config.to_string(),
        channel.enabled,
        channel.created_at.millis(),
        channel.proven_at.map(Timestamp::millis),
    ))
    .map_err(|error| match error.sqlite_error_code() {
        // The name is the only thing that can be in the way.
        Some(ErrorCode::ConstraintViolation) => ChannelError::NameTaken {
            name: channel.name.clone(),
        },
        _ => error.into(),
    })?;
    let id = channel.id.as_str();
    tx.prepare_cached("DELETE FROM channel_secrets WHERE channel = ?1")?
        .execute([id])?;
    let mut statement = tx.prepare_cached(
        "INSERT INTO channel_secrets (channel, field, sealed) VALUES (?1, ?2, ?3)",
    )?;
    for (field, sealed) in &stored.sealed {
        statement.execute((id, field, sealed))?;
    }
    Ok(())
}

pub(super) fn delete(tx: &Connection, id: &ChannelId) -> Result<(), ChannelError> {
    tx.prepare_cached("DELETE FROM channel_secrets WHERE channel = ?1")?
        .execute([id.as_str()])?;
    let mut statement = tx.prepare_cached("DELETE FROM channels WHERE id = ?1")?;
    match statement.execute([id.as_str()])? {
        0 => Err(ChannelError::NotFound { id: id.clone() }),
        _ => Ok(()),
    }
}

/// Forgets the code that would prove a channel.
pub(super) fn forget_code(tx: &Connection, id: &ChannelId) -> Result<(), ChannelError> {
    tx.prepare_cached(
        "UPDATE channels SET proof_code = NULL, proof_until = NULL, proof_guesses = 0
         WHERE id = ?1",
    )?
    .execute([id.as_str()])?;
    Ok(())
}

/// Notes how saying that all is well went.
pub(super) fn note_ping(
    tx: &Connection,
    id: &ChannelId,
    error: Option<&str>,
    now: Timestamp,
) -> Result<(), ChannelError> {
    tx.prepare_cached("UPDATE channels SET pinged_at = ?2, ping_error = ?3 WHERE id = ?1")?
        .execute((id.as_str(), now.millis(), error))?;
    Ok(())
}

fn read(row: &Row<'_>) -> Result<Channel, ChannelError> {
    let id: String = row.get("id")?;
    let config: String = row.get("config")?;
    let secrets: String = row.get("secrets")?;
    let corrupt = |what: &str| DbError::Corrupt {
        what: format!("the {what} of channel {id}"),
    };
    Ok(Channel {
        kind: row.get("kind")?,
        name: row.get("name")?,
        config: serde_json::from_str(&config).map_err(|_| corrupt("configuration"))?,
        secrets: serde_json::from_str(&secrets).map_err(|_| corrupt("secrets"))?,
        enabled: row.get("enabled")?,
        created_at: Timestamp(row.get("created_at")?),
        proven_at: row.get::<_, Option<i64>>("proven_at")?.map(Timestamp),
        id: id.parse().map_err(|_| corrupt("id"))?,
    })
}
