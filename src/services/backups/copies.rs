//! Which backup belongs to which guest.
//!
//! A backup server knows numbers, not clusters: a number that only one cluster has is that
//! guest's; of several, it is the one whose name stands in the backup's notes. A backup that a
//! cluster sees through its storage and the backup server tells of itself is one backup in two
//! places.

use std::collections::{BTreeMap, HashMap};

use crate::model::backup::{Backup, BackupKind, BackupPlace, Verification};
use crate::model::id::ResourceId;
use crate::model::resource::{Guest, GuestKind};
use crate::model::time::Timestamp;
use crate::state::{Fleet, TargetView};

/// Where a copy lies.
#[derive(Clone, Copy, Debug)]
pub struct Location<'a> {
    /// The target that told of it.
    pub target: &'a TargetView,
    /// The storage or namespace.
    pub place: &'a BackupPlace,
    /// What it is called there.
    pub backup: &'a Backup,
}

/// A backup of one guest at one moment, wherever it lies.
#[derive(Clone, Debug)]
pub struct Copy<'a> {
    /// Every place that tells of it; never empty.
    pub locations: Vec<Location<'a>>,
}

impl<'a> Copy<'a> {
    /// The backup as the first place tells of it.
    #[must_use]
    pub fn backup(&self) -> &'a Backup {
        self.locations[0].backup
    }

    /// When it was made.
    #[must_use]
    pub fn at(&self) -> Timestamp {
        self.backup().at
    }

    /// Whether it was found whole: a failure anywhere counts for all.
    #[must_use]
    pub fn verification(&self) -> Option<&'a Verification> {
        let all = || {
            self.locations
                .iter()
                .filter_map(|location| location.backup.verification.as_ref())
        };
        all()
            .find(|verification| **verification == Verification::Failed)
            .or_else(|| all().next())
    }
}

/// Why a backup belongs to no guest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    /// It was made of a host's files.
    Host,
    /// Its guest is gone, or was never seen.
    Gone,
    /// Several clusters have a guest of that number, and nothing tells whose it is.
    Several,
}

impl Owner {
    /// The reason as one word, as it stands in APIs.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Host => "host",
            Self::Gone => "no_such_guest",
            Self::Several => "several_guests",
        }
    }
}

/// Backups of something that is no known guest.
#[derive(Clone, Debug)]
pub struct Stray<'a> {
    /// What they were made of.
    pub kind: BackupKind,
    /// Number or name of it.
    pub subject: &'a str,
    /// Why they belong to no guest.
    pub owner: Owner,
    /// The backups, newest first.
    pub copies: Vec<Copy<'a>>,
}

/// All backups by their guests.
#[derive(Debug, Default)]
pub struct Copies<'a> {
    /// Backups of known guests, newest first.
    pub owned: HashMap<&'a ResourceId, Vec<Copy<'a>>>,
    /// All others.
    pub strays: Vec<Stray<'a>>,
}

/// Copies by when they were made, in seconds: a place that tells of one twice counts once.
type ByTime<'a> = BTreeMap<i64, Copy<'a>>;

/// Finds each backup's guest.
pub(super) fn of(fleet: &Fleet) -> Copies<'_> {
    let mut guests: HashMap<u32, Vec<&Guest>> = HashMap::new();
    for guest in fleet.guests() {
        guests.entry(guest.vmid).or_default().push(guest);
    }
    let mut owned: HashMap<&ResourceId, ByTime<'_>> = HashMap::new();
    let mut strays: BTreeMap<(BackupKind, &str), (Owner, ByTime<'_>)> = BTreeMap::new();
    for view in fleet.targets() {
        for (place, backup) in view.facts.backups.all() {
            let location = Location {
                target: view,
                place,
                backup,
            };
            let copies = match owner(view, backup, &guests) {
                Ok(guest) => owned.entry(&guest.id).or_default(),
                Err(owner) => {
                    let key = (backup.kind, backup.subject.as_str());
                    &mut strays.entry(key).or_insert((owner, BTreeMap::new())).1
                }
            };
            let copy = copies.entry(backup.at.seconds()).or_insert_with(|| Copy {
                locations: Vec::new(),
            });
            copy.locations.push(location);
        }
    }
    Copies {
        owned: owned
            .into_iter()
            .map(|(id, copies)| (id, copies.into_values().rev().collect()))
            .collect(),
        strays: strays
            .into_iter()
            .map(|((kind, subject), (owner, copies))| Stray {
                kind,
                subject,
                owner,
                copies: copies.into_values().rev().collect(),
            })
            .collect(),
    }
}

fn owner<'a>(
    view: &TargetView,
    backup: &Backup,
    guests: &HashMap<u32, Vec<&'a Guest>>,
) -> Result<&'a Guest, Owner> {
    let Some(vmid) = backup.vmid else {
        return Err(match backup.kind {
            BackupKind::Host => Owner::Host,
            BackupKind::Vm | BackupKind::Container | BackupKind::Unknown => Owner::Gone,
        });
    };
    let candidates: Vec<&Guest> = guests
        .get(&vmid)
        .into_iter()
        .flatten()
        .copied()
        .filter(|guest| is_of_kind(guest, backup.kind))
        .collect();
    let own = |guest: &&&Guest| guest.id.target_text() == view.summary.id.as_str();
    if let Some(guest) = candidates.iter().find(own) {
        return Ok(guest);
    }
    match candidates[..] {
        [] => Err(Owner::Gone),
        [guest] => Ok(guest),
        _ => {
            let notes = backup.notes.as_deref().unwrap_or_default();
            let mut named = candidates
                .into_iter()
                .filter(|guest| !guest.name.is_empty() && notes.trim() == guest.name);
            match (named.next(), named.next()) {
                (Some(guest), None) => Ok(guest),
                _ => Err(Owner::Several),
            }
        }
    }
}

fn is_of_kind(guest: &Guest, kind: BackupKind) -> bool {
    match kind {
        BackupKind::Vm => guest.kind == GuestKind::Vm,
        BackupKind::Container => guest.kind == GuestKind::Container,
        BackupKind::Unknown => true,
        BackupKind::Host => false,
    }
}
