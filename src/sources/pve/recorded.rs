//! What the product makes of every recorded answer of Proxmox VE.

use std::collections::HashMap;
use std::fmt::{Debug, Write as _};

use serde::de::DeserializeOwned;

use super::details::Details;
use super::map::{self, Context};
use super::permissions::Rights;
use super::wire::cluster::CephStatus;
use super::wire::guest::{AgentAnswer, Config, CurrentStatus, OsInfo};
use super::wire::past::PastRow;
use super::wire::{Export, NodeDetail, NodeRow, ResourceRow, StatusRow, Version};
use super::{PRODUCT, map::guest, map::node};
use crate::http::Answer;
use crate::model::resource::GuestKind;
use crate::sources::lenient::List;
use crate::sources::proxmox::answer::known;
use crate::sources::proxmox::client::{Refusal, read};
use crate::sources::proxmox::{Permissions, host};
use crate::sources::rates::RateTracker;
use crate::sources::recorded::{NOW, compact, set, target};

/// Reads an answer as `T` does, makes something of it and writes it down, or why there is nothing.
fn shown<T: DeserializeOwned, U: Debug>(answer: &Answer, make: impl FnOnce(T) -> U) -> String {
    let read: Result<T, Refusal> =
        read(&PRODUCT, "monitor@pve!poll", "recorded", answer).map(|reply| reply.data);
    compact(&format!("{:#?}", known(read.map(make))))
}

fn list<T: DeserializeOwned, U: Debug>(answer: &Answer, make: fn(Vec<T>) -> U) -> String {
    shown(answer, |list: List<T>| make(list.0))
}

/// What is made of the answer to a path; `None` for paths that the product does not ask.
fn made_of(path: &str, answer: &Answer) -> Option<String> {
    let place = path.split('?').next().unwrap_or_default();
    let segments: Vec<&str> = place.split('/').skip(1).collect();
    let kind = match segments.get(2) {
        Some(&"lxc") => GuestKind::Container,
        _ => GuestKind::Vm,
    };
    Some(match segments.as_slice() {
        ["version"] => shown(answer, |version: Version| version.version),
        ["access", "permissions"] => shown(answer, |permissions: Permissions| {
            let rights = Rights::new(permissions, Some("9.2.11"));
            let missing = rights.missing("monitor@pve!poll");
            let fixes = missing
                .into_iter()
                .map(|missing| (missing.privilege, missing.fix));
            fixes.collect::<Vec<_>>()
        }),
        ["cluster", "resources"] => shown(answer, |rows: Vec<ResourceRow>| {
            let context = Context {
                target: &target(),
                now: NOW,
                details: &Details::default(),
                addresses: &HashMap::new(),
                exported: &HashMap::new(),
            };
            let mut resources = map::resources(rows, &context, &mut RateTracker::default());
            resources.sort_by(|a, b| a.id().cmp(b.id()));
            resources
        }),
        ["cluster", "status"] => list(answer, |mut rows: Vec<StatusRow>| {
            rows.sort_by(|a, b| a.name.cmp(&b.name));
            rows
        }),
        ["cluster", "tasks"] | ["nodes", _, "tasks"] => list(answer, map::cluster::tasks),
        ["cluster", "backup-info", "not-backed-up"] => list(answer, map::cluster::uncovered),
        ["cluster", "backup"] => list(answer, map::cluster::backup_jobs),
        ["cluster", "ha", "status", "current"] => list(answer, map::cluster::high_availability),
        ["cluster", "ceph", "status"] => shown(answer, |s: CephStatus| map::cluster::ceph(s)),
        ["cluster", "metrics", "export"] => shown(answer, |export: Export| {
            let figures = map::node_figures(&export.data);
            let mut figures: Vec<_> = figures.into_iter().collect();
            figures.sort_by(|a, b| a.0.cmp(&b.0));
            figures
        }),
        ["nodes"] => list(answer, |rows: Vec<NodeRow>| rows.len()),
        ["nodes", _, "status"] => shown(answer, |detail: NodeDetail| detail),
        ["nodes", _, "services"] => list(answer, host::services),
        ["nodes", _, "subscription"] => shown(answer, host::subscription),
        ["nodes", _, "certificates", "info"] => list(answer, node::certificates),
        ["nodes", _, "apt", "update"] => list(answer, host::updates),
        ["nodes", _, "disks", "list"] => list(answer, |rows| node::disks(&target(), "pve1", rows)),
        ["nodes", _, "disks", "zfs"] => list(answer, host::pools),
        ["nodes", _, "replication"] => list(answer, node::replication),
        ["nodes", _, "qemu" | "lxc"] => {
            list(answer, |rows: Vec<super::wire::node::PressureRow>| {
                let mut rows: Vec<_> = rows
                    .into_iter()
                    .map(|row| (row.vmid.0, node::guest_pressure(row)))
                    .collect();
                rows.sort_by_key(|(vmid, _)| *vmid);
                rows
            })
        }
        ["nodes", _, "qemu" | "lxc", _, "config"] => {
            shown(answer, |config: Config| guest::config(&config, kind))
        }
        ["nodes", _, "qemu", _, "status", "current"] => shown(answer, |status: CurrentStatus| {
            format!("balloon driver reports: {}", status.freemem.0.is_some())
        }),
        ["nodes", _, "qemu" | "lxc", _, "snapshot"] => list(answer, guest::snapshots),
        ["nodes", _, "lxc", _, "interfaces"] => list(answer, guest::interfaces),
        ["nodes", _, "qemu", _, "agent", "network-get-interfaces"] => {
            shown(answer, |agent: AgentAnswer<List<_>>| {
                guest::interfaces(agent.result.0)
            })
        }
        ["nodes", _, "qemu", _, "agent", "get-fsinfo"] => {
            shown(answer, |agent: AgentAnswer<List<_>>| {
                let filesystems = guest::filesystems(agent.result.0);
                (guest::disk_usage(&filesystems), filesystems)
            })
        }
        ["nodes", _, "qemu", _, "agent", "get-osinfo"] => {
            shown(answer, |agent: AgentAnswer<OsInfo>| guest::os(agent.result))
        }
        ["nodes", _, "storage", _, "content"] => list(answer, map::cluster::backups),
        [.., "rrddata"] => list(answer, |rows: Vec<PastRow>| {
            let told = rows.iter().filter(|row| row.cpu.0.or(row.used.0).is_some());
            format!("{} rows, {} of them no gaps", rows.len(), told.count())
        }),
        _ => return None,
    })
}

fn snapshot_of(name: &str) -> String {
    let mut text = String::new();
    for (path, answer) in set(name) {
        let made = made_of(&path, &answer).unwrap_or_else(|| "not asked".to_owned());
        let _ = writeln!(text, "{path} ({}) => {made}\n", answer.status);
    }
    text
}

#[test]
fn every_recorded_answer_of_an_auditor_is_understood() {
    insta::assert_snapshot!(snapshot_of("pve-9.2.11-auditor"));
}

#[test]
fn every_recorded_answer_without_rights_is_understood() {
    insta::assert_snapshot!(snapshot_of("pve-9.2.11-noacl"));
}

#[test]
fn every_recorded_answer_of_a_degraded_cluster_is_understood() {
    for set in ["node-offline-10s", "node-offline-6min", "no-quorum"] {
        let name = format!("pve-9.2.11-degraded-{set}");
        insta::assert_snapshot!(set, snapshot_of(&name));
    }
}
