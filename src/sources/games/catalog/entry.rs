//! One game in the catalogue.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// How far an entry can be relied on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Started, played on, saved and restored.
    Stable,
    /// Started and asked.
    Beta,
    /// Started once.
    Experimental,
    /// Written down from documentation.
    Untested,
}

/// What is known about running one game.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Word that names it, also in files and addresses.
    pub id: String,
    /// Name for people.
    pub name: String,
    /// One sentence about it.
    pub description: String,
    /// How far this can be relied on.
    pub status: Status,
    /// Day of the last test, as `2026-11-22`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tested_at: Option<String>,
    /// Where the facts come from.
    pub sources: Vec<String>,
    /// Ways to run it, the preferred one first.
    pub runtimes: Vec<Runtime>,
    /// Ports of the server.
    pub ports: Vec<Port>,
    /// How it is asked, where it can be.
    pub query: Option<Query>,
    /// What its container's environment is made of.
    #[serde(rename = "env")]
    pub environment: Vec<Variable>,
    /// JSON Schema 2020-12 of the settings that a person makes.
    pub config_schema: Value,
    /// Settings that work out of the box.
    pub default_config: Value,
    /// Folders that outlive the container.
    pub volumes: Vec<Volume>,
    /// What a backup needs.
    pub saves: Saves,
    /// How its console is reached beside its input and output, where it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub console: Option<Console>,
    /// How it is stopped without loss.
    pub stop: Stop,
    /// How long it takes to be there.
    pub start: Start,
    /// What it needs.
    pub resources: Resources,
    /// What it does with nobody on it.
    pub idle: Idle,
    /// How it gets newer.
    pub update: Update,
    /// Terms that somebody must accept first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub eula: Option<Eula>,
    /// Processor architectures, in Docker's words.
    pub arch: Vec<String>,
    /// Traps, in sentences.
    #[serde(default)]
    pub notes: Vec<String>,
}

impl Entry {
    /// Whether a world can be lost.
    #[must_use]
    pub fn is_stateful(&self) -> bool {
        !self.saves.paths.is_empty()
    }

    /// Whether a container of `image` (with or without a tag or digest) may be this game.
    #[must_use]
    pub fn is_image(&self, image: &str) -> bool {
        let name = image.split('@').next().unwrap_or(image);
        // A colon behind the last slash begins the tag; before it, a registry's port.
        let name = match name.rsplit_once(':') {
            Some((name, tag)) if !tag.contains('/') => name,
            _ => name,
        };
        let name = name.strip_prefix("docker.io/").unwrap_or(name);
        self.runtimes.iter().any(|runtime| match runtime {
            Runtime::Docker { image, also, .. } => {
                image == name || also.iter().any(|known| known == name)
            }
            Runtime::QueryOnly => false,
        })
    }

    /// The port that is called so.
    #[must_use]
    pub fn port(&self, name: &str) -> Option<&Port> {
        self.ports.iter().find(|port| port.name == name)
    }
}

/// A way to run a game.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Runtime {
    /// As a container.
    Docker {
        /// Repository of the image, without a tag.
        image: String,
        /// Tag to begin with.
        tag: String,
        /// Other repositories by which the same game is recognised.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        also: Vec<String>,
    },
    /// Somebody else runs it; it is asked and no more.
    QueryOnly,
}

/// What travels through a port.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PortProtocol {
    /// Streams.
    Tcp,
    /// Datagrams.
    Udp,
    /// Both under one number.
    Both,
}

/// What a port is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PortRole {
    /// Players.
    Game,
    /// Questions.
    Query,
    /// A remote console.
    Rcon,
    /// An HTTP API.
    Rest,
    /// Pages for people.
    Web,
    /// Voices.
    Voice,
}

/// A port of the server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Port {
    /// Word by which the rest of the entry means it.
    pub name: String,
    /// Number inside the container.
    pub container: u16,
    /// What travels through it.
    pub proto: PortProtocol,
    /// What it is for.
    pub role: PortRole,
    /// Variable that must hold the same number, where players learn it from the server itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub env: Option<String>,
    /// Port that this one must follow at the same distance outside as inside.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offset_of: Option<String>,
}

/// How far the player count can be believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Players {
    /// Count and names.
    Exact,
    /// The count.
    CountOnly,
    /// Not always; never stop a server because of it.
    Unreliable,
    /// There is none.
    None,
}

/// How a server is asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Query {
    /// Name of a protocol in [`super::super::query::PROTOCOLS`].
    pub protocol: String,
    /// Name of a port above.
    pub port: String,
    /// Settings whose values the protocol needs, passwords mostly.
    #[serde(default)]
    pub needs: Vec<String>,
    /// How far the player count can be believed.
    pub players: Players,
    /// When it cannot, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unreliable_when: Option<String>,
    /// Whether a question wakes the server or keeps it awake.
    pub wakes_server: bool,
    /// Seconds between questions, at least.
    pub min_interval_s: u32,
}

/// How a setting is written into the environment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// As JSON shows it, strings without quotes.
    #[default]
    Plain,
    /// `1` and `0`.
    Bool01,
    /// `TRUE` and `FALSE`.
    BoolUpper,
    /// `True` and `False`.
    BoolTitle,
    /// A list, joined with commas.
    Csv,
    /// A number of megabytes with an `M` behind it.
    MegabytesM,
}

/// One variable of the container's environment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Variable {
    /// Its name.
    pub key: String,
    /// Setting that it takes its value from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub maps: Option<String>,
    /// Value that it always has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// Whether its value is nobody's business.
    #[serde(default)]
    pub secret: bool,
    /// How the value is written.
    #[serde(default)]
    pub format: Format,
}

/// What a folder holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VolumePurpose {
    /// Worlds and settings.
    Data,
    /// Files that can be downloaded again.
    Install,
    /// Backups that the image makes itself.
    Backup,
}

/// A folder that outlives the container.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Volume {
    /// Word for it.
    pub name: String,
    /// Place inside the container.
    pub path: String,
    /// What it holds.
    pub purpose: VolumePurpose,
    /// Whether it belongs into a backup.
    pub backup: bool,
}

/// How a running world is made fit to be copied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HotSave {
    /// Not at all: stop it first.
    None,
    /// By commands on the server's console, through its remote console or its input.
    Console,
    /// By requests to its HTTP API.
    Rest,
}

/// What a backup needs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Saves {
    /// What must be in it, inside the container; `*` stands for any part of a name.
    pub paths: Vec<String>,
    /// What of that may stay out.
    #[serde(default)]
    pub exclude: Vec<String>,
    /// How it is made fit to be copied while it runs.
    pub hot: HotSave,
    /// Commands before copying.
    #[serde(default)]
    pub pre: Vec<String>,
    /// Commands afterwards, whatever became of the copy.
    #[serde(default)]
    pub post: Vec<String>,
}

/// How a server's console is reached.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Console {
    /// By a program in its container, whose last argument is the line.
    Exec {
        /// The program and the arguments before the line.
        program: Vec<String>,
    },
    /// By Valve's remote console.
    Rcon {
        /// Name of a port above.
        port: String,
        /// Setting that holds the password.
        secret: String,
    },
    /// By requests to its HTTP API, written as `POST /path {"json": true}`.
    Rest {
        /// Name of a port above.
        port: String,
        /// User name.
        user: String,
        /// Setting that holds the password.
        secret: String,
    },
}

/// How a server is told to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StopMethod {
    /// By a signal.
    Signal,
    /// By a console command.
    Console,
    /// By a request to its HTTP API.
    Rest,
}

/// How a server is stopped without loss.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stop {
    /// How it is told.
    pub method: StopMethod,
    /// Which signal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signal: Option<String>,
    /// Which command or request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub command: Option<String>,
    /// Seconds that it gets before it is killed.
    pub grace_s: u32,
    /// Command that tells players; `{message}` and `{seconds}` are filled in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub announce: Option<String>,
}

/// How readiness is seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ready {
    /// It answers a question.
    Query,
    /// The image's own health check passes.
    Healthcheck,
    /// A line appears in its log.
    Log,
}

/// How long a server takes to be there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Start {
    /// How readiness is seen.
    pub ready: Ready,
    /// The text to look for in the log.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ready_log: Option<String>,
    /// Seconds after which something is wrong; the first start downloads the game.
    pub timeout_s: u32,
}

/// What a server needs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Resources {
    /// Memory without which it does not start.
    pub mem_min_mb: u32,
    /// Memory with which it runs well.
    pub mem_rec_mb: u32,
    /// Room on disk.
    pub disk_gb: u32,
    /// Whether one fast core is worth more than many.
    pub single_thread: bool,
}

/// Who can start a sleeping server by joining.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Wake {
    /// Nobody.
    None,
    /// Players who come through mc-router.
    McRouter,
}

/// What a server does with nobody on it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Idle {
    /// Whether the game itself stands still.
    pub native_pause: bool,
    /// Variable by which the image is told to pause it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pause_env: Option<String>,
    /// Who can start it by joining.
    pub wake: Wake,
}

/// When a server gets newer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UpdateMode {
    /// Whenever it starts.
    OnStart,
    /// By the image's own timer.
    Cron,
    /// When somebody pulls a newer image.
    Manual,
}

/// How a server gets newer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Update {
    /// When.
    pub mode: UpdateMode,
    /// Variable that decides about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub env: Option<String>,
}

/// Terms that somebody must accept before the first start.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Eula {
    /// Variable that says so.
    pub env: String,
    /// Its value then.
    pub value: String,
    /// Where the terms are.
    pub url: String,
}
