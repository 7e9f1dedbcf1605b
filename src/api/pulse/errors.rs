//! How errors of the services that only this family speaks for look to clients.

use crate::api::problem::{Classify, Kind, Problem};
use crate::services::guest_metadata::MetadataError;
use crate::services::registration::RegistrationError;
use crate::services::setup::SetupError;
use crate::services::system::SystemError;
use crate::services::transfer::TransferError;
use crate::services::updates::UpdateError;

impl Classify for RegistrationError {
    fn classify(&self) -> (Kind, &'static str) {
        match self {
            Self::Invalid { .. } => (Kind::Invalid, "invalid_setting"),
            Self::TooMany => (Kind::Conflict, "too_many_tokens"),
            Self::Unknown => (Kind::Unauthorized, "registration_token_wrong"),
            Self::OtherKind { .. } => (Kind::Forbidden, "registration_token_other_type"),
            Self::Ambiguous => (Kind::Conflict, "registration_token_ambiguous"),
            Self::Database(_) => (Kind::Internal, "database"),
        }
    }
}

impl Classify for SetupError {
    fn classify(&self) -> (Kind, &'static str) {
        (Kind::Invalid, "invalid_setting")
    }

    fn field(&self) -> Option<String> {
        Some(self.field.to_owned())
    }
}

impl Classify for MetadataError {
    fn classify(&self) -> (Kind, &'static str) {
        match self {
            Self::Invalid { .. } => (Kind::Invalid, "invalid_setting"),
            Self::TooMany => (Kind::Conflict, "too_much_metadata"),
            Self::Database(_) => (Kind::Internal, "database"),
        }
    }
}

impl Classify for SystemError {
    fn classify(&self) -> (Kind, &'static str) {
        match self {
            Self::Invalid { .. } => (Kind::Invalid, "invalid_setting"),
            Self::Pinned { .. } => (Kind::Conflict, "pinned"),
            Self::Targets(_) | Self::Database(_) => (Kind::Internal, "system"),
        }
    }
}

impl Classify for UpdateError {
    fn classify(&self) -> (Kind, &'static str) {
        (Kind::Conflict, "no_update_channel")
    }
}

/// An error of the settings, which only our own log has more to say about.
pub(super) fn settings_error(error: impl Into<SystemError>) -> Problem {
    Problem::from_error(&error.into())
}

impl Classify for TransferError {
    fn classify(&self) -> (Kind, &'static str) {
        match self {
            Self::Passphrase(_) | Self::Invalid { .. } => (Kind::Invalid, "import_refused"),
            Self::Target(_) | Self::Channel(_) | Self::Metadata(_) | Self::Database(_) => {
                (Kind::Internal, "transfer")
            }
        }
    }
}
