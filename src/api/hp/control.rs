//! Telling guests what to do, and what came of it.

use actix_web::web::{Data, Json, Path, Query};
use actix_web::{HttpRequest, get, post};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::api::dialect::{Answer, Hp, Reply};
use crate::api::guard::{Allow, FleetRead, GuestsControl};
use crate::api::shared::Shared;
use crate::api::trail;
use crate::model::id::JobId;
use crate::services::control::Asker;

use super::action::NewAction;
use super::errors::Problem;
use super::job_view::{Job, JobWithLog};
use super::page::Page;

/// Who asks, and a mark that the audit is written by what is asked.
pub(super) fn asker<N>(request: &HttpRequest, caller: &Allow<Hp, N>) -> Asker {
    trail::mark(request);
    trail::asker(request, &caller.principal.name)
}

/// Tell a guest to do something.
#[utoipa::path(
    tag = "hp",
    params(("id" = String, Path, description = "The guest's id, or its number where only one has it")),
    request_body = NewAction,
    responses(
        (status = 202, body = Job, description = "The host has begun; follow the job"),
        (status = 400, body = Problem, description = "A parameter is wrong, or harm is not confirmed"),
        (status = 403, body = Problem, description = "Control is off, or the API token lacks a privilege"),
        (status = 404, body = Problem),
        (status = 409, body = Problem, description = "The same is under way already"),
        (status = 502, body = Problem, description = "The host refused, or did not answer"),
    ),
)]
#[post("/guests/{id}/actions")]
pub(crate) async fn act_on_guest(
    caller: Allow<Hp, GuestsControl>,
    id: Path<String>,
    new: Json<NewAction>,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Answer<Hp, Job> {
    let by = asker(&request, &caller);
    let action = new.read()?;
    let confirm = new.confirm.as_deref();
    let job = shared.parts.control.act(&id, action, confirm, &by).await?;
    Ok(Reply::accepted(Job::from(&*job)))
}

/// Which jobs to list.
#[derive(Debug, Default, Deserialize, IntoParams)]
pub(super) struct ListJobs {
    /// Only those of this guest or game server, by its id.
    resource: Option<String>,
    /// Only those in this state.
    state: Option<String>,
    /// How many to skip.
    #[serde(default)]
    offset: usize,
    /// The most to list; 100 unless told, 1000 at most.
    limit: Option<usize>,
}

/// Several jobs.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Jobs {
    /// The jobs, newest first.
    jobs: Vec<Job>,
    /// How many there are in all that were asked for.
    total: usize,
}

/// Jobs since the server began, newest first.
#[utoipa::path(
    tag = "hp",
    params(ListJobs),
    responses((status = 200, body = Jobs), (status = 400, body = Problem)),
)]
#[get("/jobs")]
pub(crate) async fn list_jobs(
    _: Allow<Hp, FleetRead>,
    query: Query<ListJobs>,
    shared: Data<Shared>,
) -> Answer<Hp, Jobs> {
    let jobs: Vec<Job> = shared
        .parts
        .control
        .list()
        .iter()
        .map(|job| Job::from(&**job))
        .filter(|job| query.resource.as_ref().is_none_or(|id| job.resource == *id))
        .filter(|job| query.state.as_ref().is_none_or(|state| job.state == *state))
        .collect();
    Ok(Reply::ok(Jobs {
        total: jobs.len(),
        jobs: Page::new(query.offset, query.limit).of(jobs),
    }))
}

/// One job with the host's log so far.
#[utoipa::path(
    tag = "hp",
    params(("id" = String, Path, description = "The job's id")),
    responses((status = 200, body = JobWithLog), (status = 404, body = Problem)),
)]
#[get("/jobs/{id}")]
pub(crate) async fn get_job(
    _: Allow<Hp, FleetRead>,
    id: Path<JobId>,
    shared: Data<Shared>,
) -> Answer<Hp, JobWithLog> {
    let job = shared.parts.control.find(&id)?;
    Ok(Reply::ok(JobWithLog::from(&*job)))
}

/// Ask the host to break a job off.
#[utoipa::path(
    tag = "hp",
    params(("id" = String, Path, description = "The job's id")),
    responses(
        (status = 202, body = Job, description = "The host is being asked; the job tells how it ends"),
        (status = 404, body = Problem),
        (status = 409, body = Problem, description = "It is over"),
    ),
)]
#[post("/jobs/{id}/cancel")]
pub(crate) async fn cancel_job(
    caller: Allow<Hp, GuestsControl>,
    id: Path<JobId>,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Answer<Hp, Job> {
    let by = asker(&request, &caller);
    let job = shared.parts.control.cancel(&id, &by).await?;
    Ok(Reply::accepted(Job::from(&*job)))
}
