//! Turning what went wrong into a failure that tells a person what to do.

use crate::http::{Answer, Fingerprint, HttpError};
use crate::model::target::{Failure, FailureKind};

/// What to do about an answer that is not Proxmox VE's.
const CHECK_ADDRESS: &str =
    "Check that the address is that of Proxmox VE's API, usually https://host:8006.";

/// A failure of the connection.
pub(super) fn of_connection(error: &HttpError, pinned: Option<&Fingerprint>) -> Failure {
    let (kind, fix) = match error {
        HttpError::NameUnknown { .. } => (
            FailureKind::NameUnknown,
            "Check the name, or use the host's IP address.".to_owned(),
        ),
        HttpError::Unreachable { .. } => (
            FailureKind::Unreachable,
            "Check that the host is on, that pveproxy runs (systemctl status pveproxy) and that no \
             firewall closes port 8006."
                .to_owned(),
        ),
        HttpError::Timeout { .. } => (
            FailureKind::Timeout,
            "The host or the way to it is slow or stuck; check its load and the network.".to_owned(),
        ),
        HttpError::Certificate { presented, .. } => return certificate(error, *presented, pinned),
        HttpError::Setup(_) => (
            FailureKind::CertificateUntrusted,
            "Give the contents of /etc/pve/pve-root-ca.pem, or a fingerprint instead.".to_owned(),
        ),
        HttpError::TooLarge { .. } | HttpError::Broken { .. } => (
            FailureKind::BadAnswer,
            CHECK_ADDRESS.to_owned(),
        ),
    };
    Failure {
        kind,
        message: error.to_string(),
        fix: Some(fix),
    }
}

fn certificate(
    error: &HttpError,
    presented: Option<Fingerprint>,
    pinned: Option<&Fingerprint>,
) -> Failure {
    match (presented, pinned) {
        (Some(presented), Some(pinned)) => Failure {
            kind: FailureKind::CertificateChanged,
            message: format!(
                "the certificate is not the pinned one: it has SHA-256 {presented}, pinned is {pinned}"
            ),
            fix: Some(format!(
                "Compare with `pvenode cert info` on the host. If the certificate was renewed, set \
                 the fingerprint to {presented}; if not, somebody may be in between."
            )),
        },
        (Some(presented), None) => Failure {
            kind: FailureKind::CertificateUntrusted,
            message: format!("the certificate is not trusted; its SHA-256 is {presented}"),
            fix: Some(format!(
                "Compare with `pvenode cert info` on the host, then set the fingerprint to {presented}."
            )),
        },
        (None, _) => Failure {
            kind: FailureKind::CertificateUntrusted,
            message: error.to_string(),
            fix: Some("Set the fingerprint that `pvenode cert info` prints.".into()),
        },
    }
}

/// A failure that the host reports by status and reason.
pub(super) fn of_status(answer: &Answer, token_id: &str) -> Failure {
    let told = told_by(answer);
    let with_text = |what: &str| match told.is_empty() {
        true => format!("{what} ({})", answer.status),
        false => format!("{what} ({}: {told})", answer.status),
    };
    match answer.status {
        401 => Failure {
            kind: FailureKind::Unauthorized,
            message: with_text("the host refuses the API token"),
            fix: Some(format!(
                "Check the token's id and secret, that it has not expired and that its user is \
                 enabled. List it with: pveum user token list {}",
                token_id.split('!').next().unwrap_or_default()
            )),
        },
        403 => Failure {
            kind: FailureKind::Forbidden,
            message: with_text("the API token lacks a privilege"),
            fix: Some(super::permissions::grant_command(token_id)),
        },
        595..=599 => Failure {
            kind: FailureKind::ServerError,
            message: with_text("the node that was asked cannot reach another one"),
            fix: None,
        },
        500..=594 => Failure {
            kind: FailureKind::ServerError,
            message: with_text("the host failed"),
            fix: Some("Look at the host's log: journalctl -u pveproxy -u pvedaemon".into()),
        },
        _ => Failure {
            kind: FailureKind::BadAnswer,
            message: with_text("the host gave an unexpected answer"),
            fix: Some(CHECK_ADDRESS.into()),
        },
    }
}

/// The host's own words: from the status line, where Proxmox VE puts them.
fn told_by(answer: &Answer) -> String {
    answer
        .reason
        .chars()
        .filter(|c| !c.is_control())
        .take(300)
        .collect::<String>()
        .trim()
        .to_owned()
}

/// A failure to make sense of a good answer.
pub(super) fn of_body(path: &str, error: &serde_json::Error) -> Failure {
    of_content(path, &error.to_string())
}

/// A good answer whose content cannot be right.
pub(super) fn of_content(path: &str, problem: &str) -> Failure {
    Failure {
        kind: FailureKind::BadAnswer,
        message: format!("the answer to {path} is not what Proxmox VE says: {problem}"),
        fix: Some(CHECK_ADDRESS.into()),
    }
}
