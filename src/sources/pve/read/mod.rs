//! The rotation at work: one detail is asked for, entered in what is known, and put off until it
//! is due again.

mod cluster;
mod guest;
mod node;

use std::time::Instant;

use serde::de::DeserializeOwned;

use super::jobs::Job;
use super::source::PveSource;
use crate::model::time::Timestamp;
use crate::sources::lenient::List;
use crate::sources::proxmox::answer::LONG_ENOUGH;
use crate::sources::proxmox::client::Refusal;

impl PveSource {
    /// Reads as many details as the budget allows.
    pub(super) async fn read_details(&mut self, now: Timestamp) {
        let began = Instant::now();
        self.client.begin_details(now);
        self.rotation.keep(self.wanted(), now);
        while self.client.allows_detail() && began.elapsed() < LONG_ENOUGH {
            let Some(job) = self.rotation.take(now) else {
                return;
            };
            let next = match &job {
                Job::Cluster(kind) => self.read_cluster(*kind).await,
                Job::Node(kind, node) => self.read_node(*kind, node, now).await,
                Job::Backups(storage, node) => {
                    self.read_backups(storage, node.as_deref(), now).await
                }
                Job::Guest(kind, vmid) => self.read_guest(*kind, *vmid, now).await,
                Job::Past(of) => {
                    self.read_past(of).await;
                    self.past.pause()
                }
            };
            self.rotation.again(&job, now + next);
        }
    }

    /// A list, odd items left out.
    pub(super) async fn list<T: DeserializeOwned>(
        &mut self,
        path: &str,
    ) -> Result<Vec<T>, Refusal> {
        let list: List<T> = self.client.detail(path).await?;
        Ok(list.0)
    }
}
