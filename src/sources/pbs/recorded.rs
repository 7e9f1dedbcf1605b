//! What the product makes of every recorded answer of Proxmox Backup Server.

use std::fmt::{Debug, Write as _};

use serde::de::DeserializeOwned;

use super::permissions::Rights;
use super::stores::Store;
use super::wire::{HostStatus, NamespaceRow, PastRow, StoreRow, UsageRow, Version};
use super::{PRODUCT, map};
use crate::http::Answer;
use crate::model::job::JobKind;
use crate::model::shared::Shared;
use crate::sources::lenient::List;
use crate::sources::proxmox::answer::known;
use crate::sources::proxmox::client::{Refusal, read};
use crate::sources::proxmox::{Permissions, host};
use crate::sources::recorded::{NOW, compact, set, target};

fn shown<T: DeserializeOwned, U: Debug>(answer: &Answer, make: impl FnOnce(T) -> U) -> String {
    let read: Result<T, Refusal> =
        read(&PRODUCT, "monitor@pbs!poll", "recorded", answer).map(|reply| reply.data);
    compact(&format!("{:#?}", known(read.map(make))))
}

fn list<T: DeserializeOwned, U: Debug>(answer: &Answer, make: impl FnOnce(Vec<T>) -> U) -> String {
    shown(answer, |list: List<T>| make(list.0))
}

fn datastore(usage: UsageRow) -> crate::model::resource::Datastore {
    let name = usage.store.0.clone().unwrap_or_else(|| "main".into());
    let store = Store {
        usage: Some(usage),
        ..Store::default()
    };
    map::datastore(&target(), &name, &store, NOW)
}

fn jobs(answer: &Answer, kind: JobKind) -> String {
    list(answer, |rows| {
        let jobs = rows
            .into_iter()
            .filter_map(|row| map::job(&target(), kind, row));
        jobs.collect::<Vec<_>>()
    })
}

/// What is made of the answer to a path; `None` for paths that the product does not ask.
fn made_of(path: &str, answer: &Answer) -> Option<String> {
    let place = path.split('?').next().unwrap_or_default();
    let segments: Vec<&str> = place.split('/').skip(1).collect();
    Some(match segments.as_slice() {
        ["version"] => shown(answer, |version: Version| map::version(version)),
        ["access", "permissions"] => shown(answer, |permissions: Permissions| {
            let rights = Rights::new(permissions);
            let missing = rights.missing("monitor@pbs!poll").into_iter();
            missing
                .map(|missing| (missing.privilege, missing.fix))
                .collect::<Vec<_>>()
        }),
        ["status", "datastore-usage"] => list(answer, |rows: Vec<UsageRow>| {
            rows.into_iter().map(datastore).collect::<Vec<_>>()
        }),
        ["admin", "datastore"] => list(answer, |rows: Vec<StoreRow>| rows),
        ["admin", "datastore", _, "status"] => shown(answer, datastore),
        ["admin", "datastore", _, "namespace"] => list(answer, |rows: Vec<NamespaceRow>| rows),
        ["admin", "datastore", store, "groups"] => list(answer, |rows| {
            let groups = rows
                .into_iter()
                .filter_map(|row| map::group(&target(), store, "", row));
            groups.collect::<Vec<_>>()
        }),
        ["admin", "datastore", _, "snapshots"] => list(answer, map::backups),
        ["admin", "gc"] => list(answer, |rows| {
            let rows = rows
                .into_iter()
                .filter_map(|row| map::garbage(&target(), row));
            rows.collect::<Vec<_>>()
        }),
        ["admin", "prune"] => jobs(answer, JobKind::Prune),
        ["admin", "sync"] => jobs(answer, JobKind::Sync),
        ["admin", "verify"] => jobs(answer, JobKind::Verify),
        ["tape", "backup"] => jobs(answer, JobKind::Tape),
        ["tape", kind @ ("drive" | "changer")] => list(answer, |rows| map::tape(kind, rows)),
        ["nodes", _, "tasks"] => list(answer, map::tasks),
        ["nodes", _, "status"] => shown(answer, |status: HostStatus| {
            let node = map::host(
                &target(),
                "vault",
                &status,
                Some("3.2.4"),
                Shared::default(),
                NOW,
            );
            (node, map::certificate(&status))
        }),
        ["nodes", _, "services"] => list(answer, host::services),
        ["nodes", _, "subscription"] => shown(answer, host::subscription),
        ["nodes", _, "apt", "update"] => list(answer, |rows| host::updates(rows).len()),
        ["nodes", _, "disks", "list"] => list(answer, |rows| map::disks(&target(), "vault", rows)),
        ["nodes", _, "disks", "zfs"] => list(answer, host::pools),
        [.., "rrd"] => list(answer, |rows: Vec<PastRow>| {
            let told = rows.iter().filter(|row| row.used.0.is_some());
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
    insta::assert_snapshot!(snapshot_of("pbs-3.2.4-auditor"));
}

#[test]
fn every_recorded_answer_without_rights_is_understood() {
    insta::assert_snapshot!(snapshot_of("pbs-3.2.4-noacl"));
}
