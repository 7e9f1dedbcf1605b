//! What can be chosen about history.

use std::time::Duration;

use crate::model::id::ResourceKind;

/// What can be chosen about history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Time between two commits: what a power cut may cost. Kept within 1–600 s.
    pub commit_every: Duration,
    /// How long samples are kept; [`super::History::set_keep`] changes it later.
    pub keep: Keep,
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
}

/// Days that samples are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keep {
    /// Where [`Keep::of`] says nothing else.
    pub days: u32,
    /// Per kind of resource.
    pub of: Vec<(ResourceKind, u32)>,
}

impl Keep {
    /// Days that history of a kind of resource is kept; at least one.
    #[must_use]
    pub fn days_of(&self, kind: ResourceKind) -> u32 {
        self.of
            .iter()
            .find(|(of, _)| *of == kind)
            .map_or(self.days, |(_, days)| *days)
            .max(1)
    }
}

impl Default for Keep {
    fn default() -> Self {
        Self {
            days: 365,
            of: Vec::new(),
        }
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            commit_every: Duration::from_secs(60),
            keep: Keep::default(),
            most_waiting: 1_000_000,
            reserve_bytes: 32 << 20,
            most_series: 250_000,
        }
    }
}
