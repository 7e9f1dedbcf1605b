//! A job as our own API and live frames show it.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;

use crate::services::jobs::{self, Order};

use super::words;

/// One command to a guest or a game server.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Job {
    /// Its id.
    pub id: String,
    /// The target that was told.
    pub target: String,
    /// What sort of thing was told.
    #[schema(schema_with = words::job_subject)]
    pub subject: &'static str,
    /// The id of the guest or game server that was told.
    pub resource: String,
    /// What it was called then; not to be trusted.
    pub resource_name: String,
    /// The guest's number; `null` for a game server.
    pub vmid: Option<u32>,
    /// The node that the guest was on; `null` for a game server.
    pub node: Option<String>,
    /// What it was told, such as `start`.
    #[schema(schema_with = words::job_action)]
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
    /// The host's id of the task that carries it out, where it has one.
    pub task: Option<String>,
    /// The last line of its log.
    pub last_line: Option<String>,
    /// When it was asked for, in milliseconds.
    pub asked_at: i64,
    /// When it was over, in milliseconds.
    pub ended_at: Option<i64>,
    /// Whether somebody asked to break it off.
    pub cancelling: bool,
}

impl From<&jobs::Job> for Job {
    fn from(job: &jobs::Job) -> Self {
        let (vmid, node) = match &job.order {
            Order::Guest { vmid, node, .. } => (Some(*vmid), Some(node.clone())),
            Order::Game(_) => (None, None),
        };
        Self {
            id: job.id.to_string(),
            target: job.target.to_string(),
            subject: job.order.subject(),
            resource: job.resource.to_string(),
            resource_name: job.resource_name.clone(),
            vmid,
            node,
            action: job.order.word(),
            params: job.order.parameters().into_iter().collect(),
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

/// A job with its log.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct JobWithLog {
    /// The job.
    #[serde(flatten)]
    pub job: Job,
    /// Lines of its log so far; of a long one the last.
    pub log: Vec<String>,
}

impl From<&jobs::Job> for JobWithLog {
    fn from(job: &jobs::Job) -> Self {
        Self {
            job: job.into(),
            log: job.log.clone(),
        }
    }
}
