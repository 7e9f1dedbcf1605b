//! Newer releases of the product itself.

use actix_web::web::{Data, Query};
use actix_web::{HttpRequest, get, post};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::api::dialect::{Answer, Pulse, Reply};
use crate::api::guard::{Allow, DiagnosticsRead, SettingsWrite};
use crate::api::limits::{self, Class};
use crate::api::problem::{Kind, Problem};
use crate::api::shared::Shared;
use crate::services::updates;

use super::words::Done;

/// Which releases.
#[derive(Debug, Deserialize, IntoParams)]
pub(super) struct Channel {
    /// `stable` or `rc`; the one that is set unless told.
    channel: Option<String>,
}

/// What is known of newer releases.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PulseUpdate)]
#[serde(rename_all = "camelCase")]
pub(super) struct Update {
    available: bool,
    current_version: String,
    /// `null` where nobody can tell.
    latest_version: Option<String>,
    release_notes: Option<String>,
    release_date: Option<String>,
    download_url: Option<String>,
    is_prerelease: bool,
    /// Why nobody can tell.
    message: Option<String>,
    /// How this installation came to be: `managed` ones can be updated by a request, the others
    /// by the command.
    install_kind: &'static str,
    /// What installs the newer release.
    command: Option<String>,
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
    message: String,
    error: Option<String>,
    updated_at: String,
}

/// See whether there is a newer release.
#[utoipa::path(tag = "pulse", params(Channel), responses((status = 200, body = Update)))]
#[get("/updates/check")]
pub(crate) async fn check_updates(
    _: Allow<Pulse, DiagnosticsRead>,
    query: Query<Channel>,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Answer<Pulse, Update> {
    limits::take(&request, &shared, Class::UpdateCheck)?;
    let channel = match query.channel.as_deref() {
        None => None,
        Some(word) => Some(updates::Channel::parse(word).ok_or_else(|| {
            let text = "channel is stable or rc";
            Problem::new(Kind::Invalid, "channel_unknown", text).in_field("channel")
        })?),
    };
    let known = shared.parts.updates.check(channel).await;
    let newer = known.newer;
    Ok(Reply::ok(Update {
        available: newer.is_some(),
        current_version: known.current.to_string(),
        latest_version: match (&newer, &known.unknown_because) {
            (Some(release), _) => Some(release.version.to_string()),
            (None, None) => Some(known.current.to_string()),
            (None, Some(_)) => None,
        },
        is_prerelease: newer.as_ref().is_some_and(|it| it.is_prerelease),
        download_url: newer
            .as_ref()
            .and_then(|it| Some(it.asset.as_ref()?.url.clone())),
        release_date: newer.as_ref().and_then(|it| it.date.clone()),
        release_notes: newer.and_then(|it| it.notes),
        message: known.unknown_because,
        install_kind: known.kind.word(),
        command: known.command,
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
    shared.parts.updates.apply(None)?;
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
        status: progress.step.word(),
        progress: progress.step.percent(),
        message: progress.message,
        error: progress.error,
        updated_at: progress.at.rfc3339(),
    }))
}
