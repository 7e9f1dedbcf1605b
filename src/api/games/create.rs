//! Making a server from a name for people, a game and settings in the documents' words.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::{Map, Value};

use super::{Parts, refused};
use crate::api::problem::{Kind, Problem};
use crate::model::id::{ResourceId, TargetId};
use crate::services::game_names::{GameName, LONGEST_TITLE};
use crate::services::games::{Asker, GamesError, NewGame};
use crate::services::jobs::Job;
use crate::telemetry::clock;

/// What the documents call settings that the catalogue calls otherwise.
const OTHER_WORDS: &[(&str, &[&str])] = &[
    ("world_name", &["world", "level", "save"]),
    ("game_mode", &["mode", "gamemode"]),
    ("server_name", &["name"]),
];

/// How far ports are moved at a time where the usual ones are taken, and how often.
const STEP: u16 = 10;
const STEPS: u16 = 50;

/// Tries against ports that somebody else has taken in the meantime.
const TRIES: usize = 5;

/// A server that somebody wants.
#[derive(Clone, Debug)]
pub(in crate::api) struct Wanted {
    /// Its name for people.
    pub(in crate::api) title: String,
    /// The game's id in the catalogue.
    pub(in crate::api) game: String,
    /// Its settings.
    pub(in crate::api) config: Map<String, Value>,
    /// The host's name or id; any that can unless given.
    pub(in crate::api) host: Option<String>,
    /// Most memory in MiB; what the catalogue recommends unless given.
    pub(in crate::api) memory_mb: Option<u32>,
    /// Whether it is started as soon as it is there.
    pub(in crate::api) start: bool,
}

/// A server that is being made.
#[derive(Clone, Debug)]
pub(in crate::api) struct Begun {
    /// Its id.
    pub(in crate::api) id: ResourceId,
    /// What it is called.
    pub(in crate::api) called: GameName,
    /// What makes it.
    pub(in crate::api) job: Arc<Job>,
    /// Where players will find it, where the catalogue says.
    pub(in crate::api) port: Option<u16>,
    /// Settings that the game does not have.
    pub(in crate::api) ignored: Vec<String>,
}

/// Begins to make a server.
///
/// # Errors
/// When something of it is wrong, taken, or nobody can make it; nothing is made then.
pub(in crate::api) async fn begin(
    shared: &Parts,
    wanted: Wanted,
    by: &Asker,
) -> Result<Begun, Problem> {
    let title = title_of(&wanted.title)?;
    let catalog = shared.parts.games.catalog();
    let Some(entry) = catalog.get(&wanted.game) else {
        let game = wanted.game.chars().take(60).collect();
        return Err(refused::problem(shared, &GamesError::NoGame { game }));
    };
    let mut config = wanted.config;
    let accept_eula = take_eula(&mut config);
    let known = entry.config_schema["properties"].as_object();
    let ignored = fit(&mut config, known);
    if known.is_some_and(|known| known.contains_key("name")) && !config.contains_key("name") {
        config.insert("name".to_owned(), Value::from(title.clone()));
    }
    let usual: BTreeMap<String, u16> = entry
        .ports
        .iter()
        .map(|port| (port.name.clone(), port.container))
        .collect();
    let players = entry.ports.first().map(|port| port.name.clone());
    let target = host(shared, wanted.host.as_deref()).await?;
    let name = name_of(&title);
    let mut shift = free_shift(&usual, &taken(shared, &target));
    for attempt in 1.. {
        let ports: BTreeMap<String, u16> = usual
            .iter()
            .map(|(name, port)| (name.clone(), port.saturating_add(shift)))
            .collect();
        let new = NewGame {
            target: target.clone(),
            game: wanted.game.clone(),
            name: name.clone(),
            config: Value::Object(config.clone()),
            ports: ports.clone(),
            bind: None,
            tag: None,
            image: None,
            memory_mb: wanted.memory_mb,
            cpus: None,
            accept_eula,
            start: wanted.start,
        };
        match shared.parts.games.create(new, by).await {
            Ok(job) => {
                let id = job.resource.clone();
                let named =
                    shared
                        .parts
                        .game_names
                        .entitle(&id, &wanted.game, &title, clock::now());
                let called = named
                    .await
                    .map_err(|error| Problem::internal("database", &error))?;
                return Ok(Begun {
                    port: players.and_then(|name| ports.get(&name).copied()),
                    id,
                    called,
                    job,
                    ignored,
                });
            }
            Err(GamesError::Taken { field, .. })
                if field.starts_with("ports") && attempt < TRIES =>
            {
                shift += STEP;
            }
            Err(error) => return Err(refused::problem(shared, &error)),
        }
    }
    Err(Problem::new(
        Kind::Conflict,
        "no_free_port",
        "no port is free",
    ))
}

fn title_of(title: &str) -> Result<String, Problem> {
    let title = title.trim();
    let length = title.chars().count();
    if (1..=LONGEST_TITLE).contains(&length) && !title.chars().any(char::is_control) {
        return Ok(title.to_owned());
    }
    let text = format!("must be 1 to {LONGEST_TITLE} characters on one line");
    Err(Problem::new(Kind::Unprocessable, "validation_failed", text).in_field("name"))
}

/// The name on the host: what of the title can stand in one.
fn name_of(title: &str) -> String {
    let mut name = String::new();
    for c in title.chars().flat_map(char::to_lowercase) {
        match c.is_ascii_alphanumeric() {
            true => name.push(c),
            false if name.ends_with('-') || name.is_empty() => {}
            false => name.push('-'),
        }
    }
    let name: String = name.chars().take(50).collect();
    let name = name.trim_end_matches('-');
    match name.len() {
        0 | 1 => format!("server-{name}").trim_end_matches('-').to_owned(),
        _ => name.to_owned(),
    }
}

/// Whether the game's terms are accepted, which is no setting.
fn take_eula(config: &mut Map<String, Value>) -> bool {
    let said = ["eula", "accept_eula"].map(|word| config.remove(word));
    said.into_iter().flatten().any(|said| match said {
        Value::Bool(said) => said,
        Value::String(said) => said.eq_ignore_ascii_case("true"),
        _ => false,
    })
}

/// Renames what the game calls otherwise and takes out what it does not have; answers that.
fn fit(config: &mut Map<String, Value>, known: Option<&Map<String, Value>>) -> Vec<String> {
    let has = |word: &str| known.is_some_and(|known| known.contains_key(word));
    for (word, others) in OTHER_WORDS {
        let other = others.iter().find(|other| has(other));
        if let Some(other) = other.filter(|other| !has(word) && !config.contains_key(**other))
            && let Some(value) = config.remove(*word)
        {
            config.insert((*other).to_owned(), value);
        }
    }
    let ignored: Vec<String> = config.keys().filter(|word| !has(word)).cloned().collect();
    for word in &ignored {
        config.remove(word);
    }
    ignored
}

/// The host that is to run it: the one that was named, or the first that may make servers.
async fn host(shared: &Parts, named: Option<&str>) -> Result<TargetId, Problem> {
    let makers = shared.parts.games.makers().await;
    let makers = makers.map_err(|error| refused::problem(shared, &error))?;
    let wanted =
        |id: &TargetId, name: &str| named.is_none_or(|named| named == name || named == id.as_str());
    let found = makers.into_iter().find(|(id, name)| wanted(id, name));
    found.map(|(id, _)| id).ok_or_else(|| {
        let text = match named {
            Some(_) => "no host of that name may make servers",
            None => {
                "no host may make servers: add a container engine as a target and switch its \
                 control on"
            }
        };
        Problem::new(Kind::Conflict, "no_host", text)
    })
}

/// Ports that servers on a target have.
fn taken(shared: &Parts, target: &TargetId) -> BTreeSet<u16> {
    let servers = shared.parts.games.list();
    let same = servers.iter().filter(|server| server.target == *target);
    same.flat_map(|server| {
        let seen = server.seen.ports.iter().map(|port| port.port);
        let made = server.made.iter().flat_map(|made| made.ports.values());
        seen.chain(made.copied()).collect::<Vec<_>>()
    })
    .collect()
}

/// How far the usual ports must be moved so that none of them is taken.
fn free_shift(usual: &BTreeMap<String, u16>, taken: &BTreeSet<u16>) -> u16 {
    let is_free = |shift: &u16| {
        usual.values().all(|port| {
            let moved = port.checked_add(*shift);
            moved.is_some_and(|port| !taken.contains(&port))
        })
    };
    (0..STEPS)
        .map(|step| step * STEP)
        .find(is_free)
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_title_becomes_a_name_that_a_host_takes() {
        for (title, name) in [
            ("My Valheim Server", "my-valheim-server"),
            ("Node.js Server", "node-js-server"),
            ("  Ünïcode!! ", "n-code"),
            ("x", "server-x"),
            ("!!", "server"),
        ] {
            assert_eq!(name_of(title), name, "{title}");
        }
    }

    #[test]
    fn settings_in_the_documents_words_find_theirs_and_the_rest_is_told() {
        let schema = json!({ "world": {}, "mode": {}, "max_players": {} });
        let config = json!({
            "world_name": "Valhalla", "game_mode": "competitive", "max_players": 8, "pvp": false,
        });
        let mut config = config.as_object().cloned().expect("an object");
        let ignored = fit(&mut config, schema.as_object());
        assert_eq!(ignored, ["pvp"]);
        let fitted = json!({ "world": "Valhalla", "mode": "competitive", "max_players": 8 });
        assert_eq!(Value::Object(config), fitted);
    }

    #[test]
    fn all_ports_move_together_to_where_none_is_taken() {
        let usual = BTreeMap::from([("game".into(), 2456), ("query".into(), 2457)]);
        assert_eq!(free_shift(&usual, &BTreeSet::new()), 0);
        assert_eq!(free_shift(&usual, &BTreeSet::from([2457, 2466])), 20);
    }
}
