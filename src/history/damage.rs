//! Where stored bytes turned out to be damaged: each place is reported once.

use std::collections::BTreeSet;

/// Places remembered at most; beyond that they are counted as they are met.
const MOST: usize = 10_000;

/// Something stored that cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Spot {
    /// A whole block, or the headers of one of its columns.
    Block { group: u32, hour: i64 },
    /// The samples of one series in one hour.
    Chunk { series: u32, hour: i64 },
    /// The headers of one resource in one day.
    Summary { resource: u32, day: i64 },
    /// Imported points of one series.
    Import { series: u32, step: i64 },
    /// A part of the journal.
    Journal { segment: i64 },
}

/// The damaged places met so far.
#[derive(Default)]
pub(super) struct Damages {
    known: BTreeSet<Spot>,
}

impl Damages {
    /// Reports the places that are new.
    pub(super) fn report(&mut self, spots: Vec<Spot>) {
        for spot in spots {
            if self.known.len() < MOST && self.known.insert(spot) {
                tracing::error!(?spot, "failed to read a part of the history; it is skipped");
            }
        }
    }

    /// How many there are.
    pub(super) fn count(&self) -> u64 {
        self.known.len() as u64
    }
}
