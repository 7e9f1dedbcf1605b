//! What the games service refuses, in the codes and statuses of Playpulse and PEON.

use serde_json::json;

use super::Parts;
use crate::api::problem::{Kind, Problem};
use crate::services::games::GamesError;

/// Words a refusal; a game that the catalogue has not is told with those that it has.
pub(in crate::api) fn problem(shared: &Parts, error: &GamesError) -> Problem {
    match error {
        GamesError::NoGame { game } => {
            let text = format!("The specified game '{game}' is not supported");
            let catalog = shared.parts.games.catalog();
            let known: Vec<&str> = catalog.iter().map(|entry| entry.id.as_str()).collect();
            Problem::new(Kind::Unprocessable, "invalid_game", text)
                .with_details(json!({ "supported_games": known }))
        }
        GamesError::Eula { url } => {
            Problem::new(Kind::Unprocessable, "eula_not_accepted", error.to_string())
                .in_field("config.eula")
                .with_details(json!({ "url": url }))
        }
        GamesError::Invalid { field, problem } => {
            Problem::new(Kind::Unprocessable, "validation_failed", problem.clone())
                .in_field(field.clone())
        }
        GamesError::PlayersOnline { count } => {
            let text = format!("{count} players are online; ask again with ?force=true to go on");
            Problem::new(Kind::Conflict, "players_online", text)
                .with_details(json!({ "players": count }))
        }
        GamesError::Taken { field, .. } if field == "name" => {
            Problem::new(Kind::Conflict, "server_exists", error.to_string()).in_field("name")
        }
        other => Problem::from_error(other),
    }
}
