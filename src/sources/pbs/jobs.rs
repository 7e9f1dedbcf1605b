//! The details that the rotation reads, and how long each of them stays good enough.

use std::sync::Arc;
use std::time::Duration;

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;

/// One detail; the order is that in which those due at the same time are read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Job {
    /// Something about the server as a whole.
    Server(ServerJob),
    /// The namespaces of a datastore.
    Namespaces(Arc<str>),
    /// The backup groups of a namespace.
    Groups(Arc<str>, Arc<str>),
    /// The backups of a namespace: the one answer that may be megabytes.
    Backups(Arc<str>, Arc<str>),
    /// What the server kept of the past.
    Past(PastOf),
}

/// Whose past.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum PastOf {
    /// The server itself.
    Host,
    /// A datastore.
    Store(Arc<str>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum ServerJob {
    Datastores,
    /// The latest row of what the server kept of itself: its network traffic.
    Latest,
    GarbageCollection,
    Prune,
    Sync,
    Verify,
    TapeJobs,
    Services,
    Subscription,
    Updates,
    Disks,
    Zfs,
    TapeDevices,
}

impl ServerJob {
    pub(super) const ALL: [Self; 13] = [
        Self::Datastores,
        Self::Latest,
        Self::GarbageCollection,
        Self::Prune,
        Self::Sync,
        Self::Verify,
        Self::TapeJobs,
        Self::Services,
        Self::Subscription,
        Self::Updates,
        Self::Disks,
        Self::Zfs,
        Self::TapeDevices,
    ];

    pub(super) const fn every(self) -> Duration {
        Duration::from_secs(match self {
            // The server itself keeps it by the minute.
            Self::Latest => 2 * MINUTE,
            Self::Datastores | Self::GarbageCollection => 5 * MINUTE,
            Self::Prune | Self::Sync | Self::Verify | Self::Services | Self::Zfs => 15 * MINUTE,
            Self::TapeJobs | Self::TapeDevices | Self::Disks => HOUR,
            Self::Updates => 6 * HOUR,
            Self::Subscription => 12 * HOUR,
        })
    }
}

/// Namespaces come and go by an admin's hand.
pub(super) const NAMESPACES_EVERY: Duration = Duration::from_secs(30 * MINUTE);
/// Groups tell how fresh backups are; a task that changes them hurries them.
pub(super) const GROUPS_EVERY: Duration = Duration::from_secs(10 * MINUTE);
/// The sweep over backups, which are read again when something changed them.
pub(super) const BACKUPS_EVERY: Duration = Duration::from_secs(24 * HOUR);
/// A listing is dear, so a burst of changes causes one.
pub(super) const BACKUPS_AT_MOST: Duration = Duration::from_secs(2 * MINUTE);
