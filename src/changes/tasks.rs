//! The SQL of the tasks that ended.

use rusqlite::Connection;

use crate::db::DbError;
use crate::model::id::TargetId;
use crate::model::task::{Task, TaskOutcome};
use crate::model::time::{Timestamp, Window};

/// A task of a target's host that has ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndedTask {
    /// Whose.
    pub target: TargetId,
    /// The task.
    pub task: Task,
}

/// Keeps the tasks that have ended, in the caller's transaction; one that is kept already stays.
///
/// # Errors
/// When the database fails; the caller's transaction must then be given up.
pub fn keep(tx: &Connection, tasks: &[EndedTask]) -> Result<(), DbError> {
    let mut statement = tx.prepare_cached(
        "INSERT OR IGNORE INTO ended_tasks
             (target, id, node, kind, subject, user, began_at, ended_at, state, error)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
    )?;
    for EndedTask { target, task } in tasks {
        let Some(ended_at) = task.ended_at else {
            continue;
        };
        statement.execute((
            target.as_str(),
            &task.id,
            &task.node,
            &task.kind,
            &task.subject,
            &task.user,
            task.began_at.millis(),
            ended_at.millis(),
            task.outcome.word(),
            task.outcome.error(),
        ))?;
    }
    Ok(())
}

/// Tasks that began within `window`, newest first.
pub(super) fn between(
    connection: &Connection,
    window: Window,
    most: usize,
) -> Result<Vec<EndedTask>, DbError> {
    let mut statement = connection.prepare_cached(
        "SELECT target, id, node, kind, subject, user, began_at, ended_at, state, error
         FROM ended_tasks WHERE began_at >= ?1 AND began_at < ?2 ORDER BY began_at DESC LIMIT ?3",
    )?;
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    let rows = statement.query_map((window.from.millis(), window.to.millis(), most), |row| {
        let target: String = row.get(0)?;
        let state: String = row.get(8)?;
        let error: Option<String> = row.get(9)?;
        let task = Task {
            id: row.get(1)?,
            node: row.get(2)?,
            kind: row.get(3)?,
            subject: row.get(4)?,
            user: row.get(5)?,
            began_at: Timestamp(row.get(6)?),
            ended_at: Some(Timestamp(row.get(7)?)),
            outcome: outcome(&state, error),
        };
        Ok((target, task))
    })?;
    rows.map(|row| {
        let (target, task) = row?;
        let target = target.parse().map_err(|_| DbError::Corrupt {
            what: format!("the target of task {}", task.id),
        })?;
        Ok(EndedTask { target, task })
    })
    .collect()
}

/// How many warnings there were is not kept.
fn outcome(state: &str, error: Option<String>) -> TaskOutcome {
    match state {
        "ok" => TaskOutcome::Ok,
        "warnings" => TaskOutcome::Warnings(1),
        "failed" => TaskOutcome::Failed(error.unwrap_or_default()),
        _ => TaskOutcome::Unknown,
    }
}

/// Forgets tasks that ended before `before`, and the oldest of more than `most`.
pub(super) fn forget(tx: &Connection, before: Timestamp, most: usize) -> Result<usize, DbError> {
    let old = tx
        .prepare_cached("DELETE FROM ended_tasks WHERE ended_at < ?1")?
        .execute([before.millis()])?;
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    let surplus = tx
        .prepare_cached(
            "DELETE FROM ended_tasks WHERE rowid IN (
                 SELECT rowid FROM ended_tasks ORDER BY began_at DESC LIMIT -1 OFFSET ?1)",
        )?
        .execute([most])?;
    Ok(old + surplus)
}
