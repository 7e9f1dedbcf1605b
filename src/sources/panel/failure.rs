//! Turning what went wrong into a failure that tells a person what to do.

use std::time::Duration;

use super::product::{Product, told};
use crate::http::{Answer, Fingerprint, HttpError};
use crate::model::target::{Failure, FailureKind};
use crate::sources::failure::{self as shared, Advice};

fn failure(kind: FailureKind, message: String, fix: impl Into<Option<String>>) -> Failure {
    Failure {
        kind,
        message,
        fix: fix.into(),
    }
}

fn check_address(product: &Product) -> String {
    format!(
        "Check that the address is that of {} itself, such as {}://host:{}.",
        product.name, product.scheme, product.port
    )
}

/// A failure of the connection.
pub(super) fn of_connection(
    product: &Product,
    error: &HttpError,
    pinned: Option<&Fingerprint>,
) -> Failure {
    let compare = format!(
        "Compare with what a browser shows for {} on its own host",
        product.name
    );
    let advice = Advice {
        unreachable: format!(
            "Check that the host is on, that {} runs there and that no firewall is in between.",
            product.name
        ),
        authority: "Give the authority's certificate as PEM, or a fingerprint instead.".to_owned(),
        address: check_address(product),
        fingerprint: format!("{compare}, then set the fingerprint."),
        compare,
    };
    shared::of_connection(advice, error, pinned)
}

/// A failure that the panel reports by status and words.
pub(super) fn of_status(product: &Product, answer: &Answer) -> Failure {
    let words = told(answer);
    let with_words = |what: String| match words.is_empty() {
        true => format!("{what} ({})", answer.status),
        false => format!("{what} ({}: {words})", answer.status),
    };
    match answer.status {
        401 => refused(product, with_words(key_refused(product))),
        403 => forbidden(product, with_words(key_forbidden(product))),
        429 => rate_limited(product, retry_after(answer)),
        500..=599 => failure(
            FailureKind::ServerError,
            with_words("the panel failed".into()),
            format!("Look at the log of {}.", product.name),
        ),
        _ => failure(
            FailureKind::BadAnswer,
            with_words("the panel gave an unexpected answer".into()),
            check_address(product),
        ),
    }
}

pub(super) fn key_refused(product: &Product) -> String {
    format!("{} refuses the {}", product.name, product.key)
}

pub(super) fn key_forbidden(product: &Product) -> String {
    format!("the {} may not see this", product.key)
}

/// Nobody known is asking.
pub(super) fn refused(product: &Product, message: String) -> Failure {
    let fix = format!("Make a new one: {}.", product.make_key);
    failure(FailureKind::Unauthorized, message, fix)
}

/// Who is asking may not.
pub(super) fn forbidden(product: &Product, message: String) -> Failure {
    let fix = format!("Its owner needs: {}.", product.rights);
    failure(FailureKind::Forbidden, message, fix)
}

/// The panel wants to be left alone for a while.
pub(super) fn rate_limited(product: &Product, wait: Duration) -> Failure {
    let seconds = wait.as_secs().max(1);
    failure(
        FailureKind::RateLimited,
        format!("{} wants to be left alone for {seconds} s", product.name),
        "Nothing to do: it is asked again then. If it goes on, see who else uses the key."
            .to_owned(),
    )
}

/// How long the panel asks to wait; a minute where it does not say, an hour at most.
pub(super) fn retry_after(answer: &Answer) -> Duration {
    let seconds = answer
        .headers
        .get(http::header::RETRY_AFTER)
        .and_then(|value| value.to_str().ok()?.trim().parse().ok())
        .unwrap_or(60_u64);
    Duration::from_secs(seconds.clamp(1, 3_600))
}

/// A good answer that cannot be read.
pub(super) fn of_content(product: &Product, path: &str, problem: &str) -> Failure {
    failure(
        FailureKind::BadAnswer,
        format!(
            "the answer to {path} is not what {} says: {problem}",
            product.name
        ),
        check_address(product),
    )
}
