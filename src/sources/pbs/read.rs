//! The rotation at work: one detail is asked for, entered in what is known, and put off until it
//! is due again.

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde::de::DeserializeOwned;

use super::jobs::{BACKUPS_EVERY, GROUPS_EVERY, Job, NAMESPACES_EVERY, ServerJob};
use super::map;
use super::source::PbsSource;
use super::wire::{GroupRow, JobRow, NamespaceRow, StoreRow};
use crate::model::backup::BackupGroup;
use crate::model::job::{Job as Scheduled, JobKind};
use crate::model::known::Known;
use crate::model::resource::NodeFacts;
use crate::model::shared::Shared;
use crate::model::time::Timestamp;
use crate::sources::lenient::List;
use crate::sources::proxmox::answer::{LONG_ENOUGH, after, known, share};
use crate::sources::proxmox::client::Refusal;
use crate::sources::proxmox::gap;
use crate::sources::proxmox::host::{self, SubscriptionInfo};

impl PbsSource {
    /// Reads as many details as the budget allows.
    pub(super) async fn read_details(&mut self, now: Timestamp) {
        let began = Instant::now();
        self.client.begin_details(now);
        self.rotation.keep(self.wanted(), now);
        while self.client.allows_detail() && began.elapsed() < LONG_ENOUGH {
            let Some(job) = self.rotation.take(now) else {
                break;
            };
            let next = match &job {
                Job::Server(kind) => self.read_server(*kind, now).await,
                Job::Namespaces(store) => self.read_namespaces(store).await,
                Job::Groups(store, namespace) => self.read_groups(store, namespace, now).await,
                Job::Backups(store, namespace) => self.read_backups(store, namespace, now).await,
                Job::Past(of) => {
                    self.read_past(of).await;
                    self.past.pause()
                }
            };
            self.rotation.again(&job, now + next);
            self.rotation.keep(self.wanted(), now);
        }
        self.sum_up();
    }

    pub(super) async fn list<T: DeserializeOwned>(
        &mut self,
        path: &str,
    ) -> Result<Vec<T>, Refusal> {
        let list: List<T> = self.client.detail(path).await?;
        Ok(list.0)
    }

    async fn read_server(&mut self, job: ServerJob, now: Timestamp) -> Duration {
        let every = job.every();
        let target = self.id.clone();
        match job {
            ServerJob::Datastores => match self.list("/admin/datastore").await {
                Ok(rows) => {
                    self.enter_stores(rows);
                    every
                }
                Err(refusal) => after(&Known::<()>::Not(gap(&refusal)), every),
            },
            ServerJob::Latest => {
                self.read_latest(now).await;
                every
            }
            ServerJob::GarbageCollection => {
                let found = self.list("/admin/gc").await;
                let found = known(found.map(|rows| {
                    let rows = rows.into_iter();
                    rows.filter_map(|row| map::garbage(&target, row)).collect()
                }));
                self.enter_garbage(found, every)
            }
            ServerJob::Prune => self.read_jobs("/admin/prune", JobKind::Prune, every).await,
            ServerJob::Sync => self.read_jobs("/admin/sync", JobKind::Sync, every).await,
            ServerJob::Verify => {
                self.read_jobs("/admin/verify", JobKind::Verify, every)
                    .await
            }
            ServerJob::TapeJobs => self.read_jobs("/tape/backup", JobKind::Tape, every).await,
            ServerJob::TapeDevices => {
                let drives = self.list("/tape/drive").await;
                let found = match drives {
                    Err(refusal) => Err(refusal),
                    Ok(drives) => self.list("/tape/changer").await.map(|changers| {
                        let mut devices = map::tape("drive", drives);
                        devices.extend(map::tape("changer", changers));
                        devices
                    }),
                };
                let found = known(found);
                let next = after(&found, every);
                self.tape = found.or_before(&self.tape);
                next
            }
            ServerJob::Services => {
                let found = self.list("/nodes/localhost/services").await;
                self.enter(known(found.map(host::services)), every, |facts| {
                    &mut facts.services
                })
            }
            ServerJob::Subscription => {
                let path = "/nodes/localhost/subscription";
                let answer: Result<SubscriptionInfo, Refusal> = self.client.detail(path).await;
                self.enter(known(answer.map(host::subscription)), every, |facts| {
                    &mut facts.subscription
                })
            }
            ServerJob::Updates => {
                let found = self.list("/nodes/localhost/apt/update").await;
                self.enter(known(found.map(host::updates)), every, |facts| {
                    &mut facts.updates
                })
            }
            ServerJob::Zfs => {
                let found = self.list("/nodes/localhost/disks/zfs").await;
                self.enter(known(found.map(host::pools)), every, |facts| &mut facts.zfs)
            }
            ServerJob::Disks => {
                let found = self.list("/nodes/localhost/disks/list").await;
                let found = known(found.map(|rows| map::disks(&target, &self.name, rows)));
                if let Known::Is(disks) = &found {
                    self.disks.clone_from(disks);
                }
                self.enter(found.map(|disks| disks.len()), every, |facts| {
                    &mut facts.disks
                })
            }
        }
    }

    async fn read_jobs(&mut self, path: &str, kind: JobKind, every: Duration) -> Duration {
        let target = self.id.clone();
        let found = self.list::<JobRow>(path).await;
        let found: Known<Vec<Scheduled>> = known(found.map(|rows| {
            let rows = rows.into_iter();
            rows.filter_map(|row| map::job(&target, kind, row))
                .collect()
        }));
        let next = after(&found, every);
        let before = self.jobs.entry(kind).or_default();
        *before = found.or_before(before);
        next
    }

    fn enter_stores(&mut self, rows: Vec<StoreRow>) {
        let names: Vec<&str> = rows
            .iter()
            .filter_map(|row| row.store.0.as_deref())
            .collect();
        self.stores.retain(|name, _| names.contains(&&**name));
        for row in rows {
            if let Some(name) = row.store.0.clone() {
                self.stores.entry(name.into()).or_default().row = row;
            }
        }
    }

    fn enter_garbage(
        &mut self,
        found: Known<Vec<(crate::model::resource::GarbageCollection, Scheduled)>>,
        every: Duration,
    ) -> Duration {
        let next = after(&found, every);
        let jobs = found.map(|rows| {
            rows.into_iter()
                .map(|(collection, job)| {
                    if let Some(store) = self.stores.get_mut(&*job.store) {
                        match &mut store.garbage {
                            Some(before) => before.set(collection),
                            place => *place = Some(Shared::new(collection)),
                        }
                    }
                    job
                })
                .collect()
        });
        let before = self.jobs.entry(JobKind::GarbageCollection).or_default();
        *before = jobs.or_before(before);
        next
    }

    async fn read_namespaces(&mut self, store: &Arc<str>) -> Duration {
        let path = format!("/admin/datastore/{store}/namespace");
        let answer = self.list::<NamespaceRow>(&path).await;
        let next = match &answer {
            Ok(_) => NAMESPACES_EVERY,
            Err(refusal) => after(&Known::<()>::Not(gap(refusal)), NAMESPACES_EVERY),
        };
        let Some(store) = self.stores.get_mut(store) else {
            return next;
        };
        match answer {
            Ok(rows) => {
                let paths = rows.into_iter().filter_map(|row| row.ns.0).collect();
                store.set_namespaces(paths);
            }
            // Version 2.1 had no namespaces: everything lies in the root.
            Err(refusal) if refusal.status == Some(404) => {
                store.set_namespaces(vec![String::new()])
            }
            Err(refusal) => {
                let missing = Known::Not(gap(&refusal));
                store.namespaces = missing.or_before(&store.namespaces);
            }
        }
        next
    }

    async fn read_groups(
        &mut self,
        store: &Arc<str>,
        namespace: &Arc<str>,
        now: Timestamp,
    ) -> Duration {
        let target = self.id.clone();
        let path = format!("/admin/datastore/{store}/groups{}", query(namespace));
        let found = known(self.list::<GroupRow>(&path).await.map(|rows| {
            let rows = rows.into_iter();
            let groups = rows.filter_map(|row| map::group(&target, store, namespace, row));
            let mut groups: Vec<BackupGroup> = groups.collect();
            groups.sort_unstable_by(|a, b| (a.kind, &a.subject).cmp(&(b.kind, &b.subject)));
            groups
        }));
        let next = after(&found, GROUPS_EVERY);
        let Some(known_store) = self.stores.get_mut(store) else {
            return next;
        };
        let Some(contents) = known_store.contents.get_mut(namespace) else {
            return next;
        };
        let changed = match (contents.groups.value(), found.value()) {
            (Some(before), Some(after)) => freshness(before) != freshness(after),
            _ => false,
        };
        share(&mut contents.groups, found);
        known_store.sum_up();
        if changed {
            self.hurry_backups(store, namespace, now);
        }
        next
    }

    async fn read_backups(
        &mut self,
        store: &Arc<str>,
        namespace: &Arc<str>,
        now: Timestamp,
    ) -> Duration {
        let path = format!("/admin/datastore/{store}/snapshots{}", query(namespace));
        let found = known(self.list(&path).await.map(map::backups));
        let next = after(&found, BACKUPS_EVERY);
        let contents = self
            .stores
            .get_mut(store)
            .and_then(|store| store.contents.get_mut(namespace));
        if let Some(contents) = contents {
            if found.value().is_some() {
                contents.read_at = Some(now);
            }
            share(&mut contents.backups, found);
        }
        next
    }

    /// Enters one of the host's facts; a host that fails once does not make it unknown.
    fn enter<T: Clone + PartialEq>(
        &mut self,
        found: Known<T>,
        every: Duration,
        place: fn(&mut NodeFacts) -> &mut Known<T>,
    ) -> Duration {
        let next = after(&found, every);
        self.host_facts.update(|facts| {
            let place = place(facts);
            *place = found.or_before(place);
        });
        next
    }
}

/// What tells whether a group's backups changed.
fn freshness(groups: &[BackupGroup]) -> Vec<(&str, Option<Timestamp>, Option<u64>)> {
    groups
        .iter()
        .map(|group| (group.subject.as_str(), group.latest, group.count))
        .collect()
}

/// The root namespace is asked for by naming none, as versions before 2.2 know none.
fn query(namespace: &str) -> String {
    match namespace {
        "" => String::new(),
        path => format!("?ns={path}"),
    }
}
