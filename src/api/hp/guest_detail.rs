//! Everything known of a guest, as our own API shows it.

use serde::Serialize;
use utoipa::ToSchema;

use crate::model::resource::{self, AgentState, GuestFacts};

use super::known::Known;
use super::node_detail::Pressure;
use super::view::{Guest, Space};
use super::words;

/// A disk or mount point of a guest's configuration.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(super) struct Volume {
    /// The key that configures it, such as `scsi0`.
    key: String,
    /// The storage it lies on.
    storage: Option<String>,
    /// Where a container mounts it.
    mount: Option<String>,
    /// Bytes in all.
    size: Option<u64>,
    /// Whether backups take it along.
    backed_up: bool,
}

impl From<&resource::Volume> for Volume {
    fn from(volume: &resource::Volume) -> Self {
        Self {
            key: volume.key.clone(),
            storage: volume.storage.clone(),
            mount: volume.mount.clone(),
            size: volume.size,
            backed_up: volume.backed_up,
        }
    }
}

/// How a guest is configured.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(super) struct GuestConfig {
    /// Changes with every change of the configuration.
    digest: Option<String>,
    /// Whether it starts with its node.
    on_boot: bool,
    /// The configured kind of operating system.
    os_type: Option<String>,
    /// The owner's notes; not to be trusted.
    description: Option<String>,
    /// Whether the guest agent is switched on.
    agent: bool,
    /// Whether it may not be deleted.
    protected: bool,
    /// Its disks and mount points.
    volumes: Vec<Volume>,
}

impl From<&resource::GuestConfig> for GuestConfig {
    fn from(config: &resource::GuestConfig) -> Self {
        Self {
            digest: config.digest.clone(),
            on_boot: config.on_boot,
            os_type: config.os_type.clone(),
            description: config.description.clone(),
            agent: config.agent,
            protected: config.protected,
            volumes: config.volumes.iter().map(Volume::from).collect(),
        }
    }
}

/// How far a guest's agent got, and why not further.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(super) struct Agent {
    /// `running`, `not_running`, `not_configured`, `not_needed` or `unknown`.
    #[schema(schema_with = words::agent_state)]
    state: &'static str,
    /// Why it tells nothing, where it does not.
    reason: Option<String>,
}

impl Agent {
    fn of(facts: &GuestFacts) -> Self {
        let silent = !matches!(facts.agent, AgentState::Running | AgentState::NotNeeded);
        Self {
            state: facts.agent.word(),
            reason: facts
                .filesystems
                .gap()
                .filter(|_| silent)
                .map(ToString::to_string),
        }
    }
}

/// A file system of a guest.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(super) struct FileSystem {
    /// Where it is mounted.
    mount: String,
    /// Its type, such as `ext4`.
    kind: Option<String>,
    /// Its device or storage.
    device: Option<String>,
    /// Space.
    usage: Space,
}

impl From<&resource::FileSystem> for FileSystem {
    fn from(one: &resource::FileSystem) -> Self {
        Self {
            mount: one.mount.clone(),
            kind: one.kind.clone(),
            device: one.device.clone(),
            usage: one.usage.into(),
        }
    }
}

/// A network interface of a guest.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(super) struct Interface {
    /// Its name inside the guest.
    name: String,
    /// Its hardware address.
    mac: Option<String>,
    /// Its addresses with prefix lengths.
    addresses: Vec<String>,
}

impl From<&resource::Interface> for Interface {
    fn from(one: &resource::Interface) -> Self {
        Self {
            name: one.name.clone(),
            mac: one.mac.clone(),
            addresses: one.addresses.clone(),
        }
    }
}

/// A guest's operating system, as its agent tells.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(super) struct GuestOs {
    /// One line for people.
    name: Option<String>,
    /// One word, such as `debian`.
    id: Option<String>,
    /// Version.
    version: Option<String>,
    /// Kernel.
    kernel: Option<String>,
}

impl From<&resource::GuestOs> for GuestOs {
    fn from(os: &resource::GuestOs) -> Self {
        Self {
            name: os.name.clone(),
            id: os.id.clone(),
            version: os.version.clone(),
            kernel: os.kernel.clone(),
        }
    }
}

/// A snapshot of a guest.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(super) struct Snapshot {
    /// Its name.
    name: String,
    /// When it was taken, in milliseconds.
    taken_at: Option<i64>,
    /// The snapshot it was taken after.
    parent: Option<String>,
    /// Whether it holds the memory too.
    with_memory: bool,
    /// The owner's notes; not to be trusted.
    description: Option<String>,
    /// Bytes it takes; `null` as long as no Proxmox VE tells.
    size: Option<u64>,
}

impl From<&resource::Snapshot> for Snapshot {
    fn from(snapshot: &resource::Snapshot) -> Self {
        Self {
            name: snapshot.name.clone(),
            taken_at: snapshot.at.map(|at| at.millis()),
            parent: snapshot.parent.clone(),
            with_memory: snapshot.with_memory,
            description: snapshot.description.clone(),
            size: snapshot.size,
        }
    }
}

/// Everything known of a guest.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(super) struct GuestDetail {
    /// The guest as live frames have it.
    guest: Guest,
    /// How it is configured.
    config: Known<GuestConfig>,
    /// How far its agent got.
    agent: Agent,
    /// Its file systems.
    filesystems: Known<Vec<FileSystem>>,
    /// Its network interfaces.
    interfaces: Known<Vec<Interface>>,
    /// Its operating system.
    os: Known<GuestOs>,
    /// Its snapshots, oldest first.
    snapshots: Known<Vec<Snapshot>>,
    /// Share of time in which its tasks waited.
    pressure: Pressure,
}

impl GuestDetail {
    /// Shows a guest.
    pub(super) fn new(handle: u32, guest: &resource::Guest) -> Self {
        let facts: &GuestFacts = &guest.facts;
        Self {
            guest: Guest::new(handle, guest),
            config: Known::of(&facts.config, |config| config.into()),
            agent: Agent::of(facts),
            filesystems: Known::list(&facts.filesystems, |list| list),
            interfaces: Known::list(&facts.interfaces, |list| list),
            os: Known::of(&facts.os, |os| os.into()),
            snapshots: Known::list(&facts.snapshots, |list| list),
            pressure: facts.pressure.into(),
        }
    }
}
