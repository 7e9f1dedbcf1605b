//! What AMP says, field by field; anything may be missing.

use std::collections::HashMap;

use serde::Deserialize;

use crate::sources::lenient::{List, Number, Text, Truth};

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Login {
    pub(super) success: Truth,
    #[serde(rename = "sessionID")]
    pub(super) session_id: Text,
    #[serde(rename = "resultReason")]
    pub(super) reason: Text,
}

/// A machine with instances on it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub(super) struct Machine {
    pub(super) available_instances: List<Instance>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub(super) struct Instance {
    #[serde(rename = "InstanceID")]
    pub(super) instance_id: Text,
    pub(super) instance_name: Text,
    pub(super) friendly_name: Text,
    pub(super) module: Text,
    pub(super) module_display_name: Text,
    #[serde(rename = "AMPVersion")]
    pub(super) amp_version: Text,
    pub(super) running: Truth,
    pub(super) suspended: Truth,
    /// The game's state as a number, see [`super::map`].
    pub(super) app_state: Number,
    pub(super) metrics: HashMap<String, Metric>,
    pub(super) application_endpoints: List<EndPoint>,
    /// In MB; 0 stands for no limit.
    #[serde(rename = "ContainerMemoryMB")]
    pub(super) container_memory: Number,
    #[serde(rename = "ContainerCPUs")]
    pub(super) container_cpus: Number,
    #[serde(rename = "DiskUsageMB")]
    pub(super) disk_usage: Number,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub(super) struct Metric {
    pub(super) raw_value: Number,
    pub(super) max_value: Number,
    pub(super) units: Text,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub(super) struct EndPoint {
    pub(super) display_name: Text,
    /// `host:port`.
    pub(super) endpoint: Text,
}

/// What came of an order; `null` where AMP has nothing to say.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub(super) struct Outcome {
    pub(super) status: Truth,
    pub(super) reason: Text,
    pub(super) result: Text,
}

/// News of the console.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub(super) struct Updates {
    pub(super) console_entries: List<ConsoleEntry>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub(super) struct ConsoleEntry {
    pub(super) contents: Text,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub(super) struct Backup {
    pub(super) id: Text,
    pub(super) name: Text,
    pub(super) timestamp: Text,
    pub(super) total_size_bytes: Number,
}
