//! The ledger as a file for spreadsheets, and how long it is kept.

use actix_web::http::header;
use actix_web::web::{Bytes, Data, Json, Query};
use actix_web::{HttpResponse, get, put};
use futures_util::stream;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::alerts::{AlertError, Cursor, Filter, Ledger, Sort};
use crate::api::dialect::{Answer, Fault, Hp, Reply};
use crate::api::guard::{AlertsRead, AlertsWrite, Allow};
use crate::api::shared::Shared;
use crate::model::time::Timestamp;
use crate::services::alerts::{HEADER, row};
use crate::telemetry::clock;

use super::alerts::ListAlerts;
use super::errors::Problem;

/// Alerts that are read at once, so that a large ledger never is in memory as a whole.
const PAGE: usize = 500;

/// Alerts as CSV, with the filters of the list; all that fit, whatever `limit` says.
#[utoipa::path(
    tag = "hp",
    params(ListAlerts),
    responses(
        (status = 200, content_type = "text/csv", body = String),
        (status = 400, body = Problem),
    ),
)]
#[get("/alerts/export.csv")]
pub(crate) async fn export_alerts(
    _: Allow<Hp, AlertsRead>,
    query: Query<ListAlerts>,
    shared: Data<Shared>,
) -> Result<HttpResponse, Fault<Hp>> {
    let (filter, sort) = query.filter(&shared)?;
    let export = Export {
        ledger: shared.parts.ledger.clone(),
        filter,
        sort,
        now: clock::now(),
    };
    let parts = stream::try_unfold(Step::Header, move |step| {
        let export = export.clone();
        async move { export.step(step).await }
    });
    Ok(HttpResponse::Ok()
        .content_type("text/csv; charset=utf-8")
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header((
            header::CONTENT_DISPOSITION,
            "attachment; filename=\"alerts.csv\"",
        ))
        .streaming(Box::pin(parts)))
}

#[derive(Clone)]
struct Export {
    ledger: Ledger,
    filter: Filter,
    sort: Sort,
    now: Timestamp,
}

enum Step {
    Header,
    Rows(Option<Cursor>),
    Done,
}

impl Export {
    async fn step(self, step: Step) -> Result<Option<(Bytes, Step)>, AlertError> {
        let after = match step {
            Step::Header => {
                let header = Bytes::from_static(HEADER.as_bytes());
                return Ok(Some((header, Step::Rows(None))));
            }
            Step::Rows(after) => after,
            Step::Done => return Ok(None),
        };
        let page = self
            .ledger
            .page(self.filter, self.sort, after, PAGE)
            .await?;
        let rows: String = page
            .alerts
            .iter()
            .map(|alert| row(alert, self.now))
            .collect();
        let next = match page.next {
            Some(cursor) => Step::Rows(Some(cursor)),
            None => Step::Done,
        };
        Ok(Some((Bytes::from(rows), next)))
    }
}

/// How long alerts are kept after their end.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct AlertRetention {
    /// Days, 1 to 3660; 365 unless told.
    days: u32,
}

/// How long alerts are kept after their end.
#[utoipa::path(tag = "hp", responses((status = 200, body = AlertRetention)))]
#[get("/alerts/retention")]
pub(crate) async fn get_alert_retention(
    _: Allow<Hp, AlertsRead>,
    shared: Data<Shared>,
) -> Answer<Hp, AlertRetention> {
    let days = shared.parts.alerts.retention().await?.days;
    Ok(Reply::ok(AlertRetention { days }))
}

/// Set how long alerts are kept after their end.
#[utoipa::path(
    tag = "hp",
    request_body = AlertRetention,
    responses((status = 200, body = AlertRetention), (status = 400, body = Problem)),
)]
#[put("/alerts/retention")]
pub(crate) async fn set_alert_retention(
    _: Allow<Hp, AlertsWrite>,
    wanted: Json<AlertRetention>,
    shared: Data<Shared>,
) -> Answer<Hp, AlertRetention> {
    let days = shared.parts.alerts.set_retention(wanted.days).await?.days;
    Ok(Reply::ok(AlertRetention { days }))
}
