//! Small numbers that stand for ids in rows of vitals.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// Gives every id a number of its own that stays while the process lives, so that a resource that
/// goes and comes back is the same to every client.
#[derive(Debug, Default)]
pub(super) struct Handles(Mutex<HashMap<Box<str>, u32>>);

impl Handles {
    /// The number of `id`.
    pub(super) fn of(&self, id: &str) -> u32 {
        let mut map = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(handle) = map.get(id) {
            return *handle;
        }
        let handle = u32::try_from(map.len() + 1).unwrap_or(u32::MAX);
        map.insert(id.into(), handle);
        handle
    }
}
