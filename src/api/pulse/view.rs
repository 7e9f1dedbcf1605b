//! The shapes of `/api/state` in Pulse 4.3: camel case, processor use as a fraction, memory and
//! disk as percent, RFC 3339 times.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;

use crate::api::shared::{Shared, VERSION};
use crate::api::ws::Present;
use crate::model::resource::{self, GuestKind, GuestStatus, NodeStatus, Resource, StorageStatus};
use crate::model::time::Timestamp;
use crate::state::TargetView;

use super::alert::{ActiveAlert, ResolvedAlert};

/// What the state tells of the server itself.
#[derive(Clone, Copy, Debug)]
pub struct Circumstances {
    /// Now.
    pub now: Timestamp,
    /// When the server began.
    pub started_at: Timestamp,
    /// Live clients.
    pub clients: usize,
}

impl Circumstances {
    /// Those of this server.
    #[must_use]
    pub fn of(shared: &Shared, now: Timestamp) -> Self {
        Self {
            now,
            started_at: shared.started_at,
            clients: shared.hub.traffic().clients(),
        }
    }
}

/// Everything there is.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PulseState)]
#[serde(rename_all = "camelCase")]
pub struct State {
    nodes: Vec<Node>,
    vms: Vec<Guest>,
    containers: Vec<Guest>,
    storage: Vec<Storage>,
    /// Backup servers; none are looked at yet.
    #[schema(value_type = Vec<Object>)]
    pbs: [(); 0],
    #[schema(value_type = Vec<Object>)]
    pbs_backups: [(); 0],
    #[schema(value_type = Vec<Object>)]
    metrics: [(); 0],
    pve_backups: PveBackups,
    performance: Performance,
    connection_health: BTreeMap<String, bool>,
    stats: Stats,
    active_alerts: Vec<ActiveAlert>,
    recently_resolved: Vec<ResolvedAlert>,
    last_update: String,
}

/// Backups of Proxmox VE; none are collected yet.
#[derive(Debug, Default, Serialize, ToSchema)]
#[schema(as = PulsePveBackups)]
#[serde(rename_all = "camelCase")]
struct PveBackups {
    #[schema(value_type = Vec<Object>)]
    backup_tasks: [(); 0],
    #[schema(value_type = Vec<Object>)]
    storage_backups: [(); 0],
    #[schema(value_type = Vec<Object>)]
    guest_snapshots: [(); 0],
}

/// How looking goes.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PulsePerformance)]
#[serde(rename_all = "camelCase")]
struct Performance {
    /// Seconds that the latest look at each target took.
    api_call_duration: BTreeMap<String, f64>,
    /// Seconds that the slowest of them took.
    last_poll_duration: Option<f64>,
    /// When looking began.
    polling_start_time: String,
    /// Requests to all targets within the last minute; Pulse always wrote 0.
    total_api_calls: u64,
    /// Targets whose latest look failed; Pulse always wrote 0.
    failed_api_calls: usize,
}

/// The server itself.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PulseStats)]
#[serde(rename_all = "camelCase")]
struct Stats {
    start_time: String,
    uptime: u64,
    polling_cycles: u64,
    web_socket_clients: usize,
    version: &'static str,
}

/// Bytes in use, in all and free, and the share in use as percent.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PulseUsage)]
struct Usage {
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
struct Node {
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
struct CpuInfo {
    model: Option<String>,
    cores: Option<u32>,
    sockets: Option<u32>,
    mhz: Option<String>,
}

/// A virtual machine or container.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PulseGuest)]
#[serde(rename_all = "camelCase")]
struct Guest {
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
    /// Pulse always wrote its zero date here; backups are not collected yet.
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
struct Storage {
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

impl State {
    /// Shows `present`.
    #[must_use]
    pub fn new(present: &Present, circumstances: &Circumstances) -> Self {
        let now = circumstances.now;
        let fleet = &present.fleet;
        let mut state = Self {
            nodes: Vec::new(),
            vms: Vec::new(),
            containers: Vec::new(),
            storage: Vec::new(),
            pbs: [],
            pbs_backups: [],
            metrics: [],
            pve_backups: PveBackups::default(),
            performance: Performance::of(present, circumstances),
            connection_health: fleet
                .targets()
                .map(|view| {
                    let target = &view.summary;
                    (target.name.clone(), target.reachability.is_online())
                })
                .collect(),
            stats: Stats::of(present, circumstances),
            active_alerts: present
                .open_alerts()
                .map(|alert| ActiveAlert::new(alert, fleet))
                .collect(),
            recently_resolved: present
                .resolved_alerts(now)
                .filter_map(|alert| ResolvedAlert::new(alert, fleet))
                .collect(),
            last_update: present.at.rfc3339(),
        };
        for view in fleet.targets() {
            let place = Place { view, now };
            for resource in view.resources.values() {
                state.add(&place, resource);
            }
        }
        state
    }

    fn add(&mut self, place: &Place<'_>, resource: &Resource) {
        match resource {
            Resource::Node(node) => self.nodes.push(place.node(node)),
            Resource::Storage(storage) => self.storage.push(place.storage(storage)),
            Resource::Guest(guest) => {
                let list = match guest.kind {
                    GuestKind::Vm => &mut self.vms,
                    GuestKind::Container => &mut self.containers,
                };
                list.push(place.guest(guest));
            }
        }
    }
}

impl Performance {
    fn of(present: &Present, circumstances: &Circumstances) -> Self {
        let targets = || present.fleet.targets().map(|view| &view.summary);
        let seconds = |ms: u64| std::time::Duration::from_millis(ms).as_secs_f64();
        Self {
            api_call_duration: targets()
                .filter_map(|target| Some((target.name.clone(), seconds(target.look_ms?))))
                .collect(),
            last_poll_duration: targets()
                .filter_map(|target| target.look_ms)
                .max()
                .map(seconds),
            polling_start_time: circumstances.started_at.rfc3339(),
            total_api_calls: targets()
                .map(|target| u64::from(target.requests.last_minute))
                .sum(),
            failed_api_calls: targets()
                .filter(|target| target.reachability.word() != "pending")
                .filter(|target| !target.reachability.is_online())
                .count(),
        }
    }
}

impl Stats {
    fn of(present: &Present, circumstances: &Circumstances) -> Self {
        let up = circumstances.now.since(circumstances.started_at);
        Self {
            start_time: circumstances.started_at.rfc3339(),
            uptime: up.as_secs(),
            polling_cycles: present.fleet.version,
            web_socket_clients: circumstances.clients,
            version: VERSION,
        }
    }
}

/// The target that a resource is shown under.
struct Place<'a> {
    view: &'a TargetView,
    now: Timestamp,
}

impl Place<'_> {
    fn instance(&self) -> String {
        self.view.summary.name.clone()
    }

    fn last_seen(&self) -> Option<String> {
        self.view.seen_at.map(Timestamp::rfc3339)
    }

    fn uptime(&self, since: Option<Timestamp>) -> Option<u64> {
        since.map(|since| self.now.since(since).as_secs())
    }

    fn node(&self, node: &resource::Node) -> Node {
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

    fn guest(&self, guest: &resource::Guest) -> Guest {
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
            last_backup: None,
            tags: guest.tags.clone(),
            lock: guest.lock.clone(),
            last_seen: self.last_seen(),
        }
    }

    fn storage(&self, storage: &resource::Storage) -> Storage {
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
pub fn pulse_id(view: &TargetView, resource: &Resource) -> String {
    match resource {
        Resource::Node(node) => node_id(view, node),
        Resource::Guest(guest) => guest_id(view, guest),
        Resource::Storage(storage) => storage_id(view, storage),
    }
}
