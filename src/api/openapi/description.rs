//! Makes the OpenAPI document from the handlers themselves.

use utoipa::openapi::path::Paths;
use utoipa::openapi::schema::{Schema, SchemaType, Type};
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{Content, OpenApi, Ref, RefOr, ResponseBuilder};
use utoipa::{Modify, OpenApi as _};
use utoipa_actix_web::OpenApiFactory;

use crate::api::families;
use crate::api::family::{self, Family};
use crate::api::hp::errors::Problem;
use crate::api::surface::Surface;
use crate::api::ws::{DeltaFrame, FullFrame};

use super::problems::{PeonProblem, PulseProblem};

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

/// What endpoints say of themselves.
#[derive(Default)]
pub(in crate::api) struct Description {
    paths: Paths,
    schemas: Vec<(String, RefOr<Schema>)>,
}

impl Description {
    /// Takes in an endpoint that stands below `prefix`.
    pub(in crate::api) fn add(&mut self, prefix: &str, endpoint: &impl OpenApiFactory) {
        endpoint.schemas(&mut self.schemas);
        for (path, item) in endpoint.paths().paths {
            let path = format!("{prefix}{path}");
            match self.paths.paths.get_mut(&path) {
                Some(known) => known.merge_operations(item),
                None => {
                    self.paths.paths.insert(path, item);
                }
            }
        }
    }
}

/// The document.
pub(super) fn document() -> OpenApi {
    let mut description = Description::default();
    families(&mut Surface::describing(&mut description));
    let mut document = Frame::openapi();
    document.paths.merge(description.paths);
    let components = document.components.get_or_insert_default();
    components.schemas.extend(description.schemas);
    Complete.modify(&mut document);
    Errors.modify(&mut document);
    document
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
