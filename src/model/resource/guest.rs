//! A virtual machine or container: its figures of every look, and the facts that are read more
//! rarely.

use serde::{Deserialize, Serialize};

use super::figures::{FigureSource, Pressure, Rates, Usage};
use crate::model::id::ResourceId;
#[cfg(test)]
use crate::model::id::TargetId;
use crate::model::known::Known;
use crate::model::shared::Shared;
use crate::model::time::Timestamp;

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

impl GuestStatus {
    /// The status as one word, as it stands in APIs.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Stopped => "stopped",
            Self::Paused => "paused",
            Self::Unknown => "unknown",
        }
    }
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
    /// What is read about it more rarely than every look.
    pub facts: Shared<GuestFacts>,
}

#[cfg(test)]
impl Guest {
    /// A machine that runs on `pve1` and of which nothing else is known.
    pub(crate) fn bare(target: &TargetId, vmid: u32) -> Self {
        Self {
            id: ResourceId::guest(target, vmid),
            vmid,
            name: format!("guest-{vmid}"),
            node: "pve1".to_owned(),
            kind: GuestKind::Vm,
            status: GuestStatus::Running,
            status_word: None,
            template: false,
            lock: None,
            tags: Vec::new(),
            pool: None,
            ha_state: None,
            cpu: None,
            cpus: None,
            memory: Usage::default(),
            memory_source: None,
            disk: Usage::default(),
            disk_source: None,
            rates: Rates::default(),
            started_at: None,
            facts: Shared::default(),
        }
    }
}

/// What is read about a guest more rarely than every look.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct GuestFacts {
    /// How it is configured.
    pub config: Known<GuestConfig>,
    /// How far its guest agent got; containers need none.
    pub agent: AgentState,
    /// Its file systems, by mount point.
    pub filesystems: Known<Vec<FileSystem>>,
    /// Its network interfaces.
    pub interfaces: Known<Vec<Interface>>,
    /// Its operating system.
    pub os: Known<GuestOs>,
    /// Its snapshots, oldest first.
    pub snapshots: Known<Vec<Snapshot>>,
    /// Share of time in which its tasks waited.
    pub pressure: Pressure,
}

/// How a guest is configured, as far as people look for it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GuestConfig {
    /// Changes with every change of the configuration.
    pub digest: Option<String>,
    /// Whether it starts with its node.
    pub on_boot: bool,
    /// The configured kind of operating system, such as `l26` or `debian`.
    pub os_type: Option<String>,
    /// The owner's notes; hostile text.
    pub description: Option<String>,
    /// Whether the guest agent is switched on.
    pub agent: bool,
    /// Whether it may not be deleted.
    pub protected: bool,
    /// Its disks and mount points.
    pub volumes: Vec<Volume>,
}

/// A disk or mount point of a guest's configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Volume {
    /// The key that configures it, such as `scsi0` or `mp0`.
    pub key: String,
    /// The storage it lies on.
    pub storage: Option<String>,
    /// Where a container mounts it.
    pub mount: Option<String>,
    /// Bytes in all.
    pub size: Option<u64>,
    /// Whether backups take it along.
    pub backed_up: bool,
}

/// How far a guest agent got.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AgentState {
    /// Nobody knows yet.
    #[default]
    Unknown,
    /// There is none: it is a container.
    NotNeeded,
    /// Switched off in the configuration.
    NotConfigured,
    /// Switched on, but nothing answers in the guest.
    NotRunning,
    /// It answers.
    Running,
}

impl AgentState {
    /// The state as one word, as it stands in APIs.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::NotNeeded => "not_needed",
            Self::NotConfigured => "not_configured",
            Self::NotRunning => "not_running",
            Self::Running => "running",
        }
    }
}

/// A file system of a guest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileSystem {
    /// Where it is mounted.
    pub mount: String,
    /// Its type, such as `ext4`.
    pub kind: Option<String>,
    /// Its device or storage.
    pub device: Option<String>,
    /// Space.
    pub usage: Usage,
}

/// A network interface of a guest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interface {
    /// Its name inside the guest.
    pub name: String,
    /// Its hardware address in lower case.
    pub mac: Option<String>,
    /// Its addresses with their prefix lengths, such as `192.0.2.7/24`.
    pub addresses: Vec<String>,
}

/// A guest's operating system, as its agent tells.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GuestOs {
    /// One line for people, such as `Debian GNU/Linux 13 (trixie)`.
    pub name: Option<String>,
    /// One word, such as `debian`.
    pub id: Option<String>,
    /// Version, such as `13`.
    pub version: Option<String>,
    /// Kernel, such as `6.12.48+deb13-amd64`.
    pub kernel: Option<String>,
}

/// A snapshot of a guest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// Its name.
    pub name: String,
    /// When it was taken.
    pub at: Option<Timestamp>,
    /// The snapshot it was taken after.
    pub parent: Option<String>,
    /// Whether it holds the memory too.
    pub with_memory: bool,
    /// The owner's notes; hostile text.
    pub description: Option<String>,
    /// Bytes it takes, where the host tells.
    pub size: Option<u64>,
}
