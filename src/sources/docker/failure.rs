//! What went wrong with an engine, so that a person can act on it.

use super::engine::EngineError;
use super::settings::Place;
use crate::http::HttpError;
use crate::model::target::{Failure, FailureKind};
use crate::sources::games::host::HostError;

/// A failed look.
pub(super) fn of_look(place: &Place, error: &EngineError) -> Failure {
    let (kind, fix) = match error {
        EngineError::Http(error) => of_http(place, error),
        EngineError::Status { status: 403, .. } => (
            FailureKind::Forbidden,
            Some("Let the socket proxy allow CONTAINERS, EVENTS and VERSION.".to_owned()),
        ),
        EngineError::Status { status: 401, .. } => (FailureKind::Unauthorized, None),
        EngineError::Status { status, .. } if *status >= 500 => (
            FailureKind::ServerError,
            Some("Look at the engine's log: journalctl -u docker".to_owned()),
        ),
        EngineError::Status { .. } | EngineError::Odd { .. } => (
            FailureKind::BadAnswer,
            Some("Check that the address is that of a Docker or Podman engine.".to_owned()),
        ),
    };
    Failure {
        kind,
        message: error.to_string(),
        fix,
    }
}

fn of_http(place: &Place, error: &HttpError) -> (FailureKind, Option<String>) {
    match error {
        HttpError::NameUnknown { .. } => (
            FailureKind::NameUnknown,
            Some("Check the name, or use the host's IP address.".to_owned()),
        ),
        HttpError::Unreachable { .. } if place.is_local => (
            FailureKind::Unreachable,
            Some(format!(
                "Check that the engine runs (systemctl status docker) and that homepulse may use \
                 {}: whoever is in the group docker may.",
                place.shown
            )),
        ),
        HttpError::Unreachable { .. } => (
            FailureKind::Unreachable,
            Some("Check that the engine listens there and that no firewall is in between.".into()),
        ),
        HttpError::Timeout { .. } => (FailureKind::Timeout, None),
        HttpError::Certificate {
            presented: Some(presented),
            ..
        } => (
            FailureKind::CertificateUntrusted,
            Some(format!(
                "Give the authority's ca.pem, or set the fingerprint to {presented} if that is the \
                 engine's certificate."
            )),
        ),
        HttpError::Certificate { .. } | HttpError::Setup(_) => {
            (FailureKind::CertificateUntrusted, None)
        }
        HttpError::NotTls { .. } => (
            FailureKind::BadAnswer,
            Some(
                "Give the address with http://, or the port on which the engine speaks TLS.".into(),
            ),
        ),
        HttpError::TooLarge { .. } | HttpError::Broken { .. } => (FailureKind::BadAnswer, None),
    }
}

/// An order that was not obeyed. `sends` says that it changes something, so that a lost answer
/// leaves open whether it was.
pub(super) fn of_order(place: &Place, server: &str, error: EngineError, sends: bool) -> HostError {
    match error {
        EngineError::Status { status: 404, .. } => HostError::NoServer(server.to_owned()),
        EngineError::Status { status: 409, told } => HostError::Taken(told),
        EngineError::Status { told, .. } => HostError::Refused(told),
        EngineError::Http(
            HttpError::Setup(_)
            | HttpError::NameUnknown { .. }
            | HttpError::Unreachable { .. }
            | HttpError::NotTls { .. }
            | HttpError::Certificate { .. },
        ) => HostError::NotSent(of_look(place, &error)),
        EngineError::Http(_) | EngineError::Odd { .. } if sends => {
            HostError::Uncertain(of_look(place, &error))
        }
        EngineError::Http(_) | EngineError::Odd { .. } => {
            HostError::NotSent(of_look(place, &error))
        }
    }
}
