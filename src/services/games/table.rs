//! The SQL of servers that we have made.

use rusqlite::{Connection, Row, named_params};

use super::types::Made;
use crate::db::DbError;
use crate::model::id::ResourceId;
use crate::model::time::Timestamp;

/// Every server, by id.
pub(super) fn all(connection: &Connection) -> Result<Vec<Made>, DbError> {
    let mut statement = connection.prepare_cached("SELECT * FROM game_servers ORDER BY id")?;
    let rows = statement.query_map([], |row| Ok(read(row)))?;
    rows.map(|row| row?).collect()
}

fn read(row: &Row<'_>) -> Result<Made, DbError> {
    let id: String = row.get("id")?;
    let corrupt = || DbError::Corrupt {
        what: format!("the game server {id}"),
    };
    let text = |column: &str| row.get::<_, String>(column);
    Ok(Made {
        id: id.parse().map_err(|_| corrupt())?,
        target: text("target")?.parse().map_err(|_| corrupt())?,
        local: text("local")?,
        game: text("game")?,
        config: serde_json::from_str(&text("config")?).map_err(|_| corrupt())?,
        ports: serde_json::from_str(&text("ports")?).map_err(|_| corrupt())?,
        volumes: serde_json::from_str(&text("volumes")?).map_err(|_| corrupt())?,
        created_at: Timestamp(row.get("created_at")?),
        created_by: text("created_by")?,
    })
}

/// Keeps one; of the same name on the same target the newest counts.
pub(super) fn put(tx: &Connection, made: &Made, secrets: &[u8]) -> Result<(), DbError> {
    tx.prepare_cached(
        "INSERT OR REPLACE INTO game_servers
         (id, target, local, game, config, secrets, ports, volumes, created_at, created_by)
         VALUES (:id, :target, :local, :game, :config, :secrets, :ports, :volumes, :at, :by)",
    )?
    .execute(named_params! {
        ":id": made.id.as_str(),
        ":target": made.target.as_str(),
        ":local": made.local,
        ":game": made.game,
        ":config": made.config.to_string(),
        ":secrets": secrets,
        ":ports": serde_json::to_string(&made.ports).unwrap_or_default(),
        ":volumes": serde_json::to_string(&made.volumes).unwrap_or_default(),
        ":at": made.created_at.millis(),
        ":by": made.created_by,
    })?;
    Ok(())
}

/// Forgets one.
pub(super) fn remove(tx: &Connection, id: &ResourceId) -> Result<(), DbError> {
    tx.prepare_cached("DELETE FROM game_servers WHERE id = ?1")?
        .execute([id.as_str()])?;
    Ok(())
}
