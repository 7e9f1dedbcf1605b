//! What a target is rather than how much: states, names, backup coverage and replication.

use crate::model::facts::Replication;
use crate::model::time::Timestamp;
use crate::state::TargetView;

use super::super::exposition::{Exposition, Family};
use super::{bytes, gauge, guest_id, guests, is, kind_word, node_id, nodes, storages};

/// States of a guest's high availability, as the manager words them.
const HA_STATES: [&str; 11] = [
    "stopped",
    "request_stop",
    "request_start",
    "request_start_balance",
    "started",
    "fence",
    "recovery",
    "migrate",
    "relocate",
    "freeze",
    "error",
];

/// States of a node's high availability.
const NODE_HA_STATES: [&str; 5] = ["online", "maintenance", "unknown", "fence", "gone"];

/// Locks of a guest's configuration.
const LOCKS: [&str; 9] = [
    "backup",
    "clone",
    "create",
    "migrate",
    "rollback",
    "snapshot",
    "snapshot-delete",
    "suspended",
    "suspending",
];

/// States of a node's subscription.
const SUBSCRIPTIONS: [&str; 6] = [
    "new",
    "notfound",
    "active",
    "invalid",
    "expired",
    "suspended",
];

/// Writes these families.
pub(super) fn write(out: &mut Exposition, views: &[&TargetView]) {
    write_states(out, views);
    write_infos(out, views);
    write_backups(out, views);
    write_replication(out, views);
}

/// One figure for each state that there can be, 1 for the one that is.
fn states(
    family: &mut Family<'_>,
    (id, target): (&str, &str),
    label: &str,
    all: &[&str],
    now: Option<&str>,
) {
    for state in all {
        let labels = [("id", id), (label, *state), ("target", target)];
        family.figure(&labels, is(now == Some(*state)));
    }
}

fn write_states(out: &mut Exposition, views: &[&TargetView]) {
    let mut ha = gauge(out, "pve_ha_state", "State of high availability.");
    for view in views {
        let target = view.summary.name.as_str();
        for node in nodes(view).filter(|node| node.ha_state.is_some()) {
            let id = node_id(&node.name);
            let state = node.ha_state.as_deref();
            states(&mut ha, (&id, target), "state", &NODE_HA_STATES, state);
        }
        for guest in guests(view).filter(|guest| guest.ha_state.is_some()) {
            let state = guest.ha_state.as_deref();
            let id = guest_id(guest);
            states(&mut ha, (&id, target), "state", &HA_STATES, state);
        }
    }
    let mut locks = gauge(
        out,
        "pve_lock_state",
        "The lock on a guest's configuration.",
    );
    for view in views {
        let target = view.summary.name.as_str();
        for guest in guests(view) {
            let id = guest_id(guest);
            states(
                &mut locks,
                (&id, target),
                "state",
                &LOCKS,
                guest.lock.as_deref(),
            );
        }
    }
    let mut subscriptions = gauge(
        out,
        "pve_subscription_status",
        "State of a node's subscription.",
    );
    for view in views {
        let target = view.summary.name.as_str();
        for node in nodes(view) {
            if let Some(subscription) = node.facts.subscription.value() {
                let id = node_id(&node.name);
                let state = Some(subscription.status.as_str());
                let family = &mut subscriptions;
                states(family, (&id, target), "status", &SUBSCRIPTIONS, state);
            }
        }
    }
    let mut on_boot = gauge(
        out,
        "pve_onboot_status",
        "Whether a guest starts with its node.",
    );
    for view in views {
        for guest in guests(view) {
            let Some(config) = guest.facts.config.value() else {
                continue;
            };
            let labels = [
                ("id", &*guest_id(guest)),
                ("node", &guest.node),
                ("type", kind_word(guest.kind)),
                ("target", &view.summary.name),
            ];
            on_boot.figure(&labels, is(config.on_boot));
        }
    }
}

fn write_infos(out: &mut Exposition, views: &[&TargetView]) {
    let mut infos = gauge(out, "pve_guest_info", "A guest, as labels.");
    for view in views {
        for guest in guests(view) {
            let labels = [
                ("id", &*guest_id(guest)),
                ("name", &guest.name),
                ("node", &guest.node),
                ("tags", &guest.tags.join(";")),
                ("template", if guest.template { "1" } else { "0" }),
                ("type", kind_word(guest.kind)),
                ("target", &view.summary.name),
            ];
            infos.figure(&labels, Some(1.0));
        }
    }
    let mut infos = gauge(out, "pve_storage_info", "A storage, as labels.");
    for view in views {
        for (id, node, _, storage) in storages(view) {
            let labels = [
                ("id", &*id),
                ("content", &storage.content.join(",")),
                ("node", node),
                ("plugintype", &storage.plugin),
                ("storage", &storage.name),
                ("target", &view.summary.name),
            ];
            infos.figure(&labels, Some(1.0));
        }
    }
    let mut infos = gauge(out, "pve_node_info", "A node, as labels.");
    for view in views {
        for node in nodes(view) {
            let labels = [
                ("id", &*node_id(&node.name)),
                ("name", &node.name),
                ("target", &view.summary.name),
            ];
            infos.figure(&labels, Some(1.0));
        }
    }
    let mut infos = gauge(out, "pve_cluster_info", "A cluster, as labels.");
    for view in views {
        let Some(cluster) = &view.summary.cluster else {
            continue;
        };
        let quorate = match view.summary.quorate {
            Some(true) => "1",
            Some(false) => "0",
            None => "",
        };
        let labels = [
            ("id", &*format!("cluster/{cluster}")),
            ("nodes", &nodes(view).count().to_string()),
            ("quorate", quorate),
            ("target", &view.summary.name),
        ];
        infos.figure(&labels, Some(1.0));
    }
    let mut infos = gauge(
        out,
        "pve_version_info",
        "The version of a target, as labels.",
    );
    for view in views {
        if let Some(version) = &view.summary.version {
            let labels = [("version", &**version), ("target", &view.summary.name)];
            infos.figure(&labels, Some(1.0));
        }
    }
}

/// The exporter's id of the guest with a number.
fn id_of(view: &TargetView, vmid: u32) -> Option<String> {
    guests(view).find(|guest| guest.vmid == vmid).map(guest_id)
}

fn write_backups(out: &mut Exposition, views: &[&TargetView]) {
    let mut count = gauge(
        out,
        "pve_not_backed_up_total",
        "Guests that no backup job takes.",
    );
    for view in views {
        let Some(uncovered) = view.facts.uncovered.value() else {
            continue;
        };
        let id = match (&view.summary.cluster, nodes(view).next()) {
            (Some(cluster), _) => format!("cluster/{cluster}"),
            (None, Some(node)) => node_id(&node.name),
            (None, None) => continue,
        };
        let labels = [("id", &*id), ("target", &view.summary.name)];
        count.figure(&labels, bytes(Some(uncovered.len() as u64)));
    }
    let mut infos = gauge(
        out,
        "pve_not_backed_up_info",
        "A guest that no backup job takes.",
    );
    for view in views {
        let uncovered = view.facts.uncovered.value();
        for vmid in uncovered.into_iter().flat_map(|list| list.iter()) {
            if let Some(id) = id_of(view, *vmid) {
                infos.figure(&[("id", &*id), ("target", &view.summary.name)], Some(1.0));
            }
        }
    }
}

fn write_replication(out: &mut Exposition, views: &[&TargetView]) {
    #[expect(clippy::cast_precision_loss, reason = "milliseconds of a date")]
    fn seconds(at: Option<Timestamp>) -> Option<f64> {
        at.map(|at| at.millis() as f64 / 1e3)
    }
    type Figure = fn(&Replication) -> Option<f64>;
    const FIGURES: [(&str, &str, Figure); 5] = [
        (
            "pve_replication_duration_seconds",
            "How long the last replication took.",
            |job| job.seconds,
        ),
        (
            "pve_replication_last_sync_timestamp_seconds",
            "When replication last worked.",
            |job| seconds(job.last_sync),
        ),
        (
            "pve_replication_last_try_timestamp_seconds",
            "When replication was last tried.",
            |job| seconds(job.last_try),
        ),
        (
            "pve_replication_next_sync_timestamp_seconds",
            "When replication runs next.",
            |job| seconds(job.next_sync),
        ),
        (
            "pve_replication_failed_syncs",
            "How often replication has failed in a row.",
            |job| Some(f64::from(job.failures)),
        ),
    ];
    for (name, help, figure) in FIGURES {
        let mut family = gauge(out, name, help);
        for view in views {
            let jobs = view.facts.replication.value();
            for job in jobs.into_iter().flat_map(|list| list.iter()) {
                let labels = [("id", &*job.id), ("target", &view.summary.name)];
                family.figure(&labels, figure(job));
            }
        }
    }
    let mut infos = gauge(out, "pve_replication_info", "A replication job, as labels.");
    for view in views {
        let jobs = view.facts.replication.value();
        for job in jobs.into_iter().flat_map(|list| list.iter()) {
            let guest = job.vmid.and_then(|vmid| id_of(view, vmid));
            let node = |name: &Option<String>| name.as_deref().map(node_id).unwrap_or_default();
            let labels = [
                ("id", &*job.id),
                ("guest", &guest.unwrap_or_default()),
                ("source", &node(&job.source)),
                ("target_node", &node(&job.target)),
                ("target", &view.summary.name),
            ];
            infos.figure(&labels, Some(1.0));
        }
    }
}
