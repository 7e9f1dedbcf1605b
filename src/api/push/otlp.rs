//! OTLP metrics over HTTP, as JSON.

use actix_web::http::{StatusCode, header};
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse, post};
use serde_json::json;

use crate::api::shared::Shared;
use crate::services::push::otlp;
use crate::telemetry::clock;

use super::sender::{Refused, Sent};

/// An answer as the protocol asks for it, with the codes of gRPC.
fn problem(status: StatusCode, code: u8, message: &str) -> HttpResponse {
    HttpResponse::build(status).json(json!({ "code": code, "message": message }))
}

fn refused(refused: &Refused) -> HttpResponse {
    match refused {
        Refused::Stranger => problem(
            StatusCode::UNAUTHORIZED,
            16,
            "the token is missing or wrong",
        ),
        Refused::TooLarge(text) => problem(StatusCode::PAYLOAD_TOO_LARGE, 8, text),
        Refused::Malformed(text) => problem(StatusCode::BAD_REQUEST, 3, text),
    }
}

/// Take figures as OTLP/JSON.
#[utoipa::path(
    tag = "push",
    request_body(content = Object, content_type = "application/json", description = "ExportMetricsServiceRequest, gzip if said so"),
    responses(
        (status = 200, description = "Taken"),
        (status = 400, description = "The body cannot be read"),
        (status = 401, description = "The token is missing or wrong"),
        (status = 413, description = "The body is too large"),
        (status = 415, description = "Only JSON is understood"),
    ),
)]
#[post("/v1/metrics")]
pub(crate) async fn write_metrics(
    request: HttpRequest,
    payload: Payload,
    shared: Data<Shared>,
) -> HttpResponse {
    let sent = match Sent::read(&request, payload, &shared).await {
        Ok(sent) => sent,
        Err(error) => return refused(&error),
    };
    let kind = request.headers().get(header::CONTENT_TYPE);
    let kind = kind.and_then(|value| value.to_str().ok()).unwrap_or("");
    if !kind.starts_with("application/json") {
        let text = "send application/json; the binary form is not understood";
        return problem(StatusCode::UNSUPPORTED_MEDIA_TYPE, 3, text);
    }
    let unpacked = match sent.body.unpacked() {
        Ok(unpacked) => unpacked,
        Err(error) => return refused(&error),
    };
    let points = match otlp::read(&unpacked) {
        Ok(points) => points,
        Err(error) => return refused(&error.into()),
    };
    let push = &shared.parts.push;
    push.take_points(&sent.target, points, clock::now()).await;
    HttpResponse::Ok().json(json!({ "partialSuccess": {} }))
}
