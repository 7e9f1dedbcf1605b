//! What history counts about itself.

use crate::model::time::Timestamp;

/// What became of the samples of one [`super::History::append`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Accepted {
    /// Kept.
    pub stored: u64,
    /// The series had one for that second already.
    pub duplicate: u64,
    /// Older than ten minutes.
    pub late: u64,
    /// More than a minute ahead of now.
    pub future: u64,
    /// Not a number: a gap.
    pub unknown: u64,
    /// Not kept because recording is paused or there are too many series.
    pub refused: u64,
}

impl std::ops::AddAssign for Accepted {
    fn add_assign(&mut self, other: Self) {
        self.stored += other.stored;
        self.duplicate += other.duplicate;
        self.late += other.late;
        self.future += other.future;
        self.unknown += other.unknown;
        self.refused += other.refused;
    }
}

/// Whether samples reach the disk.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Recording {
    /// They do.
    #[default]
    Running,
    /// They do not: they wait in memory until it is full, then they are refused.
    Paused {
        /// Since when.
        since: Timestamp,
        /// Whether the disk is full, rather than broken.
        disk_full: bool,
        /// The error, for people.
        reason: String,
    },
}

/// Counters of what was written and found, since the start of the process.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// What became of the samples offered.
    pub samples: Accepted,
    /// Commits of new samples.
    pub commits: u64,
    /// Commits that failed.
    pub failed_commits: u64,
    /// Bytes of frames handed to the database.
    pub frame_bytes: u64,
    /// Blocks of hourly chunks written.
    pub blocks: u64,
    /// Their bytes.
    pub block_bytes: u64,
    /// Samples in them.
    pub block_samples: u64,
}

/// What has been recorded so far and how recording is doing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stats {
    /// Whether samples reach the disk.
    pub recording: Recording,
    /// Counters since the start of the process.
    pub counters: Counters,
    /// Known resources, removed ones included.
    pub resources: usize,
    /// Known series.
    pub series: usize,
    /// Samples in memory that are not committed yet.
    pub waiting: usize,
    /// Samples in memory.
    pub head_samples: u64,
    /// Bytes of memory they take.
    pub head_bytes: u64,
    /// Damaged parts that were met and skipped.
    pub damaged: u64,
}
