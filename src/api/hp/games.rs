//! Game servers: what they do now, and how many played.

use std::sync::Arc;
use std::time::Duration;

use actix_web::get;
use actix_web::web::{Data, Path};
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::dialect::{Answer, Hp, Reply};
use crate::api::guard::{Allow, GamesRead, HistoryRead};
use crate::api::shared::Shared;
use crate::model::metric::MetricKey;
use crate::model::resource::{GameServer, Resource};
use crate::model::time::Window;
use crate::telemetry::clock;

use super::details::{find, not_found};
use super::errors::Problem;
use super::game_detail::{GameDetail, PlayerHours};
use super::view::Game;

const HOUR: Duration = Duration::from_secs(3600);

/// Hours of the strip of players.
const HOURS: usize = 7 * 24;

/// Game servers.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Games {
    /// The servers, by name.
    pub games: Vec<Game>,
}

/// All game servers.
#[utoipa::path(tag = "hp", responses((status = 200, body = Games)))]
#[get("/games")]
pub(crate) async fn list_games(_: Allow<Hp, GamesRead>, shared: Data<Shared>) -> Answer<Hp, Games> {
    let fleet = Arc::clone(&shared.hub.present().fleet);
    let mut games: Vec<Game> = fleet
        .resources()
        .filter_map(|resource| match &**resource {
            Resource::Game(game) => Some(show(game, &shared)),
            _ => None,
        })
        .collect();
    games.sort_by(|a, b| (&a.name, &a.id).cmp(&(&b.name, &b.id)));
    Ok(Reply::ok(Games { games }))
}

/// Everything known of a game server.
#[utoipa::path(
    tag = "hp",
    params(("id" = String, Path, description = "The server's id")),
    responses((status = 200, body = GameDetail), (status = 404, body = Problem)),
)]
#[get("/games/{id}")]
pub(crate) async fn get_game(
    _: Allow<Hp, GamesRead>,
    id: Path<String>,
    shared: Data<Shared>,
) -> Answer<Hp, GameDetail> {
    let fleet = Arc::clone(&shared.hub.present().fleet);
    let resource = find(&fleet, &id, "game server")?;
    let Resource::Game(game) = &*resource else {
        return Err(not_found(&id, "game server").into());
    };
    let handle = shared.hub.handle(game.id.as_str());
    Ok(Reply::ok(GameDetail::new(handle, game)))
}

/// Players of a game server over the past seven days, hour by hour.
#[utoipa::path(
    tag = "hp",
    params(("id" = String, Path, description = "The server's id")),
    responses((status = 200, body = PlayerHours), (status = 404, body = Problem)),
)]
#[get("/games/{id}/players")]
pub(crate) async fn get_game_players(
    _: Allow<Hp, HistoryRead>,
    id: Path<String>,
    shared: Data<Shared>,
) -> Answer<Hp, PlayerHours> {
    let fleet = Arc::clone(&shared.hub.present().fleet);
    let resource = find(&fleet, &id, "game server")?;
    let Resource::Game(game) = &*resource else {
        return Err(not_found(&id, "game server").into());
    };
    // The hour that has begun is the last one.
    let to = clock::now().floor_to(HOUR) + HOUR;
    let window = Window::ending_at(to, HOUR * u32::try_from(HOURS).unwrap_or(1));
    let players = MetricKey::known("players");
    let history = &shared.parts.history;
    let points = history.range(&game.id, &players, window, HOURS).await?;
    Ok(Reply::ok(PlayerHours::new(window.from.millis(), &points)))
}

fn show(game: &GameServer, shared: &Shared) -> Game {
    Game::new(shared.hub.handle(game.id.as_str()), game)
}
