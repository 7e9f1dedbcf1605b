//! The details that the rotation reads, and how long each of them stays good enough.
//!
//! Proxmox VE says little about many guests at once, so what is told guest by guest is spread
//! over hours: what it costs grows with the guests, the rate does not.

use std::sync::Arc;
use std::time::Duration;

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;

/// One detail; the order is that in which those due at the same time are read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Job {
    /// Something about the cluster as a whole.
    Cluster(ClusterJob),
    /// Something about one node.
    Node(NodeJob, Arc<str>),
    /// The backups on a storage, asked of a node; a shared one is asked of any.
    Backups(Arc<str>, Option<Arc<str>>),
    /// Something about one guest.
    Guest(GuestJob, u32),
    /// What the host kept of the past.
    Past(PastOf),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum ClusterJob {
    HighAvailability,
    BackupJobs,
    Uncovered,
    Ceph,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum NodeJob {
    Status,
    /// The latest row of what the node kept: pressure and the ZFS cache, and network where no
    /// export tells.
    Latest,
    Services,
    Certificates,
    Subscription,
    Replication,
    Zfs,
    Disks,
    Updates,
    /// How long the tasks of all machines waited.
    Machines,
    /// The same of all containers; expensive, as the host enters each of them.
    Containers,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum GuestJob {
    Config,
    FileSystems,
    Interfaces,
    Os,
    Balloon,
    Snapshots,
}

/// Whose past.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum PastOf {
    Node(Arc<str>),
    Storage(Arc<str>, Option<Arc<str>>),
    Guest(u32),
}

impl ClusterJob {
    pub(super) const fn every(self) -> Duration {
        Duration::from_secs(match self {
            Self::HighAvailability => 5 * MINUTE,
            Self::BackupJobs => 15 * MINUTE,
            Self::Uncovered => 30 * MINUTE,
            Self::Ceph => 5 * MINUTE,
        })
    }
}

impl NodeJob {
    /// Without the export (before 8.3) a node's status is the only source of its load.
    pub(super) const fn every(self, exported: bool) -> Duration {
        Duration::from_secs(match self {
            Self::Status if !exported => MINUTE,
            Self::Latest if !exported => 2 * MINUTE,
            Self::Status | Self::Replication | Self::Machines => 10 * MINUTE,
            Self::Latest => 5 * MINUTE,
            Self::Services | Self::Zfs => 15 * MINUTE,
            Self::Containers => 30 * MINUTE,
            // Runs smartctl on every disk.
            Self::Disks => HOUR,
            Self::Updates => 6 * HOUR,
            Self::Certificates | Self::Subscription => 12 * HOUR,
        })
    }
}

impl GuestJob {
    /// `guests` are those of the whole cluster: file systems are read as often as the budget
    /// allows for all of them.
    pub(super) fn every(self, guests: usize) -> Duration {
        let guests = u64::try_from(guests).unwrap_or(u64::MAX);
        Duration::from_secs(match self {
            Self::FileSystems => (guests.saturating_mul(12) / 5).clamp(5 * MINUTE, HOUR),
            Self::Interfaces => HOUR,
            Self::Config => 2 * HOUR,
            Self::Os | Self::Balloon => 12 * HOUR,
            // Read again when a task changed them.
            Self::Snapshots => 24 * HOUR,
        })
    }
}

/// The sweep over storages' backups, which are read again when a task changed them.
pub(super) const BACKUPS_EVERY: Duration = Duration::from_secs(6 * HOUR);
/// A backup listing is dear (a process per file), so a burst of tasks causes one.
pub(super) const BACKUPS_AT_MOST: Duration = Duration::from_secs(2 * MINUTE);
/// How long a guest's agent takes to come up after its start.
pub(super) const AGENT_START: Duration = Duration::from_secs(90);

/// How long an agent that does not answer is left alone: each such question costs the host 3 s of
/// one of its three workers.
pub(super) fn agent_pause(failures: u32) -> Duration {
    Duration::from_secs((10 * MINUTE) << failures.saturating_sub(1).min(5))
        .min(Duration::from_secs(6 * HOUR))
}
