//! The SQL of targets.

use rusqlite::{Connection, OptionalExtension, params};

use super::TargetRow;
use crate::db::DbError;
use crate::model::id::TargetId;
use crate::model::time::Timestamp;

/// All targets, by name.
pub(super) fn all(connection: &Connection) -> Result<Vec<TargetRow>, DbError> {
    let mut statement = connection.prepare_cached(
        "SELECT id, kind, name, config, enabled, origin FROM targets ORDER BY name",
    )?;
    let rows = statement.query_map([], |row| {
        Ok((
            row.get::<_, String>(0)?,
            row.get(1)?,
            row.get(2)?,
            row.get::<_, String>(3)?,
            row.get(4)?,
            row.get::<_, String>(5)?,
        ))
    })?;
    let mut targets = Vec::new();
    for row in rows {
        let (id, kind, name, config, enabled, origin) = row?;
        let corrupt = |what: &str| DbError::Corrupt {
            what: format!("the {what} of target {id}"),
        };
        targets.push(TargetRow {
            config: serde_json::from_str(&config).map_err(|_| corrupt("settings"))?,
            id: id.parse().map_err(|_| corrupt("id"))?,
            kind,
            name,
            enabled,
            owned_by_file: origin == "file",
        });
    }
    Ok(targets)
}

/// The sealed secret of one target.
pub(super) fn secret(connection: &Connection, id: &TargetId) -> Result<Vec<u8>, DbError> {
    connection
        .prepare_cached("SELECT secret FROM targets WHERE id = ?1")?
        .query_row([id.as_str()], |row| row.get(0))
        .optional()?
        .flatten()
        .ok_or_else(|| DbError::Corrupt {
            what: format!("the secret of target {id}"),
        })
}

/// When a target was added; `None` if it was not.
pub(super) fn added_at(
    connection: &Connection,
    id: &TargetId,
) -> Result<Option<Timestamp>, DbError> {
    let found = connection
        .prepare_cached("SELECT created_at FROM targets WHERE id = ?1")?
        .query_row([id.as_str()], |row| row.get(0))
        .optional()?;
    Ok(found.map(Timestamp))
}

/// Keeps a target, new or changed.
pub(super) fn put(
    tx: &Connection,
    row: &TargetRow,
    sealed: &[u8],
    now: Timestamp,
) -> Result<(), DbError> {
    let origin = if row.owned_by_file { "file" } else { "ui" };
    tx.prepare_cached(
        "INSERT INTO targets (id, kind, name, config, secret, enabled, origin, created_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
         ON CONFLICT (id) DO UPDATE SET kind = excluded.kind, name = excluded.name,
             config = excluded.config, secret = excluded.secret, enabled = excluded.enabled,
             origin = excluded.origin",
    )?
    .execute(params![
        row.id.as_str(),
        row.kind,
        row.name,
        row.config.to_string(),
        sealed,
        row.enabled,
        origin,
        now.millis(),
    ])?;
    Ok(())
}

/// Forgets a target.
pub(super) fn remove(tx: &Connection, id: &TargetId) -> Result<(), DbError> {
    tx.prepare_cached("DELETE FROM targets WHERE id = ?1")?
        .execute([id.as_str()])?;
    Ok(())
}
