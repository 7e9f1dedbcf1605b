//! "Known or not, and why not" as our own API shows it.

use serde::Serialize;
use utoipa::ToSchema;

use crate::model::known::{self, Gap};

/// Something that is known, or the reason why it is not: an empty list is not the same as a list
/// that nobody may see.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Known<T> {
    /// Whether it is known.
    pub known: bool,
    /// What is known; `null` when it is not.
    pub value: Option<T>,
    /// Why it is not known, as one word such as `not_permitted` or `absent`.
    pub reason: Option<&'static str>,
    /// The same as a sentence, with the host's own words where it gave any.
    pub message: Option<String>,
}

impl<T> Known<T> {
    /// Shows what is known by `show`.
    pub(super) fn of<U>(known: &known::Known<U>, show: impl FnOnce(&U) -> T) -> Self {
        match known {
            known::Known::Is(value) => Self {
                known: true,
                value: Some(show(value)),
                reason: None,
                message: None,
            },
            known::Known::Not(gap) => Self::not(gap),
        }
    }

    /// Says why it is not known.
    pub(super) fn not(gap: &Gap) -> Self {
        Self {
            known: false,
            value: None,
            reason: Some(gap.word()),
            message: Some(gap.to_string()),
        }
    }
}

impl<T> Known<Vec<T>> {
    /// Shows each item of a known list, which `items` borrows.
    pub(super) fn list<'a, U: 'a, L>(
        known: &'a known::Known<L>,
        items: impl FnOnce(&'a L) -> &'a [U],
    ) -> Self
    where
        T: From<&'a U>,
    {
        match known {
            known::Known::Is(value) => Self {
                known: true,
                value: Some(items(value).iter().map(T::from).collect()),
                reason: None,
                message: None,
            },
            known::Known::Not(gap) => Self::not(gap),
        }
    }
}
