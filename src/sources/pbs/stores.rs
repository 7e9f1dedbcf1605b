//! What is known of each datastore, kept between looks.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::wire::{StoreRow, UsageRow};
use crate::model::backup::{Backup, BackupGroup};
use crate::model::known::Known;
use crate::model::resource::{GarbageCollection, Namespace};
use crate::model::shared::Shared;
use crate::model::time::Timestamp;

/// Everything known of one datastore.
#[derive(Debug, Default)]
pub(super) struct Store {
    /// Its space; `None` while the server does not tell.
    pub(super) usage: Option<UsageRow>,
    /// Why the server does not tell, where it said so about this one alone.
    pub(super) problem: Option<String>,
    /// How it is configured.
    pub(super) row: StoreRow,
    /// How collecting garbage goes.
    pub(super) garbage: Option<Shared<GarbageCollection>>,
    /// Its namespaces, with what is known of each.
    pub(super) namespaces: Known<Shared<Vec<Namespace>>>,
    /// What each namespace holds.
    pub(super) contents: BTreeMap<Arc<str>, Contents>,
}

/// What a namespace holds.
#[derive(Debug, Default)]
pub(super) struct Contents {
    /// Its groups.
    pub(super) groups: Known<Shared<Vec<BackupGroup>>>,
    /// Its backups.
    pub(super) backups: Known<Shared<Vec<Backup>>>,
    /// When the backups were last read.
    pub(super) read_at: Option<Timestamp>,
}

impl Store {
    /// Whether it can be asked about what it holds.
    pub(super) fn answers(&self) -> bool {
        self.problem.is_none()
            && self
                .usage
                .as_ref()
                .is_some_and(|usage| usage.error.0.is_none())
    }

    /// Takes over the list of namespaces; what is gone is forgotten.
    pub(super) fn set_namespaces(&mut self, mut paths: Vec<String>) {
        paths.sort_unstable();
        paths.dedup();
        self.contents
            .retain(|path, _| paths.iter().any(|kept| **kept == **path));
        for path in paths {
            self.contents.entry(path.into()).or_default();
        }
        self.sum_up();
    }

    /// Says of each namespace what its groups say.
    pub(super) fn sum_up(&mut self) {
        let namespaces = self.contents.iter().map(|(path, contents)| {
            let groups = contents.groups.value();
            Namespace {
                path: path.to_string(),
                groups: groups.map(|groups| groups.len()),
                backups: groups.and_then(|groups| groups.iter().map(|group| group.count).sum()),
                latest: groups.and_then(|groups| groups.iter().filter_map(|g| g.latest).max()),
            }
        });
        let namespaces = namespaces.collect();
        match &mut self.namespaces {
            Known::Is(before) => before.set(namespaces),
            place => *place = Known::Is(Shared::new(namespaces)),
        }
    }
}
