//! A job as our own API and live frames show it.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;

use crate::services::control;

use super::words;

/// One command to one guest.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Job {
    /// Its id.
    pub id: String,
    /// The target that was told.
    pub target: String,
    /// The guest.
    pub guest: String,
    /// What it was called then; not to be trusted.
    pub guest_name: String,
    /// Its number.
    pub vmid: u32,
    /// The node it was on.
    pub node: String,
    /// What it was told, such as `start`.
    #[schema(schema_with = words::action)]
    pub action: &'static str,
    /// With what.
    pub params: BTreeMap<&'static str, String>,
    /// Who told it.
    pub by: String,
    /// Where the job is in its life.
    #[schema(schema_with = words::job_state)]
    pub state: &'static str,
    /// How far it got, 0 to 1, where the host's log tells.
    pub progress: Option<f64>,
    /// Why it failed, in the host's words.
    pub message: Option<String>,
    /// The host's id of the task that carries it out.
    pub task: Option<String>,
    /// The last line of the host's log.
    pub last_line: Option<String>,
    /// When it was asked for, in milliseconds.
    pub asked_at: i64,
    /// When it was over, in milliseconds.
    pub ended_at: Option<i64>,
    /// Whether somebody asked to break it off.
    pub cancelling: bool,
}

impl From<&control::Job> for Job {
    fn from(job: &control::Job) -> Self {
        Self {
            id: job.id.to_string(),
            target: job.target.to_string(),
            guest: job.guest.to_string(),
            guest_name: job.guest_name.clone(),
            vmid: job.vmid,
            node: job.node.clone(),
            action: job.action.word(),
            params: job.action.parameters().into_iter().collect(),
            by: job.by.clone(),
            state: job.state.word(),
            progress: job.progress,
            message: job.message.clone(),
            task: job.task.clone(),
            last_line: job.log.last().cloned(),
            asked_at: job.asked_at.millis(),
            ended_at: job.ended_at.map(|at| at.millis()),
            cancelling: job.cancelling,
        }
    }
}

/// A job with the host's log.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct JobWithLog {
    /// The job.
    #[serde(flatten)]
    pub job: Job,
    /// Lines of the host's log so far; of a long one the last.
    pub log: Vec<String>,
}

impl From<&control::Job> for JobWithLog {
    fn from(job: &control::Job) -> Self {
        Self {
            job: job.into(),
            log: job.log.clone(),
        }
    }
}
