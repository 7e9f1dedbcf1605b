//! Hosts and guests under the names, ids and labels of prometheus-pve-exporter 3.10, so that
//! dashboards made for it go on working.
//!
//! What differs: a label `target`, because one scrape covers all targets; figures that are not
//! known are left out where the exporter says 0; and there are no byte counters, because only
//! rates are kept of them.

mod facts;

use crate::model::id::ResourceKind;
use crate::model::resource::{
    Guest, GuestKind, GuestStatus, Node, NodeStatus, Resource, Storage, StorageStatus, Usage,
};
use crate::model::time::Timestamp;
use crate::state::{Fleet, TargetView};

use super::exposition::{Exposition, Family, Kind};

/// Writes every family for the Proxmox VE targets, or for the one of them that is named.
pub(super) fn write(out: &mut Exposition, fleet: &Fleet, target: Option<&str>, now: Timestamp) {
    let views: Vec<&TargetView> = fleet
        .targets()
        .map(|view| &**view)
        .filter(|view| view.summary.kind == "pve")
        .filter(|view| {
            target.is_none_or(|wanted| {
                view.summary.name == wanted || view.summary.id.as_str() == wanted
            })
        })
        .collect();
    write_up(out, &views);
    write_figures(out, &views, now);
    facts::write(out, &views);
}

/// A gauge of some things of some targets.
fn gauge<'o>(out: &'o mut Exposition, name: &'static str, help: &'static str) -> Family<'o> {
    out.family(name, Kind::Gauge, help)
}

fn is(whether: bool) -> Option<f64> {
    Some(f64::from(u8::from(whether)))
}

#[expect(
    clippy::cast_precision_loss,
    reason = "the text format knows floats only"
)]
fn bytes(count: Option<u64>) -> Option<f64> {
    count.map(|count| count as f64)
}

fn node_id(name: &str) -> String {
    format!("node/{name}")
}

const fn kind_word(kind: GuestKind) -> &'static str {
    match kind {
        GuestKind::Vm => "qemu",
        GuestKind::Container => "lxc",
    }
}

fn guest_id(guest: &Guest) -> String {
    format!("{}/{}", kind_word(guest.kind), guest.vmid)
}

fn nodes(view: &TargetView) -> impl Iterator<Item = &Node> {
    view.of_kind(ResourceKind::Node)
        .filter_map(|resource| match &**resource {
            Resource::Node(node) => Some(node),
            _ => None,
        })
}

fn guests(view: &TargetView) -> impl Iterator<Item = &Guest> {
    view.of_kind(ResourceKind::Guest)
        .filter_map(|resource| match &**resource {
            Resource::Guest(guest) => Some(guest),
            _ => None,
        })
}

/// Storages as each node sees them: id, node and status, for the exporter has one per node.
fn storages(view: &TargetView) -> impl Iterator<Item = (String, &str, StorageStatus, &Storage)> {
    view.of_kind(ResourceKind::Storage)
        .filter_map(|resource| match &**resource {
            Resource::Storage(storage) => Some(storage),
            _ => None,
        })
        .flat_map(|storage| {
            let own = storage.node.as_deref().map(|node| (node, storage.status));
            let shared = storage
                .nodes
                .iter()
                .map(|(node, status)| (&**node, *status));
            let shared = shared.filter(move |_| own.is_none());
            own.into_iter().chain(shared).map(move |(node, status)| {
                let id = format!("storage/{node}/{}", storage.name);
                (id, node, status, storage)
            })
        })
}

fn write_up(out: &mut Exposition, views: &[&TargetView]) {
    let mut up = gauge(
        out,
        "pve_up",
        "Whether a node or guest runs or a storage is there.",
    );
    for view in views {
        let target = ("target", view.summary.name.as_str());
        let fresh = view.summary.reachability.is_online();
        if let Some(cluster) = &view.summary.cluster {
            let id = format!("cluster/{cluster}");
            let quorate = view.summary.quorate.filter(|_| fresh);
            up.figure(&[("id", &id), target], quorate.and_then(is));
        }
        for node in nodes(view) {
            let value = match node.status {
                _ if !fresh => None,
                NodeStatus::Online => is(true),
                NodeStatus::Offline => is(false),
                NodeStatus::Unknown => None,
            };
            up.figure(&[("id", &node_id(&node.name)), target], value);
        }
        for guest in guests(view) {
            let value = match guest.status {
                _ if !fresh => None,
                GuestStatus::Running | GuestStatus::Paused => is(true),
                GuestStatus::Stopped => is(false),
                GuestStatus::Unknown => None,
            };
            up.figure(&[("id", &guest_id(guest)), target], value);
        }
        for (id, _, status, _) in storages(view) {
            let value = is(status == StorageStatus::Available).filter(|_| fresh);
            up.figure(&[("id", &id), target], value);
        }
    }
}

/// What several kinds have of a figure.
struct Figures<'a> {
    name: &'static str,
    help: &'static str,
    node: &'a dyn Fn(&Node) -> Option<f64>,
    guest: &'a dyn Fn(&Guest) -> Option<f64>,
    storage: &'a dyn Fn(&Storage) -> Option<f64>,
}

fn write_figures(out: &mut Exposition, views: &[&TargetView], now: Timestamp) {
    let since = |at: Option<Timestamp>| at.map(|at| now.since(at).as_secs_f64().floor());
    let used = |usage: Usage| bytes(usage.used);
    let total = |usage: Usage| bytes(usage.total);
    let all = [
        Figures {
            name: "pve_disk_size_bytes",
            help: "Size of a storage, of a node's root file system or of a guest's disk.",
            node: &|node| total(node.rootfs),
            guest: &|guest| total(guest.disk),
            storage: &|storage| total(storage.usage),
        },
        Figures {
            name: "pve_disk_usage_bytes",
            help: "Used bytes of a storage, of a node's root file system or of a guest's disk.",
            node: &|node| used(node.rootfs),
            guest: &|guest| used(guest.disk),
            storage: &|storage| used(storage.usage),
        },
        Figures {
            name: "pve_memory_size_bytes",
            help: "Memory of a node or guest.",
            node: &|node| total(node.memory),
            guest: &|guest| total(guest.memory),
            storage: &|_| None,
        },
        Figures {
            name: "pve_memory_usage_bytes",
            help: "Used memory of a node or guest.",
            node: &|node| used(node.memory),
            guest: &|guest| used(guest.memory),
            storage: &|_| None,
        },
        Figures {
            name: "pve_cpu_usage_ratio",
            help: "Processor use of a node or guest, of all its processors.",
            node: &|node| node.cpu,
            guest: &|guest| guest.cpu,
            storage: &|_| None,
        },
        Figures {
            name: "pve_cpu_usage_limit",
            help: "Processors of a node or guest.",
            node: &|node| node.cpus.map(f64::from),
            guest: &|guest| guest.cpus,
            storage: &|_| None,
        },
        Figures {
            name: "pve_uptime_seconds",
            help: "How long a node or guest has been running.",
            node: &|node| since(node.booted_at),
            guest: &|guest| since(guest.started_at),
            storage: &|_| None,
        },
        Figures {
            name: "pve_storage_shared",
            help: "Whether a storage is shared among nodes.",
            node: &|_| None,
            guest: &|_| None,
            storage: &|storage| is(storage.shared),
        },
    ];
    for figures in all {
        let mut family = gauge(out, figures.name, figures.help);
        // What is not seen any more is not told, or a stale figure would look like a fresh one.
        for view in views {
            if !view.summary.reachability.is_online() {
                continue;
            }
            let target = ("target", view.summary.name.as_str());
            for node in nodes(view) {
                family.figure(
                    &[("id", &node_id(&node.name)), target],
                    (figures.node)(node),
                );
            }
            for guest in guests(view) {
                family.figure(&[("id", &guest_id(guest)), target], (figures.guest)(guest));
            }
            for (id, _, _, storage) in storages(view) {
                family.figure(&[("id", &id), target], (figures.storage)(storage));
            }
        }
    }
}
