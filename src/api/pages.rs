//! Everything outside the API is the web UI's; a terminal gets a summary instead of the page.

use actix_web::http::header;
use actix_web::web::Data;
use actix_web::{HttpMessage, HttpRequest, HttpResponse};

use crate::web;

use super::asked::Asked;
use super::guard;
use super::shared::{Shared, VERSION};
use super::summary::summary;

/// Lets the web UI answer, under the root that the browser sees.
pub(super) async fn show(request: HttpRequest, shared: Data<Shared>) -> HttpResponse {
    if request.path() == "/" && is_terminal(&request) {
        return HttpResponse::Ok()
            .content_type("text/plain; charset=utf-8")
            .insert_header((header::CACHE_CONTROL, "no-store"))
            .body(for_terminal(&request, &shared));
    }
    let base = request
        .extensions()
        .get::<Asked>()
        .map_or_else(|| "/".to_owned(), |asked| asked.base.clone());
    web::answer(&request, &base)
}

/// Whoever takes anything and is no browser, which would name HTML first.
fn is_terminal(request: &HttpRequest) -> bool {
    let text = |name| request.headers().get(name)?.to_str().ok();
    text(header::ACCEPT) == Some("*/*")
        && text(header::USER_AGENT)
            .is_some_and(|agent| agent.starts_with("curl/") || agent.starts_with("Wget/"))
}

fn for_terminal(request: &HttpRequest, shared: &Shared) -> String {
    match guard::admit(request) {
        Ok(_) => format!("homepulse {VERSION}: {}", summary(&shared.hub.present())),
        Err(refusal) => format!("homepulse {VERSION}: {refusal}\n"),
    }
}
