//! What is watched as our own API shows it: snake case, milliseconds, ratios, bytes, and `null` for
//! what is not known.

mod datastore;
mod disk;
mod game;

use serde::Serialize;
use utoipa::ToSchema;

use crate::model::resource::{
    self, FigureSource, GuestKind, GuestStatus, NodeStatus, StorageStatus, Usage,
};

use super::words;

pub use datastore::{Datastore, LastRun};
pub use disk::Disk;
pub use game::Game;

/// An amount in use out of a total, in bytes.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub struct Space {
    /// Bytes in use.
    pub used: Option<u64>,
    /// Bytes in all.
    pub total: Option<u64>,
}

impl From<Usage> for Space {
    fn from(usage: Usage) -> Self {
        Self {
            used: usage.used,
            total: usage.total,
        }
    }
}

/// A hypervisor host.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Node {
    /// Number of this item in rows of vitals.
    pub handle: u32,
    /// Stable id.
    pub id: String,
    /// The target it belongs to.
    pub target: String,
    /// Its name in the cluster.
    pub name: String,
    /// Whether it runs.
    #[schema(schema_with = words::node_status)]
    pub status: NodeStatus,
    /// Processor use, 0 to 1.
    pub cpu: Option<f64>,
    /// Processor threads.
    pub cpus: Option<u32>,
    /// Memory.
    pub memory: Space,
    /// Swap.
    pub swap: Space,
    /// Root file system.
    pub rootfs: Space,
    /// Load averages over 1, 5 and 15 minutes.
    pub load: Option<[f64; 3]>,
    /// Share of time spent waiting for disks, 0 to 1.
    pub iowait: Option<f64>,
    /// Bytes received per second.
    pub net_in: Option<f64>,
    /// Bytes sent per second.
    pub net_out: Option<f64>,
    /// Since when it has been up, in milliseconds.
    pub booted_at: Option<i64>,
    /// Processor model.
    pub cpu_model: Option<String>,
    /// Running kernel.
    pub kernel: Option<String>,
    /// Product version.
    pub version: Option<String>,
    /// Address that the cluster knows it by.
    pub address: Option<String>,
}

impl Node {
    /// Shows a node.
    #[must_use]
    pub fn new(handle: u32, node: &resource::Node) -> Self {
        Self {
            handle,
            id: node.id.to_string(),
            target: node.id.target_text().to_owned(),
            name: node.name.clone(),
            status: node.status,
            cpu: node.cpu,
            cpus: node.cpus,
            memory: node.memory.into(),
            swap: node.swap.into(),
            rootfs: node.rootfs.into(),
            load: node.load,
            iowait: node.iowait,
            net_in: node.rates.net_in,
            net_out: node.rates.net_out,
            booted_at: node.booted_at.map(|at| at.millis()),
            cpu_model: node.cpu_model.clone(),
            kernel: node.kernel.clone(),
            version: node.version.clone(),
            address: node.address.clone(),
        }
    }
}

/// A virtual machine or container.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Guest {
    /// Number of this item in rows of vitals.
    pub handle: u32,
    /// Stable id.
    pub id: String,
    /// The target it belongs to.
    pub target: String,
    /// Its number in the cluster.
    pub vmid: u32,
    /// Its name; text of its owner, not to be trusted.
    pub name: String,
    /// The node it is on.
    pub node: String,
    /// Machine or container.
    #[schema(schema_with = words::guest_kind)]
    pub kind: GuestKind,
    /// Whether it runs.
    #[schema(schema_with = words::guest_status)]
    pub status: GuestStatus,
    /// The host's own word for the status, when it is not one of ours.
    pub status_word: Option<String>,
    /// Whether it is a template.
    pub template: bool,
    /// Why it is locked.
    pub lock: Option<String>,
    /// Tags.
    pub tags: Vec<String>,
    /// Pool.
    pub pool: Option<String>,
    /// State in the high-availability manager.
    pub ha_state: Option<String>,
    /// Processor use, 0 to 1.
    pub cpu: Option<f64>,
    /// Processor threads.
    pub cpus: Option<f64>,
    /// Memory.
    pub memory: Space,
    /// Where the memory figure was measured.
    #[schema(value_type = Option<String>)]
    pub memory_source: Option<FigureSource>,
    /// Disk.
    pub disk: Space,
    /// Where the disk figure was measured.
    #[schema(value_type = Option<String>)]
    pub disk_source: Option<FigureSource>,
    /// Bytes received per second.
    pub net_in: Option<f64>,
    /// Bytes sent per second.
    pub net_out: Option<f64>,
    /// Bytes read from disks per second.
    pub disk_read: Option<f64>,
    /// Bytes written to disks per second.
    pub disk_write: Option<f64>,
    /// Since when it has been up, in milliseconds.
    pub started_at: Option<i64>,
}

impl Guest {
    /// Shows a guest.
    #[must_use]
    pub fn new(handle: u32, guest: &resource::Guest) -> Self {
        Self {
            handle,
            id: guest.id.to_string(),
            target: guest.id.target_text().to_owned(),
            vmid: guest.vmid,
            name: guest.name.clone(),
            node: guest.node.clone(),
            kind: guest.kind,
            status: guest.status,
            status_word: guest.status_word.clone(),
            template: guest.template,
            lock: guest.lock.clone(),
            tags: guest.tags.clone(),
            pool: guest.pool.clone(),
            ha_state: guest.ha_state.clone(),
            cpu: guest.cpu,
            cpus: guest.cpus,
            memory: guest.memory.into(),
            memory_source: guest.memory_source,
            disk: guest.disk.into(),
            disk_source: guest.disk_source,
            net_in: guest.rates.net_in,
            net_out: guest.rates.net_out,
            disk_read: guest.rates.disk_read,
            disk_write: guest.rates.disk_write,
            started_at: guest.started_at.map(|at| at.millis()),
        }
    }
}

/// One node's own view of a storage.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct StorageOnNode {
    /// The node.
    pub node: String,
    /// Whether the node can use it.
    #[schema(schema_with = words::storage_status)]
    pub status: StorageStatus,
}

/// A storage of one node, or one that several nodes share.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Storage {
    /// Number of this item in rows of vitals.
    pub handle: u32,
    /// Stable id.
    pub id: String,
    /// The target it belongs to.
    pub target: String,
    /// Its name in the cluster.
    pub name: String,
    /// The node it belongs to; `null` when shared.
    pub node: Option<String>,
    /// Whether all nodes see the same bytes.
    pub shared: bool,
    /// Plug-in type, such as `zfspool`.
    pub plugin: String,
    /// What it may hold.
    pub content: Vec<String>,
    /// Whether any node can use it.
    #[schema(schema_with = words::storage_status)]
    pub status: StorageStatus,
    /// Bytes in use.
    pub used: Option<u64>,
    /// Bytes in all.
    pub total: Option<u64>,
    /// Each node's own view.
    pub nodes: Vec<StorageOnNode>,
}

impl Storage {
    /// Shows a storage.
    #[must_use]
    pub fn new(handle: u32, storage: &resource::Storage) -> Self {
        let on_node = |(node, status): &(String, StorageStatus)| StorageOnNode {
            node: node.clone(),
            status: *status,
        };
        Self {
            handle,
            id: storage.id.to_string(),
            target: storage.id.target_text().to_owned(),
            name: storage.name.clone(),
            node: storage.node.clone(),
            shared: storage.shared,
            plugin: storage.plugin.clone(),
            content: storage.content.clone(),
            status: storage.status,
            used: storage.usage.used,
            total: storage.usage.total,
            nodes: storage.nodes.iter().map(on_node).collect(),
        }
    }
}
