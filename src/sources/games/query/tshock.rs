//! Terraria with TShock, by its REST API.

use secrecy::ExposeSecret;
use serde::Deserialize;

use super::json::{self, Roster, Text};
use super::line::Call;
use super::protocol::{Capabilities, Players, Protocol, Transport};
use super::{Answer, QueryError};
use crate::sources::lenient;

pub(super) const PROTOCOL: Protocol = Protocol {
    name: "tshock",
    label: "Terraria (TShock REST)",
    ports: &[7878],
    transport: Transport::Http,
    capabilities: Capabilities {
        players: Players::Names,
        map: true,
        version: true,
        secret: false,
        wakes: false,
    },
    query: |call| Box::pin(ask(call)),
    parse: |bytes| drop(parse(bytes)),
};

async fn ask(call: Call) -> Result<Answer, QueryError> {
    let web = call.web(call.options().https).await?;
    let mut query = vec![(
        "players",
        if call.options().brief {
            "false"
        } else {
            "true"
        },
    )];
    if let Some(token) = &call.options().secret {
        query.push(("token", token.expose_secret()));
    }
    parse(&web.get("/v2/server/status", &query).await?)
}

#[derive(Deserialize)]
struct Status {
    #[serde(default, deserialize_with = "lenient::whole")]
    status: Option<u64>,
    #[serde(default)]
    error: Text,
    #[serde(default)]
    name: Text,
    #[serde(default)]
    serverversion: Text,
    #[serde(default)]
    tshockversion: Text,
    #[serde(default)]
    world: Text,
    #[serde(default)]
    uptime: Text,
    #[serde(default, deserialize_with = "lenient::whole")]
    playercount: Option<u64>,
    #[serde(default, deserialize_with = "lenient::whole")]
    maxplayers: Option<u64>,
    #[serde(default, deserialize_with = "lenient::flag")]
    serverpassword: Option<bool>,
    #[serde(default)]
    players: Option<Roster>,
}

fn parse(body: &[u8]) -> Result<Answer, QueryError> {
    let status: Status = json::read(body)?;
    // The status in the document is the true one; HTTP's may be 200 all the same.
    match status.status {
        Some(200) => {}
        Some(_) => return Err(QueryError::Denied(status.error.0)),
        None => return Err(QueryError::Malformed("it has no status")),
    }
    let mut answer = Answer {
        players: json::count(status.playercount),
        max_players: json::count(status.maxplayers),
        names: status.players.map(|roster| roster.names),
        map: status.world.some(),
        version: status.serverversion.some(),
        title: status.name.some(),
        password: status.serverpassword,
        ..Answer::default()
    };
    answer.note("tshock", &status.tshockversion.0);
    answer.note("uptime", &status.uptime.0);
    Ok(answer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_is_read_and_a_refusal_is_one_whatever_http_says() {
        let body = br#"{"status":"200","name":"Terra","serverversion":"v1.4.4.9","tshockversion":"5.2.0","port":7777,"playercount":1,"maxplayers":8,"world":"Green","uptime":"0.01:02:03","serverpassword":false,"players":[{"nickname":"alice","username":"","group":"guest","active":true}]}"#;
        let answer = parse(body).expect("reads");
        assert_eq!((answer.players, answer.max_players), (Some(1), Some(8)));
        assert_eq!(answer.names, Some(vec!["alice".into()]));
        assert_eq!(answer.password, Some(false));
        let refused = parse(br#"{"status":"403","error":"Not authorized."}"#);
        assert!(matches!(refused, Err(QueryError::Denied(_))));
    }
}
