//! Small answers that many endpoints of Pulse give.

use serde::Serialize;
use utoipa::ToSchema;

/// That it was done.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PulseDone)]
pub(super) struct Done {
    /// `success`.
    pub(super) status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) message: Option<String>,
}

impl Done {
    /// Nothing more is to be said.
    pub(super) const SUCCESS: Self = Self {
        status: "success",
        message: None,
    };

    /// With a sentence for people.
    pub(super) fn saying(message: impl Into<String>) -> Self {
        Self {
            status: "success",
            message: Some(message.into()),
        }
    }
}
