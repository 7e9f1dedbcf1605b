//! Everything outside the API is the web UI's.

use actix_web::{HttpMessage, HttpRequest, HttpResponse};

use crate::web;

use super::asked::Asked;

/// Lets the web UI answer, under the root that the browser sees.
pub(super) async fn show(request: HttpRequest) -> HttpResponse {
    let base = request
        .extensions()
        .get::<Asked>()
        .map_or_else(|| "/".to_owned(), |asked| asked.base.clone());
    web::answer(&request, &base)
}
