//! One answer and one error, worded for each family of the API.
//!
//! A handler names its family once, in its return type [`Answer`]; `?` on any error that
//! implements [`Classify`] then speaks that family's form.

use std::fmt;
use std::marker::PhantomData;

use actix_web::body::BoxBody;
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::http::{Method, StatusCode};
use actix_web::{HttpRequest, HttpResponse, Responder, ResponseError};
use serde::Serialize;
use serde_json::{Value, json};

use super::problem::{Classify, Kind, Problem};
use crate::telemetry::clock;

/// The header that carries the id of a request.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// How one family words what it says.
pub trait Dialect: 'static {
    /// The family's name.
    const NAME: &'static str;

    /// The body that tells of `problem`.
    fn problem(problem: &Problem) -> Value;
}

/// Pulse: `{"error": "…"}`.
#[derive(Debug)]
pub struct Pulse;

impl Dialect for Pulse {
    const NAME: &'static str = "pulse";

    fn problem(problem: &Problem) -> Value {
        json!({ "error": problem.message })
    }
}

/// Our own: `{"error": {"code", "message", "field"}}`.
#[derive(Debug)]
pub struct Hp;

impl Dialect for Hp {
    const NAME: &'static str = "hp";

    fn problem(problem: &Problem) -> Value {
        json!({ "error": {
            "code": problem.code,
            "message": problem.message,
            "field": problem.field,
        }})
    }
}

/// PEON: `{"success": false, "error": {"code": "SERVER_NOT_FOUND", …}, "timestamp"}`.
#[derive(Debug)]
pub struct Peon;

impl Dialect for Peon {
    const NAME: &'static str = "peon";

    fn problem(problem: &Problem) -> Value {
        enveloped(problem)
    }
}

/// Playpulse, which shows no errors: they are worded as PEON's.
#[derive(Debug)]
pub struct Playpulse;

impl Dialect for Playpulse {
    const NAME: &'static str = "playpulse";

    fn problem(problem: &Problem) -> Value {
        enveloped(problem)
    }
}

/// An error in the envelope of PEON.
fn enveloped(problem: &Problem) -> Value {
    let mut details = problem
        .details
        .as_deref()
        .cloned()
        .unwrap_or_else(|| json!({}));
    if let (Some(field), Some(details)) = (&problem.field, details.as_object_mut()) {
        details.insert("field".to_owned(), json!(field));
    }
    json!({
        "success": false,
        "error": {
            "code": problem.code.to_ascii_uppercase(),
            "message": problem.message,
            "details": details,
        },
        "timestamp": clock::now().rfc3339(),
    })
}

/// A handler's result in the family `D`.
pub type Answer<D, T> = Result<Reply<D, T>, Fault<D>>;

/// A problem in the family's words.
pub struct Fault<D> {
    problem: Problem,
    dialect: PhantomData<fn() -> D>,
}

impl<D> From<Problem> for Fault<D> {
    fn from(problem: Problem) -> Self {
        Self {
            problem,
            dialect: PhantomData,
        }
    }
}

impl<D: Dialect, E: Classify> From<E> for Fault<D> {
    fn from(error: E) -> Self {
        Problem::from_error(&error).into()
    }
}

impl<D> fmt::Debug for Fault<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.problem.fmt(f)
    }
}

impl<D> fmt::Display for Fault<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.problem.message)
    }
}

impl<D: Dialect> ResponseError for Fault<D> {
    fn status_code(&self) -> StatusCode {
        self.problem.kind.status()
    }

    fn error_response(&self) -> HttpResponse {
        answer::<D>(&self.problem)
    }
}

/// The whole HTTP answer that tells of `problem`.
pub fn answer<D: Dialect>(problem: &Problem) -> HttpResponse {
    let mut response = HttpResponse::build(problem.kind.status());
    match problem.kind {
        Kind::Unauthorized => {
            response.insert_header((header::WWW_AUTHENTICATE, "Bearer realm=\"homepulse\""));
        }
        Kind::TooMany { retry_after } => {
            let seconds = retry_after.as_secs_f64().ceil().max(1.0);
            response.insert_header((header::RETRY_AFTER, format!("{seconds:.0}")));
        }
        _ => {}
    }
    if let Some(id) = &problem.request_id {
        response.insert_header((REQUEST_ID, id.as_str()));
    }
    response
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(D::problem(problem))
}

/// A good answer in the family `D`.
#[derive(Debug)]
pub struct Reply<D, T> {
    status: StatusCode,
    body: Option<T>,
    dialect: PhantomData<fn() -> D>,
}

impl<D, T> Reply<D, T> {
    /// 200 with a body.
    pub const fn ok(body: T) -> Self {
        Self::with(StatusCode::OK, Some(body))
    }

    /// 201 with what came to be.
    pub const fn created(body: T) -> Self {
        Self::with(StatusCode::CREATED, Some(body))
    }

    /// 202 with what was begun.
    pub const fn accepted(body: T) -> Self {
        Self::with(StatusCode::ACCEPTED, Some(body))
    }

    const fn with(status: StatusCode, body: Option<T>) -> Self {
        Self {
            status,
            body,
            dialect: PhantomData,
        }
    }
}

impl<D> Reply<D, ()> {
    /// 204.
    #[must_use]
    pub const fn empty() -> Self {
        Self::with(StatusCode::NO_CONTENT, None)
    }
}

impl<D: Dialect, T: Serialize> Responder for Reply<D, T> {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        let mut response = HttpResponse::build(self.status);
        response.insert_header((header::CACHE_CONTROL, "no-store"));
        match self.body {
            Some(body) => response.json(body),
            None => response.finish(),
        }
    }
}

/// 405 that names what can be done instead.
pub fn not_allowed<D: Dialect>(method: &Method, allowed: &[Method]) -> HttpResponse {
    let names: Vec<&str> = allowed.iter().map(Method::as_str).collect();
    let names = names.join(", ");
    let problem = Problem::new(
        Kind::NotAllowed,
        "method_not_allowed",
        format!("{method} is not possible here; possible: {names}"),
    );
    let mut response = answer::<D>(&problem);
    if let Ok(names) = HeaderValue::from_str(&names) {
        response.headers_mut().insert(header::ALLOW, names);
    }
    response
}
