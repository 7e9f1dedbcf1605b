//! What kinds of source have in common when something goes wrong on the way to a host.

use crate::http::{Fingerprint, HttpError};
use crate::model::target::{Failure, FailureKind};

/// What a person can do about a kind's host, in sentences.
pub(super) struct Advice {
    /// Where nothing answers.
    pub(super) unreachable: String,
    /// Where the authority that was given makes no sense.
    pub(super) authority: String,
    /// Where what answers is something else.
    pub(super) address: String,
    /// What to compare a fingerprint with; a sentence without its end.
    pub(super) compare: String,
    /// Where a certificate is not trusted, and its fingerprint is not known.
    pub(super) fingerprint: String,
}

/// A failure of the connection.
pub(super) fn of_connection(
    advice: Advice,
    error: &HttpError,
    pinned: Option<&Fingerprint>,
) -> Failure {
    let (kind, fix) = match error {
        HttpError::NameUnknown { .. } => (
            FailureKind::NameUnknown,
            "Check the name, or use the host's IP address.".to_owned(),
        ),
        HttpError::Unreachable { .. } => (FailureKind::Unreachable, advice.unreachable),
        HttpError::Timeout { .. } => (
            FailureKind::Timeout,
            "The host or the way to it is slow or stuck; check its load and the network."
                .to_owned(),
        ),
        HttpError::Certificate { presented, .. } => {
            return certificate(advice, error, *presented, pinned);
        }
        HttpError::Setup(_) => (FailureKind::CertificateUntrusted, advice.authority),
        HttpError::TooLarge { .. } | HttpError::Broken { .. } | HttpError::NotTls { .. } => {
            (FailureKind::BadAnswer, advice.address)
        }
    };
    Failure {
        kind,
        message: error.to_string(),
        fix: Some(fix),
    }
}

fn certificate(
    advice: Advice,
    error: &HttpError,
    presented: Option<Fingerprint>,
    pinned: Option<&Fingerprint>,
) -> Failure {
    let compare = advice.compare;
    match (presented, pinned) {
        (Some(presented), Some(pinned)) => Failure {
            kind: FailureKind::CertificateChanged,
            message: format!(
                "the certificate is not the pinned one: it has SHA-256 {presented}, pinned is {pinned}"
            ),
            fix: Some(format!(
                "{compare}. If the certificate was renewed, set the fingerprint to {presented}; \
                 if not, somebody may be in between."
            )),
        },
        (Some(presented), None) => Failure {
            kind: FailureKind::CertificateUntrusted,
            message: format!("the certificate is not trusted; its SHA-256 is {presented}"),
            fix: Some(format!(
                "{compare}, then set the fingerprint to {presented}."
            )),
        },
        (None, _) => Failure {
            kind: FailureKind::CertificateUntrusted,
            message: error.to_string(),
            fix: Some(advice.fingerprint),
        },
    }
}

/// What is wrong with a body that should be JSON: a web page is called one, by its title.
pub(super) fn not_json(body: &[u8], error: &serde_json::Error) -> String {
    let start = String::from_utf8_lossy(&body[..body.len().min(4096)]);
    if !start.trim_start().starts_with('<') {
        return error.to_string();
    }
    let lower = start.to_ascii_lowercase();
    let title = lower.find("<title>").and_then(|at| {
        let from = at + "<title>".len();
        let end = lower[from..].find('<')?;
        let title = clean(&start[from..from + end]);
        (!title.is_empty()).then_some(title)
    });
    match title {
        Some(title) => format!("it is a web page ('{title}')"),
        None => "it is a web page".to_owned(),
    }
}

/// A host's words on one line, without control characters and not too long.
pub(super) fn clean(text: &str) -> String {
    let line = text.chars().filter(|c| !c.is_control()).take(300);
    line.collect::<String>().trim().to_owned()
}
