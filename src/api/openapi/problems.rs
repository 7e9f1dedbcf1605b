//! How the families word errors, for the document.

/// The body of every error of seed 004.
#[derive(utoipa::ToSchema)]
#[expect(dead_code, reason = "only its schema is used; see Dialect for Pulse")]
pub(super) struct PulseProblem {
    /// One sentence for people.
    error: String,
}

/// The body of every error of seeds 000 and 001.
#[derive(utoipa::ToSchema)]
#[expect(dead_code, reason = "only its schema is used; see Dialect for Peon")]
pub(in crate::api) struct PeonProblem {
    /// False.
    success: bool,
    /// What went wrong.
    error: PeonError,
    /// When, RFC 3339.
    timestamp: String,
}

/// What went wrong.
#[derive(utoipa::ToSchema)]
#[expect(dead_code, reason = "only its schema is used; see Dialect for Peon")]
struct PeonError {
    /// Stable code in capitals, such as `INVALID_GAME`.
    code: String,
    /// One sentence for people.
    message: String,
    /// What else helps, such as `supported_games` or the `field` to blame.
    #[schema(value_type = Object)]
    details: String,
}
