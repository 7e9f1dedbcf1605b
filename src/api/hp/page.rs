//! Which part of a long list a client asks for.

use serde::Deserialize;
use utoipa::IntoParams;

/// The most items of one answer.
const MOST: usize = 1000;

/// A part of a list, told by `offset` and `limit`.
#[derive(Clone, Copy, Debug, Default, Deserialize, IntoParams)]
pub(super) struct Page {
    /// How many items to skip.
    #[serde(default)]
    offset: usize,
    /// The most items to list; 100 unless told, 1000 at most.
    limit: Option<usize>,
}

impl Page {
    /// The page of `offset` and `limit` as they were asked for.
    pub(super) const fn new(offset: usize, limit: Option<usize>) -> Self {
        Self { offset, limit }
    }

    /// The most items to list.
    pub(super) fn limit(self) -> usize {
        self.limit.unwrap_or(100).min(MOST)
    }

    /// The items of the page.
    pub(super) fn of<T>(self, items: Vec<T>) -> Vec<T> {
        let limit = self.limit();
        items.into_iter().skip(self.offset).take(limit).collect()
    }
}
