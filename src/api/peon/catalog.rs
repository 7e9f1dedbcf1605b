//! What is known about running games.

use actix_web::get;
use actix_web::web::Path;
use serde::Serialize;
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use super::envelope::Enveloped;
use crate::api::dialect::{Answer, Peon, Reply};
use crate::api::games::caller::Caller;
use crate::api::games::refused;
use crate::api::guard::FleetRead;
use crate::api::openapi::PeonProblem;
use crate::api::problem::Kind;
use crate::api::problem::Problem;
use crate::api::shared::Shared;
use crate::services::games::GamesError;

type Parts = actix_web::web::Data<Shared>;

/// A game that servers can be made of.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(super) struct PeonGame {
    /// Its id.
    id: String,
    /// Its name.
    name: String,
    /// One sentence about it.
    description: String,
    /// `stable`, `beta`, `experimental` or `untested`.
    #[schema(value_type = String)]
    status: Value,
    /// Settings that work out of the box.
    #[schema(value_type = Object)]
    default_config: Value,
    /// What each setting may be.
    #[schema(value_type = Object)]
    config_schema: Map<String, Value>,
}

/// Every game.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(super) struct PeonGames {
    /// The games, by id.
    games: Vec<PeonGame>,
}

/// List the games that servers can be made of.
#[utoipa::path(tag = "peon", responses((status = 200, body = Enveloped<PeonGames>)))]
#[get("")]
pub(crate) async fn list_peon_games(
    _: Caller<Peon, FleetRead>,
    shared: Parts,
) -> Answer<Peon, Enveloped<PeonGames>> {
    let catalog = shared.parts.games.catalog();
    let games = catalog.iter().map(|entry| PeonGame {
        id: entry.id.clone(),
        name: entry.name.clone(),
        description: entry.description.clone(),
        status: serde_json::to_value(entry.status).unwrap_or_default(),
        default_config: entry.default_config.clone(),
        config_schema: settings(&entry.config_schema),
    });
    Ok(Reply::ok(Enveloped::new(PeonGames {
        games: games.collect(),
    })))
}

/// The settings of a game.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(super) struct PeonGameConfig {
    /// The game's id.
    game_id: String,
    /// Settings that work out of the box.
    #[schema(value_type = Object)]
    default_config: Value,
    /// What each setting may be.
    #[schema(value_type = Object)]
    config_schema: Map<String, Value>,
    /// The same as JSON Schema 2020-12.
    #[schema(value_type = Object)]
    json_schema: Value,
}

/// Show what a game's settings may be.
#[utoipa::path(
    tag = "peon",
    params(("game_id" = String, Path, description = "The game's id")),
    responses(
        (status = 200, body = Enveloped<PeonGameConfig>),
        (status = 404, body = PeonProblem),
    ),
)]
#[get("/{game_id}/config")]
pub(crate) async fn get_peon_game_config(
    _: Caller<Peon, FleetRead>,
    id: Path<String>,
    shared: Parts,
) -> Answer<Peon, Enveloped<PeonGameConfig>> {
    let catalog = shared.parts.games.catalog();
    let Some(entry) = catalog.get(&id) else {
        let game = id.chars().take(60).collect();
        let problem = refused::problem(&shared, &GamesError::NoGame { game });
        let problem = Problem {
            kind: Kind::NotFound,
            ..problem
        };
        return Err(problem.into());
    };
    Ok(Reply::ok(Enveloped::new(PeonGameConfig {
        game_id: entry.id.clone(),
        default_config: entry.default_config.clone(),
        config_schema: settings(&entry.config_schema),
        json_schema: entry.config_schema.clone(),
    })))
}

/// A JSON Schema's properties in the documents' words: `min` and `max` for numbers, `optional` for
/// what can be left out and has no default.
fn settings(schema: &Value) -> Map<String, Value> {
    let required = schema["required"].as_array().cloned().unwrap_or_default();
    let properties = schema["properties"].as_object().into_iter().flatten();
    let worded = properties.map(|(name, property)| {
        let mut said = Map::new();
        for (theirs, ours) in [
            ("type", "type"),
            ("title", "title"),
            ("description", "description"),
            ("default", "default"),
            ("enum", "enum"),
            ("pattern", "pattern"),
            ("minLength", "min_length"),
            ("maxLength", "max_length"),
            ("minimum", "min"),
            ("maximum", "max"),
        ] {
            if let Some(value) = property.get(theirs) {
                said.insert(ours.to_owned(), value.clone());
            }
        }
        if property["writeOnly"] == true {
            said.insert("secret".to_owned(), json!(true));
        }
        let is_required = required.iter().any(|required| required == name);
        if !is_required && property.get("default").is_none() {
            said.insert("optional".to_owned(), json!(true));
        }
        (name.clone(), Value::Object(said))
    });
    worded.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schema_is_worded_as_the_document_does() {
        let schema = json!({
            "type": "object",
            "required": ["world"],
            "properties": {
                "max_players": { "type": "integer", "minimum": 1, "maximum": 64, "default": 10 },
                "password": { "type": "string", "writeOnly": true },
                "world": { "type": "string" },
            },
        });
        let expected = json!({
            "max_players": { "type": "integer", "min": 1, "max": 64, "default": 10 },
            "password": { "type": "string", "secret": true, "optional": true },
            "world": { "type": "string" },
        });
        assert_eq!(Value::Object(settings(&schema)), expected);
    }
}
