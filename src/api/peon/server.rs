//! Servers: list, make, show, delete.

use actix_web::web::{Json, Path, Query};
use actix_web::{HttpRequest, delete, get, post};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};

use super::envelope::Enveloped;
use super::view::{PeonServer, PeonServerDetails};
use crate::api::dialect::{Answer, Peon, Reply};
use crate::api::games::caller::Caller;
use crate::api::games::create::{self, Wanted};
use crate::api::games::{find, refused};
use crate::api::guard::{FleetRead, GamesControl};
use crate::api::openapi::PeonProblem;
use crate::api::shared::Shared;
use crate::model::game_action::GameAction;
use crate::telemetry::clock;

type Parts = actix_web::web::Data<Shared>;

/// Every server.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(super) struct PeonServers {
    /// The servers, by name.
    servers: Vec<PeonServer>,
    /// How many there are.
    total: usize,
}

/// List all servers.
#[utoipa::path(tag = "peon", responses((status = 200, body = Enveloped<PeonServers>)))]
#[get("")]
pub(crate) async fn list_peon_servers(
    _: Caller<Peon, FleetRead>,
    shared: Parts,
) -> Answer<Peon, Enveloped<PeonServers>> {
    let shown = find::all(&shared).await?;
    let servers: Vec<PeonServer> = shown.iter().map(PeonServer::new).collect();
    Ok(Reply::ok(Enveloped::new(PeonServers {
        total: servers.len(),
        servers,
    })))
}

/// A server to be made.
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct NewPeonServer {
    /// Its name.
    name: String,
    /// The game's id in the catalogue.
    game: String,
    /// Its settings by the game's schema; what is left out is as the catalogue says. `eula: true`
    /// accepts the game's terms where it has some.
    #[serde(default)]
    #[schema(required = false, value_type = Object)]
    config: Map<String, Value>,
    /// The host that is to run it, by name or id; any that may unless told.
    host: Option<String>,
}

/// A server that is being made.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(super) struct PeonServerBegun {
    /// Its id, such as `valheim_002`.
    id: String,
    /// Its name.
    name: String,
    /// Its game.
    game: String,
    /// `creating`; it is started as soon as it is there.
    status: &'static str,
    /// When it will be ready; null, as nobody can know how long the download takes.
    estimated_ready: Option<String>,
    /// The job that makes it, for `/api/hp/jobs`.
    job: String,
    /// Settings that the game does not have.
    ignored_config: Vec<String>,
}

/// Make a server.
#[utoipa::path(
    tag = "peon",
    request_body = NewPeonServer,
    responses(
        (status = 201, body = Enveloped<PeonServerBegun>),
        (status = 409, body = PeonProblem, description = "There is one of that name, or no host to make it on"),
        (status = 422, body = PeonProblem, description = "The game is not supported, or a setting is wrong"),
    ),
)]
#[post("")]
pub(crate) async fn create_peon_server(
    caller: Caller<Peon, GamesControl>,
    new: Json<NewPeonServer>,
    request: HttpRequest,
    shared: Parts,
) -> Answer<Peon, Enveloped<PeonServerBegun>> {
    let by = caller.asker(&request);
    let new = new.into_inner();
    let wanted = Wanted {
        title: new.name.clone(),
        game: new.game.clone(),
        config: new.config,
        host: new.host,
        memory_mb: None,
        start: true,
    };
    let begun = create::begin(&shared, wanted, &by).await?;
    Ok(Reply::created(Enveloped::new(PeonServerBegun {
        id: begun.called.numbered(),
        name: begun.called.title.clone().unwrap_or(new.name),
        game: new.game,
        status: "creating",
        estimated_ready: None,
        job: begun.job.id.to_string(),
        ignored_config: begun.ignored,
    })))
}

/// Show one server.
#[utoipa::path(
    tag = "peon",
    params(("server_id" = String, Path, description = "The server's id in any form")),
    responses(
        (status = 200, body = Enveloped<PeonServerDetails>),
        (status = 404, body = PeonProblem),
    ),
)]
#[get("/{server_id}")]
pub(crate) async fn get_peon_server(
    _: Caller<Peon, FleetRead>,
    id: Path<String>,
    shared: Parts,
) -> Answer<Peon, Enveloped<PeonServerDetails>> {
    let shown = find::one(&shared, &id).await?;
    let games = &shared.parts.games;
    let last_backup = match &shown.server {
        Some(server) => games
            .last_backup(server.seen.id.as_str())
            .await
            .map_err(|error| refused::problem(&shared, &error))?,
        None => None,
    };
    let details = PeonServerDetails::new(&shown, last_backup, clock::now());
    Ok(Reply::ok(Enveloped::new(details)))
}

/// How a server is deleted.
#[derive(Debug, Deserialize, IntoParams)]
pub(super) struct DeletePeonServer {
    /// Deletes its worlds too: the server's name on its host and `with all worlds`.
    confirm: Option<String>,
}

/// A server that is being deleted.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(super) struct PeonServerGoing {
    /// Its id.
    id: String,
    /// `deleting`.
    status: &'static str,
    /// Whether its worlds stay.
    data_kept: bool,
    /// The job that deletes it.
    job: String,
}

/// Delete a server; its worlds stay unless that is confirmed.
#[utoipa::path(
    tag = "peon",
    params(
        ("server_id" = String, Path, description = "The server's id in any form"),
        DeletePeonServer,
    ),
    responses(
        (status = 200, body = Enveloped<PeonServerGoing>),
        (status = 404, body = PeonProblem),
        (status = 409, body = PeonProblem, description = "Something else is under way"),
    ),
)]
#[delete("/{server_id}")]
pub(crate) async fn delete_peon_server(
    caller: Caller<Peon, GamesControl>,
    id: Path<String>,
    query: Query<DeletePeonServer>,
    request: HttpRequest,
    shared: Parts,
) -> Answer<Peon, Enveloped<PeonServerGoing>> {
    let by = caller.asker(&request);
    let shown = find::one(&shared, &id).await?;
    let data = query.confirm.is_some();
    // Without the worlds nothing is lost: the verb itself is word enough.
    let name = shown.server.as_ref().map(|server| server.seen.name.clone());
    let confirm = query.confirm.clone().or(name);
    let action = GameAction::Delete { data };
    let games = &shared.parts.games;
    let begun = games.act(shown.id.as_str(), action, confirm.as_deref(), &by);
    let job = begun
        .await
        .map_err(|error| refused::problem(&shared, &error))?;
    Ok(Reply::ok(Enveloped::new(PeonServerGoing {
        id: shown.numbered(),
        status: "deleting",
        data_kept: !data,
        job: job.id.to_string(),
    })))
}
