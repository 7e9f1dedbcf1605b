//! Why a query has no answer.

use std::time::Duration;

use crate::http::{Fingerprint, HttpError};

/// Why a query has no answer. A silent server is not the same as a closed port.
#[derive(Clone, Debug, thiserror::Error)]
pub enum QueryError {
    /// The name does not resolve.
    #[error("the name {0} does not resolve")]
    NameUnknown(String),
    /// An address that is nobody's own, such as a broadcast address.
    #[error("{0} is not the address of one server")]
    NotOneServer(String),
    /// An address that is kept out of, such as our own.
    #[error("{0}")]
    Forbidden(String),
    /// The host says that nothing listens there.
    #[error("nothing listens on {0}")]
    Closed(String),
    /// The network says that there is no way there.
    #[error("cannot reach {address}: {reason}")]
    Unreachable {
        /// Host and port.
        address: String,
        /// The system's reason.
        reason: String,
    },
    /// Nothing complete came in time.
    #[error("no complete answer within {} ms", .0.as_millis())]
    Timeout(Duration),
    /// More came than any answer needs.
    #[error("the answer is larger than {0} bytes")]
    TooMuch(usize),
    /// What came is not this protocol.
    #[error("the answer is not what this protocol says: {0}")]
    Malformed(&'static str),
    /// The server wants another password or permission.
    #[error("the server refuses: {0}")]
    Denied(String),
    /// The certificate is not trusted; a person may compare and pin it.
    #[error("the certificate is not trusted{}", .0.map(|print| format!(" (SHA-256 {print})")).unwrap_or_default())]
    Certificate(Option<Fingerprint>),
    /// The request lacks something that this protocol needs.
    #[error("{0} is missing")]
    Missing(&'static str),
    /// The connection itself could not be set up.
    #[error("set up the query: {0}")]
    Setup(String),
}

impl QueryError {
    /// Whether the server said nothing at all, which a lost packet explains too.
    #[must_use]
    pub const fn is_silence(&self) -> bool {
        matches!(self, Self::Timeout(_))
    }
}

impl From<HttpError> for QueryError {
    fn from(error: HttpError) -> Self {
        match error {
            HttpError::NameUnknown { host } => Self::NameUnknown(host),
            HttpError::Unreachable { host, reason } if reason.contains("refused") => {
                Self::Closed(host)
            }
            HttpError::Unreachable { host, reason } => Self::Unreachable {
                address: host,
                reason,
            },
            HttpError::Timeout { seconds, .. } => Self::Timeout(Duration::from_secs(seconds)),
            HttpError::Certificate { presented, .. } => Self::Certificate(presented),
            HttpError::TooLarge { limit, .. } => Self::TooMuch(limit),
            HttpError::NotTls { .. } => Self::Malformed("it does not speak TLS (https)"),
            HttpError::Broken { .. } => Self::Malformed("it breaks off or is not HTTP"),
            HttpError::Setup(reason) => Self::Setup(reason),
        }
    }
}
