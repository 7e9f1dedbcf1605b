//! What happens to every request before and after its handler, whatever family it belongs to.

use std::time::Duration;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse, Url};
use actix_web::error::InternalError;
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::http::uri::PathAndQuery;
use actix_web::http::{Method, Uri};
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{Error, HttpMessage};

use super::asked;
use super::dialect::REQUEST_ID;
use super::family::{self, Family};
use super::limits;
use super::problem::{Kind, Problem, new_request_id};
use super::shared::Shared;
use super::trail;

/// What pages may load: only what comes with the product itself.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
     img-src 'self' data: blob:; connect-src 'self'; manifest-src 'self'; worker-src 'self'; \
     base-uri 'self'; form-action 'self'; frame-ancestors 'none'";

/// Headers that every answer carries.
const HEADERS: [(HeaderName, HeaderValue); 6] = [
    (
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(CONTENT_SECURITY_POLICY),
    ),
    (
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    ),
    (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
    (
        header::REFERRER_POLICY,
        HeaderValue::from_static("same-origin"),
    ),
    (
        header::CROSS_ORIGIN_RESOURCE_POLICY,
        HeaderValue::from_static("same-origin"),
    ),
    (
        header::CROSS_ORIGIN_OPENER_POLICY,
        HeaderValue::from_static("same-origin"),
    ),
];

/// How long a request may take with its body; a live connection is answered long before.
const PATIENCE: Duration = Duration::from_secs(60);

/// How long a change may go on once nobody waits for it.
const LONGEST: Duration = Duration::from_secs(600);

/// Judges, normalises and answers a request; see the module.
pub(super) async fn edge<B: MessageBody + 'static>(
    mut request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let Some(shared) = request.app_data::<Data<Shared>>().cloned() else {
        return Err(actix_web::error::ErrorInternalServerError("not set up"));
    };
    normalise(&mut request, &shared.door.base_path);
    let mut response = match shared.door.judge(request.request()) {
        Ok(asked) => {
            request.extensions_mut().insert(asked);
            let family = family::of(request.path());
            let answer = answer(shared, request, next);
            match tokio::time::timeout(PATIENCE, answer).await {
                Ok(response) => response?,
                Err(_) => return Err(too_slow(family)),
            }
        }
        Err(problem) => {
            let answer = family::of(request.path()).answer(&problem);
            request.into_response(answer)
        }
    };
    harden(response.headers_mut());
    Ok(response)
}

/// Has the request answered and, where it is one for the audit, entered there.
///
/// What changes something is brought to its end whether or not anybody still waits for it: who hangs
/// up half-way leaves neither half a change nor one that the audit does not know.
async fn answer<B: MessageBody + 'static>(
    shared: Data<Shared>,
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let family = family::of(request.path());
    let method = request.method().clone();
    let changes = asked::changes_something(&method);
    let work = async move {
        let mut response = next.call(request).await?.map_into_boxed_body();
        trail::enter(&shared, &method, &response).await;
        let request = response.request().clone();
        limits::write(&request, response.headers_mut());
        Ok(response)
    };
    if !changes {
        return work.await;
    }
    let work = tokio::time::timeout(LONGEST, work);
    match actix_web::rt::spawn(work).await {
        Ok(Ok(response)) => response,
        Ok(Err(_)) => Err(too_slow(family)),
        Err(_) => Err(unanswered(
            family,
            Kind::Internal,
            "broke_off",
            "the work broke off",
        )),
    }
}

/// Lets a handler for GET answer HEAD (the body is cut off below us), and finds API paths with a
/// trailing slash or under the configured prefix.
fn normalise(request: &mut ServiceRequest, base_path: &str) {
    if *request.method() == Method::HEAD {
        request.head_mut().method = Method::GET;
    }
    let Some(path) = normal_path(request.path(), base_path) else {
        return;
    };
    let query = request.query_string();
    let text = if query.is_empty() {
        path
    } else {
        format!("{path}?{query}")
    };
    let mut parts = request.uri().clone().into_parts();
    parts.path_and_query = PathAndQuery::try_from(text).ok();
    if let Ok(uri) = Uri::from_parts(parts) {
        request.match_info_mut().set(Url::new(uri.clone()));
        request.head_mut().uri = uri;
    }
}

/// The path that routes know, where it differs from the one that was asked.
fn normal_path(asked: &str, base_path: &str) -> Option<String> {
    let mut path = asked;
    if !base_path.is_empty()
        && let Some(rest) = path.strip_prefix(base_path)
        && (rest.is_empty() || rest.starts_with('/'))
    {
        path = if rest.is_empty() { "/" } else { rest };
    }
    if family::of(path).is_api() {
        path = path.trim_end_matches('/');
    }
    // Playpulse writes its paths with and without /api.
    if let Some(rest) = path.strip_prefix("/v3/") {
        return Some(format!("/api/v3/{rest}"));
    }
    (path != asked).then(|| path.to_owned())
}

fn too_slow(family: Family) -> Error {
    let text = "the request took too long";
    unanswered(family, Kind::Unavailable, "too_slow", text)
}

/// The request is gone with its handler, so that the answer travels as an error.
fn unanswered(family: Family, kind: Kind, code: &'static str, text: &'static str) -> Error {
    let mut answer = family.answer(&Problem::new(kind, code, text));
    harden(answer.headers_mut());
    InternalError::from_response(text, answer).into()
}

fn harden(headers: &mut HeaderMap) {
    for (name, value) in HEADERS {
        // A page that needs less than ours may say so.
        if name != header::CONTENT_SECURITY_POLICY || !headers.contains_key(&name) {
            headers.insert(name, value);
        }
    }
    if !headers.contains_key(REQUEST_ID)
        && let Ok(id) = HeaderValue::from_str(&new_request_id())
    {
        headers.insert(REQUEST_ID, id);
    }
}

#[cfg(test)]
mod tests {
    use super::normal_path;

    #[test]
    fn api_paths_lose_their_trailing_slash_and_the_prefix() {
        for (asked, base, expected) in [
            ("/api/charts/", "", Some("/api/charts")),
            ("/api/charts", "", None),
            ("/ws/", "", Some("/ws")),
            ("/guests/", "", None),
            ("/pulse/api/state/", "/pulse", Some("/api/state")),
            ("/pulse", "/pulse", Some("/")),
            ("/pulsex", "/pulse", None),
            ("/api/state", "/pulse", None),
            ("/v3/servers", "", Some("/api/v3/servers")),
            ("/v3/", "", Some("/v3")),
        ] {
            assert_eq!(normal_path(asked, base).as_deref(), expected, "{asked}");
        }
    }
}
