//! What the orchestrator says, field by field; anything may be missing.

use serde::Deserialize;

use crate::sources::lenient::{Number, Text, Whole};

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Orchestrator {
    pub(super) version: Text,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Server {
    pub(super) game_uid: Text,
    pub(super) servername: Text,
    pub(super) description: Text,
    pub(super) build_version: Text,
    /// Docker's word.
    pub(super) container_state: Text,
    pub(super) server_state: Text,
    /// Docker's raw figures, or a text where there are none.
    pub(super) stats: StatsOrText,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum StatsOrText {
    Stats(Box<Stats>),
    Other(serde::de::IgnoredAny),
}

impl Default for StatsOrText {
    fn default() -> Self {
        Self::Other(serde::de::IgnoredAny)
    }
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Stats {
    pub(super) cpu_stats: Cpu,
    pub(super) precpu_stats: Cpu,
    pub(super) memory_stats: Memory,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Cpu {
    pub(super) cpu_usage: CpuUsage,
    pub(super) system_cpu_usage: Number,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct CpuUsage {
    pub(super) total_usage: Number,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Memory {
    pub(super) usage: Whole,
    pub(super) limit: Whole,
    pub(super) stats: MemoryParts,
}

/// The page cache, under its names in both versions of control groups.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct MemoryParts {
    pub(super) inactive_file: Whole,
    pub(super) total_inactive_file: Whole,
}
