//! InfluxDB's write API (version 2), as far as Proxmox VE and common senders use it.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Payload, Query};
use actix_web::{HttpRequest, HttpResponse, get, post};
use serde::Deserialize;
use serde_json::json;
use utoipa::IntoParams;

use crate::api::shared::{Shared, VERSION};
use crate::services::push::{Precision, line};
use crate::telemetry::clock;

use super::sender::{self, Refused, Sent};

/// Where to write, as InfluxDB asks for it. The token alone says whose figures these are.
#[derive(Debug, Default, Deserialize, IntoParams)]
pub(super) struct Write {
    /// The unit of moments: `ns` (default), `us`, `ms` or `s`.
    precision: Option<String>,
    /// Taken and not looked at.
    #[serde(rename = "org")]
    #[param(rename = "org")]
    _org: Option<String>,
    /// Taken and not looked at.
    #[serde(rename = "bucket")]
    #[param(rename = "bucket")]
    _bucket: Option<String>,
}

/// An answer as InfluxDB gives it.
fn problem(status: StatusCode, code: &str, message: &str) -> HttpResponse {
    HttpResponse::build(status).json(json!({ "code": code, "message": message }))
}

fn refused(refused: &Refused) -> HttpResponse {
    match refused {
        Refused::Stranger => problem(
            StatusCode::UNAUTHORIZED,
            "unauthorized",
            "unauthorized access",
        ),
        Refused::TooLarge(text) => {
            problem(StatusCode::PAYLOAD_TOO_LARGE, "request too large", text)
        }
        Refused::Malformed(text) => problem(StatusCode::BAD_REQUEST, "invalid", text),
    }
}

/// Take figures in InfluxDB's line protocol.
#[utoipa::path(
    tag = "push",
    params(Write),
    request_body(content = String, content_type = "text/plain", description = "Line protocol, gzip if said so"),
    responses(
        (status = 204, description = "Taken"),
        (status = 400, description = "Some lines could not be read; the others are taken"),
        (status = 401, description = "The token is missing or wrong"),
        (status = 413, description = "The body is too large"),
    ),
)]
#[post("/api/v2/write")]
pub(crate) async fn write_lines(
    request: HttpRequest,
    payload: Payload,
    query: Query<Write>,
    shared: Data<Shared>,
) -> HttpResponse {
    let sent = match Sent::read(&request, payload, &shared).await {
        Ok(sent) => sent,
        Err(error) => return refused(&error),
    };
    let word = query.precision.as_deref().unwrap_or_default();
    let Some(precision) = Precision::of_word(word) else {
        let text = "precision must be one of ns, us, ms, s";
        return problem(StatusCode::BAD_REQUEST, "invalid", text);
    };
    let unpacked = match sent.body.unpacked() {
        Ok(unpacked) => unpacked,
        Err(error) => return refused(&error),
    };
    let written = match line::read(&unpacked, precision) {
        Ok(written) => written,
        Err(error) => return refused(&error.into()),
    };
    let push = &shared.parts.push;
    push.take_points(&sent.target, written.points, clock::now())
        .await;
    match written.first_problem {
        None => HttpResponse::NoContent().finish(),
        Some(text) => {
            let text = format!("partial write: {} bad lines; {text}", written.bad_lines);
            problem(StatusCode::BAD_REQUEST, "invalid", &text)
        }
    }
}

/// Whether figures are taken, as InfluxDB says it. A token that is sent along must be right, so
/// that Proxmox VE's own test of a metric server finds a wrong one.
#[utoipa::path(
    tag = "push",
    security(()),
    responses(
        (status = 200, description = "Figures are taken"),
        (status = 401, description = "The token that was sent is wrong"),
    ),
)]
#[get("/health")]
pub(crate) async fn get_influx_health(request: HttpRequest, shared: Data<Shared>) -> HttpResponse {
    if sender::shows_token(&request) && sender::target(&request, &shared).is_err() {
        return refused(&Refused::Stranger);
    }
    HttpResponse::Ok().json(json!({
        "name": "homepulse",
        "message": "ready for queries and writes",
        "status": "pass",
        "checks": [],
        "version": VERSION,
    }))
}

/// A sign of life, as InfluxDB gives it.
#[utoipa::path(tag = "push", security(()), responses((status = 204, description = "Alive")))]
#[get("/ping")]
pub(crate) async fn ping() -> HttpResponse {
    HttpResponse::NoContent()
        .insert_header(("X-Influxdb-Build", "homepulse"))
        .insert_header(("X-Influxdb-Version", VERSION))
        .finish()
}
