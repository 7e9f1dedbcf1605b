//! The envelope of every good answer, with its content bare beside.

use serde::Serialize;
use utoipa::ToSchema;

use crate::telemetry::clock;

/// A good answer: what it holds stands in `data` and beside it.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Enveloped<T> {
    /// True.
    success: bool,
    /// When it was answered, RFC 3339.
    timestamp: String,
    /// What was asked for.
    data: T,
    /// The same, bare.
    #[serde(flatten)]
    bare: T,
}

impl<T: Clone> Enveloped<T> {
    pub(super) fn new(content: T) -> Self {
        Self {
            success: true,
            timestamp: clock::now().rfc3339(),
            bare: content.clone(),
            data: content,
        }
    }
}
