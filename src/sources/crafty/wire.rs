//! What Crafty says, field by field; anything may be missing.

use serde::Deserialize;

use crate::sources::lenient::{List, Number, Text, Truth, Whole};

/// Every answer's outer layer.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Envelope<T> {
    pub(super) data: T,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Server {
    /// A UUID; a number before 4.3.
    pub(super) server_id: Text,
    pub(super) server_name: Text,
    /// `minecraft-java` or `minecraft-bedrock`.
    #[serde(rename = "type")]
    pub(super) kind: Text,
    pub(super) server_ip: Text,
    pub(super) server_port: Whole,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Stats {
    pub(super) running: Truth,
    /// Local time, or `False`.
    pub(super) started: Text,
    /// Per cent of all of the host's threads.
    pub(super) cpu: Number,
    /// Bytes, or a text such as `1.2GB`.
    pub(super) mem: Text,
    pub(super) world_name: Text,
    /// A text such as `312.5MB`.
    pub(super) world_size: Text,
    pub(super) int_ping_results: Truth,
    pub(super) online: Whole,
    pub(super) max: Whole,
    /// A list written as text, or `False`.
    pub(super) players: Text,
    pub(super) desc: Text,
    pub(super) version: Text,
    pub(super) updating: Truth,
    pub(super) waiting_start: Truth,
    pub(super) crashed: Truth,
}

/// Lines of a log.
pub(super) type Log = Envelope<List<Text>>;
