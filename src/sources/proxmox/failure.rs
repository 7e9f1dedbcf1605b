//! Turning what went wrong into a failure that tells a person what to do.

use crate::http::{Answer, Fingerprint, HttpError};
use crate::model::target::{Failure, FailureKind};

use super::product::Product;
use crate::sources::failure::{self as shared, Advice};

/// What to do about an answer that is not the product's.
fn check_address(product: &Product) -> String {
    format!(
        "Check that the address is that of {}'s API, usually https://host:{}.",
        product.name, product.port
    )
}

/// A failure of the connection.
pub(in crate::sources) fn of_connection(
    product: &Product,
    error: &HttpError,
    pinned: Option<&Fingerprint>,
) -> Failure {
    let command = product.fingerprint_command;
    let asked = match error {
        HttpError::Unreachable { host, .. } => host.rsplit_once(':'),
        _ => None,
    };
    let asked = asked.and_then(|(_, port)| port.parse().ok());
    let port = asked.unwrap_or(product.port);
    let usual = if port == product.port {
        String::new()
    } else {
        format!(" {} usually listens on {}.", product.name, product.port)
    };
    let advice = Advice {
        unreachable: format!(
            "Check that the host is on, that {service} runs (systemctl status {service}) and \
             that no firewall closes port {port}.{usual}",
            service = product.service,
        ),
        authority: format!(
            "Give the contents of {}, or a fingerprint instead.",
            product.authority_file
        ),
        address: check_address(product),
        compare: format!("Compare with `{command}` on the host"),
        fingerprint: format!("Set the fingerprint that `{command}` prints."),
    };
    shared::of_connection(advice, error, pinned)
}

/// A failure that the host reports by status and reason.
pub(in crate::sources) fn of_status(product: &Product, answer: &Answer, token_id: &str) -> Failure {
    let told = (product.told)(answer);
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
                 enabled. List it with: {}",
                (product.list_tokens)(token_id.split('!').next().unwrap_or_default())
            )),
        },
        403 => Failure {
            kind: FailureKind::Forbidden,
            message: with_text("the API token lacks a privilege"),
            fix: Some((product.grant)(token_id)),
        },
        595..=599 => Failure {
            kind: FailureKind::ServerError,
            message: with_text("the node that was asked cannot reach another one"),
            fix: None,
        },
        500..=594 => Failure {
            kind: FailureKind::ServerError,
            message: with_text("the host failed"),
            fix: Some(format!("Look at the host's log: {}", product.log_command)),
        },
        _ => Failure {
            kind: FailureKind::BadAnswer,
            message: with_text("the host gave an unexpected answer"),
            fix: Some(check_address(product)),
        },
    }
}

/// A failure to make sense of a good answer.
pub(in crate::sources) fn of_body(
    product: &Product,
    path: &str,
    answer: &Answer,
    error: &serde_json::Error,
) -> Failure {
    of_content(product, path, &shared::not_json(&answer.body, error))
}

/// A good answer whose content cannot be right.
pub(in crate::sources) fn of_content(product: &Product, path: &str, problem: &str) -> Failure {
    Failure {
        kind: FailureKind::BadAnswer,
        message: format!(
            "the answer to {path} is not what {} says: {problem}",
            product.name
        ),
        fix: Some(check_address(product)),
    }
}
