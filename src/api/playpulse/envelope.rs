//! The envelope of every good answer.

use serde::Serialize;
use utoipa::ToSchema;

/// A good answer.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PlaypulseAnswer<T> {
    /// True.
    success: bool,
    /// What was asked for.
    data: T,
}

impl<T> PlaypulseAnswer<T> {
    pub(super) const fn new(data: T) -> Self {
        Self {
            success: true,
            data,
        }
    }
}
