//! What Proxmox' products have in common: an HTTPS API on a port of its own, tokens of the form
//! `user@realm!name`, answers in an envelope, and hosts that must not be asked too much.
//!
//! Must not know what the answers are about. Start with [`client`] for a question and
//! [`rotation`] for which one is next; [`super::budget`] says how many there may be.

pub(super) mod answer;
pub(super) mod client;
pub(super) mod failure;
pub(super) mod host;
mod login;
pub(super) mod past;
pub(super) mod product;
pub(super) mod rotation;
pub(super) mod settings;

use std::collections::HashMap;
use std::time::Duration;

use crate::model::known::Gap;
use crate::model::time::Timestamp;
use crate::sources::lenient::Truth;

/// `/access/permissions`: privileges by path.
pub(super) type Permissions = HashMap<String, HashMap<String, Truth>>;

/// Whether the token holds a privilege on a path. A role on a deeper path replaces the inherited
/// ones, so the deepest listed path decides.
pub(super) fn holds(permissions: &Permissions, path: &str, privilege: &str) -> bool {
    let mut path = path;
    loop {
        if let Some(granted) = permissions.get(if path.is_empty() { "/" } else { path }) {
            return granted
                .get(privilege)
                .is_some_and(|flag| flag.0 == Some(true));
        }
        match path.rsplit_once('/') {
            Some((parent, _)) => path = parent,
            None => return false,
        }
    }
}

/// A moment that the host writes in unix seconds; 0 stands for "never".
pub(super) fn moment(seconds: Option<u64>) -> Option<Timestamp> {
    let seconds = i64::try_from(seconds?).ok()?;
    // Up to the year 5138; what lies beyond is no moment.
    (1..100_000_000_000)
        .contains(&seconds)
        .then(|| Timestamp::from_seconds(seconds))
}

/// Why a question that is not vital was refused.
pub(super) fn gap(refusal: &client::Refusal) -> Gap {
    match refusal.status {
        Some(403) => Gap::NotPermitted {
            privilege: refusal.told.clone(),
        },
        Some(404 | 501) => Gap::Unsupported,
        // It was not reached, so that it was not asked either.
        None => Gap::NotAskedYet,
        _ => Gap::Failed {
            message: if refusal.told.is_empty() {
                refusal.failure.message.clone()
            } else {
                refusal.told.clone()
            },
        },
    }
}

/// The host's clock minus ours, when it is off by more than its one-second header and the way to
/// it can explain.
pub(super) fn skew(date: Option<Timestamp>, took: Duration) -> Option<i64> {
    let ours = crate::telemetry::clock::now() - took / 2;
    let off = date?.millis() - ours.millis();
    let explained = 1_500 + i64::try_from(took.as_millis()).unwrap_or(i64::MAX);
    Some(if off.abs() <= explained { 0 } else { off })
}

/// Whether a name that a host gave may go into a path as it is.
pub(super) fn safe_in_path(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= 253
        && name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_'))
        && !name.starts_with('.')
}

#[cfg(test)]
mod tests {
    use super::{Permissions, holds};

    #[test]
    fn the_deepest_listed_path_decides() {
        let permissions: Permissions = serde_json::from_str(
            r#"{"/": {"VM.Audit": 1, "Sys.Audit": true}, "/vms": {"VM.Monitor": 1}}"#,
        )
        .expect("permissions");
        for (path, privilege, expected) in [
            ("/", "Sys.Audit", true),
            ("/nodes/pve1", "Sys.Audit", true),
            ("/vms", "VM.Audit", false),
            ("/vms/100", "VM.Audit", false),
            ("/vms/100", "VM.Monitor", true),
            ("/storage/nas", "Datastore.Audit", false),
        ] {
            assert_eq!(
                holds(&permissions, path, privilege),
                expected,
                "{path} {privilege}"
            );
        }
        assert!(!holds(&Permissions::new(), "/vms/100", "VM.Audit"));
    }
}
