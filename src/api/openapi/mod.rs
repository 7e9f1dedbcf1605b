//! The OpenAPI document: made from the handlers in debug builds, and carried along in release builds.
//!
//! The code that makes it weighs several megabytes and the document costs as much memory while it
//! is made, so that a release build has `web/openapi.json` inside instead. `make test` refuses a
//! file that differs from what the handlers say.

#[cfg(debug_assertions)]
mod description;
mod problems;

use std::borrow::Cow;

use actix_web::{HttpResponse, get};

use super::guard::Public;

#[cfg(debug_assertions)]
pub(super) use description::Description;
pub(super) use problems::PeonProblem;

/// The document as pretty JSON, the same for the same sources.
#[cfg(debug_assertions)]
#[must_use]
pub fn openapi() -> Cow<'static, str> {
    static DOCUMENT: std::sync::OnceLock<String> = std::sync::OnceLock::new();
    let make = || description::document().to_pretty_json().unwrap_or_default();
    Cow::Borrowed(DOCUMENT.get_or_init(make))
}

/// The document as pretty JSON, as it was when the program was built.
#[cfg(not(debug_assertions))]
#[must_use]
pub fn openapi() -> Cow<'static, str> {
    const PACKED: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/openapi.json.gz"));
    let mut text = String::new();
    // Cannot fail: the bytes were packed by our own build.
    let _ = std::io::Read::read_to_string(&mut flate2::read::GzDecoder::new(PACKED), &mut text);
    Cow::Owned(text)
}

/// This document.
#[utoipa::path(
    tag = "hp",
    security(()),
    responses((status = 200, description = "OpenAPI 3.1", content_type = "application/json")),
)]
#[get("/openapi.json")]
pub(super) async fn get_openapi(_: Public) -> HttpResponse {
    HttpResponse::Ok()
        .content_type("application/json")
        .body(openapi())
}
