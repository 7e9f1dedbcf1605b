//! The simulator's lab: what its hosts would report, without the wire.

use std::collections::BTreeMap;

use homepulse::model::id::{ResourceId, TargetId};
use homepulse::model::metric::MetricKey;
use homepulse::model::observation::Sample;
use homepulse::model::time::Timestamp;
use simulator::{GuestFigures, GuestKind, NodeFigures, World, WorldConfig};

use crate::{START, Source};

const RATES: [&str; 4] = ["net_in", "net_out", "disk_read", "disk_write"];

pub(crate) struct Lab {
    world: World,
    nodes: Vec<(ResourceId, simulator::Node)>,
    guests: Vec<(ResourceId, simulator::Guest)>,
    ids: Vec<ResourceId>,
    storages: BTreeMap<(String, String), ResourceId>,
    samples: Vec<Sample>,
    series: usize,
}

impl Lab {
    pub(crate) fn new(guests: usize) -> Self {
        let target: TargetId = "tgt_home".parse().expect("an id");
        let world = World::new(WorldConfig {
            nodes: 5.max(guests / 50),
            guests,
            start: Some(START.millis()),
            ..WorldConfig::default()
        });
        let nodes = world.nodes().into_iter();
        let alive = world.guests().into_iter().filter(simulator::Guest::alive);
        let guests: Vec<_> = alive
            .map(|guest| (ResourceId::guest(&target, guest.vmid), guest))
            .collect();
        let shared: Vec<String> = world
            .storages()
            .into_iter()
            .filter(|storage| storage.shared)
            .map(|storage| storage.name)
            .collect();
        let mut storages = BTreeMap::new();
        let mut seen = Vec::new();
        for (node, name) in world.storage_figures(START.millis()).into_keys() {
            let is_shared = shared.contains(&name);
            if is_shared && seen.contains(&name) {
                continue;
            }
            seen.push(name.clone());
            let only = (!is_shared).then_some(node.as_str());
            storages.insert(
                (node.clone(), name.clone()),
                ResourceId::storage(&target, &name, only),
            );
        }
        let mut lab = Self {
            nodes: nodes
                .map(|node| (ResourceId::node(&target, &node.name), node))
                .collect(),
            ids: guests.iter().map(|(id, _)| id.clone()).collect(),
            guests,
            storages,
            samples: Vec::new(),
            series: 0,
            world,
        };
        lab.series = lab.look(START).len();
        lab
    }

    /// The guests that run.
    pub(crate) fn guests(&self) -> &[ResourceId] {
        &self.ids
    }

    /// A container: the host knows how full its disk is.
    pub(crate) fn guest_with_all_metrics(&self) -> ResourceId {
        let mut containers = self
            .guests
            .iter()
            .filter(|(_, guest)| guest.kind == GuestKind::Container);
        let count = containers.clone().count();
        let (id, _) = containers.nth(count / 2).expect("there are containers");
        id.clone()
    }

    pub(crate) const fn series(&self) -> usize {
        self.series
    }
}

impl Source for Lab {
    fn look(&mut self, now: Timestamp) -> &[Sample] {
        let Self {
            world,
            nodes,
            guests,
            storages,
            samples,
            ..
        } = self;
        samples.clear();
        let mut put = |resource: &ResourceId, metric: &'static str, value: f64| {
            samples.push(Sample {
                resource: resource.clone(),
                metric: MetricKey::known(metric),
                at: now,
                value,
            });
        };
        let at = now.millis();
        let figures = world.guest_figures(at);
        for (id, guest) in guests {
            if let Some(now) = figures.get(&guest.vmid) {
                of_guest(id, guest, now, &mut put);
            }
        }
        let figures = world.node_figures(at);
        for (id, node) in nodes {
            if let Some(now) = figures.get(&node.name) {
                of_node(id, node, now, &mut put);
            }
        }
        for (place, now) in world.storage_figures(at) {
            if let Some(id) = storages.get(&place) {
                put(id, "disk", now.used as f64);
                put(id, "disk_total", now.total as f64);
            }
        }
        samples
    }
}

type Put<'a> = &'a mut dyn FnMut(&ResourceId, &'static str, f64);

fn of_guest(id: &ResourceId, guest: &simulator::Guest, now: &GuestFigures, put: Put<'_>) {
    put(id, "cpu", now.cpu);
    put(id, "memory", now.mem as f64);
    put(id, "memory_total", guest.memory as f64);
    if guest.kind == GuestKind::Container {
        put(id, "disk", now.disk as f64);
    }
    put(id, "disk_total", guest.disk as f64);
    for (metric, rate) in RATES.into_iter().zip(now.rates) {
        put(id, metric, rate);
    }
}

fn of_node(id: &ResourceId, node: &simulator::Node, now: &NodeFigures, put: Put<'_>) {
    put(id, "cpu", now.cpu);
    put(id, "memory", now.memory as f64);
    put(id, "memory_total", node.memory as f64);
    put(id, "disk", now.rootfs as f64);
    put(id, "disk_total", node.rootfs as f64);
    put(id, "net_in", now.netin_rate);
    put(id, "net_out", now.netout_rate);
    put(id, "load", now.load[0]);
    put(id, "iowait", now.iowait);
    put(id, "swap", now.swap as f64);
    put(id, "swap_total", node.swap as f64);
}
