//! What is wrong with an entry: every promise that the types cannot keep.

use std::collections::BTreeSet;

use serde_json::Value;

use super::super::query;
use super::entry::{
    Console, Entry, HotSave, Players, PortProtocol, Ready, Runtime, StopMethod, Variable,
    VolumePurpose,
};

/// Shortest grace for a server whose world can be lost.
const LEAST_GRACE_S: u32 = 30;

/// Everything that is wrong with `entry`, in sentences; nothing if it can be used.
#[must_use]
pub fn problems(entry: &Entry) -> Vec<String> {
    let mut found = Vec::new();
    check_names(entry, &mut found);
    check_settings(entry, &mut found);
    check_ports(entry, &mut found);
    check_query(entry, &mut found);
    check_saves(entry, &mut found);
    check_console(entry, &mut found);
    check_stop_and_start(entry, &mut found);
    found
}

fn check_console(entry: &Entry, found: &mut Vec<String>) {
    let (port, secret) = match &entry.console {
        None => return,
        Some(Console::Exec { program }) => {
            if program.first().is_none_or(String::is_empty) {
                found.push("its console is no program".into());
            }
            return;
        }
        Some(Console::Rcon { port, secret } | Console::Rest { port, secret, .. }) => (port, secret),
    };
    if entry.port(port).is_none() {
        found.push(format!(
            "its console is on the port \"{port}\", which there is not"
        ));
    }
    let is_carried = |variable: &Variable| variable.maps.as_ref() == Some(secret);
    if !entry.environment.iter().any(is_carried) {
        found.push(format!(
            "no variable carries its console's secret \"{secret}\""
        ));
    }
}

fn check_names(entry: &Entry, found: &mut Vec<String>) {
    let is_word = |text: &str| {
        !text.is_empty()
            && text.len() <= 48
            && text
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
    };
    if !is_word(&entry.id) {
        found.push(format!(
            "the id \"{}\" is not made of a-z, 0-9 and -",
            entry.id
        ));
    }
    if entry.name.trim().is_empty() || entry.description.trim().is_empty() {
        found.push("it needs a name and a description".into());
    }
    if entry.runtimes.is_empty() || entry.arch.is_empty() {
        found.push("it needs a runtime and an architecture".into());
    }
    for runtime in &entry.runtimes {
        if let Runtime::Docker { image, tag, also } = runtime {
            let bad = std::iter::once(image).chain(also).find(|name| {
                name.is_empty()
                    || name.contains([' ', '@'])
                    || name
                        .rsplit('/')
                        .next()
                        .is_some_and(|last| last.contains(':'))
            });
            if bad.is_some() || tag.is_empty() {
                found.push(format!(
                    "the image {image} must be a repository, and its tag stands apart"
                ));
            }
        }
    }
}

fn check_settings(entry: &Entry, found: &mut Vec<String>) {
    let schema = &entry.config_schema;
    if schema.get("$schema").and_then(Value::as_str)
        != Some("https://json-schema.org/draft/2020-12/schema")
    {
        found.push("its schema is not marked as JSON Schema 2020-12".into());
    }
    if schema.get("additionalProperties") != Some(&Value::Bool(false)) {
        found.push("its schema lets unknown settings through".into());
    }
    match jsonschema::draft202012::new(schema) {
        Ok(validator) => {
            for error in validator.iter_errors(&entry.default_config) {
                found.push(format!("its defaults break its schema: {error}"));
            }
        }
        Err(error) => found.push(format!("its schema is none: {error}")),
    }
    let none = serde_json::Map::new();
    let properties = schema
        .get("properties")
        .and_then(Value::as_object)
        .unwrap_or(&none);
    let mut keys = BTreeSet::new();
    let mut mapped = BTreeSet::new();
    for variable in &entry.environment {
        if !keys.insert(&variable.key) {
            found.push(format!("{} is set twice", variable.key));
        }
        if variable.key.is_empty() || variable.key.contains(['=', '\0']) {
            found.push(format!("\"{}\" is no name of a variable", variable.key));
        }
        match (&variable.maps, &variable.value) {
            (Some(property), None) => {
                mapped.insert(property.as_str());
                let Some(described) = properties.get(property) else {
                    found.push(format!(
                        "{} takes its value from {property}, which is no setting",
                        variable.key
                    ));
                    continue;
                };
                let is_secret = described.get("writeOnly") == Some(&Value::Bool(true));
                if is_secret != variable.secret {
                    found.push(format!(
                        "{} and the setting {property} differ about being secret",
                        variable.key
                    ));
                }
            }
            (None, Some(_)) => {}
            _ => found.push(format!(
                "{} needs either a setting or a value",
                variable.key
            )),
        }
    }
    for property in properties
        .keys()
        .filter(|name| !mapped.contains(name.as_str()))
    {
        found.push(format!("the setting {property} goes nowhere"));
    }
    if let Err(error) = entry.environment_for(&entry.default_config) {
        found.push(error.to_string());
    }
    if let Some(eula) = &entry.eula
        && keys.contains(&eula.env)
    {
        found.push(format!("{} would be accepted without asking", eula.env));
    }
}

fn check_ports(entry: &Entry, found: &mut Vec<String>) {
    let mut names = BTreeSet::new();
    let mut taken = BTreeSet::new();
    let keys: BTreeSet<_> = entry
        .environment
        .iter()
        .map(|variable| variable.key.as_str())
        .collect();
    for port in &entry.ports {
        if !names.insert(&port.name) {
            found.push(format!("two ports are called {}", port.name));
        }
        let protocols: &[&str] = match port.proto {
            PortProtocol::Tcp => &["tcp"],
            PortProtocol::Udp => &["udp"],
            PortProtocol::Both => &["tcp", "udp"],
        };
        for protocol in protocols {
            if port.container == 0 || !taken.insert((port.container, *protocol)) {
                found.push(format!(
                    "{}/{protocol} is taken twice or zero",
                    port.container
                ));
            }
        }
        if let Some(env) = &port.env
            && keys.contains(env.as_str())
        {
            found.push(format!(
                "{env} is set by a setting and by the port {}",
                port.name
            ));
        }
        if let Some(other) = &port.offset_of
            && (entry.port(other).is_none() || *other == port.name)
        {
            found.push(format!(
                "the port {} follows {other}, which is none",
                port.name
            ));
        }
    }
}

fn check_query(entry: &Entry, found: &mut Vec<String>) {
    let Some(asked) = &entry.query else {
        return;
    };
    let Some(protocol) = query::protocol(&asked.protocol) else {
        found.push(format!("nobody speaks the protocol {}", asked.protocol));
        return;
    };
    match entry.port(&asked.port) {
        None => found.push(format!("it is asked on {}, which is no port", asked.port)),
        Some(port) => {
            let fits = match protocol.transport {
                query::Transport::Udp => port.proto != PortProtocol::Tcp,
                query::Transport::Tcp | query::Transport::Http => port.proto != PortProtocol::Udp,
                query::Transport::UdpAndTcp => port.proto == PortProtocol::Both,
            };
            if !fits {
                found.push(format!(
                    "{} does not travel through the port {}",
                    protocol.name, port.name
                ));
            }
        }
    }
    if (protocol.capabilities.players == query::Players::Unknown)
        != (asked.players == Players::None)
    {
        found.push(format!(
            "what it says of players is not what {} can",
            protocol.name
        ));
    }
    if protocol.capabilities.secret && asked.needs.is_empty() {
        found.push(format!("{} needs a password", protocol.name));
    }
    if (asked.players == Players::Unreliable) != asked.unreliable_when.is_some() {
        found.push("an unreliable count needs its reason, and only that one".into());
    }
    for need in &asked.needs {
        if entry
            .config_schema
            .pointer(&format!("/properties/{need}"))
            .is_none()
        {
            found.push(format!("asking needs {need}, which is no setting"));
        }
    }
    if !(5..=3600).contains(&asked.min_interval_s) {
        found.push("it is asked too often or never".into());
    }
}

fn check_saves(entry: &Entry, found: &mut Vec<String>) {
    let saves = &entry.saves;
    for path in &saves.paths {
        let is_kept = entry.volumes.iter().any(|volume| {
            volume.backup && volume.purpose == VolumePurpose::Data && is_under(path, &volume.path)
        });
        if !is_kept {
            found.push(format!("{path} is in no folder that is kept and backed up"));
        }
    }
    let needs = saves.hot != HotSave::None;
    if needs == saves.pre.is_empty() || !needs && !saves.post.is_empty() {
        found.push("saving while running needs commands, and nothing else does".into());
    }
    let mut paths = BTreeSet::new();
    for volume in &entry.volumes {
        if !volume.path.starts_with('/')
            || volume.path.contains("..")
            || !paths.insert(&volume.path)
        {
            found.push(format!(
                "the folder {} is not absolute or there twice",
                volume.path
            ));
        }
    }
}

fn is_under(path: &str, folder: &str) -> bool {
    path.strip_prefix(folder)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/') || folder.ends_with('/'))
}

fn check_stop_and_start(entry: &Entry, found: &mut Vec<String>) {
    let stop = &entry.stop;
    if entry.is_stateful() && stop.grace_s < LEAST_GRACE_S {
        found.push(format!("{} s are too short to save a world", stop.grace_s));
    }
    let told = match stop.method {
        StopMethod::Signal => stop.signal.is_some() && stop.command.is_none(),
        StopMethod::Console | StopMethod::Rest => stop.command.is_some(),
    };
    if !told {
        found.push("how it is stopped lacks its signal or command".into());
    }
    let start = &entry.start;
    if (start.ready == Ready::Log) != start.ready_log.is_some() {
        found.push("readiness by log needs its text, and only that".into());
    }
    if start.ready == Ready::Query && entry.query.is_none() {
        found.push("readiness by query needs a query".into());
    }
    if entry.resources.mem_min_mb > entry.resources.mem_rec_mb || start.timeout_s == 0 {
        found.push("its needs contradict each other".into());
    }
}
