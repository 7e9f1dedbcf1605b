//! The simulated lab's past: what history would hold, had somebody watched.

use std::collections::HashMap;
use std::time::Duration;

use simulator::{GuestKind, NIGHT, World};

use crate::model::id::{ResourceId, ResourceKind, TargetId};
use crate::model::metric::MetricKey;
use crate::model::time::{Timestamp, Window};

/// One line of the past.
pub(super) type Line = (ResourceId, MetricKey);

/// The targets that the past is laid in under.
#[derive(Clone)]
pub(super) struct Targets {
    pub(super) cluster: TargetId,
    pub(super) games: TargetId,
}

/// The figures of everything in `world` within `window`, one a `step`, by line.
pub(super) fn lines(
    world: &World,
    targets: &Targets,
    window: Window,
    step: Duration,
) -> HashMap<Line, Vec<(Timestamp, f64)>> {
    let mut lines: HashMap<Line, Vec<(Timestamp, f64)>> = HashMap::new();
    let mut at = window.from.floor_to(step);
    while at < window.to {
        let mut put = |resource: &ResourceId, metric: &'static str, value: f64| {
            lines
                .entry((resource.clone(), MetricKey::known(metric)))
                .or_default()
                .push((at, value));
        };
        nodes(world, &targets.cluster, at, &mut put);
        guests(world, &targets.cluster, at, &mut put);
        storages(world, &targets.cluster, at, &mut put);
        games(&targets.games, at, &mut put);
        at = at + step;
    }
    lines
}

#[expect(clippy::cast_precision_loss, reason = "players and seconds")]
fn games(target: &TargetId, at: Timestamp, put: Put<'_>) {
    for server in &NIGHT {
        let id = ResourceId::other(ResourceKind::Game, target, server.name);
        let players = server.players_at(at.seconds() as f64);
        put(&id, "players", players.len() as f64);
        put(&id, "players_max", f64::from(server.places));
    }
}

type Put<'a> = &'a mut dyn FnMut(&ResourceId, &'static str, f64);

#[expect(clippy::cast_precision_loss, reason = "charts need no byte precision")]
fn nodes(world: &World, target: &TargetId, at: Timestamp, put: Put<'_>) {
    let figures = world.node_figures(at.millis());
    for node in world.nodes() {
        let Some(now) = figures.get(&node.name) else {
            continue;
        };
        let id = ResourceId::node(target, &node.name);
        put(&id, "cpu", now.cpu);
        put(&id, "iowait", now.iowait);
        put(&id, "load", now.load[0]);
        put(&id, "memory", now.memory as f64);
        put(&id, "memory_total", node.memory as f64);
        put(&id, "disk", now.rootfs as f64);
        put(&id, "disk_total", node.rootfs as f64);
        put(&id, "swap", now.swap as f64);
        put(&id, "swap_total", node.swap as f64);
        put(&id, "net_in", now.netin_rate);
        put(&id, "net_out", now.netout_rate);
    }
}

#[expect(clippy::cast_precision_loss, reason = "charts need no byte precision")]
fn guests(world: &World, target: &TargetId, at: Timestamp, put: Put<'_>) {
    let figures = world.guest_figures(at.millis());
    for guest in world.guests().into_iter().filter(simulator::Guest::alive) {
        let Some(now) = figures.get(&guest.vmid) else {
            continue;
        };
        let id = ResourceId::guest(target, guest.vmid);
        put(&id, "cpu", now.cpu);
        put(&id, "memory", now.mem as f64);
        put(&id, "memory_total", guest.memory as f64);
        put(&id, "disk_total", guest.disk as f64);
        if guest.kind == GuestKind::Container {
            put(&id, "disk", now.disk as f64);
        }
        for (metric, rate) in ["net_in", "net_out", "disk_read", "disk_write"]
            .into_iter()
            .zip(now.rates)
        {
            put(&id, metric, rate);
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "charts need no byte precision")]
fn storages(world: &World, target: &TargetId, at: Timestamp, put: Put<'_>) {
    let shared: Vec<String> = world
        .storages()
        .into_iter()
        .filter(|storage| storage.shared)
        .map(|storage| storage.name)
        .collect();
    let mut seen = Vec::new();
    for ((node, name), now) in world.storage_figures(at.millis()) {
        let is_shared = shared.contains(&name);
        if is_shared && seen.contains(&name) {
            continue;
        }
        let id = ResourceId::storage(target, &name, (!is_shared).then_some(node.as_str()));
        put(&id, "disk", now.used as f64);
        put(&id, "disk_total", now.total as f64);
        seen.push(name);
    }
}
