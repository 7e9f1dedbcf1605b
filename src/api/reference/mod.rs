//! The API's description as a page for people: no script, nothing from elsewhere, made from the
//! same document that programs read.

mod example;
mod page;
mod shape;

use std::sync::OnceLock;

use actix_web::http::header;
use actix_web::{HttpResponse, get};

use super::guard::Public;
use super::openapi;
use super::surface::Surface;

const STYLE: &str = include_str!("style.css");

/// Made when somebody first asks, and the same ever after.
static PAGE: OnceLock<String> = OnceLock::new();

/// The page and its style.
pub(super) fn routes(scope: &mut Surface<'_>) {
    scope.service(get_reference).service(get_reference_style);
}

/// The whole API on one page, for reading.
#[utoipa::path(
    tag = "hp",
    security(()),
    responses((status = 200, description = "A page", content_type = "text/html")),
)]
#[get("/docs")]
async fn get_reference(_: Public) -> HttpResponse {
    let page = PAGE.get_or_init(|| {
        let document = serde_json::from_str(&openapi()).unwrap_or_default();
        page::page(&document)
    });
    HttpResponse::Ok()
        .content_type("text/html; charset=utf-8")
        .insert_header((header::CACHE_CONTROL, "no-cache"))
        .body(page.as_str())
}

/// The page's style, as the rules for pages allow none in them.
#[utoipa::path(
    tag = "hp",
    security(()),
    responses((status = 200, description = "A style sheet", content_type = "text/css")),
)]
#[get("/docs/style.css")]
async fn get_reference_style(_: Public) -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/css; charset=utf-8")
        .insert_header((header::CACHE_CONTROL, "public, max-age=3600"))
        .body(STYLE)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::page::page;
    use crate::api::openapi;

    #[test]
    fn every_operation_and_schema_is_on_the_page_and_no_script_is() {
        let document: Value = serde_json::from_str(&openapi()).unwrap();
        let page = page(&document);
        for (path, item) in document["paths"].as_object().unwrap() {
            for operation in item.as_object().unwrap().values() {
                let Some(id) = operation["operationId"].as_str() else {
                    continue;
                };
                assert!(
                    page.contains(&format!("<details id=\"{id}\">")),
                    "{path}: {id}"
                );
            }
        }
        for name in document["components"]["schemas"]
            .as_object()
            .unwrap()
            .keys()
        {
            assert!(page.contains(&format!("id=\"schema-{name}\"")), "{name}");
        }
        assert!(!page.contains("<script") && !page.contains(" style="));
    }

    #[test]
    fn words_of_the_document_stay_words() {
        let document = json!({
            "info": {"description": "<b>"},
            "tags": [{"name": "hp", "description": "\"&"}],
            "paths": {"/api/<i>": {"post": {
                "operationId": "try_it", "tags": ["hp"], "summary": "<script>",
                "requestBody": {"content": {"application/json": {"schema": {
                    "type": "object", "properties": {"name": {"type": "string", "example": "it's"}},
                }}}},
            }}},
        });
        let page = page(&document);
        assert!(!page.contains("<script>") && !page.contains("<b>") && !page.contains("/<i>"));
        assert!(page.contains("&lt;script&gt;"));
        assert!(
            page.contains("it&#39;\\&#39;&#39;s"),
            "a quote ends no shell word: {page}"
        );
    }
}
