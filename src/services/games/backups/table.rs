//! The SQL of backups and their plans.

use rusqlite::{Connection, OptionalExtension as _, Row, named_params};

use super::types::{GameBackup, Plan, Reason};
use crate::db::DbError;
use crate::model::id::{GameBackupId, ResourceId};
use crate::model::time::Timestamp;

/// Every backup, newest first.
pub(super) fn all(connection: &Connection) -> Result<Vec<GameBackup>, DbError> {
    let sql = "SELECT * FROM game_backups ORDER BY made_at DESC, id";
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map([], |row| Ok(read(row)))?;
    rows.map(|row| row?).collect()
}

fn read(row: &Row<'_>) -> Result<GameBackup, DbError> {
    let id: String = row.get("id")?;
    let corrupt = || DbError::Corrupt {
        what: format!("the game backup {id}"),
    };
    let text = |column: &str| row.get::<_, String>(column);
    let count = |column: &str| {
        let found: i64 = row.get(column)?;
        u64::try_from(found).map_err(|_| corrupt())
    };
    Ok(GameBackup {
        id: id.parse().map_err(|_| corrupt())?,
        server: text("server")?.parse().map_err(|_| corrupt())?,
        server_name: text("server_name")?,
        game: text("game")?,
        path: text("path")?.into(),
        bytes: count("bytes")?,
        files: count("files")?,
        sha256: text("sha256")?,
        encrypted: row.get("encrypted")?,
        healthy: row.get("healthy")?,
        reason: Reason::of_word(&text("reason")?).ok_or_else(corrupt)?,
        made_at: Timestamp(row.get("made_at")?),
        made_by: text("made_by")?,
        verified_at: row.get::<_, Option<i64>>("verified_at")?.map(Timestamp),
        damage: row.get("damage")?,
    })
}

/// Keeps one.
pub(super) fn put(tx: &Connection, backup: &GameBackup) -> Result<(), DbError> {
    tx.prepare_cached(
        "INSERT OR REPLACE INTO game_backups
         (id, server, server_name, game, path, bytes, files, sha256, encrypted, healthy, reason,
          made_at, made_by, verified_at, damage)
         VALUES (:id, :server, :name, :game, :path, :bytes, :files, :sha256, :encrypted, :healthy,
                 :reason, :at, :by, :verified, :damage)",
    )?
    .execute(named_params! {
        ":id": backup.id.as_str(),
        ":server": backup.server.as_str(),
        ":name": backup.server_name,
        ":game": backup.game,
        ":path": backup.path.to_string_lossy(),
        ":bytes": whole(backup.bytes),
        ":files": whole(backup.files),
        ":sha256": backup.sha256,
        ":encrypted": backup.encrypted,
        ":healthy": backup.healthy,
        ":reason": backup.reason.word(),
        ":at": backup.made_at.millis(),
        ":by": backup.made_by,
        ":verified": backup.verified_at.map(Timestamp::millis),
        ":damage": backup.damage,
    })?;
    Ok(())
}

/// The database counts no further than this.
fn whole(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// Forgets one.
pub(super) fn remove(tx: &Connection, id: &GameBackupId) -> Result<(), DbError> {
    tx.prepare_cached("DELETE FROM game_backups WHERE id = ?1")?
        .execute([id.as_str()])?;
    Ok(())
}

/// A server's plan.
pub(super) fn plan(connection: &Connection, server: &ResourceId) -> Result<Option<Plan>, DbError> {
    let sql = "SELECT plan FROM game_backup_plans WHERE server = ?1";
    let mut statement = connection.prepare_cached(sql)?;
    let text: Option<String> = statement
        .query_row([server.as_str()], |row| row.get(0))
        .optional()?;
    text.map(|text| parsed(server.as_str(), &text)).transpose()
}

fn parsed(server: &str, text: &str) -> Result<Plan, DbError> {
    serde_json::from_str(text).map_err(|_| DbError::Corrupt {
        what: format!("the backup plan of {server}"),
    })
}

/// A plan and how it is going.
pub(super) struct Planned {
    pub(super) server: ResourceId,
    pub(super) plan: Plan,
    /// When it was set; backups are due from then on.
    pub(super) set_at: Timestamp,
    /// When a backup by it was begun last.
    pub(super) begun_at: Option<Timestamp>,
    /// When the server's host last made one for us.
    pub(super) host_made_at: Option<Timestamp>,
}

/// Every plan.
pub(super) fn plans(connection: &Connection) -> Result<Vec<Planned>, DbError> {
    let sql = "SELECT server, plan, begun_at, set_at, host_made_at FROM game_backup_plans
               ORDER BY server";
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map([], |row| {
        let moment = |column| row.get::<_, Option<i64>>(column);
        let times = (moment(2)?, row.get::<_, i64>(3)?, moment(4)?);
        Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?, times))
    })?;
    rows.map(|row| {
        let (server, plan, (begun, set, host_made)) = row?;
        let id = server.parse().map_err(|_| DbError::Corrupt {
            what: format!("the backup plan of {server}"),
        })?;
        Ok(Planned {
            server: id,
            plan: parsed(&server, &plan)?,
            set_at: Timestamp(set),
            begun_at: begun.map(Timestamp),
            host_made_at: host_made.map(Timestamp),
        })
    })
    .collect()
}

/// Keeps a plan; times before `now` do not count.
pub(super) fn put_plan(
    tx: &Connection,
    server: &ResourceId,
    plan: &Plan,
    now: Timestamp,
) -> Result<(), DbError> {
    tx.prepare_cached(
        "INSERT INTO game_backup_plans (server, plan, begun_at, set_at) VALUES (?1, ?2, ?3, ?3)
         ON CONFLICT (server) DO UPDATE SET plan = excluded.plan, begun_at = excluded.begun_at,
             set_at = excluded.set_at",
    )?
    .execute((
        server.as_str(),
        serde_json::to_string(plan).unwrap_or_default(),
        now.millis(),
    ))?;
    Ok(())
}

/// A server's host has made a backup.
pub(super) fn host_made(
    tx: &Connection,
    server: &ResourceId,
    now: Timestamp,
) -> Result<(), DbError> {
    tx.prepare_cached("UPDATE game_backup_plans SET host_made_at = ?2 WHERE server = ?1")?
        .execute((server.as_str(), now.millis()))?;
    Ok(())
}

/// A backup by the plan is begun.
pub(super) fn begun(tx: &Connection, server: &ResourceId, now: Timestamp) -> Result<(), DbError> {
    tx.prepare_cached("UPDATE game_backup_plans SET begun_at = ?2 WHERE server = ?1")?
        .execute((server.as_str(), now.millis()))?;
    Ok(())
}
