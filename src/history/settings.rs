//! What can be chosen about history.

use std::time::Duration;

use crate::model::id::ResourceKind;

/// What can be chosen about history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Time between two commits: what a power cut may cost. Kept within 1–600 s.
    pub commit_every: Duration,
    /// Days kept where [`Settings::keep_days_of`] says nothing else.
    pub keep_days: u32,
    /// Days kept per kind of resource.
    pub keep_days_of: Vec<(ResourceKind, u32)>,
    /// Samples that may wait for a disk that is full; more are refused and counted.
    pub most_waiting: usize,
    /// Bytes on the disk that are left to alerts: with fewer free, recording pauses.
    pub reserve_bytes: u64,
    /// Series that may exist; samples of further ones are refused and counted.
    pub most_series: usize,
}

impl Settings {
    /// Time between two commits, within what is allowed.
    #[must_use]
    pub fn interval(&self) -> Duration {
        self.commit_every
            .clamp(Duration::from_secs(1), Duration::from_secs(600))
    }

    /// Days that history of a kind of resource is kept.
    #[must_use]
    pub fn keep_days(&self, kind: ResourceKind) -> u32 {
        self.keep_days_of
            .iter()
            .find(|(of, _)| *of == kind)
            .map_or(self.keep_days, |(_, days)| *days)
            .max(1)
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            commit_every: Duration::from_secs(60),
            keep_days: 365,
            keep_days_of: Vec::new(),
            most_waiting: 1_000_000,
            reserve_bytes: 32 << 20,
            most_series: 250_000,
        }
    }
}
