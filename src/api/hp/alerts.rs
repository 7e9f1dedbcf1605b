//! Alerts: what holds, what was, and who took it on.

use actix_web::web::{Data, Path, Query};
use actix_web::{delete, get, post};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::api::dialect::{Answer, Hp, Reply};
use crate::api::guard::{AlertsRead, AlertsWrite, Allow};
use crate::api::shared::Shared;
use crate::model::id::AlertId;
use crate::telemetry::clock;

use super::alert::Alert;
use super::errors::Problem;

/// The most alerts that one answer holds.
const LIMIT: usize = 1000;

/// Which alerts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum Which {
    /// Those that hold.
    #[default]
    Firing,
    /// All, newest first.
    All,
}

/// What to list.
#[derive(Debug, Deserialize, IntoParams)]
pub(super) struct ListAlerts {
    /// `firing` (default) or `all`.
    #[serde(default)]
    #[param(inline)]
    state: Which,
    /// The most to list; 100 unless told, 1000 at most.
    limit: Option<usize>,
}

/// Several alerts.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Alerts {
    /// The alerts.
    pub alerts: Vec<Alert>,
}

/// Alerts that hold, or all of them.
#[utoipa::path(
    tag = "hp",
    params(ListAlerts),
    responses((status = 200, body = Alerts), (status = 400, body = Problem)),
)]
#[get("/alerts")]
pub(crate) async fn list_alerts(
    _: Allow<Hp, AlertsRead>,
    query: Query<ListAlerts>,
    shared: Data<Shared>,
) -> Answer<Hp, Alerts> {
    let limit = query.limit.unwrap_or(100).min(LIMIT);
    let alerts = match query.state {
        Which::Firing => {
            let mut open = shared.parts.ledger.open().await?;
            open.extend(shared.parts.live.unwritten());
            open.reverse();
            open.truncate(limit);
            open
        }
        Which::All => shared.parts.ledger.recent(limit).await?,
    };
    let alerts = alerts.iter().map(Alert::from).collect();
    Ok(Reply::ok(Alerts { alerts }))
}

/// Take an alert on.
#[utoipa::path(
    tag = "hp",
    params(("id" = String, Path, description = "The alert's id")),
    responses(
        (status = 200, body = Alert),
        (status = 404, body = Problem),
        (status = 409, body = Problem, description = "It is over already"),
    ),
)]
#[post("/alerts/{id}/acknowledge")]
pub(crate) async fn acknowledge_alert(
    caller: Allow<Hp, AlertsWrite>,
    id: Path<AlertId>,
    shared: Data<Shared>,
) -> Answer<Hp, Alert> {
    let now = clock::now();
    let by = &caller.principal.name;
    let alert = shared.parts.ledger.acknowledge(&id, by, now).await?;
    shared.announce(&alert, now);
    Ok(Reply::ok(Alert::from(&alert)))
}

/// Give an alert back.
#[utoipa::path(
    tag = "hp",
    params(("id" = String, Path, description = "The alert's id")),
    responses((status = 200, body = Alert), (status = 404, body = Problem)),
)]
#[delete("/alerts/{id}/acknowledge")]
pub(crate) async fn unacknowledge_alert(
    _: Allow<Hp, AlertsWrite>,
    id: Path<AlertId>,
    shared: Data<Shared>,
) -> Answer<Hp, Alert> {
    let alert = shared.parts.ledger.unacknowledge(&id).await?;
    shared.announce(&alert, clock::now());
    Ok(Reply::ok(Alert::from(&alert)))
}
