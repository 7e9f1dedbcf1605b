//! What the framework takes out of a request, with failures worded by the family that was asked.
//!
//! Bodies end at [`BODY_LIMIT`]; `serde_json` itself refuses JSON nested deeper than 128.

use actix_web::error::{JsonPayloadError, PathError, QueryPayloadError, UrlencodedError};
use actix_web::web::{FormConfig, JsonConfig, PathConfig, PayloadConfig, QueryConfig};
use actix_web::{HttpRequest, HttpResponse};

use super::dialect::{Dialect, Fault, answer, not_allowed};
use super::problem::{Kind, Problem};
use super::routes::Routes;
use super::surface::Surface;

/// The most bytes that a body may have.
pub(super) const BODY_LIMIT: usize = 1 << 20;

/// Makes everything inside a family's scope that no handler sees speak the family's form.
pub(super) fn speak<D: Dialect>(scope: &mut Surface<'_>) {
    let json = JsonConfig::default()
        .limit(BODY_LIMIT)
        .error_handler(|error, _| fault::<D>(json_problem(&error)));
    let form = FormConfig::default()
        .limit(BODY_LIMIT)
        .error_handler(|error, _| fault::<D>(form_problem(&error)));
    let path = PathConfig::default().error_handler(|error, _| fault::<D>(path_problem(&error)));
    let query = QueryConfig::default().error_handler(|error, _| fault::<D>(query_problem(&error)));
    scope.set_up(|scope| {
        scope
            .app_data(json)
            .app_data(form)
            .app_data(path)
            .app_data(query)
            .app_data(PayloadConfig::new(BODY_LIMIT))
            .default_service(actix_web::web::to(unknown::<D>));
    });
}

/// 405 where another method would do, 404 otherwise.
async fn unknown<D: Dialect>(request: HttpRequest) -> HttpResponse {
    let allowed = Routes::documented().methods_of(request.path());
    if allowed.is_empty() {
        let text = format!("there is nothing at {}", request.path());
        answer::<D>(&Problem::new(Kind::NotFound, "not_found", text))
    } else {
        not_allowed::<D>(request.method(), &allowed)
    }
}

fn fault<D: Dialect>(problem: Problem) -> actix_web::Error {
    Fault::<D>::from(problem).into()
}

fn json_problem(error: &JsonPayloadError) -> Problem {
    match error {
        JsonPayloadError::Overflow { .. } | JsonPayloadError::OverflowKnownLength { .. } => {
            too_large()
        }
        JsonPayloadError::ContentType => Problem::new(
            Kind::Invalid,
            "content_type",
            "the body must be JSON: send Content-Type: application/json",
        ),
        JsonPayloadError::Deserialize(cause) => Problem::new(
            Kind::Invalid,
            "invalid_json",
            format!("the body cannot be read: {cause}"),
        ),
        other => Problem::new(
            Kind::Invalid,
            "invalid_body",
            format!("the body cannot be read: {other}"),
        ),
    }
}

fn form_problem(error: &UrlencodedError) -> Problem {
    match error {
        UrlencodedError::Overflow { .. } => too_large(),
        other => Problem::new(
            Kind::Invalid,
            "invalid_body",
            format!("the form cannot be read: {other}"),
        ),
    }
}

fn path_problem(error: &PathError) -> Problem {
    Problem::new(
        Kind::Invalid,
        "invalid_path",
        format!("the path cannot be read: {error}"),
    )
}

fn query_problem(error: &QueryPayloadError) -> Problem {
    Problem::new(
        Kind::Invalid,
        "invalid_query",
        format!("the query cannot be read: {error}"),
    )
}

fn too_large() -> Problem {
    Problem::new(
        Kind::TooLarge,
        "body_too_large",
        format!("the body is larger than {BODY_LIMIT} bytes"),
    )
}
