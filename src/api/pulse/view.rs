//! The shapes of `/api/state` in Pulse 4.3: camel case, processor use as a fraction, memory and
//! disk as percent, RFC 3339 times.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;

use crate::api::shared::{Shared, VERSION};
use crate::api::ws::Present;
use crate::model::resource::{GuestKind, Resource};
use crate::model::time::Timestamp;

use super::alert::{ActiveAlert, ResolvedAlert};
use super::backups::PveBackups;
use super::items::{Guest, Node, Place, Storage};
use super::pbs::{PbsBackup, PbsInstance};

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
    pbs: Vec<PbsInstance>,
    pbs_backups: Vec<PbsBackup>,
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
            pbs: fleet
                .targets()
                .filter_map(|view| PbsInstance::of(view, now))
                .collect(),
            pbs_backups: fleet
                .targets()
                .flat_map(|view| PbsBackup::all(view))
                .collect(),
            metrics: [],
            pve_backups: PveBackups::of(fleet),
            performance: Performance::of(present, circumstances),
            connection_health: fleet
                .targets()
                .map(|view| {
                    let target = &view.summary;
                    let prefix = if target.kind == "pbs" { "pbs-" } else { "" };
                    let key = format!("{prefix}{}", target.name);
                    (key, target.reachability.is_online())
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
            let place = Place::new(view, now);
            for resource in view.resources.values() {
                state.add(&place, resource);
            }
        }
        state
    }

    fn add(&mut self, place: &Place<'_>, resource: &Resource) {
        match resource {
            // Pulse lists a backup server as one, not as a node.
            Resource::Node(_) if place.view.summary.kind != "pve" => {}
            Resource::Node(node) => self.nodes.push(place.node(node)),
            Resource::Storage(storage) => self.storage.push(place.storage(storage)),
            Resource::Guest(guest) => {
                let list = match guest.kind {
                    GuestKind::Vm => &mut self.vms,
                    GuestKind::Container => &mut self.containers,
                };
                list.push(place.guest(guest));
            }
            Resource::Datastore(_) | Resource::Disk(_) | Resource::Game(_) => {}
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
