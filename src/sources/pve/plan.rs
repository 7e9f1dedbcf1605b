//! Which details there are to be read at all, by what the latest look saw, what the token may see
//! and what is known already.

use std::collections::HashSet;
use std::sync::Arc;

use super::jobs::{ClusterJob, GuestJob, Job, NodeJob};
use super::source::{Ask, PveSource};
use crate::model::known::{Gap, Known};
use crate::model::resource::{AgentState, GuestKind};
use crate::model::task::Task;
use crate::model::time::Timestamp;
use crate::sources::Hint;
use crate::sources::proxmox::safe_in_path;

impl PveSource {
    /// Everything that the rotation is to read.
    pub(super) fn wanted(&self) -> HashSet<Job> {
        let mut wanted = HashSet::with_capacity(self.seen.guests.len() * 4 + 64);
        if self.rights.audit_gap().is_none() {
            use ClusterJob::{BackupJobs, Ceph, HighAvailability, Uncovered};
            wanted.extend([HighAvailability, BackupJobs, Uncovered, Ceph].map(Job::Cluster));
            for node in self.seen.nodes.iter().filter(|node| safe_in_path(node)) {
                self.want_of_node(node, &mut wanted);
            }
        }
        for storage in &self.seen.storages {
            let readable = storage.holds_backups
                && !storage.usable_on.is_empty()
                && safe_in_path(&storage.name)
                && self.rights.backups_gap(&storage.name).is_none();
            if readable {
                wanted.insert(Job::Backups(storage.name.clone(), storage.node.clone()));
            }
        }
        for vmid in self.seen.guests.keys() {
            self.want_of_guest(*vmid, &mut wanted);
        }
        wanted.extend(self.past.wanted().map(Job::Past));
        wanted
    }

    fn want_of_node(&self, node: &Arc<str>, wanted: &mut HashSet<Job>) {
        use NodeJob::{
            Certificates, Containers, Disks, Latest, Machines, Replication, Services, Status,
            Subscription, Updates, Zfs,
        };
        let mut want = |job| wanted.insert(Job::Node(job, node.clone()));
        for job in [
            Status,
            Services,
            Certificates,
            Subscription,
            Replication,
            Zfs,
            Disks,
        ] {
            want(job);
        }
        if self.rights.updates_gap().is_none() {
            want(Updates);
        }
        let since_9 = self.major_version().is_none_or(|major| major >= 9);
        if since_9 || !self.has_export() {
            want(Latest);
        }
        if since_9 {
            want(Machines);
            want(Containers);
        }
    }

    fn want_of_guest(&self, vmid: u32, wanted: &mut HashSet<Job>) {
        let Some(guest) = self.seen.guests.get(&vmid).filter(|guest| guest.reachable) else {
            return;
        };
        let mut want = |job| wanted.insert(Job::Guest(job, vmid));
        want(GuestJob::Config);
        if guest.template {
            return;
        }
        want(GuestJob::Snapshots);
        if !guest.running {
            return;
        }
        match guest.kind {
            GuestKind::Container => {
                want(GuestJob::Interfaces);
            }
            GuestKind::Vm => {
                if self.major_version().is_some_and(|major| major < 9) {
                    want(GuestJob::Balloon);
                }
                let facts = self.details.guests.get(&vmid).map(|details| &details.facts);
                let agent = facts
                    .and_then(|facts| facts.config.value())
                    .is_some_and(|config| config.agent);
                if agent && self.rights.agent_gap().is_none() {
                    want(GuestJob::FileSystems);
                    if facts.is_some_and(|facts| facts.agent == AgentState::Running) {
                        want(GuestJob::Interfaces);
                        want(GuestJob::Os);
                    }
                }
            }
        }
    }

    /// Hurries what a finished task may have changed.
    pub(super) fn follow(&mut self, task: &Task, now: Timestamp) {
        let vmid = || {
            let subject = task.subject.as_deref()?;
            subject.split(':').next_back()?.parse::<u32>().ok()
        };
        match task.kind.as_str() {
            "qmsnapshot" | "qmdelsnapshot" | "vzsnapshot" | "vzdelsnapshot" => {
                self.hurry_guest(GuestJob::Snapshots, vmid(), now);
            }
            "qmrollback" | "vzrollback" => {
                self.hurry_guest(GuestJob::Snapshots, vmid(), now);
                self.hurry_guest(GuestJob::Config, vmid(), now);
            }
            "vzdump" | "imgdel" | "prunebackups" | "prune" => self.hurry_backups(task, now),
            "qmconfig" | "qmcreate" | "qmclone" | "qmrestore" | "qmmove" | "qmigrate"
            | "qmresize" | "resize" | "qmtemplate" | "vzcreate" | "vzclone" | "vzrestore"
            | "vzmigrate" | "vztemplate" | "move_volume" => {
                self.hurry_guest(GuestJob::Config, vmid(), now);
                self.hurry_guest(GuestJob::Snapshots, vmid(), now);
            }
            kind if kind.starts_with("ha") => {
                self.rotation
                    .hurry(&Job::Cluster(ClusterJob::HighAvailability), now);
            }
            "aptupdate" | "aptupgrade" => self.hurry_node(NodeJob::Updates, task, now),
            kind if kind.starts_with("srv") => self.hurry_node(NodeJob::Services, task, now),
            kind if kind.starts_with("zfs") => self.hurry_node(NodeJob::Zfs, task, now),
            _ => {}
        }
    }

    /// Hurries what an announcement is about. Its task, which the next look reads, hurries the
    /// rest.
    pub(super) fn take_hint(&mut self, hint: &Hint, now: Timestamp) {
        self.hinted = Some(match hint.kind.as_str() {
            "fencing" => Ask::Status,
            _ => Ask::Tasks,
        });
        let of_node = match hint.kind.as_str() {
            "replication" => Some(NodeJob::Replication),
            "package-updates" => Some(NodeJob::Updates),
            _ => None,
        };
        if hint.kind == "fencing" {
            self.rotation
                .hurry(&Job::Cluster(ClusterJob::HighAvailability), now);
        }
        if let Some(job) = of_node {
            let nodes = self.seen.nodes.clone();
            let named = |node: &&Arc<str>| hint.node.as_deref().is_none_or(|name| name == &***node);
            for node in nodes.iter().filter(named) {
                self.rotation.hurry(&Job::Node(job, node.clone()), now);
            }
        }
    }

    fn hurry_guest(&mut self, job: GuestJob, vmid: Option<u32>, now: Timestamp) {
        if let Some(vmid) = vmid {
            self.rotation.hurry(&Job::Guest(job, vmid), now);
        }
    }

    fn hurry_node(&mut self, job: NodeJob, task: &Task, now: Timestamp) {
        if let Some(node) = task.node.as_deref() {
            self.rotation.hurry(&Job::Node(job, node.into()), now);
        }
    }

    /// A task does not say which storage it wrote to: those of its node, and the shared ones.
    fn hurry_backups(&mut self, task: &Task, now: Timestamp) {
        for storage in &self.seen.storages {
            let elsewhere =
                storage.node.is_some() && storage.node.as_deref() != task.node.as_deref();
            if elsewhere {
                continue;
            }
            let job = Job::Backups(storage.name.clone(), storage.node.clone());
            let places = &self.details.facts.backups.places;
            let read_at = places
                .iter()
                .find(|place| place.resource == storage.id)
                .and_then(|place| place.read_at);
            let at = read_at.map_or(now, |at| (at + super::jobs::BACKUPS_AT_MOST).max(now));
            self.rotation.hurry(&job, at);
        }
    }

    /// Says of everything that the token may not see that it may not.
    pub(super) fn enter_gaps(&mut self) {
        let facts = &mut self.details.facts;
        if let Some(gap) = self.rights.audit_gap() {
            facts.tasks = Known::Not(gap.clone());
            facts.backup_jobs = Known::Not(gap.clone());
            facts.uncovered = Known::Not(gap.clone());
            facts.replication = Known::Not(gap.clone());
            facts.ha = Known::Not(gap.clone());
            facts.ceph = Known::Not(gap);
        }
        facts.jobs = Known::Not(Gap::Absent);
        facts.groups = Known::Not(Gap::Absent);
        facts.tape = Known::Not(Gap::Absent);
        let Some(gap) = self.rights.updates_gap() else {
            return;
        };
        for node in &self.seen.nodes {
            let details = self.details.nodes.entry(node.to_string()).or_default();
            if details.facts.updates.gap() != Some(&gap) {
                details
                    .facts
                    .update(|facts| facts.updates = Known::Not(gap.clone()));
            }
        }
    }
}
