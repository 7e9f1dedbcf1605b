//! A server as a panel shows it, and how it can be asked beside.

use std::time::Duration;

use super::settings::ServerSettings;
use crate::model::resource::{GameAbility, GamePort, GameRuntime, PlayerTrust, Rates, Usage};
use crate::sources::games::catalog::{self, Entry, Players};
use crate::sources::games::query::{self, Options, Protocol};
use crate::sources::games::watch::{QueryPlan, Runtime, RuntimeState};

/// How long a start may take where the game is not known.
const START_TIMEOUT_S: u32 = 300;

/// Time between two questions where the game is not known.
const MIN_INTERVAL: Duration = Duration::from_secs(10);

/// A server that a panel told of.
#[derive(Clone, Debug)]
pub(in crate::sources) struct Found {
    /// What the panel says of it; how it is asked is not decided yet.
    pub(in crate::sources) runtime: Runtime,
    /// The host that its ports are on.
    pub(in crate::sources) host: Option<String>,
}

/// A server of which no more is known than what it is called.
pub(in crate::sources) fn unknown(kind: &str, local: String, name: String) -> Runtime {
    Runtime {
        name,
        game: None,
        state: RuntimeState::Unknown,
        facts: Some(GameRuntime {
            kind: kind.to_owned(),
            local: local.clone(),
            ..GameRuntime::default()
        }),
        local,
        started_at: None,
        cpu: None,
        cpus: None,
        memory: Usage::default(),
        disk: Usage::default(),
        rates: Rates::default(),
        ports: Vec::new(),
        can: Vec::new(),
        guest: None,
        newer_version: None,
        query: None,
        reported: None,
        player_trust: PlayerTrust::None,
        start_timeout_s: START_TIMEOUT_S,
    }
}

/// The game that a panel calls `word`: by id or name, whatever its case, spaces and signs.
pub(in crate::sources) fn game_called(word: &str) -> Option<String> {
    let plain = |text: &str| -> String {
        let kept = text.chars().filter(char::is_ascii_alphanumeric);
        kept.collect::<String>().to_ascii_lowercase()
    };
    let word = plain(word);
    let catalog = catalog::current();
    let found = catalog
        .iter()
        .find(|entry| !word.is_empty() && (plain(&entry.id) == word || plain(&entry.name) == word));
    found.map(|entry| entry.id.clone())
}

/// A port for players.
pub(in crate::sources) fn game_port(host: Option<String>, port: u16, protocol: &str) -> GamePort {
    GamePort {
        role: "game".into(),
        host,
        port,
        protocol: protocol.to_owned(),
    }
}

impl Found {
    /// Adds what a person said of it, what follows from its game, and what can be done to it.
    pub(in crate::sources) fn finish(
        &self,
        said: Option<&ServerSettings>,
        can: &[GameAbility],
    ) -> Runtime {
        let nothing = ServerSettings::default();
        let said = said.unwrap_or(&nothing);
        let mut runtime = self.runtime.clone();
        if said.game.is_some() {
            runtime.game.clone_from(&said.game);
        }
        let catalog = catalog::current();
        let entry = runtime.game.as_deref().and_then(|id| catalog.get(id));
        if let Some(entry) = entry {
            runtime.start_timeout_s = entry.start.timeout_s;
        }
        runtime.query = self.plan(said, entry, &runtime.ports);
        if runtime.query.is_some() && runtime.reported.is_none() {
            runtime.player_trust = trust(entry, runtime.query.as_ref().map(|plan| plan.protocol));
        }
        runtime.can = can.to_vec();
        runtime
    }

    fn plan(
        &self,
        said: &ServerSettings,
        entry: Option<&Entry>,
        ports: &[GamePort],
    ) -> Option<QueryPlan> {
        let usual = entry.and_then(|entry| entry.query.as_ref());
        let protocol = match (&said.protocol, usual) {
            (Some(name), _) => query::protocol(name)?,
            // What needs a password that nobody gave would only fail.
            (None, Some(usual)) if usual.needs.is_empty() => query::protocol(&usual.protocol)?,
            (None, _) => return None,
        };
        let port = match said.port {
            Some(port) => port,
            None => entry.and_then(|entry| port_of(entry, ports))?,
        };
        let host = said.host.clone().or_else(|| self.host.clone())?;
        let interval = usual.map(|usual| Duration::from_secs(usual.min_interval_s.into()));
        Some(QueryPlan {
            protocol,
            host,
            port,
            options: Options {
                game_port: ports.first().map(|port| port.port),
                ..Options::default()
            },
            min_interval: interval.unwrap_or(MIN_INTERVAL),
            wakes: protocol.capabilities.wakes || usual.is_some_and(|usual| usual.wakes_server),
        })
    }
}

/// The port that is asked, as far from the players' own as the catalogue says; `None` where the
/// panel gave the server no such port, as then another server may be behind it.
fn port_of(entry: &Entry, ports: &[GamePort]) -> Option<u16> {
    let usual = entry.port(&entry.query.as_ref()?.port)?;
    let players = ports.first()?.port;
    let own = entry.ports.first()?.container;
    let wanted = i32::from(players) + i32::from(usual.container) - i32::from(own);
    let wanted = u16::try_from(wanted).ok()?;
    let has = |wanted: u16| ports.iter().any(|port| port.port == wanted);
    [wanted, usual.container]
        .into_iter()
        .find(|port| has(*port))
}

fn trust(entry: Option<&Entry>, protocol: Option<&Protocol>) -> PlayerTrust {
    let counts = protocol
        .is_some_and(|protocol| !matches!(protocol.capabilities.players, query::Players::Unknown));
    let usual = entry.and_then(|entry| entry.query.as_ref());
    match (counts, usual.map(|usual| usual.players)) {
        (false, _) | (true, Some(Players::None)) => PlayerTrust::None,
        (true, Some(Players::Unreliable)) => PlayerTrust::Unreliable,
        (true, Some(Players::Exact | Players::CountOnly) | None) => PlayerTrust::Exact,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(game: Option<&str>, ports: &[u16]) -> Found {
        let mut runtime = unknown("panel", "a".into(), "A".into());
        runtime.game = game.map(str::to_owned);
        runtime.ports = ports
            .iter()
            .map(|port| game_port(None, *port, "udp"))
            .collect();
        Found {
            runtime,
            host: Some("node.lan".into()),
        }
    }

    fn asked(found: &Found, said: &ServerSettings) -> Option<u16> {
        found.finish(Some(said), &[]).query.map(|plan| plan.port)
    }

    #[test]
    fn a_query_port_moves_with_the_players_port_and_must_belong_to_the_server() {
        let nothing = ServerSettings::default();
        assert_eq!(
            asked(&found(Some("valheim"), &[3000, 3001]), &nothing),
            Some(3001)
        );
        assert_eq!(
            asked(&found(Some("valheim"), &[3000]), &nothing),
            None,
            "another server may be on 3001"
        );
        assert_eq!(asked(&found(None, &[3000]), &nothing), None);
    }

    #[test]
    fn what_a_person_says_goes_first() {
        let said = ServerSettings {
            protocol: Some("minecraft_java".into()),
            port: Some(25_599),
            host: Some("192.0.2.9".into()),
            ..ServerSettings::default()
        };
        let runtime = found(Some("valheim"), &[3000, 3001]).finish(Some(&said), &[]);
        let plan = runtime.query.expect("a plan");
        assert_eq!((plan.host.as_str(), plan.port), ("192.0.2.9", 25_599));
        assert_eq!(plan.protocol.name, "minecraft_java");
    }

    #[test]
    fn a_panels_word_for_a_game_finds_it() {
        assert_eq!(game_called("VALHEIM").as_deref(), Some("valheim"));
        assert_eq!(
            game_called("7 Days To Die").as_deref(),
            Some("7-days-to-die")
        );
        assert_eq!(game_called(""), None);
        assert_eq!(game_called("Chess"), None);
    }
}
