//! Backups, jobs and tasks of the small home lab.

use crate::model::backup::{Backup, BackupKind, BackupPlace, Backups, Verification};
use crate::model::facts::Facts;
use crate::model::id::ResourceId;
use crate::model::known::{Gap, Known};
use crate::model::shared::Shared;
use crate::model::task::{Task, TaskOutcome};
use crate::model::time::Timestamp;

use super::lab::target;

/// A backup of guest 100, made at a day.
pub(in crate::rules) fn backup(day: i64, verification: Option<Verification>) -> Backup {
    Backup {
        name: format!("nas:backup/vm-100-{day}"),
        kind: BackupKind::Vm,
        subject: "100".into(),
        vmid: Some(100),
        at: Timestamp::from_seconds(day * super::lab::DAY),
        size: None,
        format: Some("pbs-vm".into()),
        verification,
        protected: false,
        encrypted: None,
        notes: None,
        owner: None,
    }
}

/// The place that holds backups; `None` where it could not be read.
pub(in crate::rules) fn place(name: &str, backups: Option<Vec<Backup>>) -> BackupPlace {
    BackupPlace {
        resource: ResourceId::storage(&target(), name, None),
        name: name.into(),
        node: None,
        namespace: None,
        read_at: None,
        backups: match backups {
            Some(list) => Known::Is(Shared::new(list)),
            None => Known::Not(Gap::NotAskedYet),
        },
    }
}

/// Lists that hold these places, with guest 100 in a job or in none.
pub(in crate::rules) fn facts(places: Vec<BackupPlace>, is_taken: bool) -> Facts {
    let uncovered = if is_taken { Vec::new() } else { vec![100] };
    Facts {
        backups: Shared::new(Backups { places }),
        uncovered: Known::Is(Shared::new(uncovered)),
        ..Facts::default()
    }
}

/// The list of tasks with one backup run in it.
pub(in crate::rules) fn run(subject: Option<&str>, at: i64, outcome: TaskOutcome) -> Task {
    Task {
        id: format!("UPID:vzdump:{at}"),
        node: Some("pve1".into()),
        kind: "vzdump".into(),
        subject: subject.map(str::to_owned),
        user: Some("root@pam".into()),
        began_at: Timestamp::from_seconds(at),
        ended_at: Some(Timestamp::from_seconds(at + 60)),
        outcome,
    }
}
