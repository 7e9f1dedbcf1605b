//! The alert endpoints that Pulse 4.3 really served.

use actix_web::web::{Data, Json, Path, Query};
use actix_web::{delete, get, post};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::api::dialect::{Answer, Fault, Pulse, Reply};
use crate::api::guard::{AlertsRead, AlertsWrite, Allow};
use crate::api::problem::{Kind, Problem};
use crate::api::shared::Shared;
use crate::model::alert::Alert;
use crate::model::id::AlertId;
use crate::model::time::Timestamp;
use crate::telemetry::clock;

use super::alert::{ActiveAlert, alert_id};
use super::errors::settings_error;
use super::words::Done;

/// How much history.
#[derive(Debug, Deserialize, IntoParams)]
pub(super) struct AlertHistory {
    /// The most to list; 100 unless told, 1000 at most.
    limit: Option<usize>,
}

/// That it was done.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PulseSuccess {
    pub(super) success: bool,
}

/// Several alerts.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = PulseAlertIds)]
#[serde(rename_all = "camelCase")]
pub(super) struct Several {
    alert_ids: Vec<String>,
}

/// What became of each.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PulseAlertResults)]
pub(super) struct Results {
    results: Vec<OneResult>,
}

/// What became of one.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PulseAlertResult)]
#[serde(rename_all = "camelCase")]
struct OneResult {
    alert_id: String,
    success: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

/// Under which key it is kept since when the history is shown.
const CLEARED: &str = "pulse_history_cleared";

/// Alerts that hold.
#[utoipa::path(tag = "pulse", responses((status = 200, body = [ActiveAlert])))]
#[get("/alerts/active")]
pub(crate) async fn list_active_alerts(
    _: Allow<Pulse, AlertsRead>,
    shared: Data<Shared>,
) -> Answer<Pulse, Vec<ActiveAlert>> {
    let present = shared.hub.present();
    let alerts = present.open_alerts();
    let shown = alerts.map(|alert| ActiveAlert::new(alert, &present.fleet));
    Ok(Reply::ok(shown.collect()))
}

/// All alerts since the history was last cleared, newest first.
#[utoipa::path(tag = "pulse", params(AlertHistory), responses((status = 200, body = [ActiveAlert])))]
#[get("/alerts/history")]
pub(crate) async fn list_alert_history(
    _: Allow<Pulse, AlertsRead>,
    query: Query<AlertHistory>,
    shared: Data<Shared>,
) -> Answer<Pulse, Vec<ActiveAlert>> {
    Ok(Reply::ok(history(&shared, query.limit).await?))
}

/// The same, as Pulse's document calls it.
#[utoipa::path(tag = "pulse", params(AlertHistory), responses((status = 200, body = [ActiveAlert])))]
#[get("/notifications/alerts")]
pub(crate) async fn list_notified_alerts(
    _: Allow<Pulse, AlertsRead>,
    query: Query<AlertHistory>,
    shared: Data<Shared>,
) -> Answer<Pulse, Vec<ActiveAlert>> {
    Ok(Reply::ok(history(&shared, query.limit).await?))
}

/// Begin the history anew: alerts that are over are no longer listed here. The ledger keeps them.
#[utoipa::path(tag = "pulse", responses((status = 200, body = PulseSuccess)))]
#[delete("/alerts/history")]
pub(crate) async fn clear_alert_history(
    _: Allow<Pulse, AlertsWrite>,
    shared: Data<Shared>,
) -> Answer<Pulse, PulseSuccess> {
    clear_history(&shared).await?;
    Ok(Reply::ok(PulseSuccess { success: true }))
}

/// The same, as Pulse's document calls it.
#[utoipa::path(tag = "pulse", responses((status = 200, body = Done)))]
#[post("/notifications/alerts/clear")]
pub(crate) async fn clear_notified_alerts(
    _: Allow<Pulse, AlertsWrite>,
    shared: Data<Shared>,
) -> Answer<Pulse, Done> {
    clear_history(&shared).await?;
    Ok(Reply::ok(Done::SUCCESS))
}

async fn history(shared: &Shared, limit: Option<usize>) -> Result<Vec<ActiveAlert>, Fault<Pulse>> {
    let limit = limit.unwrap_or(100).min(1000);
    let since: Option<i64> = shared
        .parts
        .settings
        .get(CLEARED)
        .await
        .map_err(settings_error)?;
    let is_shown = |alert: &&Alert| {
        let over = alert.resolved_at.map(Timestamp::millis);
        over.is_none_or(|over| since.is_none_or(|since| over > since))
    };
    let alerts = shared.parts.ledger.recent(limit).await?;
    let fleet = shared.hub.present().fleet.clone();
    let shown = alerts.iter().filter(is_shown);
    Ok(shown.map(|alert| ActiveAlert::new(alert, &fleet)).collect())
}

async fn clear_history(shared: &Shared) -> Result<(), Fault<Pulse>> {
    let settings = &shared.parts.settings;
    let now = clock::now().millis();
    Ok(settings.put(CLEARED, &now).await.map_err(settings_error)?)
}

/// Take an alert on, by Pulse's id of it or by ours.
#[utoipa::path(
    tag = "pulse",
    params(("id" = String, Path, description = "The alert's id")),
    responses((status = 200, body = PulseSuccess), (status = 404, description = "No such alert")),
)]
#[post("/alerts/{id}/acknowledge")]
pub(crate) async fn acknowledge_pulse_alert(
    caller: Allow<Pulse, AlertsWrite>,
    id: Path<String>,
    shared: Data<Shared>,
) -> Answer<Pulse, PulseSuccess> {
    acknowledge(&shared, &id, &caller.principal.name).await?;
    Ok(Reply::ok(PulseSuccess { success: true }))
}

/// Give an alert back that somebody took on.
#[utoipa::path(
    tag = "pulse",
    params(("id" = String, Path, description = "The alert's id")),
    responses((status = 200, body = PulseSuccess), (status = 404, description = "No such alert")),
)]
#[post("/alerts/{id}/unacknowledge")]
pub(crate) async fn unacknowledge_pulse_alert(
    caller: Allow<Pulse, AlertsWrite>,
    id: Path<String>,
    shared: Data<Shared>,
) -> Answer<Pulse, PulseSuccess> {
    let id = find(&id, &shared)?;
    let (now, by) = (clock::now(), &caller.principal.name);
    let alert = shared.parts.ledger.unacknowledge(&id, by, now).await?;
    shared.announce(&alert, now);
    Ok(Reply::ok(PulseSuccess { success: true }))
}

/// Take an alert on: one whose cause lasts cannot be cleared, it ends with its cause.
#[utoipa::path(
    tag = "pulse",
    params(("id" = String, Path, description = "The alert's id")),
    responses((status = 200, body = PulseSuccess), (status = 404, description = "No such alert")),
)]
#[post("/alerts/{id}/clear")]
pub(crate) async fn clear_pulse_alert(
    caller: Allow<Pulse, AlertsWrite>,
    id: Path<String>,
    shared: Data<Shared>,
) -> Answer<Pulse, PulseSuccess> {
    acknowledge(&shared, &id, &caller.principal.name).await?;
    Ok(Reply::ok(PulseSuccess { success: true }))
}

/// Take several alerts on.
#[utoipa::path(tag = "pulse", request_body = Several, responses((status = 200, body = Results)))]
#[post("/alerts/bulk/acknowledge")]
pub(crate) async fn acknowledge_several(
    caller: Allow<Pulse, AlertsWrite>,
    body: Json<Several>,
    shared: Data<Shared>,
) -> Answer<Pulse, Results> {
    several(&shared, &body, &caller.principal.name).await
}

/// The same of several alerts as of one: those whose cause lasts are taken on.
#[utoipa::path(tag = "pulse", request_body = Several, responses((status = 200, body = Results)))]
#[post("/alerts/bulk/clear")]
pub(crate) async fn clear_several(
    caller: Allow<Pulse, AlertsWrite>,
    body: Json<Several>,
    shared: Data<Shared>,
) -> Answer<Pulse, Results> {
    several(&shared, &body, &caller.principal.name).await
}

async fn several(shared: &Shared, body: &Several, by: &str) -> Answer<Pulse, Results> {
    if body.alert_ids.len() > 1000 {
        let text = "alertIds: give 1000 at most";
        return Err(Problem::new(Kind::Invalid, "invalid_setting", text).into());
    }
    let mut results = Vec::new();
    for id in &body.alert_ids {
        let done = acknowledge(shared, id, by).await;
        results.push(OneResult {
            alert_id: id.clone(),
            success: done.is_ok(),
            error: done.err().map(|fault| fault.to_string()),
        });
    }
    Ok(Reply::ok(Results { results }))
}

async fn acknowledge(shared: &Shared, id: &str, by: &str) -> Result<(), Fault<Pulse>> {
    let id = find(id, shared)?;
    let now = clock::now();
    let alert = shared.parts.ledger.acknowledge(&id, by, now).await?;
    shared.announce(&alert, now);
    Ok(())
}

fn find(text: &str, shared: &Shared) -> Result<AlertId, Fault<Pulse>> {
    if let Ok(id) = text.parse::<AlertId>() {
        return Ok(id);
    }
    let present = shared.hub.present();
    let known = present
        .open_alerts()
        .find(|alert| alert_id(alert, &present.fleet) == text);
    known.map(|alert| alert.id.clone()).ok_or_else(|| {
        let text = format!("there is no alert {text}");
        Problem::new(Kind::NotFound, "alert_not_found", text).into()
    })
}
