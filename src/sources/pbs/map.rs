//! What the host's words mean. Pure: tested on recorded answers.

use std::time::Duration;

use super::stores::Store;
use super::wire::{
    DiskRow, GarbageRow, GroupRow, HostStatus, JobRow, SnapshotRow, Space, TapeRow, TaskRow,
    UsageRow,
};
use crate::model::backup::{Backup, BackupGroup, BackupKind, Verification};
use crate::model::facts::TapeDevice;
use crate::model::id::{ResourceId, ResourceKind, TargetId};
use crate::model::job::{Job, JobKind, LastRun};
use crate::model::resource::{
    Certificate, Datastore, DatastoreStatus, Disk, GarbageCollection, Node, NodeFacts, NodeStatus,
    Rates, Usage,
};
use crate::model::shared::Shared;
use crate::model::task::{Task, TaskOutcome};
use crate::model::time::Timestamp;
use crate::sources::lenient::Text;
use crate::sources::proxmox::host::{disk_health, disk_kind, said, turns, wear};
use crate::sources::proxmox::moment;

fn usage(used: Option<u64>, total: Option<u64>) -> Usage {
    let total = total.filter(|total| *total > 0);
    Usage {
        used: used.filter(|_| total.is_some()),
        total,
    }
}

fn space(space: &Space) -> Usage {
    usage(space.used.0, space.total.0)
}

fn small(number: Option<u64>) -> Option<u32> {
    number.and_then(|number| u32::try_from(number).ok())
}

/// A datastore's id.
pub(super) fn store_id(target: &TargetId, name: &str) -> ResourceId {
    ResourceId::other(ResourceKind::Datastore, target, name)
}

/// The server itself, under the name that the admin gave the target: it does not tell its own.
pub(super) fn host(
    target: &TargetId,
    name: &str,
    status: &HostStatus,
    version: Option<&str>,
    facts: Shared<NodeFacts>,
    now: Timestamp,
) -> Node {
    Node {
        id: ResourceId::node(target, "localhost"),
        name: name.to_owned(),
        status: NodeStatus::Online,
        cpu: status.cpu.0.map(|cpu| cpu.max(0.0)),
        cpus: small(status.cpuinfo.cpus.0),
        memory: space(&status.memory),
        swap: space(&status.swap),
        rootfs: space(&status.root),
        load: match &status.loadavg.0[..] {
            [one, five, fifteen] => match (one.0, five.0, fifteen.0) {
                (Some(one), Some(five), Some(fifteen)) => Some([one, five, fifteen]),
                _ => None,
            },
            _ => None,
        },
        iowait: status.wait.0,
        rates: Rates::default(),
        booted_at: status
            .uptime
            .0
            .filter(|up| *up < 3_200_000_000)
            .map(|up| (now - Duration::from_secs(up)).floor_to(Duration::from_secs(10))),
        cpu_model: status.cpuinfo.model.0.clone(),
        cpu_sockets: small(status.cpuinfo.sockets.0),
        cpu_mhz: None,
        kernel: status
            .current_kernel
            .release
            .0
            .clone()
            .or_else(|| status.kversion.0.clone()),
        version: version.map(str::to_owned),
        address: None,
        ha_state: None,
        facts,
    }
}

/// The certificate that the server says it presents.
pub(super) fn certificate(status: &HostStatus) -> Option<Certificate> {
    Some(Certificate {
        file: "proxy.pem".into(),
        subject: None,
        issuer: None,
        fingerprint: Some(status.info.fingerprint.0.as_ref()?.to_ascii_uppercase()),
        expires_at: None,
    })
}

/// A datastore, from all that is known of it.
pub(super) fn datastore(target: &TargetId, name: &str, store: &Store, now: Timestamp) -> Datastore {
    let maintenance = store.row.maintenance.0.as_deref();
    let mode = maintenance.and_then(|text| text.split(',').next());
    let problem = store
        .usage
        .as_ref()
        .and_then(|usage| usage.error.0.clone())
        .or_else(|| store.problem.clone());
    let figures = store.usage.clone().unwrap_or_default();
    let status = match (&problem, mode) {
        (_, Some("offline" | "delete" | "unmount" | "s3-refresh")) => DatastoreStatus::Maintenance,
        (Some(text), _) if text.contains("maintenance mode") => DatastoreStatus::Maintenance,
        (Some(_), _) => DatastoreStatus::Failing,
        (None, Some("read-only")) => DatastoreStatus::Maintenance,
        (None, _) => DatastoreStatus::Available,
    };
    let garbage = store.garbage.as_ref();
    Datastore {
        id: store_id(target, name),
        name: name.to_owned(),
        status,
        problem,
        maintenance: mode.map(str::to_owned),
        comment: store.row.comment.0.clone().filter(|text| !text.is_empty()),
        usage: usage(figures.used.0, figures.total.0),
        full_at: full_at(&figures, now),
        dedup: garbage.and_then(|garbage| dedup(garbage)),
        garbage: garbage.cloned(),
        namespaces: store.namespaces.clone(),
        backend: figures
            .backend_type
            .0
            .or_else(|| store.row.backend_type.0.clone()),
        mount: figures
            .mount_status
            .0
            .or_else(|| store.row.mount_status.0.clone()),
    }
}

#[expect(clippy::cast_possible_truncation, reason = "the range is checked")]
fn full_at(figures: &UsageRow, now: Timestamp) -> Option<Timestamp> {
    let seconds = figures
        .estimated_full_date
        .0
        .filter(|seconds| (1.0..1e11).contains(seconds))?;
    // A moment in the past is how the server says that the store shrinks.
    Some(Timestamp::from_seconds(seconds as i64)).filter(|at| *at > now)
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a factor needs no byte precision"
)]
fn dedup(garbage: &GarbageCollection) -> Option<f64> {
    let (index, disk) = (garbage.index_bytes?, garbage.disk_bytes?);
    (disk > 0).then(|| index as f64 / disk as f64)
}

/// How collecting garbage goes, and the job that it is.
pub(super) fn garbage(target: &TargetId, row: GarbageRow) -> Option<(GarbageCollection, Job)> {
    let store = row.store.0?;
    let last_run = last_run(row.last_run_state, moment(row.last_run_endtime.0), row.upid);
    let collection = GarbageCollection {
        disk_bytes: row.disk_bytes.0,
        index_bytes: row.index_data_bytes.0,
        pending_bytes: row.pending_bytes.0,
        removed_bytes: row.removed_bytes.0,
        bad_chunks: row.still_bad.0,
        schedule: row.schedule.0,
        next_run: moment(row.next_run.0),
        last_run,
    };
    let job = Job {
        id: store.clone(),
        kind: JobKind::GarbageCollection,
        datastore: Some(store_id(target, &store)),
        store,
        namespace: None,
        remote: None,
        schedule: collection.schedule.clone(),
        disabled: collection.schedule.is_none(),
        next_run: collection.next_run,
        last_run: collection.last_run.clone(),
        comment: None,
    };
    Some((collection, job))
}

fn last_run(state: Text, ended_at: Option<Timestamp>, task: Text) -> Option<LastRun> {
    if state.0.is_none() && ended_at.is_none() {
        return None;
    }
    Some(LastRun {
        ended_at,
        outcome: state
            .0
            .map_or(TaskOutcome::Unknown, |word| TaskOutcome::of_word(&word)),
        task: task.0,
    })
}

/// A scheduled job.
pub(super) fn job(target: &TargetId, kind: JobKind, row: JobRow) -> Option<Job> {
    let store = row.store.0?;
    Some(Job {
        id: row.id.0?,
        kind,
        datastore: Some(store_id(target, &store)),
        store,
        namespace: row.ns.0,
        remote: match (said(row.remote), said(row.remote_store)) {
            (Some(remote), Some(store)) => Some(format!("{remote}:{store}")),
            (remote, store) => remote.or(store),
        },
        schedule: row.schedule.0,
        disabled: row.disable.0.unwrap_or(false),
        next_run: moment(row.next_run.0),
        last_run: last_run(
            row.last_run_state,
            moment(row.last_run_endtime.0),
            row.last_run_upid,
        ),
        comment: said(row.comment),
    })
}

/// Tasks, newest first.
pub(super) fn tasks(rows: Vec<TaskRow>) -> Vec<Task> {
    let mut tasks: Vec<Task> = rows
        .into_iter()
        .filter_map(|row| {
            let ended_at = moment(row.endtime.0);
            Some(Task {
                id: row.upid.0?,
                node: None,
                kind: row.worker_type.0.unwrap_or_default(),
                subject: said(row.worker_id),
                user: row.user.0,
                began_at: moment(row.starttime.0)?,
                outcome: match (&ended_at, row.status.0) {
                    (None, None) => TaskOutcome::Running,
                    (_, Some(word)) => TaskOutcome::of_word(&word),
                    (Some(_), None) => TaskOutcome::Unknown,
                },
                ended_at,
            })
        })
        .collect();
    tasks.sort_unstable_by(|a, b| (b.began_at, &b.id).cmp(&(a.began_at, &a.id)));
    tasks
}

fn backup_kind(word: &str) -> BackupKind {
    match word {
        "vm" => BackupKind::Vm,
        "ct" => BackupKind::Container,
        "host" => BackupKind::Host,
        _ => BackupKind::Unknown,
    }
}

/// A backup group.
pub(super) fn group(
    target: &TargetId,
    store: &str,
    ns: &str,
    row: GroupRow,
) -> Option<BackupGroup> {
    Some(BackupGroup {
        datastore: store_id(target, store),
        namespace: ns.to_owned(),
        kind: backup_kind(row.backup_type.0.as_deref()?),
        subject: row.backup_id.0?,
        latest: moment(row.last_backup.0),
        count: row.backup_count.0,
        owner: row.owner.0,
        comment: said(row.comment),
    })
}

/// Backups of a namespace, newest first.
pub(super) fn backups(rows: Vec<SnapshotRow>) -> Vec<Backup> {
    let mut backups: Vec<Backup> = rows.into_iter().filter_map(backup).collect();
    backups.sort_unstable_by(|a, b| (b.at, &a.name).cmp(&(a.at, &b.name)));
    backups
}

fn backup(row: SnapshotRow) -> Option<Backup> {
    let word = row.backup_type.0?;
    let subject = row.backup_id.0?;
    let at = moment(row.backup_time.0)?;
    let kind = backup_kind(&word);
    let modes = || {
        row.files
            .0
            .iter()
            .filter_map(|file| file.crypt_mode.0.as_deref())
    };
    let guest = matches!(kind, BackupKind::Vm | BackupKind::Container);
    Some(Backup {
        name: format!("{word}/{subject}/{}", at.seconds()),
        kind,
        vmid: subject.parse().ok().filter(|_| guest),
        subject,
        at,
        size: row.size.0,
        format: Some(format!("pbs-{word}")),
        verification: row
            .verification
            .and_then(|row| row.state.0)
            .map(|word| Verification::of_word(&word)),
        protected: row.protected.0.unwrap_or(false),
        encrypted: match modes().next() {
            _ if row.fingerprint.0.is_some() => Some(true),
            Some(_) => Some(modes().any(|mode| mode == "encrypt")),
            None => None,
        },
        notes: said(row.comment),
        owner: row.owner.0,
    })
}

pub(super) fn disks(target: &TargetId, host: &str, rows: Vec<DiskRow>) -> Vec<Disk> {
    rows.into_iter()
        .filter_map(|row| {
            let name = row.name.0;
            let device = row
                .devpath
                .0
                .or_else(|| Some(format!("/dev/{}", name.clone()?)))?;
            let serial = said(row.serial);
            let local = serial
                .as_deref()
                .unwrap_or_else(|| device.trim_start_matches("/dev/"));
            Some(Disk {
                id: ResourceId::other(ResourceKind::Disk, target, local),
                node: host.to_owned(),
                kind: disk_kind(row.disk_type.0.as_deref()),
                model: said(row.model),
                size: row.size.0,
                health: disk_health(row.status.0.as_deref()),
                health_word: row.status.0,
                wear: wear(&row.wearout),
                used_for: said(row.used),
                rpm: turns(&row.rpm),
                device,
                serial,
            })
        })
        .collect()
}

pub(super) fn tape(kind: &str, rows: Vec<TapeRow>) -> Vec<TapeDevice> {
    rows.into_iter()
        .filter_map(|row| {
            Some(TapeDevice {
                name: row.name.0?,
                kind: kind.to_owned(),
                model: match (said(row.vendor), said(row.model)) {
                    (Some(vendor), Some(model)) => Some(format!("{vendor} {model}")),
                    (vendor, model) => vendor.or(model),
                },
                serial: said(row.serial),
            })
        })
        .collect()
}

/// The server's version, whose release stands apart: `3.2` and `4` are `3.2.4`.
pub(super) fn version(version: super::wire::Version) -> Option<String> {
    match (version.version.0, version.release.0) {
        (Some(version), Some(release)) => Some(format!("{version}.{release}")),
        (version, _) => version,
    }
}

/// Puts a list of jobs into a steady order.
pub(super) fn in_order(mut jobs: Vec<Job>) -> Vec<Job> {
    jobs.sort_unstable_by(|a, b| (a.kind, &a.store, &a.id).cmp(&(b.kind, &b.store, &b.id)));
    jobs
}
