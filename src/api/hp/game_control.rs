//! Making game servers, telling them what to do, and their consoles.

use std::collections::BTreeMap;

use actix_web::web::{Data, Json, Path, Query};
use actix_web::{HttpRequest, get, post};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use crate::api::dialect::{Answer, Hp, Reply};
use crate::api::guard::{Allow, GamesControl, GamesRead};
use crate::api::shared::Shared;
use crate::model::game_action::{Ending, GameAction};
use crate::model::id::TargetId;
use crate::services::games::{GamesError, NewGame};

use super::control::asker;
use super::errors::Problem;
use super::job_view::Job;
use super::words;

/// A game server to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewGameServer {
    /// The target that is to run it.
    #[schema(value_type = String)]
    target: TargetId,
    /// The game's id in the catalogue.
    game: String,
    /// Its name on the host: 2 to 60 letters, digits, `.`, `_` and `-`.
    name: String,
    /// Settings by the game's schema; the catalogue's defaults for those that are left out.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    config: Value,
    /// Ports outside, by the catalogue's names; the usual ones for those that are left out.
    #[serde(default)]
    #[schema(required = false)]
    ports: BTreeMap<String, u16>,
    /// Address of the host that the ports are bound to; every one unless told.
    bind: Option<String>,
    /// Another tag of the image than the catalogue's.
    tag: Option<String>,
    /// Another image than the catalogue's.
    image: Option<String>,
    /// Most memory in MiB; what the catalogue recommends unless told.
    memory_mb: Option<u32>,
    /// Most processor threads; all of them unless told.
    cpus: Option<f64>,
    /// Whether the game's terms are accepted.
    #[serde(default)]
    #[schema(required = false)]
    accept_eula: bool,
    /// Whether it is started at once; yes unless told.
    start: Option<bool>,
}

/// Make a game server. The job's `resource` is its id.
#[utoipa::path(
    tag = "hp",
    request_body = NewGameServer,
    responses(
        (status = 202, body = Job, description = "Everything that can be checked beforehand is right; follow the job"),
        (status = 400, body = Problem, description = "A setting is wrong, or the game's terms are not accepted"),
        (status = 403, body = Problem, description = "Control is off"),
        (status = 404, body = Problem, description = "No such target or game"),
        (status = 409, body = Problem, description = "The name or a port is taken"),
        (status = 502, body = Problem, description = "The host does not answer"),
    ),
)]
#[post("/games")]
pub(crate) async fn create_game(
    caller: Allow<Hp, GamesControl>,
    new: Json<NewGameServer>,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Answer<Hp, Job> {
    let by = asker(&request, &caller);
    let new = new.into_inner();
    let new = NewGame {
        target: new.target,
        game: new.game,
        name: new.name,
        config: new.config,
        ports: new.ports,
        bind: new.bind,
        tag: new.tag,
        image: new.image,
        memory_mb: new.memory_mb,
        cpus: new.cpus,
        accept_eula: new.accept_eula,
        start: new.start.unwrap_or(true),
    };
    let job = shared.parts.games.create(new, &by).await?;
    Ok(Reply::accepted(Job::from(&*job)))
}

/// What a game server is told.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewGameAction {
    /// What.
    #[schema(schema_with = words::game_action)]
    action: String,
    /// With what; each action takes only some of these.
    #[serde(default)]
    #[schema(required = false)]
    params: GameParams,
    /// The server's name, where harm can be done; with ` with all worlds` behind it where `data`
    /// is deleted too.
    confirm: Option<String>,
}

/// With what a game server is told something.
#[derive(Debug, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct GameParams {
    /// `stop`, `restart`, `update`: what players are told before.
    message: Option<String>,
    /// `stop`, `restart`, `update`: seconds between telling players and ending.
    warn_seconds: Option<u32>,
    /// `stop`, `restart`, `update`: seconds before it is killed; the game's own unless told.
    grace_seconds: Option<u32>,
    /// `stop`, `restart`, `update`: whether to go on though players are online.
    even_with_players: Option<bool>,
    /// `delete`: whether its worlds go too.
    data: Option<bool>,
    /// `verify`, `restore`: which backup.
    backup: Option<String>,
}

impl NewGameAction {
    fn read(&mut self) -> Result<GameAction, GamesError> {
        let params = &mut self.params;
        let action = match self.action.as_str() {
            "start" => GameAction::Start,
            "stop" => GameAction::Stop(ending(params)),
            "restart" => GameAction::Restart(ending(params)),
            "kill" => GameAction::Kill,
            "update" => GameAction::Update(ending(params)),
            "delete" => GameAction::Delete {
                data: params.data.take().unwrap_or(false),
            },
            "backup" => GameAction::Backup,
            "verify" => GameAction::Verify {
                backup: backup(params)?,
            },
            "restore" => GameAction::Restore {
                backup: backup(params)?,
            },
            other => {
                let other: String = other.chars().take(40).collect();
                let known = GameAction::WORDS.join(", ");
                return Err(invalid("action", format!("'{other}' is none of: {known}")));
            }
        };
        match *params == GameParams::default() {
            true => Ok(action),
            false => Err(invalid(
                "params",
                format!("{} knows only some of these", self.action),
            )),
        }
    }
}

fn backup(params: &mut GameParams) -> Result<String, GamesError> {
    let backup = params.backup.take();
    backup.ok_or_else(|| invalid("params.backup", "is missing".to_owned()))
}

fn ending(params: &mut GameParams) -> Ending {
    Ending {
        message: params.message.take(),
        warn_s: params.warn_seconds.take().unwrap_or(0),
        grace_s: params.grace_seconds.take(),
        even_with_players: params.even_with_players.take().unwrap_or(false),
    }
}

fn invalid(field: &str, problem: String) -> GamesError {
    GamesError::Invalid {
        field: field.to_owned(),
        problem,
    }
}

/// Tell a game server to do something.
#[utoipa::path(
    tag = "hp",
    params(("id" = String, Path, description = "The server's id, or its name where only one has it")),
    request_body = NewGameAction,
    responses(
        (status = 202, body = Job, description = "It is begun; follow the job"),
        (status = 400, body = Problem, description = "A parameter is wrong, harm is not confirmed, or its host cannot"),
        (status = 403, body = Problem, description = "Control is off"),
        (status = 404, body = Problem),
        (status = 409, body = Problem, description = "Something else is under way, or players are online"),
        (status = 502, body = Problem, description = "The host does not answer"),
    ),
)]
#[post("/games/{id}/actions")]
pub(crate) async fn act_on_game(
    caller: Allow<Hp, GamesControl>,
    id: Path<String>,
    new: Json<NewGameAction>,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Answer<Hp, Job> {
    let by = asker(&request, &caller);
    let mut new = new.into_inner();
    let action = new.read()?;
    let confirm = new.confirm.as_deref();
    let job = shared.parts.games.act(&id, action, confirm, &by).await?;
    Ok(Reply::accepted(Job::from(&*job)))
}

/// A line for a game server's console.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewCommand {
    /// The line, as one would type it there.
    command: String,
}

/// What a console said.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct CommandAnswer {
    /// What it said; `null` where it says nothing or its answer cannot be told from its log.
    output: Option<String>,
}

/// Send a line to a game server's console.
#[utoipa::path(
    tag = "hp",
    params(("id" = String, Path, description = "The server's id, or its name where only one has it")),
    request_body = NewCommand,
    responses(
        (status = 200, body = CommandAnswer),
        (status = 400, body = Problem, description = "It is no line, or the server has no console"),
        (status = 403, body = Problem, description = "Control is off"),
        (status = 404, body = Problem),
        (status = 502, body = Problem, description = "The host refused, or did not answer"),
    ),
)]
#[post("/games/{id}/command")]
pub(crate) async fn command_game(
    caller: Allow<Hp, GamesControl>,
    id: Path<String>,
    new: Json<NewCommand>,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Answer<Hp, CommandAnswer> {
    let by = asker(&request, &caller);
    let output = shared.parts.games.command(&id, &new.command, &by).await?;
    Ok(Reply::ok(CommandAnswer { output }))
}

/// How much of a log.
#[derive(Debug, Default, Deserialize, IntoParams)]
pub(super) struct LogWish {
    /// How many lines; 200 unless told, 2000 at most.
    lines: Option<usize>,
}

/// The end of a log.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct GameLog {
    /// Its lines, the oldest first; not to be trusted.
    lines: Vec<String>,
}

/// The end of a game server's log.
#[utoipa::path(
    tag = "hp",
    params(("id" = String, Path, description = "The server's id, or its name where only one has it"), LogWish),
    responses(
        (status = 200, body = GameLog),
        (status = 400, body = Problem, description = "Its host shows no log"),
        (status = 404, body = Problem),
        (status = 502, body = Problem, description = "The host does not answer"),
    ),
)]
#[get("/games/{id}/log")]
pub(crate) async fn get_game_log(
    _: Allow<Hp, GamesRead>,
    id: Path<String>,
    query: Query<LogWish>,
    shared: Data<Shared>,
) -> Answer<Hp, GameLog> {
    let lines = query.lines.unwrap_or(200);
    let lines = shared.parts.games.log(&id, lines).await?;
    Ok(Reply::ok(GameLog { lines }))
}
