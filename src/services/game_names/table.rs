//! The SQL of what game servers are called.

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::GameName;
use crate::db::DbError;
use crate::model::id::ResourceId;
use crate::model::time::Timestamp;

/// Every name.
pub(super) fn all(connection: &Connection) -> Result<Vec<GameName>, DbError> {
    let mut statement = connection.prepare_cached("SELECT * FROM game_names")?;
    let rows = statement.query_map([], |row| Ok(read(row)))?;
    rows.map(|row| row?).collect()
}

fn read(row: &Row<'_>) -> Result<GameName, DbError> {
    let resource: String = row.get("resource")?;
    let corrupt = |_| DbError::Corrupt {
        what: format!("the name of {resource}"),
    };
    Ok(GameName {
        resource: resource.parse().map_err(corrupt)?,
        game: row.get("game")?,
        number: row.get("number")?,
        title: row.get("title")?,
        first_seen: Timestamp(row.get("first_seen")?),
    })
}

/// The name of a server; the next number of its game where it has none yet.
pub(super) fn name(
    tx: &Connection,
    id: &ResourceId,
    game: &str,
    now: Timestamp,
) -> Result<GameName, DbError> {
    tx.prepare_cached(
        "INSERT INTO game_names (resource, game, number, first_seen)
         SELECT ?1, ?2, 1 + coalesce(max(number), 0), ?3 FROM game_names WHERE game = ?2
         ON CONFLICT (resource) DO NOTHING",
    )?
    .execute(params![id.as_str(), game, now.millis()])?;
    let kept = tx
        .prepare_cached("SELECT * FROM game_names WHERE resource = ?1")?
        .query_row([id.as_str()], |row| Ok(read(row)))
        .optional()?;
    kept.unwrap_or_else(|| {
        Err(DbError::Corrupt {
            what: format!("the name of {id}"),
        })
    })
}

/// Gives a server a name for people.
pub(super) fn entitle(tx: &Connection, id: &ResourceId, title: &str) -> Result<(), DbError> {
    tx.prepare_cached("UPDATE game_names SET title = ?2 WHERE resource = ?1")?
        .execute(params![id.as_str(), title])?;
    Ok(())
}
