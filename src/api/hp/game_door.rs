//! The door by which mc-router starts the game server that somebody comes to.

use actix_web::web::Data;
use actix_web::{HttpRequest, delete, get, post, put};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::api::carried::{self, Scheme};
use crate::api::dialect::{Answer, Hp, Reply};
use crate::api::extract::Small;
use crate::api::guard::{Allow, GamesRead, SettingsWrite};
use crate::api::shared::Shared;
use crate::services::game_policies::{Call, Woken};

use super::errors;

/// The door for calls of mc-router.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct GameDoor {
    /// Whether calls are taken.
    open: bool,
    /// The token of calls, once, right after it was made.
    token: Option<String>,
}

/// Whether calls of mc-router are taken.
#[utoipa::path(tag = "hp", responses((status = 200, body = GameDoor)))]
#[get("/game-door")]
pub(crate) async fn get_game_door(
    _: Allow<Hp, GamesRead>,
    shared: Data<Shared>,
) -> Answer<Hp, GameDoor> {
    let open = shared.parts.game_policies.is_door_open().await?;
    Ok(Reply::ok(GameDoor { open, token: None }))
}

/// Take calls of mc-router by a new token, which is shown this once; the one before ends.
#[utoipa::path(tag = "hp", responses((status = 200, body = GameDoor)))]
#[put("/game-door")]
pub(crate) async fn open_game_door(
    _: Allow<Hp, SettingsWrite>,
    shared: Data<Shared>,
) -> Answer<Hp, GameDoor> {
    let token = shared.parts.game_policies.open_door().await?;
    Ok(Reply::ok(GameDoor {
        open: true,
        token: Some(token),
    }))
}

/// Take no more calls of mc-router.
#[utoipa::path(tag = "hp", responses((status = 204, description = "No calls are taken")))]
#[delete("/game-door")]
pub(crate) async fn close_game_door(
    _: Allow<Hp, SettingsWrite>,
    shared: Data<Shared>,
) -> Answer<Hp, ()> {
    shared.parts.game_policies.close_door().await?;
    Ok(Reply::empty())
}

/// What mc-router tells.
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct RouterCall {
    /// `up` when somebody comes, `down` when nobody has been there for a while.
    action: String,
    /// The address by which players came.
    #[serde(rename = "serverAddress")]
    server_address: String,
    /// Where it would send them; not needed.
    #[serde(default)]
    #[expect(dead_code, reason = "a part of what is sent")]
    backend: Option<String>,
}

/// What came of a call.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct CallAnswer {
    /// `started`, `up` when it was up already, or `noted`.
    result: &'static str,
    /// The server that was meant.
    server: Option<String>,
}

/// Start the game server that somebody comes to, as mc-router's auto-scale webhook tells.
///
/// The token is the password of `Authorization: Basic`, a `Bearer` token, or `X-Push-Token`.
#[utoipa::path(
    tag = "push",
    request_body = RouterCall,
    responses(
        (status = 200, body = CallAnswer),
        (status = 401, body = errors::Problem, description = "The token is missing or wrong"),
        (status = 404, body = errors::Problem, description = "No policy has the address"),
        (status = 502, body = errors::Problem, description = "It could not be started"),
    ),
)]
#[post("/game-door/calls")]
pub(crate) async fn take_router_call(
    request: HttpRequest,
    call: Small<Hp, RouterCall>,
    shared: Data<Shared>,
) -> Answer<Hp, CallAnswer> {
    let schemes = [Scheme::Bearer, Scheme::Basic];
    let token = carried::token(&request, &schemes).unwrap_or_default();
    let call = call.body;
    let call = Call {
        action: call.action,
        server_address: call.server_address,
    };
    let woken = shared
        .parts
        .game_policies
        .answer_call(&token, &call)
        .await?;
    let (result, server) = match woken {
        Woken::Started(server) => ("started", Some(server)),
        Woken::Up(server) => ("up", Some(server)),
        Woken::Noted => ("noted", None),
    };
    Ok(Reply::ok(CallAnswer {
        result,
        server: server.map(|server| server.to_string()),
    }))
}
