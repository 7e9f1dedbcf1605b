//! The jobs that are under way, kept so that a restart loses none of them.

use crate::db::{Db, DbError};
use crate::model::id::JobId;

use super::{Asker, Job};

/// Keeps a job that is under way, as it is now.
pub(super) async fn keep(db: &Db, job: &Job, by: &Asker) -> Result<(), DbError> {
    let text = serde_json::to_string(job).map_err(|_| corrupt(&job.id))?;
    let (id, peer) = (job.id.clone(), by.peer.clone());
    let kept = db.writer.run(move |tx| -> Result<_, DbError> {
        tx.prepare_cached(
            "INSERT INTO control_jobs (id, job, peer) VALUES (?1, ?2, ?3)
             ON CONFLICT (id) DO UPDATE SET job = excluded.job",
        )?
        .execute((id.as_str(), text, peer))?;
        Ok(())
    });
    kept.await
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
    Ok(rows
        .filter_map(|(text, peer)| Some((serde_json::from_str(&text).ok()?, peer)))
        .collect())
}

fn corrupt(id: &JobId) -> DbError {
    DbError::Corrupt {
        what: format!("the job {id} as JSON"),
    }
}
