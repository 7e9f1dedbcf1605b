//! Alerts from outside: other programs post what they know, and say when it is over.

use std::time::Duration;

use actix_web::post;
use actix_web::web::{Bytes, Data, Json, Path};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::api::dialect::{Answer, Hp, Reply};
use crate::api::guard::{AlertsWrite, Allow};
use crate::api::problem::{Kind, Problem as Trouble};
use crate::api::shared::Shared;
use crate::model::alert::Severity;
use crate::model::id::AlertId;
use crate::model::time::Timestamp;
use crate::services::alerts::NewAlert;
use crate::telemetry::clock;

use super::alert::Alert;
use super::alerts::optional;
use super::errors::Problem;
use super::words;

/// An alert as another program posts it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PostedAlert {
    /// Whose, where it is about something that is watched: our id or any alias `/api` knows.
    resource: Option<String>,
    /// What it is about, such as `nightly sync`; 1 to 120 characters.
    subject: String,
    /// How bad.
    #[schema(schema_with = words::severity)]
    severity: Severity,
    /// One sentence; 1 to 1000 characters.
    message: String,
    /// A figure, where there is one.
    value: Option<f64>,
    /// Posts with the same key about the same resource are one alert; the subject unless told.
    key: Option<String>,
    /// When it is over unless it is posted again, in milliseconds since 1970.
    expires_at: Option<i64>,
    /// The same as seconds from now.
    expires_in_seconds: Option<u32>,
}

/// Post an alert, or say more about one that holds.
#[utoipa::path(
    tag = "hp",
    request_body = PostedAlert,
    responses((status = 200, body = Alert), (status = 400, body = Problem)),
)]
#[post("/alerts")]
pub(crate) async fn post_alert(
    _: Allow<Hp, AlertsWrite>,
    new: Json<PostedAlert>,
    shared: Data<Shared>,
) -> Answer<Hp, Alert> {
    let now = clock::now();
    let new = new.into_inner();
    let expires_at = match (new.expires_at, new.expires_in_seconds) {
        (Some(_), Some(_)) => {
            let text = "give either expires_at or expires_in_seconds";
            return Err(Trouble::new(Kind::Invalid, "invalid_field", text)
                .in_field("expires_at")
                .into());
        }
        (at, None) => at.map(Timestamp),
        (None, Some(seconds)) => Some(now + Duration::from_secs(seconds.into())),
    };
    let new = NewAlert {
        resource: new.resource,
        subject: new.subject,
        severity: new.severity,
        message: new.message,
        value: new.value,
        key: new.key,
        expires_at,
    };
    let posted = shared.parts.alerts.post(new, now).await?;
    shared.hub.publish_alerts(&posted.changed, now);
    Ok(Reply::ok(Alert::from(&posted.alert)))
}

/// Why a posted alert is over.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Resolution {
    /// One sentence.
    message: Option<String>,
}

/// Say that a posted alert is over.
#[utoipa::path(
    tag = "hp",
    params(("id" = String, Path, description = "The alert's id")),
    request_body(content = Option<Resolution>, content_type = "application/json"),
    responses(
        (status = 200, body = Alert),
        (status = 404, body = Problem),
        (status = 409, body = Problem, description = "It is over already, or a rule watches it"),
    ),
)]
#[post("/alerts/{id}/resolve")]
pub(crate) async fn resolve_alert(
    _: Allow<Hp, AlertsWrite>,
    id: Path<AlertId>,
    body: Bytes,
    shared: Data<Shared>,
) -> Answer<Hp, Alert> {
    let said: Resolution = optional(&body)?;
    let now = clock::now();
    let ended = shared.parts.alerts.resolve(&id, said.message, now).await?;
    shared.hub.publish_alerts(&ended.changed, now);
    Ok(Reply::ok(Alert::from(&ended.alert)))
}
