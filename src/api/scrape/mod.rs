//! What machines read regularly: metrics for Prometheus, and whether we are alive and ready.
//!
//! Paths at the root, where supervisors and scrapers look for them.

mod exposition;
mod games;
mod own;
mod probes;
mod pve;

use actix_web::http::header;
use actix_web::web::{Data, Query};
use actix_web::{HttpRequest, HttpResponse, get};
use serde::Deserialize;
use utoipa::IntoParams;

use super::dialect::{Fault, Hp};
use super::guard::{Allow, DiagnosticsRead};
use super::shared::Shared;
use super::surface::Surface;
use crate::auth::Scope;
use crate::telemetry::clock;

use exposition::{Exposition, Format};

pub(super) use own::Counts;

/// Every path of this family.
pub(super) fn routes(config: &mut Surface<'_>) {
    config
        .service(get_metrics)
        .service(probes::get_livez)
        .service(probes::get_readyz);
}

/// Which metrics.
#[derive(Debug, Deserialize, IntoParams)]
pub(super) struct MetricsQuery {
    /// Only this target's `pve_*` and `homepulse_game_*` families, by its name or id; all targets' unless told.
    target: Option<String>,
}

/// Everything that can be counted, for Prometheus.
///
/// Own figures as `homepulse_*` and `process_*`, hosts' and guests' under the names of
/// prometheus-pve-exporter, with the label `target`. Figures that are not known are left out.
#[utoipa::path(
    tag = "metrics",
    params(MetricsQuery),
    responses((
        status = 200,
        description = "OpenMetrics 1.0, or the older text format where that is asked for",
        content_type = "application/openmetrics-text",
    )),
)]
#[get("/metrics")]
pub(super) async fn get_metrics(
    caller: Allow<Hp, DiagnosticsRead>,
    request: HttpRequest,
    query: Query<MetricsQuery>,
    shared: Data<Shared>,
) -> Result<HttpResponse, Fault<Hp>> {
    let accept = request.headers().get(header::ACCEPT);
    let format = Format::wanted(accept.and_then(|accept| accept.to_str().ok()));
    let counts = Counts::read(&shared).await?;
    let present = shared.hub.present();
    let mut out = Exposition::new(format);
    own::write(&mut out, &counts);
    own::write_targets(&mut out, &present.fleet);
    if caller.principal.scopes.has(Scope::FleetRead) {
        games::write(&mut out, &present.fleet, query.target.as_deref());
        pve::write(
            &mut out,
            &present.fleet,
            query.target.as_deref(),
            clock::now(),
        );
    }
    Ok(HttpResponse::Ok()
        .content_type(format.content_type())
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .body(out.finish()))
}
