//! Details of the cluster as a whole, and the backups on its storages.

use std::time::Duration;

use crate::model::backup::BackupPlace;
use crate::model::known::Known;
use crate::model::shared::Shared;
use crate::model::time::Timestamp;
use crate::sources::proxmox::answer::{after, known, share};
use crate::sources::proxmox::client::Refusal;
use crate::sources::proxmox::safe_in_path;
use crate::sources::pve::jobs::{BACKUPS_EVERY, ClusterJob};
use crate::sources::pve::map::cluster as map;
use crate::sources::pve::source::PveSource;
use crate::sources::pve::wire::cluster::CephStatus;

impl PveSource {
    /// Reads one detail of the cluster; answers when it is due again.
    pub(super) async fn read_cluster(&mut self, job: ClusterJob) -> Duration {
        let every = job.every();
        match job {
            ClusterJob::HighAvailability => {
                let found = self.list("/cluster/ha/status/current").await;
                let found = known(found.map(map::high_availability));
                let next = after(&found, every);
                share(&mut self.details.facts.ha, found);
                next
            }
            ClusterJob::BackupJobs => {
                let found = known(self.list("/cluster/backup").await.map(map::backup_jobs));
                let next = after(&found, every);
                share(&mut self.details.facts.backup_jobs, found);
                next
            }
            ClusterJob::Uncovered => {
                let found = self.list("/cluster/backup-info/not-backed-up").await;
                let found = known(found.map(map::uncovered));
                let next = after(&found, every);
                share(&mut self.details.facts.uncovered, found);
                next
            }
            ClusterJob::Ceph => {
                let answer: Result<CephStatus, Refusal> =
                    self.client.detail("/cluster/ceph/status").await;
                let found = known(answer.map(map::ceph));
                let next = after(&found, every);
                share(&mut self.details.facts.ceph, found);
                next
            }
        }
    }

    /// Reads the backups on a storage, asked of its node or of any that can use it.
    pub(super) async fn read_backups(
        &mut self,
        storage: &str,
        node: Option<&str>,
        now: Timestamp,
    ) -> Duration {
        let Some(seen) = self
            .seen
            .storages
            .iter()
            .find(|seen| &*seen.name == storage && seen.node.as_deref() == node)
            .cloned()
        else {
            return BACKUPS_EVERY;
        };
        let asked = seen.usable_on.iter().find(|node| {
            safe_in_path(node) && self.seen.nodes.iter().any(|online| **online == ***node)
        });
        let Some(asked) = asked else {
            return BACKUPS_EVERY;
        };
        let path = format!("/nodes/{asked}/storage/{storage}/content?content=backup");
        let found = known(self.list(&path).await.map(map::backups));
        let next = after(&found, BACKUPS_EVERY);
        let answered = found.value().is_some();
        self.details.facts.backups.update(|backups| {
            let position = backups
                .places
                .iter()
                .position(|place| place.resource == seen.id);
            let position = position.unwrap_or_else(|| {
                backups.places.push(BackupPlace {
                    resource: seen.id.clone(),
                    name: storage.to_owned(),
                    node: seen.node.as_deref().map(str::to_owned),
                    namespace: None,
                    read_at: None,
                    backups: Known::default(),
                });
                backups.places.len() - 1
            });
            let place = &mut backups.places[position];
            if answered {
                place.read_at = Some(now);
            }
            share(&mut place.backups, found);
        });
        next
    }

    /// Keeps one place per storage that can hold backups, with the reason where it is not read.
    pub(in crate::sources::pve) fn settle_backups(&mut self) {
        let gaps: Vec<_> = self
            .seen
            .storages
            .iter()
            .filter(|storage| storage.holds_backups)
            .map(|storage| (storage.clone(), self.rights.backups_gap(&storage.name)))
            .collect();
        self.details.facts.backups.update(|backups| {
            backups
                .places
                .retain(|place| gaps.iter().any(|(storage, _)| storage.id == place.resource));
            for (storage, gap) in gaps {
                let known = backups
                    .places
                    .iter_mut()
                    .find(|place| place.resource == storage.id);
                let missing = gap.map(Known::<Shared<_>>::Not);
                match (known, missing) {
                    (Some(place), Some(missing)) => place.backups = missing,
                    (Some(_), None) => {}
                    (None, missing) => backups.places.push(BackupPlace {
                        resource: storage.id,
                        name: storage.name.to_string(),
                        node: storage.node.as_deref().map(str::to_owned),
                        namespace: None,
                        read_at: None,
                        backups: missing.unwrap_or_default(),
                    }),
                }
            }
            backups.places.sort_by(|a, b| a.resource.cmp(&b.resource));
        });
    }
}
