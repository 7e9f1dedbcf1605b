//! The alert endpoints that Pulse 4.3 really served.

use actix_web::web::{Data, Path, Query};
use actix_web::{get, post};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::api::dialect::{Answer, Fault, Pulse, Reply};
use crate::api::guard::{AlertsRead, AlertsWrite, Allow};
use crate::api::problem::{Kind, Problem};
use crate::api::shared::Shared;
use crate::model::id::AlertId;
use crate::telemetry::clock;

use super::alert::{ActiveAlert, alert_id};

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

/// All alerts, newest first.
#[utoipa::path(tag = "pulse", params(AlertHistory), responses((status = 200, body = [ActiveAlert])))]
#[get("/alerts/history")]
pub(crate) async fn list_alert_history(
    _: Allow<Pulse, AlertsRead>,
    query: Query<AlertHistory>,
    shared: Data<Shared>,
) -> Answer<Pulse, Vec<ActiveAlert>> {
    let limit = query.limit.unwrap_or(100).min(1000);
    let alerts = shared.parts.ledger.recent(limit).await?;
    let fleet = &shared.hub.present().fleet;
    let shown = alerts.iter().map(|alert| ActiveAlert::new(alert, fleet));
    Ok(Reply::ok(shown.collect()))
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
    let id = find(&id, &shared)?;
    let now = clock::now();
    let by = &caller.principal.name;
    let alert = shared.parts.ledger.acknowledge(&id, by, now).await?;
    shared.announce(&alert, now);
    Ok(Reply::ok(PulseSuccess { success: true }))
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
