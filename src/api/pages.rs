//! Everything outside the API is the web UI's.

use actix_web::web::Data;
use actix_web::{HttpMessage, HttpRequest, HttpResponse};

use super::asked::Asked;
use super::shared::Shared;

/// Lets the web UI answer, under the root that the browser sees.
pub(super) async fn show(request: HttpRequest, shared: Data<Shared>) -> HttpResponse {
    let base = request
        .extensions()
        .get::<Asked>()
        .map_or_else(|| "/".to_owned(), |asked| asked.base.clone());
    (shared.parts.pages)(&request, &base)
}
