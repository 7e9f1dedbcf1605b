//! Which details there are to be read, and what a finished task hurries.

use std::collections::HashSet;

use super::jobs::{BACKUPS_AT_MOST, Job, ServerJob};
use super::source::PbsSource;
use crate::model::task::Task;
use crate::model::time::Timestamp;
use crate::sources::proxmox::safe_in_path;

impl PbsSource {
    /// Everything that the rotation is to read.
    pub(super) fn wanted(&self) -> HashSet<Job> {
        let allowed = |job: &ServerJob| match job {
            ServerJob::Datastores
            | ServerJob::GarbageCollection
            | ServerJob::Prune
            | ServerJob::Verify => self.rights.datastore_gap().is_none(),
            ServerJob::Sync => {
                self.rights.datastore_gap().is_none() && self.rights.remote_gap().is_none()
            }
            ServerJob::TapeJobs | ServerJob::TapeDevices => self.rights.tape_gap().is_none(),
            ServerJob::Latest
            | ServerJob::Services
            | ServerJob::Subscription
            | ServerJob::Updates
            | ServerJob::Disks
            | ServerJob::Zfs => self.rights.system_gap().is_none(),
        };
        let server = ServerJob::ALL.into_iter().filter(allowed);
        let mut wanted: HashSet<Job> = server.map(Job::Server).collect();
        for (name, store) in &self.stores {
            if !store.answers() || !safe_in_path(name) {
                continue;
            }
            wanted.insert(Job::Namespaces(name.clone()));
            for namespace in store.contents.keys().filter(|path| is_namespace(path)) {
                wanted.insert(Job::Groups(name.clone(), namespace.clone()));
                wanted.insert(Job::Backups(name.clone(), namespace.clone()));
            }
        }
        wanted.extend(self.past.wanted().map(Job::Past));
        wanted
    }

    /// Hurries what a finished task may have changed.
    pub(super) fn follow(&mut self, task: &Task, now: Timestamp) {
        let subject = task.subject.as_deref().unwrap_or_default();
        // `main:ct/201`, `main`, and for a sync job `remote:theirs:ours::id`.
        let named: Vec<&str> = subject.split(':').collect();
        let touched: Vec<_> = self
            .stores
            .keys()
            .filter(|name| named.contains(&&***name))
            .cloned()
            .collect();
        let hurry_job = match task.kind.as_str() {
            "garbage_collection" => Some(ServerJob::GarbageCollection),
            "prunejob" | "prune" => Some(ServerJob::Prune),
            "syncjob" | "sync" => Some(ServerJob::Sync),
            "verificationjob" | "verify" => Some(ServerJob::Verify),
            "tape-backup-job" => Some(ServerJob::TapeJobs),
            "aptupdate" => Some(ServerJob::Updates),
            kind if kind.starts_with("srv") => Some(ServerJob::Services),
            kind if kind.starts_with("zfs") => Some(ServerJob::Zfs),
            _ => None,
        };
        if let Some(job) = hurry_job {
            self.rotation.hurry(&Job::Server(job), now);
        }
        for store in touched {
            let namespaces: Vec<_> = match self.stores.get(&store) {
                Some(known) => known.contents.keys().cloned().collect(),
                None => continue,
            };
            match task.kind.as_str() {
                "backup" | "prune" | "prunejob" | "prunegroup" | "sync" | "syncjob"
                | "tape-restore" | "forget-group" | "forget-snapshot" => {
                    for namespace in namespaces {
                        self.rotation
                            .hurry(&Job::Groups(store.clone(), namespace), now);
                    }
                }
                // No group shows whether its backups were found whole or removed underneath.
                "verify" | "verify_group" | "verify_snapshot" | "verificationjob"
                | "garbage_collection" => {
                    for namespace in namespaces {
                        self.hurry_backups(&store, &namespace, now);
                    }
                }
                "create-namespace" | "delete-namespace" => {
                    self.rotation.hurry(&Job::Namespaces(store.clone()), now);
                }
                "create-datastore" | "delete-datastore" | "mount-device" | "unmount-device" => {
                    let job = Job::Server(ServerJob::Datastores);
                    self.rotation.hurry(&job, now);
                }
                _ => {}
            }
        }
    }

    /// Reads a namespace's backups soon, but not again and again in a burst of changes.
    pub(super) fn hurry_backups(
        &mut self,
        store: &std::sync::Arc<str>,
        namespace: &std::sync::Arc<str>,
        now: Timestamp,
    ) {
        let contents = self
            .stores
            .get(store)
            .and_then(|s| s.contents.get(namespace));
        let read_at = contents.and_then(|contents| contents.read_at);
        let at = read_at.map_or(now, |at| (at + BACKUPS_AT_MOST).max(now));
        self.rotation
            .hurry(&Job::Backups(store.clone(), namespace.clone()), at);
    }
}

/// Whether a path is that of a namespace, so that it may stand in a query as it is.
fn is_namespace(path: &str) -> bool {
    path.len() <= 256
        && path
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b'/'))
}
