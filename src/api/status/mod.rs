//! `/status/…`: the public status page, for people without a login and browsers without JavaScript.

mod page;

use actix_web::http::header;
use actix_web::web::{Data, Path};
use actix_web::{HttpResponse, get};

use crate::services::status_page::StatusPageError;
use crate::telemetry::clock;

use super::guard::Public;
use super::shared::Shared;
use super::surface::Surface;

/// What the page may load: its style, and nothing else.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Every path.
pub(super) fn routes(scope: &mut Surface<'_>) {
    scope.service(get_status_style).service(get_status_page);
}

/// The page's style, as the rules for pages allow none in them.
#[utoipa::path(
    tag = "status",
    security(()),
    responses((status = 200, description = "A style sheet", content_type = "text/css")),
)]
#[get("/style.css")]
async fn get_status_style(_: Public) -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/css; charset=utf-8")
        .insert_header((header::CACHE_CONTROL, "max-age=86400"))
        .body(page::STYLE)
}

/// The public status page, where the admin has switched one on.
#[utoipa::path(
    tag = "status",
    security(()),
    params(("slug" = String, Path, description = "The page's own part of its address")),
    responses(
        (status = 200, description = "A page", content_type = "text/html"),
        (status = 404, description = "There is no such page"),
    ),
)]
#[get("/{slug}")]
async fn get_status_page(_: Public, slug: Path<String>, shared: Data<Shared>) -> HttpResponse {
    match shared.parts.status_pages.page(&slug, clock::now()).await {
        Ok(page) => HttpResponse::Ok()
            .content_type("text/html; charset=utf-8")
            .insert_header((header::CACHE_CONTROL, "public, max-age=60"))
            .insert_header((header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY))
            .body(page::render(&page)),
        Err(StatusPageError::NotFound | StatusPageError::Invalid { .. }) => {
            HttpResponse::NotFound()
                .content_type("text/plain; charset=utf-8")
                .body("There is no status page here.\n")
        }
        Err(error) => {
            tracing::error!("cannot put the status page together: {error}");
            HttpResponse::ServiceUnavailable()
                .content_type("text/plain; charset=utf-8")
                .body("The status page cannot be shown now.\n")
        }
    }
}
