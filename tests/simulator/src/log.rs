//! The requests that a server answered: the latest ones in full, all of them as numbers.

use std::collections::{BTreeMap, VecDeque};

/// How many requests are remembered in full.
const LENGTH: usize = 10_000;

/// One request a server answered, or refused to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestRecord {
    /// When it was read, in ms since 1970.
    pub at: i64,
    /// Name of the node that was asked.
    pub node: String,
    /// `GET`, …
    pub method: String,
    /// The path below `/api2/json`, with its query.
    pub path: String,
    /// The status of the answer; 0 where there was none.
    pub status: u16,
}

/// Remembers requests.
#[derive(Debug, Default)]
pub(crate) struct Log {
    latest: VecDeque<RequestRecord>,
    counts: BTreeMap<String, usize>,
}

impl Log {
    pub(crate) fn add(&mut self, record: RequestRecord) {
        let path = record.path.split('?').next().unwrap_or("").to_owned();
        *self.counts.entry(path).or_insert(0) += 1;
        if self.latest.len() == LENGTH {
            self.latest.pop_front();
        }
        self.latest.push_back(record);
    }

    pub(crate) fn latest(&self) -> Vec<RequestRecord> {
        self.latest.iter().cloned().collect()
    }

    pub(crate) fn counts(&self) -> BTreeMap<String, usize> {
        self.counts.clone()
    }
}
