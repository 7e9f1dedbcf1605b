//! Backups and snapshots, as Pulse 4.3 listed them; what could not be read is named in `gaps`.

use std::collections::HashMap;

use actix_web::get;
use actix_web::web::Data;
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::dialect::{Answer, Pulse, Reply};
use crate::api::guard::{Allow, FleetRead};
use crate::api::shared::Shared;
use crate::model::backup::{Backup, BackupKind, BackupPlace, Verification};
use crate::model::known::{Gap, Known};
use crate::model::resource::{Guest, GuestKind, Resource, Snapshot};
use crate::model::task::{Task, TaskOutcome};
use crate::model::time::Timestamp;
use crate::state::{Fleet, TargetView};

use super::pbs::{PbsBackup, PbsInstance};

/// Backup jobs that ran, backups on storages, and snapshots of guests.
#[derive(Debug, Default, Serialize, ToSchema)]
#[schema(as = PulsePveBackups)]
#[serde(rename_all = "camelCase")]
pub(super) struct PveBackups {
    backup_tasks: Vec<BackupTask>,
    storage_backups: Vec<StorageBackup>,
    guest_snapshots: Vec<GuestSnapshot>,
}

/// One run of `vzdump`.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PulseBackupTask)]
#[serde(rename_all = "camelCase")]
pub(super) struct BackupTask {
    id: String,
    node: String,
    r#type: String,
    vmid: Option<u32>,
    /// The host's final word, or `running`.
    status: String,
    start_time: String,
    end_time: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    size: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

/// A backup on a storage.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PulseStorageBackup)]
#[serde(rename_all = "camelCase")]
pub(super) struct StorageBackup {
    id: String,
    storage: String,
    node: String,
    r#type: &'static str,
    vmid: Option<u32>,
    time: String,
    ctime: i64,
    size: Option<u64>,
    format: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    notes: Option<String>,
    protected: bool,
    volid: String,
    #[serde(rename = "isPBS")]
    is_pbs: bool,
    verified: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    verification: Option<String>,
}

/// A snapshot of a guest.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PulseGuestSnapshot)]
#[serde(rename_all = "camelCase")]
pub(super) struct GuestSnapshot {
    id: String,
    name: String,
    node: String,
    r#type: &'static str,
    vmid: u32,
    time: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    parent: Option<String>,
    vmstate: bool,
}

/// Something that belongs into a list and could not be read.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[schema(as = PulseGap)]
pub(super) struct Missing {
    /// The instance it belongs to.
    instance: String,
    /// What is missing, such as `backups on nas (pve1)`.
    what: String,
    /// Why.
    reason: String,
}

/// Everything about backups.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PulseBackups)]
#[serde(rename_all = "camelCase")]
pub(super) struct Backups {
    #[serde(flatten)]
    pve: PveBackups,
    pbs_backups: Vec<PbsBackup>,
    /// Whether everything could be read, so that what is not listed does not exist.
    complete: bool,
    gaps: Vec<Missing>,
}

/// Backups on storages of Proxmox VE.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PulseStorageBackups)]
pub(super) struct StorageBackups {
    backups: Vec<StorageBackup>,
    complete: bool,
    gaps: Vec<Missing>,
}

/// Backup servers.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PulsePbsInstances)]
pub(super) struct PbsInstances {
    instances: Vec<PbsInstance>,
}

/// Snapshots of guests.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PulseSnapshots)]
pub(super) struct Snapshots {
    snapshots: Vec<GuestSnapshot>,
    complete: bool,
    gaps: Vec<Missing>,
}

/// Everything about backups, of all instances.
#[utoipa::path(tag = "pulse", responses((status = 200, body = Backups)))]
#[get("/backups")]
pub(crate) async fn list_backups(
    _: Allow<Pulse, FleetRead>,
    shared: Data<Shared>,
) -> Answer<Pulse, Backups> {
    Ok(Reply::ok(Backups::of(&shared.hub.present().fleet)))
}

/// The same: Pulse served it under both names.
#[utoipa::path(tag = "pulse", responses((status = 200, body = Backups)))]
#[get("/backups/unified")]
pub(crate) async fn list_backups_unified(
    _: Allow<Pulse, FleetRead>,
    shared: Data<Shared>,
) -> Answer<Pulse, Backups> {
    Ok(Reply::ok(Backups::of(&shared.hub.present().fleet)))
}

/// Backups on storages of Proxmox VE.
#[utoipa::path(tag = "pulse", responses((status = 200, body = StorageBackups)))]
#[get("/backups/pve")]
pub(crate) async fn list_pve_backups(
    _: Allow<Pulse, FleetRead>,
    shared: Data<Shared>,
) -> Answer<Pulse, StorageBackups> {
    let fleet = &shared.hub.present().fleet;
    let gaps = gaps(fleet, &[Topic::Storages]);
    Ok(Reply::ok(StorageBackups {
        backups: fleet.targets().flat_map(|v| storage_backups(v)).collect(),
        complete: gaps.is_empty(),
        gaps,
    }))
}

/// Backup servers, with their datastores; the backups themselves are in `/api/backups`.
#[utoipa::path(tag = "pulse", responses((status = 200, body = PbsInstances)))]
#[get("/backups/pbs")]
pub(crate) async fn list_pbs_backups(
    _: Allow<Pulse, FleetRead>,
    shared: Data<Shared>,
) -> Answer<Pulse, PbsInstances> {
    let present = shared.hub.present();
    let now = crate::telemetry::clock::now();
    let instances = present.fleet.targets();
    Ok(Reply::ok(PbsInstances {
        instances: instances
            .filter_map(|view| PbsInstance::of(view, now))
            .collect(),
    }))
}

/// Snapshots of virtual machines and containers.
#[utoipa::path(tag = "pulse", responses((status = 200, body = Snapshots)))]
#[get("/snapshots")]
pub(crate) async fn list_snapshots(
    _: Allow<Pulse, FleetRead>,
    shared: Data<Shared>,
) -> Answer<Pulse, Snapshots> {
    let fleet = &shared.hub.present().fleet;
    let gaps = gaps(fleet, &[Topic::Snapshots]);
    Ok(Reply::ok(Snapshots {
        snapshots: fleet.targets().flat_map(|v| snapshots(v)).collect(),
        complete: gaps.is_empty(),
        gaps,
    }))
}

impl Backups {
    fn of(fleet: &Fleet) -> Self {
        let gaps = gaps(
            fleet,
            &[
                Topic::Tasks,
                Topic::Storages,
                Topic::Snapshots,
                Topic::Servers,
            ],
        );
        Self {
            pve: PveBackups::of(fleet),
            pbs_backups: fleet.targets().flat_map(|v| PbsBackup::all(v)).collect(),
            complete: gaps.is_empty(),
            gaps,
        }
    }
}

impl PveBackups {
    /// What all instances of Proxmox VE know.
    pub(super) fn of(fleet: &Fleet) -> Self {
        Self {
            backup_tasks: fleet.targets().flat_map(|v| tasks(v)).collect(),
            storage_backups: fleet.targets().flat_map(|v| storage_backups(v)).collect(),
            guest_snapshots: fleet.targets().flat_map(|v| snapshots(v)).collect(),
        }
    }
}

/// When each guest of an instance was last backed up, by number.
#[must_use]
pub(super) fn last_backups(view: &TargetView) -> HashMap<u32, Timestamp> {
    let mut last: HashMap<u32, Timestamp> = HashMap::new();
    if is_pve(view) {
        for (_, backup) in view.facts.backups.all() {
            if let Some(vmid) = backup.vmid {
                let at = last.entry(vmid).or_insert(backup.at);
                *at = (*at).max(backup.at);
            }
        }
    }
    last
}

fn is_pve(view: &TargetView) -> bool {
    view.summary.kind == "pve"
}

fn tasks(view: &TargetView) -> Vec<BackupTask> {
    let Some(tasks) = view.facts.tasks.value().filter(|_| is_pve(view)) else {
        return Vec::new();
    };
    let dumps = tasks.iter().filter(|task| task.kind == "vzdump");
    dumps.map(|task| BackupTask::new(view, task)).collect()
}

impl BackupTask {
    fn new(view: &TargetView, task: &Task) -> Self {
        let (status, error) = match &task.outcome {
            TaskOutcome::Running => ("running".to_owned(), None),
            TaskOutcome::Ok => ("OK".to_owned(), None),
            TaskOutcome::Warnings(count) => (format!("WARNINGS: {count}"), None),
            TaskOutcome::Failed(text) => (text.clone(), Some(text.clone())),
            TaskOutcome::Unknown => ("unknown".to_owned(), None),
        };
        Self {
            id: format!("{}-{}", view.summary.name, task.id),
            node: task.node.clone().unwrap_or_default(),
            r#type: task.kind.clone(),
            vmid: task.subject.as_ref().and_then(|text| text.parse().ok()),
            status,
            start_time: task.began_at.rfc3339(),
            end_time: task.ended_at.map(Timestamp::rfc3339),
            // The host's list of tasks does not say.
            size: None,
            error,
        }
    }
}

fn storage_backups(view: &TargetView) -> Vec<StorageBackup> {
    if !is_pve(view) {
        return Vec::new();
    }
    let all = view.facts.backups.all();
    all.map(|(place, backup)| StorageBackup::new(view, place, backup))
        .collect()
}

impl StorageBackup {
    fn new(view: &TargetView, place: &BackupPlace, backup: &Backup) -> Self {
        let storage = match view.resources.get(&place.resource).map(|found| &**found) {
            Some(Resource::Storage(storage)) => Some(storage),
            _ => None,
        };
        let is_pbs = storage.is_some_and(|storage| storage.plugin == "pbs");
        let is_shared = is_pbs || storage.is_some_and(|storage| storage.shared);
        let of_node = place.node.clone().filter(|_| !is_shared);
        Self {
            id: format!("{}-{}", view.summary.name, backup.name),
            storage: place.name.clone(),
            node: of_node.unwrap_or_else(|| place.name.clone()),
            r#type: match backup.kind {
                BackupKind::Vm => "qemu",
                BackupKind::Container => "lxc",
                BackupKind::Host | BackupKind::Unknown => "unknown",
            },
            vmid: backup.vmid,
            time: backup.at.rfc3339(),
            ctime: backup.at.seconds(),
            size: backup.size,
            format: backup.format.clone(),
            notes: backup.notes.clone(),
            protected: backup.protected,
            volid: backup.name.clone(),
            is_pbs,
            verified: backup.verification == Some(Verification::Ok),
            verification: backup.verification.as_ref().map(verification_word),
        }
    }
}

fn verification_word(verification: &Verification) -> String {
    match verification {
        Verification::Ok => "ok".to_owned(),
        Verification::Failed => "failed".to_owned(),
        Verification::Other(word) => word.clone(),
    }
}

fn guests(view: &TargetView) -> impl Iterator<Item = &Guest> {
    view.resources
        .values()
        .filter_map(|resource| match &**resource {
            Resource::Guest(guest) => Some(guest),
            _ => None,
        })
}

fn snapshots(view: &TargetView) -> Vec<GuestSnapshot> {
    let mut found = Vec::new();
    for guest in guests(view) {
        for snapshot in guest.facts.snapshots.value().into_iter().flatten() {
            found.push(GuestSnapshot::new(view, guest, snapshot));
        }
    }
    found
}

impl GuestSnapshot {
    fn new(view: &TargetView, guest: &Guest, snapshot: &Snapshot) -> Self {
        let instance = &view.summary.name;
        Self {
            id: format!("{instance}-{}-{}-{}", guest.node, guest.vmid, snapshot.name),
            name: snapshot.name.clone(),
            node: guest.node.clone(),
            r#type: match guest.kind {
                GuestKind::Vm => "qemu",
                GuestKind::Container => "lxc",
            },
            vmid: guest.vmid,
            time: snapshot.at.map(Timestamp::rfc3339),
            description: snapshot.description.clone(),
            parent: snapshot.parent.clone(),
            vmstate: snapshot.with_memory,
        }
    }
}

/// What a list is made of.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Topic {
    Tasks,
    Storages,
    Snapshots,
    Servers,
}

/// What could not be read of the topics, in order and without repetition.
fn gaps(fleet: &Fleet, topics: &[Topic]) -> Vec<Missing> {
    let mut missing = Vec::new();
    for view in fleet.targets() {
        let mut note = |what: String, gap: &Gap| {
            missing.push(Missing {
                instance: view.summary.name.clone(),
                what,
                reason: gap.to_string(),
            });
        };
        let has = |topic| topics.contains(&topic);
        if view.seen_at.is_none() {
            if is_pve(view) || has(Topic::Servers) {
                note("everything".to_owned(), &Gap::NotAskedYet);
            }
            continue;
        }
        if is_pve(view) && has(Topic::Tasks) {
            note_unknown(&view.facts.tasks, "backup tasks", &mut note);
        }
        if is_pve(view) && has(Topic::Snapshots) {
            for guest in guests(view) {
                let what = format!("snapshots of {}", guest.vmid);
                note_unknown(&guest.facts.snapshots, &what, &mut note);
            }
        }
        if is_pve(view) && has(Topic::Storages) || !is_pve(view) && has(Topic::Servers) {
            for place in &view.facts.backups.places {
                note_unknown(&place.backups, &words(place), &mut note);
            }
        }
    }
    missing.sort();
    missing.dedup();
    missing
}

fn note_unknown<T>(known: &Known<T>, what: &str, note: &mut impl FnMut(String, &Gap)) {
    match known.gap() {
        None | Some(Gap::Absent) => {}
        Some(gap) => note(what.to_owned(), gap),
    }
}

fn words(place: &BackupPlace) -> String {
    match (&place.node, &place.namespace) {
        (Some(node), _) => format!("backups on {} ({node})", place.name),
        (None, Some(namespace)) if !namespace.is_empty() => {
            format!("backups in {}/{namespace}", place.name)
        }
        _ => format!("backups in {}", place.name),
    }
}
