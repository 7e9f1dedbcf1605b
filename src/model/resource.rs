//! The things that are watched, as they are at one moment. What could not be measured is `None`.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::id::{ResourceId, ResourceKind};
use super::time::Timestamp;

/// Whether a node runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum NodeStatus {
    /// In the cluster and reporting.
    Online,
    /// Known to the cluster, not reachable by it.
    Offline,
    /// In the cluster, but its figures have stopped (a hung `pvestatd`).
    Unknown,
}

/// Whether a guest runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum GuestStatus {
    /// It runs.
    Running,
    /// It is off.
    Stopped,
    /// It is held in memory without running.
    Paused,
    /// Its node no longer says, or says a word that is not known here.
    Unknown,
}

/// Which kind of guest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum GuestKind {
    /// A virtual machine (QEMU).
    Vm,
    /// A container (LXC).
    Container,
}

/// Where a figure of memory or disk was measured, shown beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FigureSource {
    /// The guest agent inside the machine.
    GuestAgent,
    /// The balloon driver's statistics.
    Balloon,
    /// What the hypervisor says of the guest: with balloon statistics the guest's own use,
    /// without them the memory of the QEMU process, which counts the guest's page cache.
    Hypervisor,
    /// The container's control group, page cache taken off.
    ControlGroup,
    /// The root file system of a container.
    RootFs,
    /// The host itself.
    Host,
    /// The storage itself.
    Storage,
}

/// An amount in use out of a total, both in bytes, each only if measured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// Bytes in use.
    pub used: Option<u64>,
    /// Bytes in all.
    pub total: Option<u64>,
}

impl Usage {
    /// The share in use, 0 to 1 and beyond where the host says so.
    #[must_use]
    #[expect(
        clippy::cast_precision_loss,
        reason = "a ratio needs no byte precision"
    )]
    pub fn ratio(self) -> Option<f64> {
        match (self.used, self.total) {
            (Some(used), Some(total)) if total > 0 => Some(used as f64 / total as f64),
            _ => None,
        }
    }
}

/// Bytes per second in and out, each only if two looks allow it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Rates {
    /// Received from the network.
    pub net_in: Option<f64>,
    /// Sent to the network.
    pub net_out: Option<f64>,
    /// Read from disks.
    pub disk_read: Option<f64>,
    /// Written to disks.
    pub disk_write: Option<f64>,
}

/// A hypervisor host.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// Stable id.
    pub id: ResourceId,
    /// Its name in the cluster.
    pub name: String,
    /// Whether it runs.
    pub status: NodeStatus,
    /// Processor use as a share of all its threads, 0 to 1.
    pub cpu: Option<f64>,
    /// Processor threads.
    pub cpus: Option<u32>,
    /// Memory; ZFS' cache counts as used where the host counts it so.
    pub memory: Usage,
    /// Swap.
    pub swap: Usage,
    /// Root file system; the blocks reserved for root count as used.
    pub rootfs: Usage,
    /// Load averages over 1, 5 and 15 minutes.
    pub load: Option<[f64; 3]>,
    /// Share of time spent waiting for disks, 0 to 1.
    pub iowait: Option<f64>,
    /// Network traffic of its physical interfaces.
    pub rates: Rates,
    /// Since when it has been up.
    pub booted_at: Option<Timestamp>,
    /// Processor model.
    pub cpu_model: Option<String>,
    /// Processor sockets.
    pub cpu_sockets: Option<u32>,
    /// Processor clock in MHz.
    pub cpu_mhz: Option<f64>,
    /// Running kernel.
    pub kernel: Option<String>,
    /// Product version on this node.
    pub version: Option<String>,
    /// Address that the cluster knows it by.
    pub address: Option<String>,
    /// State in the high-availability manager.
    pub ha_state: Option<String>,
}

/// A virtual machine or container.
#[derive(Clone, Debug, PartialEq)]
pub struct Guest {
    /// Stable id.
    pub id: ResourceId,
    /// Its number in the cluster.
    pub vmid: u32,
    /// Its name; hostile text. Empty when the host no longer says and no earlier look did.
    pub name: String,
    /// The node it is on.
    pub node: String,
    /// Machine or container.
    pub kind: GuestKind,
    /// Whether it runs.
    pub status: GuestStatus,
    /// The host's own word for the status, when it is not one of ours.
    pub status_word: Option<String>,
    /// A template never runs.
    pub template: bool,
    /// Why it is locked, such as `backup` or `migrate`.
    pub lock: Option<String>,
    /// Tags, in the order given.
    pub tags: Vec<String>,
    /// Pool it belongs to.
    pub pool: Option<String>,
    /// State in the high-availability manager.
    pub ha_state: Option<String>,
    /// Processor use as a share of its own threads, 0 to 1 and slightly beyond.
    pub cpu: Option<f64>,
    /// Processor threads.
    pub cpus: Option<f64>,
    /// Memory.
    pub memory: Usage,
    /// Where the memory figure was measured.
    pub memory_source: Option<FigureSource>,
    /// Disk. A machine's use is unknown unless its agent tells.
    pub disk: Usage,
    /// Where the disk figure was measured.
    pub disk_source: Option<FigureSource>,
    /// Traffic.
    pub rates: Rates,
    /// Since when it has been up.
    pub started_at: Option<Timestamp>,
}

/// Whether a storage can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StorageStatus {
    /// It answers.
    Available,
    /// Inactive, unmounted or out of reach.
    Unknown,
}

/// A storage of one node, or one that several nodes share.
#[derive(Clone, Debug, PartialEq)]
pub struct Storage {
    /// Stable id.
    pub id: ResourceId,
    /// Its name in the cluster's configuration.
    pub name: String,
    /// The node it belongs to; `None` when shared.
    pub node: Option<String>,
    /// Whether all nodes see the same bytes.
    pub shared: bool,
    /// Plug-in type, such as `zfspool` or `nfs`.
    pub plugin: String,
    /// What it may hold, sorted.
    pub content: Vec<String>,
    /// Available if any node can use it.
    pub status: StorageStatus,
    /// Space.
    pub usage: Usage,
    /// Each node's own view of it.
    pub nodes: Vec<(String, StorageStatus)>,
}

/// One watched thing of any kind.
#[derive(Clone, Debug, PartialEq)]
pub enum Resource {
    /// A hypervisor host.
    Node(Node),
    /// A virtual machine or container.
    Guest(Guest),
    /// A storage.
    Storage(Storage),
}

impl Resource {
    /// Stable id.
    #[must_use]
    pub const fn id(&self) -> &ResourceId {
        match self {
            Self::Node(node) => &node.id,
            Self::Guest(guest) => &guest.id,
            Self::Storage(storage) => &storage.id,
        }
    }

    /// What sort of thing it is.
    #[must_use]
    pub const fn kind(&self) -> ResourceKind {
        self.id().kind()
    }

    /// The name people know it by; the number where a guest's name is not known.
    #[must_use]
    pub fn label(&self) -> String {
        match self {
            Self::Node(node) => node.name.clone(),
            Self::Guest(guest) if guest.name.is_empty() => guest.vmid.to_string(),
            Self::Guest(guest) => guest.name.clone(),
            Self::Storage(Storage {
                name,
                node: Some(node),
                ..
            }) => format!("{name} on {node}"),
            Self::Storage(storage) => storage.name.clone(),
        }
    }

    /// The node it is on, where it is on one.
    #[must_use]
    pub fn node(&self) -> Option<&str> {
        match self {
            Self::Node(node) => Some(&node.name),
            Self::Guest(guest) => Some(&guest.node),
            Self::Storage(storage) => storage.node.as_deref(),
        }
    }
}

/// A resource shared between the versions of the present that hold it unchanged.
pub type SharedResource = Arc<Resource>;
