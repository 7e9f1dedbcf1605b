//! Newer releases of the product itself.

use actix_web::web::{Data, Query};
use actix_web::{HttpRequest, get, post};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::api::dialect::{Answer, Pulse, Reply};
use crate::api::guard::{Allow, DiagnosticsRead, SettingsWrite};
use crate::api::limits::{self, Class};
use crate::api::shared::Shared;

use super::words::Done;

/// Which releases.
#[derive(Debug, Deserialize, IntoParams)]
pub(super) struct Channel {
    /// `stable` or `rc`; there is no channel to ask, so that it makes no difference.
    #[serde(rename = "channel")]
    _channel: Option<String>,
}

/// What is known of newer releases.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PulseUpdate)]
#[serde(rename_all = "camelCase")]
pub(super) struct Update {
    available: bool,
    current_version: &'static str,
    /// `null` where nobody can tell.
    latest_version: Option<String>,
    release_notes: Option<String>,
    release_date: Option<String>,
    download_url: Option<String>,
    is_prerelease: bool,
    /// Why nobody can tell.
    message: Option<&'static str>,
}

/// How an update goes.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PulseUpdateStatus)]
#[serde(rename_all = "camelCase")]
pub(super) struct UpdateStatus {
    /// `idle` while nothing happens.
    status: &'static str,
    /// Percent.
    progress: u8,
    message: &'static str,
    error: Option<String>,
    updated_at: String,
}

/// See whether there is a newer release.
#[utoipa::path(tag = "pulse", params(Channel), responses((status = 200, body = Update)))]
#[get("/updates/check")]
pub(crate) async fn check_updates(
    _: Allow<Pulse, DiagnosticsRead>,
    _: Query<Channel>,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Answer<Pulse, Update> {
    limits::take(&request, &shared, Class::UpdateCheck)?;
    let known = shared.parts.updates.check();
    let available = known
        .latest
        .as_deref()
        .is_some_and(|it| it != known.current);
    Ok(Reply::ok(Update {
        available,
        current_version: known.current,
        latest_version: known.latest,
        release_notes: None,
        release_date: None,
        download_url: None,
        is_prerelease: false,
        message: known.unknown_because,
    }))
}

/// Install the newest release. A body, such as Pulse 4.3 wanted, is not looked at.
#[utoipa::path(
    tag = "pulse",
    responses((status = 200, body = Done), (status = 409, description = "There is no way to")),
)]
#[post("/updates/apply")]
pub(crate) async fn apply_update(
    _: Allow<Pulse, SettingsWrite>,
    shared: Data<Shared>,
) -> Answer<Pulse, Done> {
    shared.parts.updates.apply()?;
    Ok(Reply::ok(Done::saying("Update started")))
}

/// How the update goes.
#[utoipa::path(tag = "pulse", responses((status = 200, body = UpdateStatus)))]
#[get("/updates/status")]
pub(crate) async fn get_update_status(
    _: Allow<Pulse, DiagnosticsRead>,
    shared: Data<Shared>,
) -> Answer<Pulse, UpdateStatus> {
    let progress = shared.parts.updates.progress();
    Ok(Reply::ok(UpdateStatus {
        status: progress.state,
        progress: progress.percent,
        message: progress.message,
        error: None,
        updated_at: progress.since.rfc3339(),
    }))
}
