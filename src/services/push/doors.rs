//! The doors that are open: one per target that has a token.

use std::collections::{BTreeSet, HashMap};

use ring::digest::{SHA256, digest};
use secrecy::{ExposeSecret, SecretString};

use crate::model::id::{ResourceId, TargetId};
use crate::model::time::Timestamp;

use super::counters::Counters;
use super::{DoorStatus, Taken};

/// Series of one target that only its senders know.
const SERIES: usize = 256;

/// A series that only the sender knows.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Series {
    /// What it is about.
    pub resource: ResourceId,
    /// The sender's name for it.
    pub metric: String,
}

/// One target's door.
pub(super) struct Door {
    token: SecretString,
    /// What the counters of its host last said.
    pub(super) counters: Counters,
    series: BTreeSet<Series>,
    pub(super) status: DoorStatus,
}

impl Door {
    /// Whether a series of the sender's own is known, or may still be.
    pub(super) fn has_room_for(&mut self, series: &Series) -> bool {
        if self.series.contains(series) {
            return true;
        }
        if self.series.len() >= SERIES {
            return false;
        }
        self.series.insert(series.clone());
        self.status.series = self.series.iter().cloned().collect();
        true
    }

    pub(super) fn count(&mut self, taken: Taken, now: Timestamp) {
        self.status.last_at = Some(now);
        self.status.bodies += 1;
        let counts = [taken.recorded, taken.known, taken.dropped];
        for (sum, count) in self.status.figures.iter_mut().zip(counts) {
            *sum += count as u64;
        }
    }
}

/// All doors. Tokens are found by their hash, so that finding one takes equally long whatever it
/// has in common with another.
#[derive(Default)]
pub(super) struct Doors {
    by_target: HashMap<TargetId, Door>,
    by_hash: HashMap<[u8; 32], TargetId>,
}

fn hash(token: &str) -> [u8; 32] {
    let mut hash = [0; 32];
    hash.copy_from_slice(digest(&SHA256, token.as_bytes()).as_ref());
    hash
}

impl Doors {
    pub(super) fn open(&mut self, target: TargetId, token: SecretString) {
        self.close(&target);
        self.by_hash
            .insert(hash(token.expose_secret()), target.clone());
        let door = Door {
            token,
            counters: Counters::default(),
            series: BTreeSet::new(),
            status: DoorStatus::default(),
        };
        self.by_target.insert(target, door);
    }

    pub(super) fn close(&mut self, target: &TargetId) {
        if let Some(door) = self.by_target.remove(target) {
            self.by_hash.remove(&hash(door.token.expose_secret()));
        }
    }

    pub(super) fn owner(&self, token: &str) -> Option<TargetId> {
        self.by_hash.get(&hash(token)).cloned()
    }

    pub(super) fn token(&self, target: &TargetId) -> Option<SecretString> {
        self.get(target).map(|door| door.token.clone())
    }

    pub(super) fn get(&self, target: &TargetId) -> Option<&Door> {
        self.by_target.get(target)
    }

    pub(super) fn get_mut(&mut self, target: &TargetId) -> Option<&mut Door> {
        self.by_target.get_mut(target)
    }
}
