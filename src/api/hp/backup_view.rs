//! Backups, the jobs that make them and what each day brought, as our own API shows them.

use serde::Serialize;
use utoipa::ToSchema;

use crate::model::backup::{self, Selection, Verification};
use crate::model::facts;
use crate::model::job;
use crate::services::backups::{Copy, GuestBackups, Stray};

use super::view::LastRun;
use super::words;

/// Where a backup lies.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct BackupLocation {
    /// The target that told of it.
    target: String,
    /// The storage or datastore.
    resource: String,
    /// Its name.
    place: String,
    /// The namespace; `null` on a storage, empty for the root.
    namespace: Option<String>,
    /// What the backup is called there.
    name: String,
}

/// One backup, wherever it lies.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Backup {
    /// When it was made, in milliseconds.
    at: i64,
    /// `vm`, `container`, `host` or `unknown`.
    kind: &'static str,
    /// Number or name of what it was made of.
    subject: String,
    /// Bytes, before deduplication.
    size: Option<u64>,
    /// Its format, such as `tzst`.
    format: Option<String>,
    /// `ok`, `failed` or the host's word; `null` if nobody read it again.
    verification: Option<String>,
    /// Whether it may not be pruned.
    protected: bool,
    /// Whether it is encrypted; `null` where the host does not say.
    encrypted: Option<bool>,
    /// The owner's notes; not to be trusted.
    notes: Option<String>,
    /// Who made it.
    owner: Option<String>,
    /// Every place where it lies.
    locations: Vec<BackupLocation>,
}

impl From<&Copy<'_>> for Backup {
    fn from(copy: &Copy<'_>) -> Self {
        let one = copy.backup();
        let locations = copy.locations.iter().map(|location| BackupLocation {
            target: location.target.summary.id.to_string(),
            resource: location.place.resource.to_string(),
            place: location.place.name.clone(),
            namespace: location.place.namespace.clone(),
            name: location.backup.name.clone(),
        });
        let any = |read: fn(&backup::Backup) -> bool| {
            copy.locations.iter().any(|location| read(location.backup))
        };
        Self {
            at: one.at.millis(),
            kind: one.kind.word(),
            subject: one.subject.clone(),
            size: copy.locations.iter().filter_map(|l| l.backup.size).max(),
            format: one.format.clone(),
            verification: copy.verification().map(verdict),
            protected: any(|backup| backup.protected),
            encrypted: copy.locations.iter().find_map(|l| l.backup.encrypted),
            notes: copy.locations.iter().find_map(|l| l.backup.notes.clone()),
            owner: copy.locations.iter().find_map(|l| l.backup.owner.clone()),
            locations: locations.collect(),
        }
    }
}

fn verdict(verification: &Verification) -> String {
    match verification {
        Verification::Ok => "ok".to_owned(),
        Verification::Failed => "failed".to_owned(),
        Verification::Other(word) => word.clone(),
    }
}

/// What one day brought a guest.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct BackupDay {
    /// `none`, `ok` (found whole), `unverified` or `failed`.
    #[schema(schema_with = words::coverage)]
    state: &'static str,
    /// How many backups there are of that day.
    count: u32,
}

/// A guest in the matrix of guests and days.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct BackedUpGuest {
    /// The guest's id.
    id: String,
    /// Its target.
    target: String,
    /// Its number.
    vmid: u32,
    /// Its name; not to be trusted.
    name: String,
    /// The node it is on.
    node: String,
    /// Whether it is a template.
    template: bool,
    /// When its newest backup was made, in milliseconds.
    latest_at: Option<i64>,
    /// Bytes of the newest.
    latest_size: Option<u64>,
    /// How the newest was found: `ok`, `failed`, the host's word, or `null`.
    latest_verification: Option<String>,
    /// How many backups are known.
    count: usize,
    /// How many of them may not be pruned.
    protected: usize,
    /// Whether a job takes it; `null` when that is not known.
    covered: Option<bool>,
    /// Ids of the jobs that take it; `null` when jobs are not known.
    jobs: Option<Vec<String>>,
    /// One entry per day, oldest first.
    days: Vec<BackupDay>,
}

impl From<&GuestBackups<'_>> for BackedUpGuest {
    fn from(one: &GuestBackups<'_>) -> Self {
        let guest = one.guest;
        let newest = one.copies.first();
        Self {
            id: guest.id.to_string(),
            target: guest.id.target_text().to_owned(),
            vmid: guest.vmid,
            name: guest.name.clone(),
            node: guest.node.clone(),
            template: guest.template,
            latest_at: one.latest.map(|at| at.millis()),
            latest_size: newest.and_then(|copy| copy.backup().size),
            latest_verification: newest.and_then(|copy| copy.verification()).map(verdict),
            count: one.copies.len(),
            protected: one
                .copies
                .iter()
                .filter(|copy| copy.locations.iter().any(|l| l.backup.protected))
                .count(),
            covered: one.covered,
            jobs: one.jobs.clone(),
            days: one
                .days
                .iter()
                .map(|day| BackupDay {
                    state: day.state.word(),
                    count: day.count,
                })
                .collect(),
        }
    }
}

/// Backups of something that is no known guest; they never alert.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Orphan {
    /// `vm`, `container`, `host` or `unknown`.
    kind: &'static str,
    /// Number or name of what they were made of.
    subject: String,
    /// `host`, `no_such_guest` or `several_guests`.
    reason: &'static str,
    /// When the newest was made, in milliseconds.
    latest_at: Option<i64>,
    /// How many there are.
    count: usize,
    /// Bytes of all, before deduplication; `null` if no size is known.
    bytes: Option<u64>,
    /// Names of the places where they lie.
    places: Vec<String>,
}

impl From<&Stray<'_>> for Orphan {
    fn from(stray: &Stray<'_>) -> Self {
        let mut places: Vec<String> = stray
            .copies
            .iter()
            .flat_map(|copy| &copy.locations)
            .map(|location| location.place.name.clone())
            .collect();
        places.sort_unstable();
        places.dedup();
        let sizes = stray.copies.iter().filter_map(|copy| copy.backup().size);
        Self {
            kind: stray.kind.word(),
            subject: stray.subject.to_owned(),
            reason: stray.owner.word(),
            latest_at: stray.copies.first().map(|copy| copy.at().millis()),
            count: stray.copies.len(),
            bytes: sizes.reduce(u64::saturating_add),
            places,
        }
    }
}

/// A job that backs guests up.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct BackupJob {
    /// Its id.
    id: String,
    /// Whether it is switched on.
    enabled: bool,
    /// When it runs, in the host's words.
    schedule: Option<String>,
    /// When it runs next, in milliseconds.
    next_run_at: Option<i64>,
    /// The storage it writes to.
    storage: Option<String>,
    /// The only node it runs on.
    node: Option<String>,
    /// `all`, `guests` or `pool`.
    selection: &'static str,
    /// Those named, or those left out of all.
    guests: Vec<u32>,
    /// The pool.
    pool: Option<String>,
    /// How it takes them.
    mode: Option<String>,
    /// What it keeps, such as `keep-last=3`.
    keep: Vec<String>,
    /// The owner's comment; not to be trusted.
    comment: Option<String>,
}

impl From<&backup::BackupJob> for BackupJob {
    fn from(job: &backup::BackupJob) -> Self {
        let (selection, guests, pool) = match &job.selection {
            Selection::All { except } => ("all", except.clone(), None),
            Selection::Guests(guests) => ("guests", guests.clone(), None),
            Selection::Pool(pool) => ("pool", Vec::new(), Some(pool.clone())),
        };
        Self {
            id: job.id.clone(),
            enabled: job.enabled,
            schedule: job.schedule.clone(),
            next_run_at: job.next_run.map(|at| at.millis()),
            storage: job.storage.clone(),
            node: job.node.clone(),
            selection,
            guests,
            pool,
            mode: job.mode.clone(),
            keep: job.keep.clone(),
            comment: job.comment.clone(),
        }
    }
}

/// A scheduled job of a backup server.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ServerJob {
    /// Its id.
    id: String,
    /// `garbage_collection`, `prune`, `sync`, `verify` or `tape`.
    kind: &'static str,
    /// The datastore it works on.
    store: String,
    /// The namespace it is limited to.
    namespace: Option<String>,
    /// The other server and its datastore, for copies.
    remote: Option<String>,
    /// When it runs, in the server's words.
    schedule: Option<String>,
    /// Whether it is switched off.
    disabled: bool,
    /// When it runs next, in milliseconds.
    next_run_at: Option<i64>,
    /// How it last ran by schedule.
    last_run: Option<LastRun>,
    /// The owner's comment; not to be trusted.
    comment: Option<String>,
}

impl From<&job::Job> for ServerJob {
    fn from(job: &job::Job) -> Self {
        Self {
            id: job.id.clone(),
            kind: job.kind.word(),
            store: job.store.clone(),
            namespace: job.namespace.clone(),
            remote: job.remote.clone(),
            schedule: job.schedule.clone(),
            disabled: job.disabled,
            next_run_at: job.next_run.map(|at| at.millis()),
            last_run: job.last_run.as_ref().map(LastRun::from),
            comment: job.comment.clone(),
        }
    }
}

/// A tape drive or library.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct TapeDevice {
    /// Its name.
    name: String,
    /// `drive` or `changer`.
    kind: String,
    /// Vendor and model.
    model: Option<String>,
    /// Serial number.
    serial: Option<String>,
}

impl From<&facts::TapeDevice> for TapeDevice {
    fn from(device: &facts::TapeDevice) -> Self {
        Self {
            name: device.name.clone(),
            kind: device.kind.clone(),
            model: device.model.clone(),
            serial: device.serial.clone(),
        }
    }
}

/// A backup group of a backup server.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct BackupGroup {
    /// The datastore.
    datastore: String,
    /// The namespace; empty for the root.
    namespace: String,
    /// `vm`, `container`, `host` or `unknown`.
    kind: &'static str,
    /// Number or name of what they were made of.
    subject: String,
    /// When the newest was made, in milliseconds.
    latest_at: Option<i64>,
    /// How many there are.
    count: Option<u64>,
    /// Who owns them.
    owner: Option<String>,
    /// The owner's comment; not to be trusted.
    comment: Option<String>,
}

impl From<&backup::BackupGroup> for BackupGroup {
    fn from(group: &backup::BackupGroup) -> Self {
        Self {
            datastore: group.datastore.to_string(),
            namespace: group.namespace.clone(),
            kind: group.kind.word(),
            subject: group.subject.clone(),
            latest_at: group.latest.map(|at| at.millis()),
            count: group.count,
            owner: group.owner.clone(),
            comment: group.comment.clone(),
        }
    }
}
