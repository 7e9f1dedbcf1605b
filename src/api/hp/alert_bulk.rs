//! Many alerts at once, and one of them silenced for a while.

use actix_web::post;
use actix_web::web::{Data, Json, Path};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::api::dialect::{Answer, Hp, Reply};
use crate::api::guard::{AlertsWrite, Allow};
use crate::api::problem::{Classify as _, Kind, Problem as Trouble};
use crate::api::shared::Shared;
use crate::model::id::{AlertId, SilenceId};
use crate::model::time::Timestamp;
use crate::services::alerts::{self, Bulk};
use crate::telemetry::clock;

use super::alert::Alert;
use super::errors::Problem;
use super::scope::ids;
use super::silences::Silence;

/// What to do with many alerts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum BulkAction {
    /// Take them on.
    Acknowledge,
    /// Give them back.
    Unacknowledge,
    /// Tell nobody of them until a moment.
    Snooze,
    /// End the silences that are given.
    Unsnooze,
}

/// Something to be done with many alerts; what an answer says under `undo` is one of these.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct BulkRequest {
    /// What.
    action: BulkAction,
    /// To which alerts; 500 at most.
    #[serde(default)]
    alerts: Vec<String>,
    /// Until when, for a snooze, in milliseconds.
    #[serde(default)]
    until: Option<i64>,
    /// For others.
    #[serde(default)]
    note: Option<String>,
    /// Which silences to end.
    #[serde(default)]
    silences: Vec<String>,
}

/// An alert to which it could not be done.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct BulkFailure {
    /// Which one.
    alert: String,
    /// A code, such as `alert_resolved`.
    code: &'static str,
    /// One sentence.
    message: String,
}

/// What was done.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct BulkResult {
    /// Alerts that are as they should be now.
    alerts: Vec<Alert>,
    /// Those to which it could not be done.
    failed: Vec<BulkFailure>,
    /// The silence that a snooze made.
    silence: Option<Silence>,
    /// Sent back to the same address it undoes this; `null` where nothing changed.
    undo: Option<BulkRequest>,
}

fn wrong(field: &'static str, text: impl Into<String>) -> Trouble {
    Trouble::new(Kind::Invalid, "invalid_field", text).in_field(field)
}

impl TryFrom<BulkRequest> for Bulk {
    type Error = Trouble;

    fn try_from(request: BulkRequest) -> Result<Self, Trouble> {
        let alerts: Vec<AlertId> = ids(&request.alerts, "alerts")?;
        let silences: Vec<SilenceId> = ids(&request.silences, "silences")?;
        let note = request.note;
        let action = match request.action {
            BulkAction::Acknowledge => alerts::Action::Acknowledge { note },
            BulkAction::Unacknowledge => alerts::Action::Unacknowledge,
            BulkAction::Snooze => alerts::Action::Snooze {
                until: request
                    .until
                    .map(Timestamp)
                    .ok_or_else(|| wrong("until", "say until when, in milliseconds"))?,
                note,
            },
            BulkAction::Unsnooze if silences.is_empty() => {
                return Err(wrong("silences", "say which silences are to end"));
            }
            BulkAction::Unsnooze => alerts::Action::Unsnooze { silences },
        };
        if alerts.is_empty() && request.action != BulkAction::Unsnooze {
            return Err(wrong("alerts", "say which alerts are meant"));
        }
        Ok(Self { action, alerts })
    }
}

impl From<Bulk> for BulkRequest {
    fn from(bulk: Bulk) -> Self {
        let mut request = Self {
            action: BulkAction::Unacknowledge,
            alerts: bulk.alerts.iter().map(ToString::to_string).collect(),
            until: None,
            note: None,
            silences: Vec::new(),
        };
        match bulk.action {
            alerts::Action::Acknowledge { note } => {
                request.action = BulkAction::Acknowledge;
                request.note = note;
            }
            alerts::Action::Unacknowledge => {}
            alerts::Action::Snooze { until, note } => {
                request.action = BulkAction::Snooze;
                request.until = Some(until.millis());
                request.note = note;
            }
            alerts::Action::Unsnooze { silences } => {
                request.action = BulkAction::Unsnooze;
                request.silences = silences.iter().map(ToString::to_string).collect();
            }
        }
        request
    }
}

/// Do the same to many alerts; the answer says how to undo it.
#[utoipa::path(
    tag = "hp",
    request_body = BulkRequest,
    responses((status = 200, body = BulkResult), (status = 400, body = Problem)),
)]
#[post("/alerts/bulk")]
pub(crate) async fn change_alerts(
    caller: Allow<Hp, AlertsWrite>,
    request: Json<BulkRequest>,
    shared: Data<Shared>,
) -> Answer<Hp, BulkResult> {
    let now = clock::now();
    let bulk = Bulk::try_from(request.into_inner())?;
    let by = &caller.principal.name;
    let outcome = shared.parts.alerts.bulk(bulk, by, now).await?;
    for alert in &outcome.alerts {
        shared.announce(alert, now);
    }
    let failed = outcome.failed.into_iter().map(|failed| BulkFailure {
        code: failed.error.classify().1,
        message: failed.error.message().unwrap_or_default(),
        alert: failed.alert.to_string(),
    });
    Ok(Reply::ok(BulkResult {
        alerts: outcome.alerts.iter().map(Alert::from).collect(),
        failed: failed.collect(),
        silence: outcome.silence.as_ref().map(Silence::from),
        undo: outcome.undo.map(BulkRequest::from),
    }))
}

/// Until when to tell nobody.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Snooze {
    /// Until when, in milliseconds; a year at most.
    until: i64,
    /// Why.
    note: Option<String>,
}

/// Tell nobody of one alert for a while; what still holds then is told then.
#[utoipa::path(
    tag = "hp",
    params(("id" = String, Path, description = "The alert's id")),
    request_body = Snooze,
    responses(
        (status = 201, body = Silence),
        (status = 400, body = Problem),
        (status = 404, body = Problem),
        (status = 409, body = Problem, description = "It is over already"),
    ),
)]
#[post("/alerts/{id}/snooze")]
pub(crate) async fn snooze_alert(
    caller: Allow<Hp, AlertsWrite>,
    id: Path<AlertId>,
    snooze: Json<Snooze>,
    shared: Data<Shared>,
) -> Answer<Hp, Silence> {
    let Snooze { until, note } = snooze.into_inner();
    let by = &caller.principal.name;
    let alerts = &shared.parts.alerts;
    let silence = alerts
        .snooze(&id, Timestamp(until), note, by, clock::now())
        .await?;
    Ok(Reply::created(Silence::from(&silence)))
}
