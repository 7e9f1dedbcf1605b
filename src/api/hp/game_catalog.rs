//! What is known about running each game.

use actix_web::web::{Bytes, Path};
use actix_web::{get, post};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::api::dialect::{Answer, Hp, Reply};
use crate::api::guard::{Allow, GamesRead, TargetsWrite};
use crate::services::game_catalog;

use super::errors::Problem;

/// A game in the catalogue.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct CatalogGame {
    /// Its id.
    id: String,
    /// Its name.
    name: String,
    /// One sentence about it.
    description: String,
    /// How far the entry can be relied on: `stable`, `beta`, `experimental` or `untested`.
    status: &'static str,
    /// Whether it can be made on a container host.
    container: bool,
    /// The protocol it is asked by; `null` where it cannot be.
    protocol: Option<String>,
    /// The port that players use.
    port: Option<u16>,
    /// Memory with which it runs well, in MiB.
    memory_mb: u32,
    /// Where the terms are that have to be accepted first.
    terms: Option<String>,
}

impl From<game_catalog::Game> for CatalogGame {
    fn from(game: game_catalog::Game) -> Self {
        Self {
            id: game.id,
            name: game.name,
            description: game.description,
            status: game.status,
            container: game.container,
            protocol: game.protocol,
            port: game.port,
            memory_mb: game.memory_mb,
            terms: game.terms,
        }
    }
}

/// Every game that is known.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct GameCatalog {
    /// The games, by id.
    games: Vec<CatalogGame>,
}

/// The settings of a game.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct GameSettings {
    /// JSON Schema 2020-12 of the settings.
    #[schema(value_type = Object)]
    schema: Value,
    /// Settings that work out of the box.
    #[schema(value_type = Object)]
    defaults: Value,
}

/// An egg as an entry of the catalogue.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ImportedGame {
    /// The entry, to be completed and kept as a file.
    #[schema(value_type = Object)]
    entry: Value,
    /// What of the egg is not in it, in sentences.
    left_out: Vec<String>,
}

/// Every game that is known.
#[utoipa::path(tag = "hp", responses((status = 200, body = GameCatalog)))]
#[get("/games/catalog")]
pub(crate) async fn list_game_catalog(_: Allow<Hp, GamesRead>) -> Answer<Hp, GameCatalog> {
    let games = game_catalog::list().into_iter().map(CatalogGame::from);
    Ok(Reply::ok(GameCatalog {
        games: games.collect(),
    }))
}

/// All that is known about one game.
#[utoipa::path(
    tag = "hp",
    params(("game" = String, Path, description = "The game's id")),
    responses((status = 200, body = Object), (status = 404, body = Problem)),
)]
#[get("/games/catalog/{game}")]
pub(crate) async fn get_game_catalog_entry(
    _: Allow<Hp, GamesRead>,
    game: Path<String>,
) -> Answer<Hp, Value> {
    Ok(Reply::ok(game_catalog::entry(&game)?))
}

/// The settings of one game: their schema, and those that work out of the box.
#[utoipa::path(
    tag = "hp",
    params(("game" = String, Path, description = "The game's id")),
    responses((status = 200, body = GameSettings), (status = 404, body = Problem)),
)]
#[get("/games/catalog/{game}/schema")]
pub(crate) async fn get_game_config_schema(
    _: Allow<Hp, GamesRead>,
    game: Path<String>,
) -> Answer<Hp, GameSettings> {
    let (schema, defaults) = game_catalog::settings_of(&game)?;
    Ok(Reply::ok(GameSettings { schema, defaults }))
}

/// Read an egg of Pterodactyl or Pelican as an entry of the catalogue; nothing is kept.
#[utoipa::path(
    tag = "hp",
    request_body(content = Object, description = "The egg, as its panel exports it"),
    responses((status = 200, body = ImportedGame), (status = 400, body = Problem)),
)]
#[post("/games/catalog/import")]
pub(crate) async fn import_game_egg(
    _: Allow<Hp, TargetsWrite>,
    egg: Bytes,
) -> Answer<Hp, ImportedGame> {
    let imported = game_catalog::import(&egg)?;
    Ok(Reply::ok(ImportedGame {
        entry: imported.entry,
        left_out: imported.left_out,
    }))
}
