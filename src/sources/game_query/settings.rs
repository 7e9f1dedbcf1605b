//! Which servers are asked, checked.

use std::collections::{BTreeMap, HashSet};
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use crate::http::{Fingerprint, Trust};
use crate::model::id::{ResourceId, ResourceKind};
use crate::model::resource::PlayerTrust;
use crate::sources::ConfigError;
use crate::sources::games::catalog::{self, Entry, Players};
use crate::sources::games::query::{self, Connection, Options, Protocol, Transport};
use crate::sources::games::watch::QueryPlan;

/// Most servers of one target.
const MOST: usize = 256;

/// Time between two questions unless told otherwise, in seconds.
const PACE_S: u32 = 30;

/// Time that a start may take where the catalogue does not know better, in seconds.
const START_S: u32 = 300;

/// The name of a secret that is not given as an object of names.
const ONLY_SECRET: &str = "default";

/// Settings as they are stored.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Settings {
    servers: Vec<Server>,
    #[serde(default)]
    interval_s: Option<u32>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Server {
    #[serde(default)]
    id: Option<String>,
    name: String,
    host: String,
    #[serde(default)]
    port: Option<u16>,
    #[serde(default)]
    game_port: Option<u16>,
    #[serde(default)]
    protocol: Option<String>,
    #[serde(default)]
    game: Option<String>,
    #[serde(default)]
    user: Option<String>,
    #[serde(default)]
    secret: Option<String>,
    #[serde(default)]
    https: bool,
    #[serde(default)]
    fingerprint: Option<String>,
    #[serde(default = "yes")]
    verify: bool,
    #[serde(default)]
    brief: bool,
    #[serde(default)]
    guest: Option<String>,
}

const fn yes() -> bool {
    true
}

/// One server, ready to be asked.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub(super) local: String,
    pub(super) name: String,
    pub(super) game: Option<String>,
    pub(super) plan: QueryPlan,
    pub(super) guest: Option<ResourceId>,
    pub(super) player_trust: PlayerTrust,
    pub(super) start_timeout_s: u32,
}

impl Settings {
    /// Reads them from what is stored.
    pub(super) fn read(config: serde_json::Value) -> Result<Self, ConfigError> {
        serde_json::from_value(config).map_err(|error| {
            ConfigError::new(
                "servers",
                format!("cannot be read: {error}; see the schema"),
            )
        })
    }

    /// The servers, each with its own secret.
    pub(super) fn servers(&self, secret: Option<&SecretString>) -> Result<Vec<Asked>, ConfigError> {
        if self.servers.is_empty() || self.servers.len() > MOST {
            let problem = format!("must be 1 to {MOST}, not {}", self.servers.len());
            return Err(ConfigError::new("servers", problem));
        }
        let pace = self.interval_s.unwrap_or(PACE_S);
        if !(10..=3600).contains(&pace) {
            let problem = format!("must be 10 to 3600 seconds, not {pace}");
            return Err(ConfigError::new("interval_s", problem));
        }
        let secrets = Secrets::read(secret)?;
        let mut taken = HashSet::new();
        self.servers
            .iter()
            .enumerate()
            .map(|(index, server)| {
                let asked = server.ready(pace, &secrets);
                let asked = asked.and_then(|asked| {
                    let is_new = taken.insert(asked.local.to_ascii_lowercase());
                    let problem = "has the name or id of another one; give it an `id` of its own";
                    is_new.then_some(asked).ok_or_else(|| problem.to_owned())
                });
                asked.map_err(|problem| {
                    let name: String = server.name.chars().take(80).collect();
                    let problem = format!("number {}, {name:?}: {problem}", index + 1);
                    ConfigError::new("servers", problem)
                })
            })
            .collect()
    }
}

impl Server {
    fn ready(&self, pace: u32, secrets: &Secrets) -> Result<Asked, String> {
        let name = line("name", &self.name, 100)?;
        let host = self.checked_host()?;
        let known = catalog::current();
        let game = match &self.game {
            Some(id) => Some(known.get(id).ok_or_else(|| {
                format!("game: the catalogue knows no {id:?}; leave it out and give a protocol")
            })?),
            None => None,
        };
        let protocol = self.spoken(game)?;
        let guest = self.bound_guest()?;
        let asked = game.and_then(|entry| entry.query.as_ref());
        let least = asked.map_or(0, |query| query.min_interval_s);
        Ok(Asked {
            local: match &self.id {
                Some(id) => line("id", id, 64)?,
                None => name.clone(),
            },
            name,
            game: self.game.clone(),
            plan: QueryPlan {
                protocol,
                host,
                port: self.asked_port(game, protocol)?,
                options: self.options(protocol, secrets)?,
                min_interval: Duration::from_secs(pace.max(least).into()),
                wakes: asked.map_or(protocol.capabilities.wakes, |query| query.wakes_server),
            },
            guest,
            player_trust: trust_in_players(protocol, asked.map(|query| query.players)),
            start_timeout_s: game.map_or(START_S, |entry| entry.start.timeout_s),
        })
    }

    fn checked_host(&self) -> Result<String, String> {
        let host = self.host.trim();
        let is_plain = host.len() <= 253
            && !host.is_empty()
            && host
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b".-_:[]%".contains(&byte));
        if is_plain {
            Ok(host.to_owned())
        } else {
            Err("host: must be a name or address alone, such as games.lan or 192.168.1.20".into())
        }
    }

    fn spoken(&self, game: Option<&Entry>) -> Result<&'static Protocol, String> {
        let of_game = game.and_then(|entry| entry.query.as_ref());
        let name = match (&self.protocol, of_game) {
            (Some(name), _) => name,
            (None, Some(query)) => &query.protocol,
            (None, None) if game.is_some() => {
                return Err("protocol: this game cannot be asked; give `open_port` to see whether something listens".into());
            }
            (None, None) => return Err("protocol: give a protocol or a game".into()),
        };
        query::protocol(name).ok_or_else(|| {
            let known: Vec<_> = query::PROTOCOLS.iter().map(|known| known.name).collect();
            format!("protocol: {name:?} is none of: {}", known.join(", "))
        })
    }

    /// The port that was given, that of the game in the catalogue, or the protocol's usual one.
    fn asked_port(&self, game: Option<&Entry>, protocol: &Protocol) -> Result<u16, String> {
        let of_game = || {
            let entry = game?;
            let query = entry.query.as_ref()?;
            let is_same = query.protocol == protocol.name;
            is_same.then(|| entry.port(&query.port)).flatten()
        };
        let port = self
            .port
            .or_else(|| of_game().map(|port| port.container))
            .or_else(|| protocol.ports.first().copied());
        port.filter(|port| *port != 0)
            .ok_or_else(|| "port: must be 1 to 65535".to_owned())
    }

    fn options(&self, protocol: &Protocol, secrets: &Secrets) -> Result<Options, String> {
        let trust = self.trust()?;
        let connection = match protocol.transport {
            Transport::Http => {
                let trust = match (&trust, self.https) {
                    (Some(trust), _) => trust,
                    (None, true) => &Trust::System,
                    (None, false) => &Trust::Anyone,
                };
                Some(Connection::new(trust).map_err(|error| format!("fingerprint: {error}"))?)
            }
            Transport::Udp | Transport::Tcp | Transport::UdpAndTcp => None,
        };
        Ok(Options {
            user: self.user.clone(),
            secret: secrets.named(self.secret.as_deref(), protocol)?,
            game_port: self.game_port,
            brief: self.brief,
            https: self.https,
            trust,
            connection,
            ..Options::default()
        })
    }

    fn trust(&self) -> Result<Option<Trust>, String> {
        if !self.verify {
            return Ok(Some(Trust::Anyone));
        }
        let Some(text) = self.fingerprint.as_deref().filter(|text| !text.is_empty()) else {
            return Ok(None);
        };
        let print: Fingerprint = text
            .parse()
            .map_err(|error| format!("fingerprint: {error}"))?;
        Ok(Some(Trust::Pinned(print)))
    }

    fn bound_guest(&self) -> Result<Option<ResourceId>, String> {
        let Some(text) = self.guest.as_deref().filter(|text| !text.is_empty()) else {
            return Ok(None);
        };
        let id: Result<ResourceId, _> = text.parse();
        id.ok()
            .filter(|id| id.kind() == ResourceKind::Guest)
            .map(Some)
            .ok_or_else(|| "guest: must be the id of a guest, such as guest:tgt_…:100".to_owned())
    }
}

/// How far a count can be believed: as the catalogue says, or as the protocol is able to.
const fn trust_in_players(protocol: &Protocol, known: Option<Players>) -> PlayerTrust {
    match (known, protocol.capabilities.players) {
        (Some(Players::None), _) | (_, query::Players::Unknown) => PlayerTrust::None,
        (Some(Players::Unreliable), _) => PlayerTrust::Unreliable,
        (Some(Players::Exact | Players::CountOnly) | None, _) => PlayerTrust::Exact,
    }
}

fn line(field: &str, text: &str, longest: usize) -> Result<String, String> {
    let text = text.trim();
    let length = text.chars().count();
    if length == 0 || length > longest || text.chars().any(char::is_control) {
        return Err(format!(
            "{field}: must be 1 to {longest} characters on one line"
        ));
    }
    Ok(text.to_owned())
}

/// Passwords and tokens by the names under which servers mean them.
struct Secrets(BTreeMap<String, SecretString>);

impl Secrets {
    fn read(secret: Option<&SecretString>) -> Result<Self, ConfigError> {
        let text = secret.map_or("", |secret| secret.expose_secret()).trim();
        if text.is_empty() {
            return Ok(Self(BTreeMap::new()));
        }
        if !text.starts_with('{') {
            let only = (ONLY_SECRET.to_owned(), SecretString::from(text));
            return Ok(Self(BTreeMap::from([only])));
        }
        serde_json::from_str(text).map(Self).map_err(|_| {
            // What stands in it must not get into a message.
            let problem =
                r#"must be one secret, or an object such as {"palworld": "the password"}"#;
            ConfigError::new("secret", problem)
        })
    }

    fn named(
        &self,
        name: Option<&str>,
        protocol: &Protocol,
    ) -> Result<Option<SecretString>, String> {
        match name {
            Some(name) => match self.0.get(name) {
                Some(secret) => Ok(Some(secret.clone())),
                None => Err(format!("secret: there is no secret called {name:?}")),
            },
            None if protocol.capabilities.secret => Err(format!(
                "secret: {} needs a password or token; name the one to use",
                protocol.label
            )),
            None => Ok(None),
        }
    }
}
