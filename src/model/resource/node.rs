//! A host: its figures of every look, and the facts that are read more rarely.

use serde::{Deserialize, Serialize};

use super::figures::{Pressure, Rates, Usage};
use crate::model::id::ResourceId;
#[cfg(test)]
use crate::model::id::TargetId;
use crate::model::known::Known;
use crate::model::shared::Shared;
use crate::model::time::Timestamp;

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
    /// What is read about it more rarely than every look.
    pub facts: Shared<NodeFacts>,
}

#[cfg(test)]
impl Node {
    /// A node that is online and of which nothing else is known.
    pub(crate) fn bare(target: &TargetId, name: &str) -> Self {
        Self {
            id: ResourceId::node(target, name),
            name: name.to_owned(),
            status: NodeStatus::Online,
            cpu: None,
            cpus: None,
            memory: Usage::default(),
            swap: Usage::default(),
            rootfs: Usage::default(),
            load: None,
            iowait: None,
            rates: Rates::default(),
            booted_at: None,
            cpu_model: None,
            cpu_sockets: None,
            cpu_mhz: None,
            kernel: None,
            version: None,
            address: None,
            ha_state: None,
            facts: Shared::default(),
        }
    }
}

/// What is read about a node more rarely than every look.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NodeFacts {
    /// How it was booted, such as `efi`.
    pub boot_mode: Option<String>,
    /// Bytes of memory that ZFS' cache takes; part of what the host counts as used.
    pub arc: Option<u64>,
    /// Share of time in which tasks waited.
    pub pressure: Pressure,
    /// The services of the product.
    pub services: Known<Vec<Service>>,
    /// The subscription.
    pub subscription: Known<Subscription>,
    /// Packages that can be updated.
    pub updates: Known<Vec<Update>>,
    /// Certificates of the API.
    pub certificates: Known<Vec<Certificate>>,
    /// ZFS pools.
    pub zfs: Known<Vec<ZfsPool>>,
    /// How many physical disks it has; the disks are resources of their own.
    pub disks: Known<usize>,
}

/// A service of a host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Service {
    /// Its unit, such as `pveproxy`.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// The host's word for its state, such as `running`.
    pub state: String,
    /// Whether it starts with the host, in the host's word, such as `enabled`.
    pub start: Option<String>,
}

impl Service {
    /// Whether it is meant to run and does not.
    #[must_use]
    pub fn is_down(&self) -> bool {
        self.start.as_deref() == Some("enabled") && self.state != "running"
    }
}

/// A host's subscription.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subscription {
    /// The host's word for it, such as `active` or `notfound`.
    pub status: String,
    /// The product that was bought.
    pub product: Option<String>,
    /// When it ends.
    pub next_due: Option<String>,
}

/// A package that can be updated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Update {
    /// Its name.
    pub package: String,
    /// The version that is installed.
    pub installed: Option<String>,
    /// The version that can be had.
    pub available: Option<String>,
    /// Who publishes it.
    pub origin: Option<String>,
}

/// A certificate of a host's API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// Its file, such as `pve-ssl.pem`.
    pub file: String,
    /// Whom it names.
    pub subject: Option<String>,
    /// Who signed it.
    pub issuer: Option<String>,
    /// Its SHA-256.
    pub fingerprint: Option<String>,
    /// When it ends.
    pub expires_at: Option<Timestamp>,
}

/// A ZFS pool of a host.
#[derive(Clone, Debug, PartialEq)]
pub struct ZfsPool {
    /// Its name.
    pub name: String,
    /// The host's word for its health, such as `ONLINE` or `DEGRADED`.
    pub health: String,
    /// Space.
    pub usage: Usage,
    /// Share that is fragmented, 0 to 1.
    pub fragmentation: Option<f64>,
    /// Deduplication factor.
    pub dedup: Option<f64>,
}
