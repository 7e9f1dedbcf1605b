//! What a server said about itself.

use std::collections::BTreeMap;
use std::time::Duration;

use super::text;

/// Most names that are kept of one answer.
pub(super) const MAX_NAMES: usize = 512;
const MAX_EXTRA: usize = 16;

/// One server's answer. What it did not say is `None`, which is never the same as zero.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// Shortest time from a question to its answer.
    pub round_trip: Duration,
    /// Players online, as the server counts them. Most engines count their bots among them.
    pub players: Option<u32>,
    /// Players that fit in.
    pub max_players: Option<u32>,
    /// Names that the server gave; may be fewer than `players`, where it gives a sample.
    pub names: Option<Vec<String>>,
    /// Players that are not people, where the server tells them apart.
    pub bots: Option<u32>,
    /// Map or world.
    pub map: Option<String>,
    /// Version of the game or server.
    pub version: Option<String>,
    /// The name that its owner gave it.
    pub title: Option<String>,
    /// Whether a password is asked.
    pub password: Option<bool>,
    /// A few more facts of this protocol, in words.
    pub extra: BTreeMap<&'static str, String>,
}

impl Answer {
    /// Keeps a further fact, shortened, unless it is empty or there are enough.
    pub(super) fn note(&mut self, key: &'static str, value: impl AsRef<str>) {
        let value = text::tidy(value.as_ref());
        if !value.is_empty() && self.extra.len() < MAX_EXTRA {
            self.extra.insert(key, value);
        }
    }
}

/// Collects names without letting a server fill the memory with them.
#[derive(Debug, Default)]
pub(super) struct Names(Vec<String>);

impl Names {
    pub(super) fn push(&mut self, name: String) {
        if !name.is_empty() && self.0.len() < MAX_NAMES {
            self.0.push(name);
        }
    }

    pub(super) fn into_vec(self) -> Vec<String> {
        self.0
    }
}

/// A count that a server wrote as a signed number; a negative one says nothing.
pub(super) fn count(value: i64) -> Option<u32> {
    u32::try_from(value).ok()
}
