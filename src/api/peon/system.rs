//! The product, and the machines that it watches taken together.

use actix_web::get;
use serde::Serialize;
use utoipa::ToSchema;

use super::envelope::Enveloped;
use super::view::{lossy, rounded};
use crate::api::dialect::{Answer, Peon, Reply};
use crate::api::games::caller::Caller;
use crate::api::guard::FleetRead;
use crate::api::shared::{Shared, VERSION};
use crate::model::resource::{GameStatus, Node, Resource, Usage};
use crate::state::Fleet;
use crate::telemetry::clock;

type Parts = actix_web::web::Data<Shared>;

/// How many servers there are.
#[derive(Clone, Debug, Default, Serialize, ToSchema)]
pub(super) struct PeonServerCounts {
    /// All.
    total: usize,
    /// Those that run.
    running: usize,
    /// Those that are off.
    stopped: usize,
}

/// What all nodes have and use together; null where no node is watched.
#[derive(Clone, Debug, Default, PartialEq, Serialize, ToSchema)]
pub(super) struct PeonSystemResources {
    /// Processor threads.
    cpu_cores: Option<u32>,
    /// Per cent of them in use.
    cpu_percent: Option<f64>,
    /// Memory in GiB.
    memory_total_gb: Option<f64>,
    /// Memory in use in GiB.
    memory_used_gb: Option<f64>,
    /// Storage in GiB, shared ones counted once.
    disk_total_gb: Option<f64>,
    /// Storage in use in GiB.
    disk_used_gb: Option<f64>,
}

/// How the product is doing.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(super) struct PeonSystemStatus {
    /// The product's version.
    version: &'static str,
    /// Seconds since it was started.
    uptime: u64,
    /// Servers.
    servers: PeonServerCounts,
    /// What all nodes have and use together.
    resources: PeonSystemResources,
}

/// Tell how the product and the machines are doing.
#[utoipa::path(tag = "peon", responses((status = 200, body = Enveloped<PeonSystemStatus>)))]
#[get("/status")]
pub(crate) async fn get_peon_status(
    _: Caller<Peon, FleetRead>,
    shared: Parts,
) -> Answer<Peon, Enveloped<PeonSystemStatus>> {
    let fleet = shared.parts.live.fleet();
    Ok(Reply::ok(Enveloped::new(PeonSystemStatus {
        version: VERSION,
        uptime: clock::now().since(shared.started_at).as_secs(),
        servers: counts(&fleet),
        resources: resources(&fleet),
    })))
}

fn counts(fleet: &Fleet) -> PeonServerCounts {
    let mut counts = PeonServerCounts::default();
    for resource in fleet.resources() {
        if let Resource::Game(game) = &**resource {
            counts.total += 1;
            match game.status {
                GameStatus::Running | GameStatus::Unresponsive => counts.running += 1,
                GameStatus::Stopped | GameStatus::Crashed => counts.stopped += 1,
                GameStatus::Starting
                | GameStatus::Stopping
                | GameStatus::Sleeping
                | GameStatus::Unknown => {}
            }
        }
    }
    counts
}

fn resources(fleet: &Fleet) -> PeonSystemResources {
    let mut nodes: Vec<&Node> = Vec::new();
    let mut disks: Vec<Usage> = Vec::new();
    for resource in fleet.resources() {
        match &**resource {
            Resource::Node(node) => nodes.push(node),
            Resource::Storage(storage) => disks.push(storage.usage),
            Resource::Guest(_) | Resource::Datastore(_) | Resource::Disk(_) | Resource::Game(_) => {
            }
        }
    }
    let memory: Vec<Usage> = nodes.iter().map(|node| node.memory).collect();
    let cores: Vec<(f64, f64)> = nodes
        .iter()
        .filter_map(|node| Some((f64::from(node.cpus?), node.cpu?)))
        .collect();
    let all: f64 = cores.iter().map(|(cores, _)| cores).sum();
    let busy: f64 = cores.iter().map(|(cores, share)| cores * share).sum();
    let known = nodes.iter().filter_map(|node| node.cpus);
    PeonSystemResources {
        cpu_cores: known.reduce(|a, b| a.saturating_add(b)),
        cpu_percent: (all > 0.0).then(|| rounded(busy / all * 100.0)),
        memory_total_gb: gib(memory.iter().map(|usage| usage.total)),
        memory_used_gb: gib(memory.iter().map(|usage| usage.used)),
        disk_total_gb: gib(disks.iter().map(|usage| usage.total)),
        disk_used_gb: gib(disks.iter().map(|usage| usage.used)),
    }
}

/// The sum of what is known, in GiB.
fn gib(bytes: impl Iterator<Item = Option<u64>>) -> Option<f64> {
    let sum = bytes.flatten().reduce(u64::saturating_add)?;
    Some(rounded(lossy(sum) / 1_073_741_824.0))
}

/// Whether the product works.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(super) struct PeonSystemHealth {
    /// `healthy`, or `degraded` where a target cannot be looked at.
    status: &'static str,
    /// The product's version.
    version: &'static str,
    /// Seconds since it was started.
    uptime: u64,
    /// Targets that cannot be looked at.
    failing_targets: Vec<String>,
}

/// Tell whether the product works.
#[utoipa::path(tag = "peon", responses((status = 200, body = Enveloped<PeonSystemHealth>)))]
#[get("/health")]
pub(crate) async fn get_peon_health(
    _: Caller<Peon, FleetRead>,
    shared: Parts,
) -> Answer<Peon, Enveloped<PeonSystemHealth>> {
    let fleet = shared.parts.live.fleet();
    let failing: Vec<String> = fleet
        .targets()
        .filter(|view| !matches!(view.summary.reachability.word(), "online" | "pending"))
        .map(|view| view.summary.name.clone())
        .collect();
    Ok(Reply::ok(Enveloped::new(PeonSystemHealth {
        status: if failing.is_empty() {
            "healthy"
        } else {
            "degraded"
        },
        version: VERSION,
        uptime: clock::now().since(shared.started_at).as_secs(),
        failing_targets: failing,
    })))
}
