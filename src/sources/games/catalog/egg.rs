//! Takes a Pterodactyl or Pelican egg over as an entry, and says what could not be taken over.
//!
//! Eggs know images, variables, the stop command and a line of the log; they know neither what a
//! port is for, nor how to ask, nor where the world lies. None of that is guessed.

mod rules;
mod wire;

use serde_json::{Map, Value, json};

use super::entry::{
    Entry, Format, HotSave, Idle, Ready, Resources, Runtime, Saves, Start, Status, Stop,
    StopMethod, Update, UpdateMode, Variable, Volume, VolumePurpose, Wake,
};
use wire::Egg;

/// Where panels mount a server's folder.
const HOME: &str = "/home/container";
/// Largest egg that is read.
const LARGEST: usize = 512 << 10;
const GRACE_S: u32 = 120;

/// An egg as an entry.
#[derive(Clone, Debug)]
pub struct Imported {
    /// The entry; ports and query are left for a person to fill in.
    pub entry: Entry,
    /// What of the egg is not in it, in sentences.
    pub left_out: Vec<String>,
}

/// Reads an egg in the form `PTDL_v1`, `PTDL_v2` or `PLCN_v1` to `PLCN_v3`, as JSON.
///
/// # Errors
/// When it is no egg, or has no image.
pub fn import_egg(text: &[u8]) -> Result<Imported, EggError> {
    if text.len() > LARGEST {
        return Err(EggError::TooLarge);
    }
    let egg: Egg =
        serde_json::from_slice(text).map_err(|error| EggError::Unreadable(error.to_string()))?;
    let version = egg.version().unwrap_or_default().to_owned();
    if !version.starts_with("PTDL_v") && !version.starts_with("PLCN_v") {
        return Err(EggError::Unknown(version));
    }
    let mut left_out = Vec::new();
    let runtimes = runtimes(&egg, &mut left_out)?;
    let (environment, config_schema, default_config) = settings(&egg, &mut left_out);
    let (stop, start) = stop_and_start(&egg, &mut left_out);
    say_what_is_missing(&egg, &mut left_out);
    let entry = Entry {
        id: slug(&egg.name),
        name: egg.name.clone(),
        description: egg.describe(),
        status: Status::Untested,
        tested_at: None,
        sources: vec![format!(
            "egg {version} by {}",
            egg.author.as_deref().unwrap_or("an unknown author")
        )],
        runtimes,
        ports: Vec::new(),
        query: None,
        environment,
        config_schema,
        default_config,
        volumes: vec![Volume {
            name: "server".into(),
            path: HOME.into(),
            purpose: VolumePurpose::Data,
            backup: true,
        }],
        saves: Saves {
            paths: vec![HOME.into()],
            exclude: Vec::new(),
            hot: HotSave::None,
            pre: Vec::new(),
            post: Vec::new(),
        },
        console: None,
        stop,
        start,
        resources: Resources {
            mem_min_mb: 1024,
            mem_rec_mb: 4096,
            disk_gb: 10,
            single_thread: false,
        },
        idle: Idle {
            native_pause: false,
            pause_env: None,
            wake: Wake::None,
        },
        update: Update {
            mode: UpdateMode::Manual,
            env: None,
        },
        eula: None,
        arch: vec!["amd64".into()],
        notes: Vec::new(),
    };
    Ok(Imported { entry, left_out })
}

/// Why an egg cannot be taken over.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EggError {
    /// Not JSON, or not of this shape.
    #[error("the egg cannot be read: {0}")]
    Unreadable(String),
    /// JSON of another format.
    #[error("\"{0}\" is no version of an egg that is known")]
    Unknown(String),
    /// Larger than any egg.
    #[error("the egg is larger than {LARGEST} bytes")]
    TooLarge,
    /// Nothing to run.
    #[error("the egg names no image")]
    NoImage,
}

fn runtimes(egg: &Egg, left_out: &mut Vec<String>) -> Result<Vec<Runtime>, EggError> {
    let images = egg.images();
    let (first, others) = images.split_first().ok_or(EggError::NoImage)?;
    if !others.is_empty() {
        left_out.push(format!("the other images ({})", others.join(", ")));
    }
    let name = first.trim_start_matches('~');
    let (image, tag) = match name.rsplit_once(':') {
        Some((image, tag)) if !tag.contains('/') => (image, tag),
        _ => (name, "latest"),
    };
    Ok(vec![Runtime::Docker {
        image: image.to_owned(),
        tag: tag.to_owned(),
        also: Vec::new(),
    }])
}

fn settings(egg: &Egg, left_out: &mut Vec<String>) -> (Vec<Variable>, Value, Value) {
    let mut environment = Vec::new();
    let (mut properties, mut required, mut defaults) = (Map::new(), Vec::new(), Map::new());
    if let Some(startup) = egg.startup() {
        // The panels' images run what this variable says, with the others filled in.
        environment.push(fixed("STARTUP", startup));
    }
    for variable in &egg.variables {
        let property = variable.env_variable.to_lowercase();
        if property.is_empty() || properties.contains_key(&property) {
            left_out.push(format!(
                "the variable \"{}\", which is there twice or has no name",
                variable.env_variable
            ));
            continue;
        }
        let mut rules = rules::read(&variable.rules());
        for unknown in &rules.unknown {
            left_out.push(format!(
                "the rule \"{unknown}\" of {}",
                variable.env_variable
            ));
        }
        let is_secret = ["PASSWORD", "TOKEN", "SECRET", "RCON_PASS"]
            .iter()
            .any(|word| variable.env_variable.to_uppercase().contains(word));
        rules.schema.insert("title".into(), json!(variable.name));
        if let Some(description) = &variable.description {
            rules
                .schema
                .insert("description".into(), json!(description));
        }
        if is_secret {
            rules.schema.insert("writeOnly".into(), json!(true));
        }
        let default = rules.value(variable.default_value.as_ref());
        match default {
            Some(value) if rules.takes(&value) => {
                defaults.insert(property.clone(), value);
                if rules.required {
                    required.push(json!(property));
                }
            }
            Some(_) => left_out.push(format!(
                "the default of {}, which breaks its own rules",
                variable.env_variable
            )),
            None if rules.required => {
                left_out.push(format!(
                    "that {} is required: the egg has no default for it",
                    variable.env_variable
                ));
            }
            None => {}
        }
        environment.push(Variable {
            key: variable.env_variable.clone(),
            maps: Some(property.clone()),
            value: None,
            secret: is_secret,
            format: if rules.is_boolean() {
                Format::Bool01
            } else {
                Format::Plain
            },
        });
        properties.insert(property, Value::Object(rules.schema));
    }
    let schema = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "additionalProperties": false,
        "properties": properties,
        "required": required,
    });
    (environment, schema, Value::Object(defaults))
}

fn fixed(key: &str, value: &str) -> Variable {
    Variable {
        key: key.to_owned(),
        maps: None,
        value: Some(value.to_owned()),
        secret: false,
        format: Format::Plain,
    }
}

fn stop_and_start(egg: &Egg, left_out: &mut Vec<String>) -> (Stop, Start) {
    let mut stop = Stop {
        method: StopMethod::Signal,
        signal: Some("SIGTERM".into()),
        command: None,
        grace_s: GRACE_S,
        announce: None,
    };
    match egg.stop() {
        Some("^C" | "^^C") => stop.signal = Some("SIGINT".into()),
        Some(command) if !command.is_empty() => {
            stop.method = StopMethod::Console;
            stop.signal = None;
            stop.command = Some(command.to_owned());
        }
        _ => left_out.push("how it is stopped: the egg does not say, so it gets SIGTERM".into()),
    }
    let done = egg.done();
    if done.len() > 1 {
        left_out.push("further texts that mean that it has started".into());
    }
    let ready_log = done.into_iter().next();
    if ready_log.is_none() {
        left_out.push("how one sees that it has started: the egg does not say".into());
    }
    let start = Start {
        ready: if ready_log.is_some() {
            Ready::Log
        } else {
            Ready::Healthcheck
        },
        ready_log,
        timeout_s: 1800,
    };
    (stop, start)
}

fn say_what_is_missing(egg: &Egg, left_out: &mut Vec<String>) {
    if egg.has_installation() {
        left_out
            .push("the installation script, which a panel runs in a container of its own".into());
    }
    if egg.has_config_files() {
        left_out.push("what the panel writes into configuration files at each start".into());
    }
    if !egg.features.is_empty() {
        left_out.push(format!(
            "the panel's features ({})",
            egg.features.join(", ")
        ));
    }
    left_out.push("ports and their purposes, which eggs do not describe".into());
    left_out.push("how it is asked for its players, which eggs do not describe".into());
    left_out.push(format!("where its world lies: all of {HOME} is backed up"));
    left_out.push("memory and disk, which are guessed".into());
}

fn slug(name: &str) -> String {
    let mut slug = String::new();
    for c in name.chars().map(|c| c.to_ascii_lowercase()) {
        match c {
            'a'..='z' | '0'..='9' => slug.push(c),
            _ if !slug.ends_with('-') && !slug.is_empty() => slug.push('-'),
            _ => {}
        }
    }
    slug.truncate(48);
    let slug = slug.trim_end_matches('-');
    if slug.is_empty() {
        "egg".into()
    } else {
        slug.to_owned()
    }
}
