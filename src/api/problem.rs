//! What went wrong with a request, before any family of the API words it.
//!
//! A layer below says it once by implementing [`Classify`]; [`super::dialect`] renders it.

use std::time::Duration;

use actix_web::http::StatusCode;
use serde_json::Value;

/// The classes of failure that clients can tell apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// What was asked makes no sense.
    Invalid,
    /// What was asked can be read, but not be done as it is; Playpulse and PEON tell that apart.
    Unprocessable,
    /// Nobody known is asking.
    Unauthorized,
    /// Who is asking may not.
    Forbidden,
    /// There is no such thing.
    NotFound,
    /// There is such a thing, but this cannot be done to it.
    NotAllowed,
    /// It contradicts what is there.
    Conflict,
    /// More bytes than are taken.
    TooLarge,
    /// The request reached a name that this server does not answer to.
    Misdirected,
    /// Too often.
    TooMany {
        /// When to try again.
        retry_after: Duration,
    },
    /// A host that we asked in turn did not answer well.
    Upstream,
    /// All places are taken.
    Unavailable,
    /// Our own fault; the client sees no more than a request id.
    Internal,
}

impl Kind {
    /// The HTTP status that says it.
    #[must_use]
    pub const fn status(self) -> StatusCode {
        match self {
            Self::Invalid => StatusCode::BAD_REQUEST,
            Self::Unprocessable => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Unauthorized => StatusCode::UNAUTHORIZED,
            Self::Forbidden => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::NotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::Conflict => StatusCode::CONFLICT,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Misdirected => StatusCode::MISDIRECTED_REQUEST,
            Self::TooMany { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::Upstream => StatusCode::BAD_GATEWAY,
            Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

/// How an error of a lower layer looks to a client: its class and a stable code.
pub trait Classify: std::error::Error {
    /// The class and the code, such as `(Kind::NotFound, "alert_not_found")`.
    fn classify(&self) -> (Kind, &'static str);

    /// A sentence for the client, where the error's own words are made for logs.
    fn message(&self) -> Option<String> {
        None
    }

    /// The field of the request that is to blame, where one is.
    fn field(&self) -> Option<String> {
        None
    }
}

/// One failure, ready to be worded by a family.
#[derive(Clone, Debug)]
pub struct Problem {
    /// The class.
    pub kind: Kind,
    /// Stable code in snake case.
    pub code: &'static str,
    /// One sentence for people.
    pub message: String,
    /// The field of the request that is to blame.
    pub field: Option<String>,
    /// What else helps, for families that have a place for it.
    pub details: Option<Box<Value>>,
    /// Given where the log has more to say under it.
    pub request_id: Option<String>,
}

impl Problem {
    /// A problem that the edge itself found.
    #[must_use]
    pub fn new(kind: Kind, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            kind,
            code,
            message: message.into(),
            field: None,
            details: None,
            request_id: None,
        }
    }

    /// Names the field to blame.
    #[must_use]
    pub fn in_field(mut self, field: impl Into<String>) -> Self {
        self.field = Some(field.into());
        self
    }

    /// Adds what else helps.
    #[must_use]
    pub fn with_details(mut self, details: Value) -> Self {
        self.details = Some(Box::new(details));
        self
    }

    /// Our own fault: the log has more to say than the client.
    pub fn internal(code: &'static str, error: &dyn std::error::Error) -> Self {
        let chain = chain(error);
        let id = new_request_id();
        tracing::error!(request.id = %id, error.code = code, "a request failed: {chain}");
        Self {
            request_id: Some(id.clone()),
            ..Self::new(
                Kind::Internal,
                code,
                format!("internal error (request {id})"),
            )
        }
    }

    /// Words an error of a lower layer. Internals go to the log, once, and only an id goes out.
    pub fn from_error(error: &impl Classify) -> Self {
        let (kind, code) = error.classify();
        if kind != Kind::Internal {
            let message = error.message().unwrap_or_else(|| chain(error));
            return Self {
                field: error.field(),
                ..Self::new(kind, code, message)
            };
        }
        Self::internal(code, error)
    }
}

/// The error and its causes, joined by colons.
pub(super) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

/// A random id that joins an answer to a line of the log.
#[must_use]
pub fn new_request_id() -> String {
    format!("{:016x}", rand::random::<u64>())
}
