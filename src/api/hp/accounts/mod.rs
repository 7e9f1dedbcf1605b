//! People, sessions and tokens.

mod oidc;
mod oneself;
mod own;
mod sessions;
mod tokens;
mod users;

use std::time::Duration;

use crate::api::problem::{Classify, Kind};
use crate::api::surface::Surface;
use crate::services::accounts::AccountError;

/// Every endpoint about accounts.
pub(super) fn routes(scope: &mut Surface<'_>) {
    scope
        .service(sessions::log_in)
        .service(sessions::log_out)
        .service(sessions::set_up)
        .service(own::get_account)
        .service(own::change_own_password)
        .service(own::list_own_sessions)
        .service(own::end_own_session)
        .service(own::begin_totp)
        .service(own::confirm_totp)
        .service(own::drop_totp)
        .service(own::renew_recovery_codes)
        .service(oidc::begin_sign_on)
        .service(oidc::end_sign_on)
        .service(users::list_users)
        .service(users::add_user)
        .service(users::change_user)
        .service(users::set_password)
        .service(users::remove_user)
        .service(tokens::list_access_tokens)
        .service(tokens::create_access_token)
        .service(tokens::revoke_access_token);
}

impl Classify for AccountError {
    fn classify(&self) -> (Kind, &'static str) {
        match self {
            Self::Invalid { .. } => (Kind::Invalid, "invalid_field"),
            Self::Password(_) => (Kind::Invalid, "password_refused"),
            Self::NameTaken { .. } => (Kind::Conflict, "name_taken"),
            Self::NoUser { .. } => (Kind::NotFound, "user_not_found"),
            Self::NoKey { .. } => (Kind::NotFound, "token_not_found"),
            Self::Wrong => (Kind::Unauthorized, "login_wrong"),
            Self::CodeWanted => (Kind::Unauthorized, "code_wanted"),
            Self::Locked { retry_after } => (
                Kind::TooMany {
                    retry_after: *retry_after,
                },
                "account_locked",
            ),
            Self::LastAdmin { .. } => (Kind::Conflict, "last_admin"),
            Self::SetUp => (Kind::Conflict, "set_up_already"),
            Self::SetupCode => (Kind::Forbidden, "setup_code_wrong"),
            Self::NoApp => (Kind::Conflict, "no_app"),
            Self::HasApp => (Kind::Conflict, "has_app"),
            Self::Disabled { .. } => (Kind::Forbidden, "account_disabled"),
            Self::ForeignName => (Kind::Forbidden, "name_refused"),
            Self::Busy => (
                Kind::TooMany {
                    retry_after: Duration::from_secs(2),
                },
                "busy",
            ),
            Self::Stopped => (Kind::Unavailable, "stopping"),
            Self::Database(_) | Self::Secret(_) | Self::CodeFile(_) => (Kind::Internal, "accounts"),
        }
    }

    fn field(&self) -> Option<String> {
        match self {
            Self::Invalid { field, .. } => Some((*field).to_owned()),
            Self::Password(_) => Some("password".to_owned()),
            Self::NameTaken { .. } => Some("name".to_owned()),
            Self::CodeWanted | Self::SetupCode => Some("code".to_owned()),
            _ => None,
        }
    }
}
