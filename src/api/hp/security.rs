//! How the product is exposed.

use actix_web::get;
use actix_web::web::Data;
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::dialect::{Answer, Hp, Reply};
use crate::api::guard::{Allow, SettingsRead};
use crate::api::shared::Shared;

/// How the product is exposed, as it was configured when it started.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SecurityState {
    /// The configuration file; `null` where none was read.
    file: Option<String>,
    /// Whether everybody on this machine is let in without showing anything.
    open_locally: bool,
    /// What was set, and by whom.
    settings: Vec<SecuritySetting>,
}

/// A setting that matters for security; never a secret.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SecuritySetting {
    /// Its key in the configuration file.
    key: &'static str,
    /// What it is; empty where it is a list of nothing.
    values: Vec<String>,
    /// Who has set it, such as `environment HOMEPULSE_LISTEN`; `default` where nobody has.
    origin: String,
}

/// Where homepulse listens, whom it believes and how people come in.
#[utoipa::path(tag = "hp", responses((status = 200, body = SecurityState)))]
#[get("/security")]
pub(crate) async fn get_exposure(
    _: Allow<Hp, SettingsRead>,
    shared: Data<Shared>,
) -> Answer<Hp, SecurityState> {
    let security = &shared.parts.security;
    Ok(Reply::ok(SecurityState {
        file: security.file().map(str::to_owned),
        open_locally: shared.gate.is_open_locally(),
        settings: security
            .settings()
            .iter()
            .map(|one| SecuritySetting {
                key: one.key,
                values: one.values.clone(),
                origin: one.origin.clone(),
            })
            .collect(),
    }))
}
