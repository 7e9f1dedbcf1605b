//! Details of a node.

use std::time::Duration;

use crate::model::known::Known;
use crate::model::resource::{NodeFacts, Rates};
use crate::model::time::Timestamp;
use crate::sources::proxmox::answer::{after, known, share};
use crate::sources::proxmox::client::Refusal;
use crate::sources::proxmox::host::{self, SubscriptionInfo};
use crate::sources::pve::details::NodeDetails;
use crate::sources::pve::jobs::NodeJob;
use crate::sources::pve::map::node as map;
use crate::sources::pve::source::PveSource;
use crate::sources::pve::wire::NodeDetail;
use crate::sources::pve::wire::node::PressureRow;
use crate::sources::pve::wire::past::PastRow;

/// How old the latest row that a node kept may be to stand for the present.
const LATEST_GOOD_FOR: Duration = Duration::from_secs(600);

impl PveSource {
    /// Reads one detail of a node; answers when it is due again.
    pub(super) async fn read_node(&mut self, job: NodeJob, node: &str, now: Timestamp) -> Duration {
        let every = job.every(self.has_export());
        let at = |rest: &str| format!("/nodes/{node}/{rest}");
        match job {
            NodeJob::Status => {
                let answer: Result<NodeDetail, Refusal> = self.client.detail(&at("status")).await;
                let answer = known(answer);
                let next = after(&answer, every);
                if let Known::Is(detail) = answer {
                    let details = self.node_details(node);
                    let mode = detail.boot.as_ref().and_then(|boot| boot.mode.clone());
                    details.facts.update(|facts| facts.boot_mode = mode);
                    details.status = Some(detail);
                }
                next
            }
            NodeJob::Latest => {
                let rows = self.list(&at("rrddata?timeframe=hour&cf=AVERAGE")).await;
                self.enter_latest(node, rows.unwrap_or_default(), now);
                every
            }
            NodeJob::Services => {
                let found = known(self.list(&at("services")).await.map(host::services));
                self.enter(node, found, every, |facts| &mut facts.services)
            }
            NodeJob::Certificates => {
                let found = known(self.list(&at("certificates/info")).await);
                let found = found.map(map::certificates);
                self.enter(node, found, every, |facts| &mut facts.certificates)
            }
            NodeJob::Subscription => {
                let answer: Result<SubscriptionInfo, Refusal> =
                    self.client.detail(&at("subscription")).await;
                let found = known(answer.map(host::subscription));
                self.enter(node, found, every, |facts| &mut facts.subscription)
            }
            NodeJob::Updates => {
                let found = known(self.list(&at("apt/update")).await.map(host::updates));
                self.enter(node, found, every, |facts| &mut facts.updates)
            }
            NodeJob::Zfs => {
                let found = known(self.list(&at("disks/zfs")).await.map(host::pools));
                self.enter(node, found, every, |facts| &mut facts.zfs)
            }
            NodeJob::Disks => {
                let target = self.id.clone();
                let found = self.list(&at("disks/list")).await;
                let found = known(found.map(|rows| map::disks(&target, node, rows)));
                if let Known::Is(disks) = &found {
                    self.node_details(node).disks.clone_from(disks);
                }
                let count = found.map(|disks| disks.len());
                self.enter(node, count, every, |facts| &mut facts.disks)
            }
            NodeJob::Replication => {
                let found = known(self.list(&at("replication")).await.map(map::replication));
                let next = after(&found, every);
                let details = self.node_details(node);
                details.replication = found.or_before(&details.replication);
                self.sum_up_replication();
                next
            }
            NodeJob::Machines | NodeJob::Containers => {
                let list = match job {
                    NodeJob::Machines => "qemu",
                    _ => "lxc",
                };
                let rows = self.list(&at(list)).await.unwrap_or_default();
                self.enter_pressure(rows);
                every
            }
        }
    }

    pub(super) fn node_details(&mut self, node: &str) -> &mut NodeDetails {
        self.details.nodes.entry(node.to_owned()).or_default()
    }

    /// Enters one of a node's facts; a host that fails once does not make it unknown.
    fn enter<T: Clone + PartialEq>(
        &mut self,
        node: &str,
        found: Known<T>,
        every: Duration,
        place: fn(&mut NodeFacts) -> &mut Known<T>,
    ) -> Duration {
        let next = after(&found, every);
        self.node_details(node).facts.update(|facts| {
            let place = place(facts);
            *place = found.or_before(place);
        });
        next
    }

    /// What the node kept of its last minutes: the newest row that is not a gap.
    fn enter_latest(&mut self, node: &str, rows: Vec<PastRow>, now: Timestamp) {
        let newest = rows
            .into_iter()
            .filter(|row| row.memtotal.0.is_some() || row.cpu.0.is_some())
            .max_by_key(|row| row.time.0)
            .filter(|row| {
                crate::sources::proxmox::moment(row.time.0)
                    .is_some_and(|at| now.since(at) < LATEST_GOOD_FOR)
            })
            .unwrap_or_default();
        let details = self.node_details(node);
        details.rates = Rates {
            net_in: newest.netin.0,
            net_out: newest.netout.0,
            ..Rates::default()
        };
        details.facts.update(|facts| {
            facts.pressure = map::node_pressure(&newest);
            facts.arc = newest.arcsize.0.and_then(crate::sources::pve::map::bytes);
        });
    }

    fn enter_pressure(&mut self, rows: Vec<PressureRow>) {
        for row in rows {
            let vmid = row.vmid.0.and_then(|vmid| u32::try_from(vmid).ok());
            let Some(details) = vmid.and_then(|vmid| self.details.guests.get_mut(&vmid)) else {
                continue;
            };
            let pressure = map::guest_pressure(row);
            if details.facts.pressure != pressure {
                details.facts.update(|facts| facts.pressure = pressure);
            }
        }
    }

    /// Each node tells of the jobs of its own guests.
    fn sum_up_replication(&mut self) {
        let mut all = Vec::new();
        let mut gap = None;
        for details in self.details.nodes.values() {
            match &details.replication {
                Known::Is(jobs) => all.extend(jobs.iter().cloned()),
                Known::Not(why) => gap = Some(why.clone()),
            }
        }
        all.sort_unstable_by(|a, b| a.id.cmp(&b.id));
        let found = match gap {
            Some(gap) if all.is_empty() => Known::Not(gap),
            _ => Known::Is(all),
        };
        share(&mut self.details.facts.replication, found);
    }
}
