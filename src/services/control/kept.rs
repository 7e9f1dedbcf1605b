//! The jobs that are under way, kept so that a restart loses none of them.

use serde::{Deserialize, Serialize};

use crate::db::{Db, DbError};
use crate::model::action::Action;
use crate::model::id::{JobId, ResourceId, TargetId};
use crate::model::time::Timestamp;

use super::{Asker, Job, JobState, Order};

/// A job under way, as it is kept; its log is read from the host again.
#[derive(Serialize, Deserialize)]
struct Kept {
    id: JobId,
    target: TargetId,
    guest: ResourceId,
    guest_name: String,
    vmid: u32,
    node: String,
    action: Action,
    by: String,
    task: Option<String>,
    asked_at: Timestamp,
    cancelling: bool,
}

impl Kept {
    /// Nothing where the job is no command to a guest.
    fn of(job: &Job) -> Option<Self> {
        let Order::Guest { vmid, node, action } = &job.order else {
            return None;
        };
        Some(Self {
            id: job.id.clone(),
            target: job.target.clone(),
            guest: job.resource.clone(),
            guest_name: job.resource_name.clone(),
            vmid: *vmid,
            node: node.clone(),
            action: action.clone(),
            by: job.by.clone(),
            task: job.task.clone(),
            asked_at: job.asked_at,
            cancelling: job.cancelling,
        })
    }

    fn into_job(self) -> Job {
        Job {
            id: self.id,
            target: self.target,
            resource: self.guest,
            resource_name: self.guest_name,
            order: Order::Guest {
                vmid: self.vmid,
                node: self.node,
                action: self.action,
            },
            by: self.by,
            state: match self.task {
                Some(_) => JobState::Running,
                None => JobState::Asking,
            },
            progress: None,
            message: None,
            task: self.task,
            log: Vec::new(),
            asked_at: self.asked_at,
            ended_at: None,
            cancelling: self.cancelling,
        }
    }
}

/// Keeps a job that is under way, as it is now.
pub(super) async fn keep(db: &Db, job: &Job, by: &Asker) -> Result<(), DbError> {
    let Some(kept) = Kept::of(job) else {
        return Ok(());
    };
    let text = serde_json::to_string(&kept).map_err(|_| corrupt(&job.id))?;
    let (id, peer) = (job.id.clone(), by.peer.clone());
    let written = db.writer.run(move |tx| -> Result<_, DbError> {
        tx.prepare_cached(
            "INSERT INTO control_jobs (id, job, peer) VALUES (?1, ?2, ?3)
             ON CONFLICT (id) DO UPDATE SET job = excluded.job",
        )?
        .execute((id.as_str(), text, peer))?;
        Ok(())
    });
    written.await
}

/// Forgets a job that is over.
pub(super) async fn forget(db: &Db, job: &JobId) -> Result<(), DbError> {
    let id = job.clone();
    let gone = db.writer.run(move |tx| -> Result<_, DbError> {
        tx.prepare_cached("DELETE FROM control_jobs WHERE id = ?1")?
            .execute([id.as_str()])?;
        Ok(())
    });
    gone.await
}

/// Every job that was under way when the program ended, with where it was asked from. One that
/// cannot be read, as a newer release wrote it, is left out.
pub(super) async fn all(db: &Db) -> Result<Vec<(Job, String)>, DbError> {
    let read = db.reader.run(|connection| -> Result<_, DbError> {
        let mut statement =
            connection.prepare_cached("SELECT job, peer FROM control_jobs ORDER BY id")?;
        let rows = statement.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get(1)?)))?;
        Ok(rows.collect::<Result<Vec<(String, String)>, _>>()?)
    });
    let rows = read.await?.into_iter();
    let kept = rows.filter_map(|(text, peer)| {
        let kept: Kept = serde_json::from_str(&text).ok()?;
        Some((kept.into_job(), peer))
    });
    Ok(kept.collect())
}

fn corrupt(id: &JobId) -> DbError {
    DbError::Corrupt {
        what: format!("the job {id} as JSON"),
    }
}
