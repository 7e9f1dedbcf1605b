//! What servers can be told: start, stop, restart, back up.

use actix_web::web::{Path, Query};
use actix_web::{HttpRequest, post};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::envelope::Enveloped;
use super::status;
use crate::api::dialect::{Answer, Peon, Reply};
use crate::api::games::caller::Caller;
use crate::api::games::find::Shown;
use crate::api::games::{find, refused};
use crate::api::guard::GamesControl;
use crate::api::openapi::PeonProblem;
use crate::api::problem::Problem;
use crate::api::shared::Shared;
use crate::model::game_action::GameAction;
use crate::services::games::{Asker, Ending, GamesError};
use crate::services::jobs::JobError;

type Parts = actix_web::web::Data<Shared>;

/// How a server is ended.
#[derive(Debug, Default, Deserialize, IntoParams)]
pub(super) struct EndPeonServer {
    /// Goes on though players are online.
    #[serde(default)]
    force: bool,
    /// Seconds that players are warned for.
    #[serde(default)]
    warn_s: u32,
}

impl EndPeonServer {
    fn ending(&self) -> Ending {
        Ending {
            warn_s: self.warn_s,
            even_with_players: self.force,
            ..Ending::default()
        }
    }
}

/// What was begun.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(super) struct PeonActionBegun {
    /// The server's id.
    id: String,
    /// How it is now; ask again for how it comes out.
    status: &'static str,
    /// What it was told.
    action: &'static str,
    /// The job that does it, for `/api/hp/jobs`.
    job: String,
    /// The id that the backup will have, where one is made and kept here.
    backup_id: Option<String>,
}

async fn act(
    shared: &Parts,
    id: &str,
    action: GameAction,
    by: &Asker,
) -> Result<Reply<Peon, Enveloped<PeonActionBegun>>, Problem> {
    let shown = find::one(shared, id).await?;
    let word = action.word();
    let answer = |job: String, status| {
        Reply::accepted(Enveloped::new(PeonActionBegun {
            id: shown.numbered(),
            status,
            action: word,
            job,
            backup_id: None,
        }))
    };
    // One that is being made starts by itself.
    if let (GameAction::Start, None, Some(job)) = (&action, &shown.server, &shown.making)
        && !job.state.is_over()
    {
        return Ok(answer(job.id.to_string(), "creating"));
    }
    made(shared, &shown)?;
    let begun = shared
        .parts
        .games
        .act(shown.id.as_str(), action.clone(), None, by);
    match begun.await {
        Ok(job) => Ok(answer(job.id.to_string(), status::word(&shown))),
        Err(GamesError::Job(JobError::InFlight {
            action: "create",
            job,
        })) if action == GameAction::Start => Ok(answer(job.to_string(), "creating")),
        Err(error) => Err(refused::problem(shared, &error)),
    }
}

/// Refuses what needs a server that is there, while it is being made.
fn made(shared: &Parts, shown: &Shown) -> Result<(), Problem> {
    match (&shown.server, &shown.making) {
        (None, Some(job)) if !job.state.is_over() => {
            let busy = JobError::InFlight {
                action: "create",
                job: job.id.clone(),
            };
            Err(refused::problem(shared, &GamesError::Job(busy)))
        }
        _ => Ok(()),
    }
}

/// Start a server.
#[utoipa::path(
    tag = "peon",
    params(("server_id" = String, Path, description = "The server's id in any form")),
    responses(
        (status = 202, body = Enveloped<PeonActionBegun>),
        (status = 404, body = PeonProblem),
        (status = 409, body = PeonProblem, description = "Something else is under way"),
    ),
)]
#[post("/{server_id}/start")]
pub(crate) async fn start_peon_server(
    caller: Caller<Peon, GamesControl>,
    id: Path<String>,
    request: HttpRequest,
    shared: Parts,
) -> Answer<Peon, Enveloped<PeonActionBegun>> {
    let by = caller.asker(&request);
    Ok(act(&shared, &id, GameAction::Start, &by).await?)
}

/// Stop a server without loss: save, tell players, wait, end.
#[utoipa::path(
    tag = "peon",
    params(("server_id" = String, Path, description = "The server's id in any form"), EndPeonServer),
    responses(
        (status = 202, body = Enveloped<PeonActionBegun>),
        (status = 404, body = PeonProblem),
        (status = 409, body = PeonProblem, description = "Players are online, or something else is under way"),
    ),
)]
#[post("/{server_id}/stop")]
pub(crate) async fn stop_peon_server(
    caller: Caller<Peon, GamesControl>,
    id: Path<String>,
    how: Query<EndPeonServer>,
    request: HttpRequest,
    shared: Parts,
) -> Answer<Peon, Enveloped<PeonActionBegun>> {
    let by = caller.asker(&request);
    Ok(act(&shared, &id, GameAction::Stop(how.ending()), &by).await?)
}

/// Restart a server without loss.
#[utoipa::path(
    tag = "peon",
    params(("server_id" = String, Path, description = "The server's id in any form"), EndPeonServer),
    responses(
        (status = 202, body = Enveloped<PeonActionBegun>),
        (status = 404, body = PeonProblem),
        (status = 409, body = PeonProblem, description = "Players are online, or something else is under way"),
    ),
)]
#[post("/{server_id}/restart")]
pub(crate) async fn restart_peon_server(
    caller: Caller<Peon, GamesControl>,
    id: Path<String>,
    how: Query<EndPeonServer>,
    request: HttpRequest,
    shared: Parts,
) -> Answer<Peon, Enveloped<PeonActionBegun>> {
    let by = caller.asker(&request);
    Ok(act(&shared, &id, GameAction::Restart(how.ending()), &by).await?)
}

/// Back a server up now.
#[utoipa::path(
    tag = "peon",
    params(("server_id" = String, Path, description = "The server's id in any form")),
    responses(
        (status = 202, body = Enveloped<PeonActionBegun>),
        (status = 404, body = PeonProblem),
        (status = 409, body = PeonProblem, description = "Something else is under way"),
    ),
)]
#[post("/{server_id}/backup")]
pub(crate) async fn backup_peon_server(
    caller: Caller<Peon, GamesControl>,
    id: Path<String>,
    request: HttpRequest,
    shared: Parts,
) -> Answer<Peon, Enveloped<PeonActionBegun>> {
    let by = caller.asker(&request);
    let shown = find::one(&shared, &id).await?;
    made(&shared, &shown)?;
    let games = &shared.parts.games;
    let (job, backup) = games
        .back_up(shown.id.as_str(), false, &by)
        .await
        .map_err(|error| refused::problem(&shared, &error))?;
    Ok(Reply::accepted(Enveloped::new(PeonActionBegun {
        id: shown.numbered(),
        status: status::word(&shown),
        action: GameAction::Backup.word(),
        job: job.id.to_string(),
        backup_id: backup.map(|id| id.to_string()),
    })))
}
