//! Whom a target's settings say to believe.

use super::ConfigError;
use crate::http::{Fingerprint, Trust};

/// How a host is to prove who it is: not at all, by a pinned certificate, by an authority (PEM), or
/// as the system believes.
///
/// # Errors
/// When the fingerprint is none.
pub(in crate::sources) fn trust(
    verify: bool,
    fingerprint: Option<&str>,
    ca_pem: Option<&str>,
) -> Result<Trust, ConfigError> {
    if !verify {
        return Ok(Trust::Anyone);
    }
    if let Some(text) = fingerprint.filter(|text| !text.is_empty()) {
        let print: Fingerprint = text
            .parse()
            .map_err(|error| ConfigError::new("fingerprint", format!("{error}")))?;
        return Ok(Trust::Pinned(print));
    }
    Ok(match ca_pem.filter(|pem| !pem.trim().is_empty()) {
        Some(pem) => Trust::Authority(pem.to_owned()),
        None => Trust::System,
    })
}
