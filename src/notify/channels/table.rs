//! The `channels` table: one function per statement.

use rusqlite::{Connection, ErrorCode, OptionalExtension, Row};

use super::{Channel, ChannelError, ChannelStatus};
use crate::db::DbError;
use crate::model::id::ChannelId;
use crate::model::time::Timestamp;
use crate::notify::outbox;

/// A channel and its sealed secret.
pub(super) struct Stored {
    pub(super) channel: Channel,
    pub(super) sealed: Option<Vec<u8>>,
}

const COLUMNS: &str = "c.id, c.kind, c.name, c.config, c.secret, c.enabled, c.created_at";

pub(super) fn channel_by_id(
    connection: &Connection,
    id: &ChannelId,
) -> Result<Stored, ChannelError> {
    let sql = format!("SELECT {COLUMNS} FROM channels c WHERE c.id = ?1");
    connection
        .prepare_cached(&sql)?
        .query_row([id.as_str()], |row| Ok(read(row)))
        .optional()?
        .unwrap_or_else(|| Err(ChannelError::NotFound { id: id.clone() }))
}

/// Every channel, in the order of their names, with its latest success and what is wrong now.
pub(super) fn statuses(connection: &Connection) -> Result<Vec<ChannelStatus>, ChannelError> {
    let sql = format!(
        "SELECT {COLUMNS},
                (SELECT MAX(finished_at) FROM deliveries
                 WHERE channel = c.id AND state = 'sent') AS last_sent_at,
                (SELECT CASE state WHEN 'sent' THEN NULL ELSE last_error END FROM deliveries
                 WHERE channel = c.id AND attempts > 0
                 ORDER BY seq DESC LIMIT 1) AS last_error
         FROM channels c ORDER BY c.name"
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let rows = statement.query_map([], |row| {
        let last_sent_at: Option<i64> = row.get("last_sent_at")?;
        Ok((read(row), last_sent_at, row.get("last_error")?))
    })?;
    rows.map(|row| {
        let (stored, last_sent_at, last_error) = row?;
        let channel = stored?.channel;
        Ok(ChannelStatus {
            health: outbox::health(connection, &channel.id)?,
            channel,
            last_error,
            last_sent_at: last_sent_at.map(Timestamp),
        })
    })
    .collect()
}

/// Writes a channel, new or changed.
pub(super) fn save(tx: &Connection, stored: &Stored) -> Result<(), ChannelError> {
    let channel = &stored.channel;
    tx.prepare_cached(
        "INSERT INTO channels (id, kind, name, config, secret, enabled, created_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
         ON CONFLICT (id) DO UPDATE SET name = excluded.name, config = excluded.config,
             secret = excluded.secret, enabled = excluded.enabled",
    )?
    .execute((
        channel.id.as_str(),
        &channel.kind,
        &channel.name,
        channel.config.to_string(),
        &stored.sealed,
        channel.enabled,
        channel.created_at.millis(),
    ))
    .map_err(|error| match error.sqlite_error_code() {
        // The name is the only thing that can be in the way.
        Some(ErrorCode::ConstraintViolation) => ChannelError::NameTaken {
            name: channel.name.clone(),
        },
        _ => error.into(),
    })?;
    Ok(())
}

pub(super) fn delete(tx: &Connection, id: &ChannelId) -> Result<(), ChannelError> {
    let mut statement = tx.prepare_cached("DELETE FROM channels WHERE id = ?1")?;
    match statement.execute([id.as_str()])? {
        0 => Err(ChannelError::NotFound { id: id.clone() }),
        _ => Ok(()),
    }
}

fn read(row: &Row<'_>) -> Result<Stored, ChannelError> {
    let id: String = row.get("id")?;
    let config: String = row.get("config")?;
    let sealed: Option<Vec<u8>> = row.get("secret")?;
    let corrupt = |what: &str| DbError::Corrupt {
        what: format!("the {what} of channel {id}"),
    };
    Ok(Stored {
        channel: Channel {
            kind: row.get("kind")?,
            name: row.get("name")?,
            config: serde_json::from_str(&config).map_err(|_| corrupt("configuration"))?,
            has_secret: sealed.is_some(),
            enabled: row.get("enabled")?,
            created_at: Timestamp(row.get("created_at")?),
            id: id.parse().map_err(|_| corrupt("id"))?,
        },
        sealed,
    })
}
