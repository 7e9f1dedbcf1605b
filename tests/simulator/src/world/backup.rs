//! Backups and snapshots: what was made, when, and what became of it.

use super::State;
use super::guest::{Guest, GuestKind};
use crate::dice;

/// How many backups of a guest the nightly job keeps.
const KEPT: usize = 3;

/// A backup of a guest or a host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Backup {
    /// The storage, or the datastore behind it.
    pub storage: String,
    /// The namespace of a datastore; empty for the root.
    pub namespace: String,
    /// `vm`, `ct` or `host`.
    pub kind: &'static str,
    /// The guest's number, or the host's name.
    pub id: String,
    /// When it was begun, in unix seconds.
    pub made_at: i64,
    /// From when on it is listed.
    pub ready_at: i64,
    /// Bytes.
    pub size: u64,
    /// What its owner wrote.
    pub notes: String,
    /// Not to be pruned.
    pub protected: bool,
    /// Whether it was found whole, and by which task.
    pub verified: Option<(bool, String)>,
}

impl Backup {
    /// The guest's number, where it is one.
    pub fn vmid(&self) -> Option<u32> {
        self.id.parse().ok().filter(|_| self.kind != "host")
    }
}

/// A snapshot of a guest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// Its name.
    pub name: String,
    /// What its owner wrote.
    pub description: String,
    /// When it was taken, in unix seconds.
    pub at: i64,
    /// The snapshot before it.
    pub parent: Option<String>,
    /// With the memory.
    pub vmstate: bool,
}

impl Guest {
    /// Takes a snapshot.
    pub(crate) fn take_snapshot(&mut self, name: &str, description: &str, vmstate: bool, at: i64) {
        let parent = self.snapshots.last().map(|last| last.name.clone());
        self.snapshots.push(Snapshot {
            name: name.to_owned(),
            description: description.to_owned(),
            at,
            parent,
            vmstate,
        });
    }
}

impl State {
    /// Backs a guest up to `storage`, begun at `at`, done `seconds` later; the oldest go.
    pub(crate) fn back_up(&mut self, vmid: u32, storage: &str, at: i64, seconds: i64) {
        let Some(guest) = self.guests.get(&vmid) else {
            return;
        };
        let seed = [self.seed(), 830, u64::from(vmid), at as u64];
        self.backups.push(Backup {
            storage: storage.to_owned(),
            namespace: String::new(),
            kind: match guest.kind {
                GuestKind::Vm => "vm",
                GuestKind::Container => "ct",
            },
            id: vmid.to_string(),
            made_at: at,
            ready_at: at + seconds,
            size: 1_000_000_000 + dice::hash(&seed) % 20_000_000_000,
            notes: guest.name.clone(),
            protected: false,
            verified: None,
        });
        let own = |backup: &Backup| backup.storage == storage && backup.vmid() == Some(vmid);
        let mut surplus = self.backups.iter().filter(|backup| own(backup)).count();
        self.backups.retain(|backup| {
            let drop = own(backup) && !backup.protected && surplus > KEPT;
            surplus -= usize::from(drop);
            !drop
        });
    }

    /// The backups on a storage that are done at `now`.
    pub(crate) fn backups_on<'a>(
        &'a self,
        storage: &'a str,
        now: i64,
    ) -> impl Iterator<Item = &'a Backup> {
        self.backups
            .iter()
            .filter(move |backup| backup.storage == storage && backup.ready_at <= now)
    }
}
