//! The HTTPS API's `QueryServerState`.

use secrecy::ExposeSecret;
use serde::Deserialize;

use super::super::json::{self, Text};
use super::super::line::Call;
use super::super::{Answer, QueryError};
use crate::sources::lenient;

pub(super) async fn ask(call: &Call, answer: &mut Answer) -> Result<(), QueryError> {
    let mut web = call.web(true).await?;
    web.authorize(&format!("Bearer {}", call.secret()?.expose_secret()))?;
    let question = r#"{"function":"QueryServerState","data":{}}"#.to_owned();
    let body = web.post_json("/api/v1", question).await?;
    add(&body, answer)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Envelope {
    data: Option<Data>,
    error_code: Option<Text>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Data {
    server_game_state: State,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct State {
    #[serde(default)]
    active_session_name: Text,
    #[serde(default, deserialize_with = "lenient::whole")]
    num_connected_players: Option<u64>,
    #[serde(default, deserialize_with = "lenient::whole")]
    player_limit: Option<u64>,
    #[serde(default, deserialize_with = "lenient::whole")]
    tech_tier: Option<u64>,
    #[serde(default, deserialize_with = "lenient::flag")]
    is_game_paused: Option<bool>,
    #[serde(default, deserialize_with = "lenient::number")]
    average_tick_rate: Option<f64>,
}

/// Adds what the API says to what is known.
pub(super) fn add(body: &[u8], answer: &mut Answer) -> Result<(), QueryError> {
    let envelope: Envelope = json::read(body)?;
    if let Some(code) = envelope.error_code.and_then(Text::some) {
        return Err(QueryError::Denied(code));
    }
    let state = envelope
        .data
        .ok_or(QueryError::Malformed("it brings no data"))?
        .server_game_state;
    answer.players = json::count(state.num_connected_players);
    answer.max_players = json::count(state.player_limit);
    answer.map = state.active_session_name.some();
    if let Some(tier) = state.tech_tier {
        answer.note("tech_tier", tier.to_string());
    }
    if let Some(paused) = state.is_game_paused {
        answer.note("paused", if paused { "yes" } else { "no" });
    }
    if let Some(rate) = state.average_tick_rate {
        answer.note("ticks_per_second", format!("{rate:.1}"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn players_come_from_the_api() {
        let mut answer = Answer::default();
        let body = br#"{"data":{"serverGameState":{"activeSessionName":"Steel","numConnectedPlayers":2,"playerLimit":4,"techTier":5,"isGamePaused":false,"averageTickRate":29.97}}}"#;
        add(body, &mut answer).expect("reads");
        assert_eq!((answer.players, answer.max_players), (Some(2), Some(4)));
        assert_eq!(answer.map.as_deref(), Some("Steel"));
        let refused = add(br#"{"errorCode":"insufficient_scope"}"#, &mut answer);
        assert!(matches!(refused, Err(QueryError::Denied(_))));
    }
}
