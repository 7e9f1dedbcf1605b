//! The OpenAPI document, made from the handlers themselves.

use actix_web::{App, HttpResponse, get, web::Data};
use utoipa::openapi::schema::{Schema, SchemaType, Type};
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{Content, OpenApi, Ref, RefOr, ResponseBuilder};
use utoipa::{Modify, OpenApi as _};
use utoipa_actix_web::AppExt;

use super::family::{self, Family};
use super::guard::Public;
use super::hp::errors::Problem;
use super::shared::Shared;
use super::ws::{DeltaFrame, FullFrame};

/// Schemas of our own in which a field may be missing; in all others every field is there.
/// Pulse left fields out as it liked.
const WITH_GAPS: [&str; 15] = [
    "ActionParams",
    "BacktestRequest",
    "ChannelChange",
    "ChannelDraft",
    "DeltaFrame",
    "LevelChange",
    "MetricLimits",
    "NewAction",
    "NewChannel",
    "NewTarget",
    "PreviewRequest",
    "RuleLevel",
    "RuleLimit",
    "RuleSettings",
    "Simulate",
];

#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "homepulse",
        description = "Monitoring for Proxmox home labs. Unknown figures are null, never 0.",
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0"),
    ),
    components(schemas(FullFrame, DeltaFrame, Problem, PulseProblem, PeonProblem)),
    modifiers(&Tokens),
    security(("token" = []), ("bearer" = [])),
    tags(
        (name = "hp", description = "homepulse's own API"),
        (name = "metrics", description = "For Prometheus and supervisors"),
        (name = "peon", description = "Game servers, numbered by game"),
        (name = "playpulse", description = "Game servers for communities"),
        (name = "pulse", description = "Pulse 4.3"),
        (name = "links", description = "Links in messages; pages for people"),
        (name = "status", description = "The public status page"),
        (name = "live", description = "WebSocket"),
        (name = "push", description = "What hosts send by themselves"),
    ),
)]
struct Frame;

/// The document as pretty JSON, the same for the same sources.
#[must_use]
pub fn openapi() -> String {
    document().to_pretty_json().unwrap_or_default()
}

/// The document.
#[must_use]
pub(super) fn document() -> OpenApi {
    let (_, mut document) = App::new()
        .into_utoipa_app()
        .openapi(Frame::openapi())
        .configure(super::families)
        .split_for_parts();
    Complete.modify(&mut document);
    Errors.modify(&mut document);
    document
}

/// This document.
#[utoipa::path(
    tag = "hp",
    security(()),
    responses((status = 200, description = "OpenAPI 3.1", content_type = "application/json")),
)]
#[get("/openapi.json")]
pub(super) async fn get_openapi(_: Public, shared: Data<Shared>) -> HttpResponse {
    HttpResponse::Ok()
        .content_type("application/json")
        .body(shared.openapi.clone())
}

/// Names the two ways to send a token.
struct Tokens;

impl Modify for Tokens {
    fn modify(&self, document: &mut OpenApi) {
        let components = document.components.get_or_insert_default();
        components.add_security_scheme(
            "token",
            SecurityScheme::ApiKey(ApiKey::Header(ApiKeyValue::new("X-API-Token"))),
        );
        components.add_security_scheme(
            "registration",
            SecurityScheme::ApiKey(ApiKey::Header(ApiKeyValue::new("X-Registration-Token"))),
        );
        components.add_security_scheme(
            "bearer",
            SecurityScheme::Http(HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build()),
        );
    }
}

/// Says of every schema that all its fields are there, as unknown is `null` and never missing.
struct Complete;

impl Modify for Complete {
    fn modify(&self, document: &mut OpenApi) {
        let Some(components) = &mut document.components else {
            return;
        };
        for (name, schema) in &mut components.schemas {
            if WITH_GAPS.contains(&name.as_str()) || name.starts_with("Pulse") {
                continue;
            }
            if let RefOr::T(Schema::Object(object)) = schema
                && matches!(object.schema_type, SchemaType::Type(Type::Object))
            {
                object.required = object.properties.keys().cloned().collect();
            }
        }
    }
}

/// The body of every error of seed 004.
#[derive(utoipa::ToSchema)]
struct PulseProblem {
    /// One sentence for people.
    #[expect(dead_code, reason = "only its schema is used; see Dialect for Pulse")]
    error: String,
}

/// The body of every error of seeds 000 and 001.
#[derive(utoipa::ToSchema)]
#[expect(dead_code, reason = "only its schema is used; see Dialect for Peon")]
pub(super) struct PeonProblem {
    /// False.
    success: bool,
    /// What went wrong.
    error: PeonError,
    /// When, RFC 3339.
    timestamp: String,
}

/// What went wrong.
#[derive(utoipa::ToSchema)]
#[expect(dead_code, reason = "only its schema is used; see Dialect for Peon")]
struct PeonError {
    /// Stable code in capitals, such as `INVALID_GAME`.
    code: String,
    /// One sentence for people.
    message: String,
    /// What else helps, such as `supported_games` or the `field` to blame.
    #[schema(value_type = Object)]
    details: String,
}

/// Says of every operation how its family words errors.
struct Errors;

impl Modify for Errors {
    fn modify(&self, document: &mut OpenApi) {
        for (path, item) in &mut document.paths.paths {
            let body = match family::of(path) {
                Family::Hp => "Problem",
                Family::Peon | Family::Playpulse => "PeonProblem",
                Family::Pulse | Family::Pages => "PulseProblem",
            };
            let operations = [
                &mut item.get,
                &mut item.post,
                &mut item.put,
                &mut item.delete,
            ];
            for operation in operations.into_iter().flatten() {
                let content = Content::new(Some(Ref::from_schema_name(body)));
                let response = ResponseBuilder::new()
                    .description("An error")
                    .content("application/json", content);
                let responses = &mut operation.responses.responses;
                responses.insert("default".to_owned(), RefOr::T(response.build()));
            }
        }
    }
}
