//! What an order's refusal means to whoever gave it.

use super::client::Refusal;
use crate::sources::games::host::HostError;

/// Words a refused order about `server`.
pub(in crate::sources) fn error(server: &str, refusal: Refusal) -> HostError {
    match refusal.status {
        None if refusal.uncertain => HostError::Uncertain(refusal.failure),
        None | Some(401 | 429) => HostError::NotSent(refusal.failure),
        Some(404) => HostError::NoServer(server.to_owned()),
        Some(_) if refusal.told.is_empty() => HostError::Refused(refusal.failure.message),
        Some(_) => HostError::Refused(refusal.told),
    }
}

/// Whether a server's id can stand in a path: what panels call servers is plain.
///
/// # Errors
/// When it cannot, so that nothing else is reached by a crooked one.
pub(in crate::sources) fn plain(id: &str) -> Result<&str, HostError> {
    let is_plain = !id.is_empty()
        && id.len() <= 128
        && !id.starts_with('.')
        && id
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b));
    match is_plain {
        true => Ok(id),
        false => Err(HostError::NoServer(id.to_owned())),
    }
}
