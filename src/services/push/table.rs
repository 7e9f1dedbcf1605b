//! The SQL of push doors.

use std::collections::BTreeMap;

use rusqlite::{Connection, params};

use super::Notification;
use crate::db::DbError;
use crate::model::id::TargetId;
use crate::model::time::Timestamp;

/// Announcements that are kept.
const EVENTS: i64 = 5000;

/// Something that a host announced, as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Announced {
    /// Its number; grows.
    pub id: i64,
    /// Whose host.
    pub target: String,
    /// When it came, by our clock.
    pub at: Timestamp,
    /// What was announced.
    pub notification: Notification,
}

/// All sealed tokens.
pub(super) fn tokens(connection: &Connection) -> Result<Vec<(TargetId, Vec<u8>)>, DbError> {
    let mut statement = connection.prepare_cached("SELECT target, token FROM push_doors")?;
    let rows = statement.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get(1)?)))?;
    let mut tokens = Vec::new();
    for row in rows {
        let (target, token) = row?;
        tokens.extend(target.parse().ok().map(|target| (target, token)));
    }
    Ok(tokens)
}

pub(super) fn put_token(
    tx: &Connection,
    target: &TargetId,
    sealed: &[u8],
    now: Timestamp,
) -> Result<(), DbError> {
    tx.prepare_cached(
        "INSERT INTO push_doors (target, token, created_at) VALUES (?1, ?2, ?3)
         ON CONFLICT (target) DO UPDATE SET token = excluded.token,
             created_at = excluded.created_at",
    )?
    .execute(params![target.as_str(), sealed, now.millis()])?;
    Ok(())
}

pub(super) fn remove_token(tx: &Connection, target: &TargetId) -> Result<(), DbError> {
    tx.prepare_cached("DELETE FROM push_doors WHERE target = ?1")?
        .execute([target.as_str()])?;
    Ok(())
}

/// Keeps an announcement, and forgets those that are too many.
pub(super) fn put_event(
    tx: &Connection,
    target: &TargetId,
    announced: &Notification,
    now: Timestamp,
) -> Result<(), DbError> {
    let fields = serde_json::to_string(&announced.fields).unwrap_or_default();
    tx.prepare_cached(
        "INSERT INTO push_events (target, at, kind, severity, title, message, fields)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?
    .execute(params![
        target.as_str(),
        now.millis(),
        announced.kind,
        announced.severity,
        announced.title,
        announced.message,
        fields,
    ])?;
    tx.prepare_cached(
        "DELETE FROM push_events WHERE id <= (SELECT max(id) FROM push_events) - ?1",
    )?
    .execute([EVENTS])?;
    Ok(())
}

/// Announcements, newest first.
pub(super) fn events(
    connection: &Connection,
    target: Option<&TargetId>,
    before: Option<i64>,
    limit: usize,
) -> Result<Vec<Announced>, DbError> {
    let mut statement = connection.prepare_cached(
        "SELECT id, target, at, kind, severity, title, message, fields FROM push_events
         WHERE (?1 IS NULL OR target = ?1) AND (?2 IS NULL OR id < ?2)
         ORDER BY id DESC LIMIT ?3",
    )?;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let target = target.map(TargetId::as_str);
    let rows = statement.query_map(params![target, before, limit], |row| {
        let fields: String = row.get(7)?;
        let fields: BTreeMap<String, String> = serde_json::from_str(&fields).unwrap_or_default();
        Ok(Announced {
            id: row.get(0)?,
            target: row.get(1)?,
            at: Timestamp(row.get(2)?),
            notification: Notification {
                kind: row.get(3)?,
                severity: row.get(4)?,
                title: row.get(5)?,
                message: row.get(6)?,
                at: None,
                fields,
            },
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}
