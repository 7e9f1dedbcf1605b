//! What is read about the cluster as a whole, as the product's types.

use crate::model::backup::{Backup, BackupJob, BackupKind, Selection, Verification};
use crate::model::facts::{Ceph, HaService, HighAvailability};
use crate::model::resource::Usage;
use crate::model::task::{Task, TaskOutcome};
use crate::sources::proxmox::moment;
use crate::sources::pve::wire::cluster::{
    BackupJobRow, CephOsds, CephStatus, ContentRow, HaRow, Keep, TaskRow, UncoveredRow,
};

/// Tasks, newest first.
pub(in crate::sources::pve) fn tasks(rows: Vec<TaskRow>) -> Vec<Task> {
    let mut tasks: Vec<Task> = rows.into_iter().filter_map(task).collect();
    tasks.sort_unstable_by(|a, b| (b.began_at, &b.id).cmp(&(a.began_at, &a.id)));
    tasks
}

fn task(row: TaskRow) -> Option<Task> {
    let ended_at = moment(row.endtime.0);
    let outcome = match (&ended_at, row.status.0.as_deref()) {
        (None, _) => TaskOutcome::Running,
        (Some(_), Some(word)) => TaskOutcome::of_word(word),
        (Some(_), None) => TaskOutcome::Unknown,
    };
    Some(Task {
        id: row.upid.0?,
        node: row.node.0,
        kind: row.kind.0.unwrap_or_default(),
        subject: row.id.0.filter(|id| !id.is_empty()),
        user: match (row.user.0, row.tokenid.0) {
            (Some(user), Some(token)) => Some(format!("{user}!{token}")),
            (user, _) => user,
        },
        began_at: moment(row.starttime.0)?,
        ended_at,
        outcome,
    })
}

/// Backups on a storage, newest first.
pub(in crate::sources::pve) fn backups(rows: Vec<ContentRow>) -> Vec<Backup> {
    let mut backups: Vec<Backup> = rows
        .into_iter()
        .filter(|row| row.content.0.as_deref().is_none_or(|c| c == "backup"))
        .filter_map(backup)
        .collect();
    backups.sort_unstable_by(|a, b| (b.at, &a.name).cmp(&(a.at, &b.name)));
    backups
}

fn backup(row: ContentRow) -> Option<Backup> {
    let name = row.volid.0?;
    let kind = match (row.subtype.0.as_deref(), row.format.0.as_deref()) {
        (Some("qemu"), _) | (_, Some("pbs-vm")) => BackupKind::Vm,
        (Some("lxc"), _) | (_, Some("pbs-ct")) => BackupKind::Container,
        _ if name.contains("vzdump-qemu-") => BackupKind::Vm,
        _ if name.contains("vzdump-lxc-") => BackupKind::Container,
        _ => BackupKind::Unknown,
    };
    let vmid = row.vmid.0.and_then(|vmid| u32::try_from(vmid).ok());
    Some(Backup {
        kind,
        subject: vmid.map_or_else(|| name.clone(), |vmid| vmid.to_string()),
        vmid,
        at: moment(row.ctime.0)?,
        size: row.size.0,
        // A word per kind of archive; on a backup server whether it is encrypted stands beside it.
        encrypted: match (row.encrypted.0.as_deref(), row.format.0.as_deref()) {
            (Some("" | "0" | "false"), _) => Some(false),
            (Some(_), _) => Some(true),
            (None, Some(format)) if format.starts_with("pbs-") => Some(false),
            (None, _) => None,
        },
        format: row.format.0,
        verification: row
            .verification
            .and_then(|info| info.state.0)
            .map(|word| Verification::of_word(&word)),
        protected: row.protected.0.unwrap_or(false),
        notes: row.notes.0.filter(|notes| !notes.is_empty()),
        owner: None,
        name,
    })
}

/// Backup jobs by id.
pub(in crate::sources::pve) fn backup_jobs(rows: Vec<BackupJobRow>) -> Vec<BackupJob> {
    let mut jobs: Vec<BackupJob> = rows.into_iter().filter_map(backup_job).collect();
    jobs.sort_unstable_by(|a, b| a.id.cmp(&b.id));
    jobs
}

fn backup_job(row: BackupJobRow) -> Option<BackupJob> {
    let selection = if row.all.0 == Some(true) {
        Selection::All {
            except: numbers(row.exclude.0.as_deref()),
        }
    } else if let Some(pool) = row.pool.0.filter(|pool| !pool.is_empty()) {
        Selection::Pool(pool)
    } else {
        Selection::Guests(numbers(row.vmid.0.as_deref()))
    };
    Some(BackupJob {
        id: row.id.0?,
        enabled: row.enabled.0.unwrap_or(true),
        schedule: row
            .schedule
            .0
            .or_else(|| match (row.dow.0, row.starttime.0) {
                (Some(days), Some(time)) => Some(format!("{days} {time}")),
                (None, time) => time,
                (days, None) => days,
            }),
        next_run: moment(row.next_run.0),
        storage: row.storage.0,
        node: row.node.0,
        selection,
        mode: row.mode.0,
        keep: row.prune_backups.map(keep).unwrap_or_default(),
        comment: row.comment.0.filter(|comment| !comment.is_empty()),
    })
}

/// Numbers of the guests that no job takes.
pub(in crate::sources::pve) fn uncovered(rows: Vec<UncoveredRow>) -> Vec<u32> {
    let numbers = rows.into_iter().filter_map(|row| row.vmid.0);
    let mut guests: Vec<u32> = numbers
        .filter_map(|vmid| u32::try_from(vmid).ok())
        .collect();
    guests.sort_unstable();
    guests
}

/// Comma-joined numbers of guests.
fn numbers(joined: Option<&str>) -> Vec<u32> {
    let words = joined.unwrap_or_default().split([',', ';', ' ']);
    let mut numbers: Vec<u32> = words.filter_map(|word| word.trim().parse().ok()).collect();
    numbers.sort_unstable();
    numbers
}

fn keep(keep: Keep) -> Vec<String> {
    let mut words: Vec<String> = match keep {
        Keep::Object(map) => map
            .into_iter()
            .filter_map(|(name, count)| Some(format!("{name}={}", count.0?)))
            .collect(),
        Keep::Joined(text) => text.split(',').map(str::to_owned).collect(),
        Keep::Odd(_) => Vec::new(),
    };
    words.sort_unstable();
    words
}

pub(in crate::sources::pve) fn high_availability(rows: Vec<HaRow>) -> HighAvailability {
    let mut ha = HighAvailability::default();
    for row in rows {
        match row.kind.0.as_deref() {
            Some("quorum") => ha.quorum = row.status.0,
            Some("master") => ha.master = row.status.0,
            Some("fencing") => ha.fencing = row.status.0,
            Some("service") => ha.services.extend(row.sid.0.map(|id| HaService {
                id,
                node: row.node.0,
                state: row.crm_state.0.or(row.state.0),
                wanted: row.request_state.0,
            })),
            // Local managers, and what later versions add.
            _ => {}
        }
    }
    ha.services.sort_unstable_by(|a, b| a.id.cmp(&b.id));
    ha
}

pub(in crate::sources::pve) fn ceph(status: CephStatus) -> Ceph {
    let osds = innermost(status.osdmap);
    let number = |count: Option<u64>| count.and_then(|count| u32::try_from(count).ok());
    Ceph {
        health: status.health.status.0.unwrap_or_else(|| "unknown".into()),
        checks: status
            .health
            .checks
            .into_iter()
            .map(|(name, check)| check.summary.message.0.unwrap_or(name))
            .collect(),
        usage: Usage {
            used: status.pgmap.bytes_used.0,
            total: status.pgmap.bytes_total.0,
        },
        osds: [
            number(osds.num_osds.0),
            number(osds.num_up_osds.0),
            number(osds.num_in_osds.0),
        ],
        monitors: status
            .quorum_names
            .0
            .into_iter()
            .filter_map(|name| name.0)
            .collect(),
    }
}

fn innermost(osds: CephOsds) -> CephOsds {
    match osds.osdmap {
        Some(inner) => *inner,
        None => osds,
    }
}
