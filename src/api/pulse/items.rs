//! Nodes, guests and storages of `/api/state` in Pulse 4.3, and the ids it gave them.

use std::collections::HashMap;

use serde::Serialize;
use utoipa::ToSchema;

use crate::model::resource::{self, GuestKind, GuestStatus, NodeStatus, Resource, StorageStatus};
use crate::model::time::Timestamp;
use crate::state::TargetView;

use super::backups::last_backups;

/// Bytes in use, in all and free, and the share in use as percent.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PulseUsage)]
pub(super) struct Usage {
    total: Option<u64>,
    used: Option<u64>,
    free: Option<u64>,
    usage: Option<f64>,
}

impl From<resource::Usage> for Usage {
    fn from(usage: resource::Usage) -> Self {
        Self {
            total: usage.total,
            used: usage.used,
            free: usage
                .total
                .zip(usage.used)
                .map(|(total, used)| total.saturating_sub(used)),
            usage: usage.ratio().map(|ratio| ratio * 100.0),
        }
    }
}

/// A node.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PulseNode)]
#[serde(rename_all = "camelCase")]
pub(super) struct Node {
    id: String,
    name: String,
    instance: String,
    host: String,
    status: &'static str,
    r#type: &'static str,
    cpu: Option<f64>,
    memory: Usage,
    disk: Usage,
    uptime: Option<u64>,
    load_average: Vec<f64>,
    kernel_version: Option<String>,
    pve_version: Option<String>,
    cpu_info: CpuInfo,
    last_seen: Option<String>,
    connection_health: &'static str,
}

/// A node's processors.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PulseCpuInfo)]
pub(super) struct CpuInfo {
    model: Option<String>,
    cores: Option<u32>,
    sockets: Option<u32>,
    mhz: Option<String>,
}

/// A virtual machine or container.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PulseGuest)]
#[serde(rename_all = "camelCase")]
pub(super) struct Guest {
    id: String,
    vmid: u32,
    name: String,
    node: String,
    instance: String,
    status: &'static str,
    r#type: &'static str,
    cpu: Option<f64>,
    cpus: Option<f64>,
    memory: Usage,
    disk: Usage,
    network_in: Option<i64>,
    network_out: Option<i64>,
    disk_read: Option<i64>,
    disk_write: Option<i64>,
    uptime: Option<u64>,
    template: bool,
    /// The newest backup that is known; Pulse always wrote its zero date here.
    last_backup: Option<String>,
    tags: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    lock: Option<String>,
    last_seen: Option<String>,
}

/// A storage.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PulseStorage)]
#[serde(rename_all = "camelCase")]
pub(super) struct Storage {
    id: String,
    name: String,
    node: String,
    instance: String,
    r#type: String,
    status: &'static str,
    total: Option<u64>,
    used: Option<u64>,
    free: Option<u64>,
    usage: Option<f64>,
    content: String,
    shared: bool,
    enabled: bool,
    active: bool,
}

/// The target that a resource is shown under.
pub(super) struct Place<'a> {
    pub(super) view: &'a TargetView,
    now: Timestamp,
    last_backups: HashMap<u32, Timestamp>,
}

impl<'a> Place<'a> {
    pub(super) fn new(view: &'a TargetView, now: Timestamp) -> Self {
        Self {
            view,
            now,
            last_backups: last_backups(view),
        }
    }

    fn instance(&self) -> String {
        self.view.summary.name.clone()
    }

    fn last_seen(&self) -> Option<String> {
        self.view.seen_at.map(Timestamp::rfc3339)
    }

    fn uptime(&self, since: Option<Timestamp>) -> Option<u64> {
        since.map(|since| self.now.since(since).as_secs())
    }

    pub(super) fn node(&self, node: &resource::Node) -> Node {
        let is_online = self.view.summary.reachability.is_online();
        Node {
            id: node_id(self.view, node),
            name: node.name.clone(),
            instance: self.instance(),
            host: self.view.summary.address.clone(),
            status: match node.status {
                NodeStatus::Online => "online",
                NodeStatus::Offline => "offline",
                NodeStatus::Unknown => "unknown",
            },
            r#type: "node",
            cpu: node.cpu,
            memory: node.memory.into(),
            disk: node.rootfs.into(),
            uptime: self.uptime(node.booted_at),
            load_average: node.load.map(Vec::from).unwrap_or_default(),
            kernel_version: node.kernel.clone(),
            pve_version: node.version.clone(),
            cpu_info: CpuInfo {
                model: node.cpu_model.clone(),
                cores: node.cpus,
                sockets: node.cpu_sockets,
                mhz: node.cpu_mhz.map(|mhz| mhz.to_string()),
            },
            last_seen: self.last_seen(),
            connection_health: if is_online { "healthy" } else { "error" },
        }
    }

    pub(super) fn guest(&self, guest: &resource::Guest) -> Guest {
        Guest {
            id: guest_id(self.view, guest),
            vmid: guest.vmid,
            name: guest.name.clone(),
            node: guest.node.clone(),
            instance: self.instance(),
            status: match guest.status {
                GuestStatus::Running => "running",
                GuestStatus::Stopped => "stopped",
                GuestStatus::Paused => "paused",
                GuestStatus::Unknown => "unknown",
            },
            r#type: match guest.kind {
                GuestKind::Vm => "qemu",
                GuestKind::Container => "lxc",
            },
            cpu: guest.cpu,
            cpus: guest.cpus,
            memory: guest.memory.into(),
            disk: guest.disk.into(),
            network_in: whole(guest.rates.net_in),
            network_out: whole(guest.rates.net_out),
            disk_read: whole(guest.rates.disk_read),
            disk_write: whole(guest.rates.disk_write),
            uptime: self.uptime(guest.started_at),
            template: guest.template,
            last_backup: self.last_backups.get(&guest.vmid).map(|at| at.rfc3339()),
            tags: guest.tags.clone(),
            lock: guest.lock.clone(),
            last_seen: self.last_seen(),
        }
    }

    pub(super) fn storage(&self, storage: &resource::Storage) -> Storage {
        let usage = Usage::from(storage.usage);
        let is_available = storage.status == StorageStatus::Available;
        Storage {
            id: storage_id(self.view, storage),
            name: storage.name.clone(),
            node: storage.node.clone().unwrap_or_else(|| "shared".to_owned()),
            instance: self.instance(),
            r#type: storage.plugin.clone(),
            status: if is_available {
                "available"
            } else {
                "inactive"
            },
            total: usage.total,
            used: usage.used,
            free: usage.free,
            usage: usage.usage,
            content: storage.content.join(","),
            shared: storage.shared,
            // Proxmox leaves disabled storages out of its resource list.
            enabled: true,
            active: is_available,
        }
    }
}

/// Bytes per second as Pulse wrote them, without a fraction.
#[expect(
    clippy::cast_possible_truncation,
    reason = "float to int saturates, which is what an absurd rate deserves"
)]
fn whole(rate: Option<f64>) -> Option<i64> {
    rate.map(|rate| rate.round() as i64)
}

/// `<instance>-<node>`.
fn node_id(view: &TargetView, node: &resource::Node) -> String {
    format!("{}-{}", view.summary.name, node.name)
}

/// `<instance>-<node>-<vmid>`.
fn guest_id(view: &TargetView, guest: &resource::Guest) -> String {
    format!("{}-{}-{}", view.summary.name, guest.node, guest.vmid)
}

/// `<instance>-<node>-<storage>`, with `shared` for the node of one that is shared.
fn storage_id(view: &TargetView, storage: &resource::Storage) -> String {
    let node = storage.node.as_deref().unwrap_or("shared");
    format!("{}-{}-{}", view.summary.name, node, storage.name)
}

/// A resource's id as Pulse wrote it.
#[must_use]
pub(super) fn pulse_id(view: &TargetView, resource: &Resource) -> String {
    match resource {
        Resource::Node(node) => node_id(view, node),
        Resource::Guest(guest) => guest_id(view, guest),
        Resource::Storage(storage) => storage_id(view, storage),
        Resource::Datastore(datastore) => format!("pbs-{}-{}", view.summary.name, datastore.name),
        Resource::Disk(disk) => {
            format!("{}-{}-{}", view.summary.name, disk.node, disk.device)
        }
        Resource::Game(game) => format!("{}-{}", view.summary.name, game.name),
    }
}
