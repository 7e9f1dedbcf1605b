//! Whether we are alive, and whether it makes sense to ask us: for supervisors and proxies.

use actix_web::http::header;
use actix_web::web::Data;
use actix_web::{HttpResponse, HttpResponseBuilder, get};

use crate::api::guard::Public;
use crate::api::shared::Shared;

/// Check that the server answers.
#[utoipa::path(
    tag = "metrics",
    security(()),
    responses((status = 200, description = "It does", content_type = "text/plain")),
)]
#[get("/livez")]
pub(super) async fn get_livez(_: Public) -> HttpResponse {
    plain(HttpResponse::Ok(), "ok\n")
}

/// Check that the database answers and that we are not on our way out.
#[utoipa::path(
    tag = "metrics",
    security(()),
    responses(
        (status = 200, description = "Ready", content_type = "text/plain"),
        (status = 503, description = "Not ready, and why", content_type = "text/plain"),
    ),
)]
#[get("/readyz")]
pub(super) async fn get_readyz(_: Public, shared: Data<Shared>) -> HttpResponse {
    if shared.stop.is_cancelled() {
        return plain(HttpResponse::ServiceUnavailable(), "stopping\n");
    }
    if !shared.parts.footprint.database_answers().await {
        return plain(
            HttpResponse::ServiceUnavailable(),
            "the database does not answer\n",
        );
    }
    plain(HttpResponse::Ok(), "ok\n")
}

fn plain(mut response: HttpResponseBuilder, text: &'static str) -> HttpResponse {
    response
        .content_type("text/plain; charset=utf-8")
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .body(text)
}
