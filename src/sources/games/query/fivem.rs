//! FiveM and RedM: three JSON documents on the game's own port.

use serde::Deserialize;

use super::json::{self, Roster, Text};
use super::line::Call;
use super::protocol::{Capabilities, Players, Protocol, Transport};
use super::{Answer, QueryError, text};
use crate::sources::lenient;

pub(super) const PROTOCOL: Protocol = Protocol {
    name: "fivem",
    label: "FiveM",
    ports: &[30120],
    transport: Transport::Http,
    capabilities: Capabilities {
        players: Players::Names,
        map: true,
        version: true,
        secret: false,
        wakes: false,
    },
    query: |call| Box::pin(ask(call)),
    parse: |bytes| {
        let mut answer = Answer::default();
        let _ = add_dynamic(bytes, &mut answer);
        let _ = add_info(bytes, &mut answer);
        let _ = json::read::<Roster>(bytes);
    },
};

async fn ask(call: Call) -> Result<Answer, QueryError> {
    let web = call.web(call.options().https).await?;
    let mut answer = Answer::default();
    add_dynamic(&web.get("/dynamic.json", &[]).await?, &mut answer)?;
    if call.options().brief {
        return Ok(answer);
    }
    // Names are hidden unless the owner allows them; the version may be.
    if let Ok(body) = web.get("/players.json", &[]).await {
        answer.names = json::read::<Roster>(&body).ok().map(|roster| roster.names);
    }
    if let Ok(body) = web.get("/info.json", &[]).await {
        let _ = add_info(&body, &mut answer);
    }
    Ok(answer)
}

#[derive(Deserialize)]
struct Dynamic {
    #[serde(default, deserialize_with = "lenient::whole")]
    clients: Option<u64>,
    #[serde(default, deserialize_with = "lenient::whole")]
    sv_maxclients: Option<u64>,
    #[serde(default)]
    hostname: Text,
    #[serde(default)]
    mapname: Text,
    #[serde(default)]
    gametype: Text,
}

fn add_dynamic(body: &[u8], answer: &mut Answer) -> Result<(), QueryError> {
    let dynamic: Dynamic = json::read(body)?;
    answer.players = json::count(dynamic.clients);
    answer.max_players = json::count(dynamic.sv_maxclients);
    answer.title = Some(text::tidy(&text::without_colours(&dynamic.hostname.0, '^')))
        .filter(|title| !title.is_empty());
    answer.map = dynamic.mapname.some();
    answer.note("mode", &dynamic.gametype.0);
    Ok(())
}

#[derive(Deserialize)]
struct Info {
    #[serde(default)]
    server: Text,
}

fn add_info(body: &[u8], answer: &mut Answer) -> Result<(), QueryError> {
    let info: Info = json::read(body)?;
    answer.version = info.server.some();
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_may_be_text_and_colours_go() {
        let mut answer = Answer::default();
        let body = br#"{"clients":12,"gametype":"Freeroam","hostname":"^1City","iv":"1","mapname":"fivem-map","sv_maxclients":"48"}"#;
        add_dynamic(body, &mut answer).expect("reads");
        assert_eq!((answer.players, answer.max_players), (Some(12), Some(48)));
        assert_eq!(answer.title.as_deref(), Some("City"));
    }
}
