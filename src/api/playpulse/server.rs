//! Servers: make one, and how one is doing.

use actix_web::web::{Data, Json, Path};
use actix_web::{HttpRequest, get, post};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use super::envelope::PlaypulseAnswer;
use super::status::{self, PlaypulsePerformance};
use crate::api::dialect::{Answer, Playpulse, Reply};
use crate::api::games::caller::Caller;
use crate::api::games::create::{self, Wanted};
use crate::api::games::find;
use crate::api::guard::{FleetRead, GamesControl};
use crate::api::openapi::PeonProblem;
use crate::api::problem::{Kind, Problem};
use crate::api::shared::Shared;
use crate::services::game_names;
use crate::telemetry::clock;

/// Memory of the plans, in MiB.
const PLANS: [(&str, u32); 3] = [("basic", 2048), ("premium", 4096), ("enterprise", 8192)];

/// What Playpulse calls games that the catalogue calls otherwise.
const TYPES: [(&str, &str); 3] = [
    ("minecraft", "minecraft-java"),
    ("bedrock", "minecraft-bedrock"),
    ("paper", "minecraft-java"),
];

/// A server to be made.
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct NewPlaypulseServer {
    /// Its name.
    name: String,
    /// `basic` (2 GiB), `premium` (4 GiB), `enterprise` (8 GiB) or `custom`, which is what the
    /// game needs.
    plan: Option<String>,
    /// The host that is to run it, by name; any other word is echoed and means nothing.
    region: Option<String>,
    /// The game's id in the catalogue; `minecraft` unless told.
    r#type: Option<String>,
    /// `auto_start`, and settings by the game's schema. `eula: true` accepts the game's terms.
    #[serde(default)]
    #[schema(required = false, value_type = Object)]
    config: Map<String, Value>,
}

/// A server that is being made.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PlaypulseServerBegun {
    /// Its id, such as `srv_7d2f8b1a9c3e`.
    id: String,
    /// Its name.
    name: String,
    /// `creating`.
    status: &'static str,
    /// Its address; null until it was seen.
    ip: Option<String>,
    /// Its port for players.
    port: Option<u16>,
    /// When it was begun, RFC 3339.
    created_at: String,
    /// When it will be ready; null, as nobody can know how long the download takes.
    estimated_ready_time: Option<String>,
    /// The region as it was asked for.
    region: Option<String>,
    /// The job that makes it, for `/api/hp/jobs`.
    job: String,
    /// What was asked for and is not done.
    unsupported_options: Vec<String>,
}

/// Make a server.
#[utoipa::path(
    tag = "playpulse",
    request_body = NewPlaypulseServer,
    responses(
        (status = 201, body = PlaypulseAnswer<PlaypulseServerBegun>),
        (status = 409, body = PeonProblem, description = "There is one of that name, or no host to make it on"),
        (status = 422, body = PeonProblem, description = "The game is not supported, its terms are not accepted, or a setting is wrong"),
    ),
)]
#[post("/servers")]
pub(crate) async fn create_playpulse_server(
    caller: Caller<Playpulse, GamesControl>,
    new: Json<NewPlaypulseServer>,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Answer<Playpulse, PlaypulseAnswer<PlaypulseServerBegun>> {
    let by = caller.asker(&request);
    let new = new.into_inner();
    let memory_mb = memory_of(new.plan.as_deref())?;
    let mut unsupported = Vec::new();
    let mut config = new.config;
    let start = match config.remove("auto_start") {
        Some(Value::Bool(start)) => start,
        _ => true,
    };
    // Everything is watched alike; backups are made when somebody plans them.
    config.remove("monitoring");
    if config.remove("backup_enabled") == Some(Value::Bool(true)) {
        unsupported.push("config.backup_enabled".to_owned());
    }
    let host = host_of(&shared, new.region.as_deref()).await?;
    if new.region.is_some() && host.is_none() {
        unsupported.push("region".to_owned());
    }
    let kind = new.r#type.as_deref().unwrap_or("minecraft");
    let game = TYPES
        .iter()
        .find(|(theirs, _)| *theirs == kind)
        .map_or(kind, |(_, ours)| ours);
    let wanted = Wanted {
        title: new.name,
        game: game.to_owned(),
        config,
        host,
        memory_mb,
        start,
    };
    let begun = create::begin(&shared, wanted, &by).await?;
    unsupported.extend(begun.ignored.iter().map(|word| format!("config.{word}")));
    Ok(Reply::created(PlaypulseAnswer::new(PlaypulseServerBegun {
        id: game_names::short(&begun.id),
        name: begun.called.title.clone().unwrap_or_default(),
        status: "creating",
        ip: None,
        port: begun.port,
        created_at: begun.job.asked_at.rfc3339(),
        estimated_ready_time: None,
        region: new.region,
        job: begun.job.id.to_string(),
        unsupported_options: unsupported,
    })))
}

fn memory_of(plan: Option<&str>) -> Result<Option<u32>, Problem> {
    let Some(plan) = plan.filter(|plan| *plan != "custom") else {
        return Ok(None);
    };
    let known = PLANS.iter().find(|(name, _)| *name == plan);
    known.map(|(_, memory)| Some(*memory)).ok_or_else(|| {
        let plans: Vec<&str> = PLANS
            .iter()
            .map(|(name, _)| *name)
            .chain(["custom"])
            .collect();
        let text = format!("must be one of: {}", plans.join(", "));
        Problem::new(Kind::Unprocessable, "validation_failed", text)
            .in_field("plan")
            .with_details(json!({ "plans": plans }))
    })
}

/// The host that a region names, where it names one.
async fn host_of(shared: &Data<Shared>, region: Option<&str>) -> Result<Option<String>, Problem> {
    let Some(region) = region else {
        return Ok(None);
    };
    let makers = shared.parts.games.makers().await;
    let makers = makers.map_err(|error| Problem::from_error(&error))?;
    let named = makers.into_iter().find(|(_, name)| name == region);
    Ok(named.map(|(id, _)| id.to_string()))
}

/// Who is on a server.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PlaypulsePlayers {
    /// How many.
    online: Option<u32>,
    /// How many fit in.
    max: Option<u32>,
}

/// How a server is doing.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PlaypulseServerStatus {
    /// Its id.
    id: String,
    /// `online`, `offline`, `starting`, `stopping`, `crashed`, `creating`, `unresponsive` or
    /// `unknown`.
    status: &'static str,
    /// Seconds since it was started.
    uptime: Option<u64>,
    /// What it uses now.
    performance: PlaypulsePerformance,
    /// Who is on it.
    players: PlaypulsePlayers,
    /// When it was last seen, RFC 3339.
    last_updated: Option<String>,
}

/// Tell how a server is doing.
#[utoipa::path(
    tag = "playpulse",
    params(("server_id" = String, Path, description = "The server's id in any form")),
    responses(
        (status = 200, body = PlaypulseAnswer<PlaypulseServerStatus>),
        (status = 404, body = PeonProblem),
    ),
)]
#[get("/servers/{server_id}/status")]
pub(crate) async fn get_playpulse_server_status(
    _: Caller<Playpulse, FleetRead>,
    id: Path<String>,
    shared: Data<Shared>,
) -> Answer<Playpulse, PlaypulseAnswer<PlaypulseServerStatus>> {
    let shown = find::one(&shared, &id).await?;
    let seen = shown.server.as_ref().map(|server| &server.seen);
    let answer = seen.and_then(|seen| seen.answer.value());
    let fleet = shared.parts.live.fleet();
    let target = shown
        .server
        .as_ref()
        .and_then(|server| fleet.target(&server.target));
    Ok(Reply::ok(PlaypulseAnswer::new(PlaypulseServerStatus {
        id: shown.short(),
        status: status::of(&shown),
        uptime: seen
            .and_then(|seen| seen.started_at)
            .map(|started| clock::now().since(started).as_secs()),
        performance: seen.map(PlaypulsePerformance::of).unwrap_or_default(),
        players: PlaypulsePlayers {
            online: answer.and_then(|answer| answer.players),
            max: answer.and_then(|answer| answer.max_players),
        },
        last_updated: target
            .and_then(|target| target.summary.last_seen)
            .map(|at| at.rfc3339()),
    })))
}
