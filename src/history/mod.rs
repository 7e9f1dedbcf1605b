//! The past: every sample for a year, in the appliance's one database file.
//!
//! Samples go through three shapes. [`History::append`] keeps them in memory, in the *head*; once
//! per commit interval the new ones become one compressed *frame* in a small journal that is
//! written in place; once an hour is over, each group of resources turns its samples into one
//! *block* of compressed chunks with their headers, and once a day is over the headers into one
//! *summary* per resource, which is what a year-long chart reads.
//!
//! Must not know what a resource or a figure means, who draws charts, what an alert is, nor the
//! clock: `now` is a parameter, and the recording task carries on from the last one it was told.
//!
//! Start with `head` for what is in memory, `block` for what is on disk, `range` for how the two
//! are read together and `recorder` for when one becomes the other.

mod aggregate;
mod block;
mod buckets;
mod collect;
mod column;
mod damage;
mod decode;
mod error;
mod export;
mod frame;
mod head;
mod header;
mod housekeeping;
mod import;
mod journal;
mod moment;
mod open;
mod range;
mod recorder;
mod registry;
mod retention;
mod scale;
mod scan;
mod seal;
mod select;
mod settings;
mod stats;
mod stream;
mod summary;
mod timeline;
mod wire;

use std::sync::atomic::AtomicI64;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{Semaphore, watch};

use crate::db::Db;
use crate::model::observation::Sample;
use crate::model::time::Timestamp;

pub use aggregate::Aggregate;
#[doc(hidden)]
pub use decode::decode_any;
pub use error::HistoryError;
pub use export::{Export, Format, Selection};
pub use moment::Standing;
pub use range::Points;
pub use retention::DailySize;
pub use select::Recorded;
pub use settings::{Keep, Settings};
pub use stats::{Accepted, Counters, Recording, Stats};

use head::Head;
use journal::Journal;

/// Seconds of an hour, the length of a chunk.
const HOUR: i64 = 3600;

/// The history of all figures: clone the handle freely.
#[derive(Clone)]
pub struct History {
    shared: Arc<Shared>,
}

struct Shared {
    db: Db,
    settings: Settings,
    /// How long samples are kept; people change it while recording goes on.
    keep: Mutex<Keep>,
    head: Mutex<Head>,
    /// Held for reading and writing only by who has the one place of `turn`.
    journal: Mutex<Journal>,
    /// Whether samples reach the disk.
    recording: watch::Sender<Recording>,
    /// One commit at a time.
    turn: Semaphore,
    /// The hour in which housekeeping was last done.
    house_kept: AtomicI64,
    /// The day for which old samples were last deleted.
    retained: AtomicI64,
}

impl History {
    /// Takes new samples into memory; they are on disk after the next commit.
    ///
    /// Samples may be up to ten minutes late and in any order. The first one for a second of a
    /// series stays; a value that is not a number is a gap and is not kept.
    pub fn append(&self, samples: &[Sample], now: Timestamp) -> Accepted {
        self.shared
            .head()
            .append(samples, now, &self.shared.settings)
    }

    /// What has been recorded so far and how recording is doing.
    #[must_use]
    pub fn stats(&self) -> Stats {
        let recording = self.shared.recording.borrow().clone();
        self.shared.head().stats(recording)
    }

    /// Follows whether samples reach the disk.
    #[must_use]
    pub fn recording(&self) -> watch::Receiver<Recording> {
        self.shared.recording.subscribe()
    }
}

impl Shared {
    /// The head, for a few lines without an await.
    fn head(&self) -> MutexGuard<'_, Head> {
        // A panic while it was held cannot leave it half changed in a way that reading it harms.
        self.head.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How long samples are kept now.
    fn keep(&self) -> Keep {
        let keep = self.keep.lock().unwrap_or_else(PoisonError::into_inner);
        keep.clone()
    }

    fn journal(&self) -> MutexGuard<'_, Journal> {
        self.journal.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
