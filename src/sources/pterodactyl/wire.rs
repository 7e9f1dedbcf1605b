//! What the client API says, field by field; anything may be missing.

use serde::Deserialize;

use crate::sources::lenient::{List, Number, Text, Truth, Whole};

/// A page of servers.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Page {
    pub(super) object: Text,
    pub(super) data: List<Item<Server>>,
    pub(super) meta: Meta,
}

/// Every object's outer layer.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct Item<T> {
    pub(super) attributes: T,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Meta {
    pub(super) pagination: Pagination,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Pagination {
    pub(super) total_pages: Whole,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Server {
    pub(super) identifier: Text,
    pub(super) name: Text,
    pub(super) node: Text,
    /// `null`, `installing`, `install_failed`, `suspended` or `restoring_backup`.
    pub(super) status: Text,
    pub(super) is_suspended: Truth,
    pub(super) is_node_under_maintenance: Truth,
    pub(super) limits: ServerLimits,
    pub(super) docker_image: Text,
    pub(super) egg_features: List<Text>,
    pub(super) sftp_details: Sftp,
    pub(super) relationships: Relationships,
}

/// MB and per cent of one thread; 0 stands for no limit.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct ServerLimits {
    pub(super) memory: Whole,
    pub(super) disk: Whole,
    pub(super) cpu: Number,
}

/// The node's name, as files are reached there.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Sftp {
    pub(super) ip: Text,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Relationships {
    pub(super) allocations: Allocations,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Allocations {
    pub(super) data: List<Item<Allocation>>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Allocation {
    pub(super) ip: Text,
    pub(super) ip_alias: Text,
    pub(super) port: Whole,
    pub(super) is_default: Truth,
}

/// What a server uses.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Stats {
    pub(super) current_state: Text,
    pub(super) is_suspended: Truth,
    pub(super) resources: Resources,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Resources {
    pub(super) memory_bytes: Whole,
    /// Per cent of one thread.
    pub(super) cpu_absolute: Number,
    pub(super) disk_bytes: Whole,
    pub(super) network_rx_bytes: Whole,
    pub(super) network_tx_bytes: Whole,
    /// Milliseconds.
    pub(super) uptime: Whole,
}

/// The panel's own backups of a server.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Backups {
    pub(super) data: List<Item<Backup>>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Backup {
    pub(super) uuid: Text,
    pub(super) name: Text,
    pub(super) bytes: Whole,
    pub(super) is_successful: Truth,
    pub(super) created_at: Text,
    pub(super) completed_at: Text,
}
