//! Palworld's REST API, which a server's admin password opens. It is plain HTTP: keep it in the LAN.
//! <https://docs.palworldgame.com/category/rest-api>

use secrecy::ExposeSecret;
use serde::Deserialize;

use super::json::{self, Roster, Text};
use super::line::{Call, Web};
use super::protocol::{Capabilities, Players, Protocol, Transport};
use super::{Answer, QueryError};
use crate::sources::lenient;

pub(super) const PROTOCOL: Protocol = Protocol {
    name: "palworld",
    label: "Palworld (REST)",
    ports: &[8212],
    transport: Transport::Http,
    capabilities: Capabilities {
        players: Players::Names,
        map: false,
        version: true,
        secret: true,
        wakes: false,
    },
    query: |call| Box::pin(ask(call)),
    parse: |bytes| {
        let mut answer = Answer::default();
        let _ = add_metrics(bytes, &mut answer);
        let _ = add_info(bytes, &mut answer);
        let _ = add_players(bytes, &mut answer);
    },
};

async fn ask(call: Call) -> Result<Answer, QueryError> {
    let mut web = call.web(call.options().https).await?;
    let user = call.options().user.as_deref().unwrap_or("admin");
    web.authorize_basic(user, call.secret()?.expose_secret())?;
    let mut answer = Answer::default();
    add_metrics(&web.get("/v1/api/metrics", &[]).await?, &mut answer)?;
    // With the count in hand, a failure of the rest costs only the rest.
    let _ = add_further(&web, &mut answer, call.options().brief).await;
    Ok(answer)
}

async fn add_further(web: &Web, answer: &mut Answer, brief: bool) -> Result<(), QueryError> {
    if brief {
        return Ok(());
    }
    add_info(&web.get("/v1/api/info", &[]).await?, answer)?;
    add_players(&web.get("/v1/api/players", &[]).await?, answer)
}

#[derive(Deserialize)]
struct Metrics {
    #[serde(default, deserialize_with = "lenient::whole")]
    currentplayernum: Option<u64>,
    #[serde(default, deserialize_with = "lenient::whole")]
    maxplayernum: Option<u64>,
    #[serde(default, deserialize_with = "lenient::number")]
    serverfps: Option<f64>,
    #[serde(default, deserialize_with = "lenient::whole")]
    uptime: Option<u64>,
    #[serde(default, deserialize_with = "lenient::whole")]
    days: Option<u64>,
}

fn add_metrics(body: &[u8], answer: &mut Answer) -> Result<(), QueryError> {
    let metrics: Metrics = json::read(body)?;
    answer.players = json::count(metrics.currentplayernum);
    answer.max_players = json::count(metrics.maxplayernum);
    if let Some(fps) = metrics.serverfps {
        answer.note("ticks_per_second", format!("{fps:.0}"));
    }
    for (name, value) in [("uptime_s", metrics.uptime), ("day", metrics.days)] {
        answer.note(
            name,
            value.map(|value| value.to_string()).unwrap_or_default(),
        );
    }
    Ok(())
}

#[derive(Deserialize)]
struct Info {
    #[serde(default)]
    version: Text,
    #[serde(default)]
    servername: Text,
}

fn add_info(body: &[u8], answer: &mut Answer) -> Result<(), QueryError> {
    let info: Info = json::read(body)?;
    answer.version = info.version.some();
    answer.title = info.servername.some();
    Ok(())
}

#[derive(Deserialize)]
struct Listed {
    players: Roster,
}

fn add_players(body: &[u8], answer: &mut Answer) -> Result<(), QueryError> {
    let listed: Listed = json::read(body)?;
    answer.names = Some(listed.players.names);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_three_documents_are_read() {
        let mut answer = Answer::default();
        add_metrics(br#"{"serverfps":57,"currentplayernum":1,"serverframetime":16.7,"maxplayernum":32,"uptime":3600,"days":4}"#, &mut answer).expect("metrics");
        add_info(
            br#"{"version":"v0.6.1","servername":"Pals","description":""}"#,
            &mut answer,
        )
        .expect("info");
        add_players(
            br#"{"players":[{"name":"alice","accountName":"x","ping":31.2,"level":7}]}"#,
            &mut answer,
        )
        .expect("players");
        assert_eq!((answer.players, answer.max_players), (Some(1), Some(32)));
        assert_eq!(answer.names, Some(vec!["alice".into()]));
        assert_eq!(
            (answer.title.as_deref(), answer.version.as_deref()),
            (Some("Pals"), Some("v0.6.1"))
        );
    }
}
