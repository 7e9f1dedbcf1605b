//! What an engine says, as loosely typed as Docker and Podman of several years write it.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::sources::lenient::{List, Number, Text, Truth, Whole};

/// A map of which only the readable values count; `null` is an empty one.
type Map<T> = Option<BTreeMap<String, T>>;

/// An error.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Told {
    message: Text,
    cause: Text,
}

impl Told {
    pub(super) fn text(&self) -> String {
        let text = self.message.0.clone().or_else(|| self.cause.0.clone());
        text.unwrap_or_default()
    }
}

/// `GET /version`.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub(super) struct Version {
    pub(super) version: Text,
    pub(super) components: List<Component>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub(super) struct Component {
    pub(super) name: Text,
}

/// One of `GET /containers/json`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub(super) struct Listed {
    pub(super) id: Text,
    pub(super) names: List<Text>,
    pub(super) image: Text,
    pub(super) state: Text,
    pub(super) status: Text,
    pub(super) labels: Map<Text>,
    pub(super) ports: List<ListedPort>,
}

impl Listed {
    /// Its name without the slash in front.
    pub(super) fn name(&self) -> Option<&str> {
        let names = self.names.0.iter().filter_map(|name| name.0.as_deref());
        // A linked container has further names, with a slash inside.
        let mut plain = names.map(|name| name.trim_start_matches('/'));
        plain.find(|name| !name.is_empty() && !name.contains('/') && name.len() <= 128)
    }

    pub(super) fn label(&self, name: &str) -> Option<&str> {
        self.labels.as_ref()?.get(name)?.0.as_deref()
    }
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub(super) struct ListedPort {
    pub(super) public_port: Whole,
    #[serde(rename = "Type")]
    pub(super) protocol: Text,
}

/// `GET /containers/{id}/json`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub(super) struct Inspected {
    pub(super) id: Text,
    pub(super) image: Text,
    pub(super) name: Text,
    pub(super) restart_count: Whole,
    pub(super) state: State,
    pub(super) config: Config,
    pub(super) host_config: HostConfig,
    pub(super) network_settings: NetworkSettings,
    pub(super) mounts: List<Mount>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub(super) struct State {
    pub(super) status: Text,
    pub(super) running: Truth,
    pub(super) exit_code: Number,
    #[serde(rename = "OOMKilled")]
    pub(super) oom_killed: Truth,
    pub(super) started_at: Text,
    pub(super) finished_at: Text,
    pub(super) health: Option<Health>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub(super) struct Health {
    pub(super) status: Text,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub(super) struct Config {
    pub(super) image: Text,
    pub(super) env: List<Text>,
    pub(super) labels: Map<Text>,
    pub(super) open_stdin: Truth,
    pub(super) tty: Truth,
    pub(super) exposed_ports: Map<serde::de::IgnoredAny>,
}

impl Config {
    /// A variable of the environment.
    pub(super) fn variable(&self, name: &str) -> Option<&str> {
        let mut all = self.env.0.iter().filter_map(|line| line.0.as_deref());
        all.find_map(|line| line.strip_prefix(name)?.strip_prefix('='))
            .filter(|value| !value.is_empty())
    }

    pub(super) fn label(&self, name: &str) -> Option<&str> {
        self.labels.as_ref()?.get(name)?.0.as_deref()
    }
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub(super) struct HostConfig {
    pub(super) memory: Whole,
    pub(super) nano_cpus: Whole,
    pub(super) cpu_quota: Number,
    pub(super) cpu_period: Number,
    pub(super) network_mode: Text,
    pub(super) port_bindings: Map<Option<List<Binding>>>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub(super) struct Binding {
    pub(super) host_ip: Text,
    pub(super) host_port: Whole,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub(super) struct NetworkSettings {
    pub(super) ports: Map<Option<List<Binding>>>,
    pub(super) networks: Map<Network>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Network {
    #[serde(rename = "IPAddress")]
    pub(super) address: Text,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub(super) struct Mount {
    #[serde(rename = "Type")]
    pub(super) kind: Text,
    pub(super) name: Text,
    pub(super) destination: Text,
}

/// `GET /containers/{id}/stats`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Stats {
    pub(super) read: Text,
    pub(super) cpu_stats: CpuStats,
    pub(super) memory_stats: MemoryStats,
    pub(super) networks: Map<NetworkStats>,
    pub(super) blkio_stats: DiskStats,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct CpuStats {
    pub(super) cpu_usage: CpuUsage,
    pub(super) online_cpus: Whole,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct CpuUsage {
    pub(super) total_usage: Whole,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct MemoryStats {
    pub(super) usage: Whole,
    pub(super) limit: Whole,
    pub(super) stats: Map<Whole>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct NetworkStats {
    pub(super) rx_bytes: Whole,
    pub(super) tx_bytes: Whole,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct DiskStats {
    pub(super) io_service_bytes_recursive: List<DiskOperation>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct DiskOperation {
    pub(super) op: Text,
    pub(super) value: Whole,
}

/// `GET /system/df`, of which only volumes are asked for.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub(super) struct DiskUse {
    pub(super) volumes: List<VolumeUse>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub(super) struct VolumeUse {
    pub(super) name: Text,
    pub(super) usage_data: Option<UsageData>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub(super) struct UsageData {
    pub(super) size: Whole,
}

/// One line of `GET /events`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Event {
    #[serde(rename = "Action")]
    pub(super) action: Text,
    #[serde(rename = "Actor")]
    pub(super) actor: Actor,
    pub(super) time: Whole,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Actor {
    #[serde(rename = "ID")]
    pub(super) id: Text,
}

/// One line of a pull.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct PullStep {
    pub(super) status: Text,
    pub(super) id: Text,
    #[serde(rename = "progressDetail")]
    pub(super) progress: Option<PullProgress>,
    pub(super) error: Text,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct PullProgress {
    pub(super) current: Whole,
    pub(super) total: Whole,
}

/// What making something answers.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub(super) struct Made {
    pub(super) id: Text,
}

/// How a program ended.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub(super) struct Exit {
    pub(super) exit_code: Number,
    pub(super) status_code: Number,
}
