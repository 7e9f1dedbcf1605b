use actix_web::body::MessageBody;
use actix_web::http::header::HeaderMap;
use actix_web::test::TestRequest;
use rust_embed::Metadata;

use super::*;

const PAGE: &str = "<!doctype html><html><head><base href=\"/\"><title>t</title></head></html>";

fn built(path: &str) -> Option<EmbeddedFile> {
    let (data, kind): (&'static [u8], _) = match path {
        "index.html" => (PAGE.as_bytes(), "text/html"),
        "assets/app-1a2b.js" => (b"plain", "text/javascript"),
        "assets/app-1a2b.js.br" => (b"brotli", "application/octet-stream"),
        "assets/app-1a2b.js.gz" => (b"gzip", "application/gzip"),
        "favicon.svg" => (b"<svg/>", "image/svg+xml"),
        _ => return None,
    };
    let mut hash = [0; 32];
    hash.copy_from_slice(digest(&SHA256, data).as_ref());
    Some(EmbeddedFile {
        data: Cow::Borrowed(data),
        metadata: Metadata::__rust_embed_new(hash, None, None, kind),
    })
}

fn nothing(_: &str) -> Option<EmbeddedFile> {
    None
}

struct Answered {
    status: u16,
    headers: HeaderMap,
    body: String,
}

fn ask(files: Files, request: TestRequest) -> Answered {
    let response = answer_from(files, &request.to_http_request(), "/pulse/");
    Answered {
        status: response.status().as_u16(),
        headers: response.headers().clone(),
        body: response
            .into_body()
            .try_into_bytes()
            .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
            .unwrap_or_default(),
    }
}

impl Answered {
    fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name);
        value.map_or("", |value| value.to_str().unwrap())
    }
}

fn get(path: &str) -> TestRequest {
    TestRequest::get().uri(path)
}

#[test]
fn the_best_encoding_that_the_client_takes_is_sent() {
    for (accepted, body, encoding) in [
        ("gzip, deflate, br", "brotli", "br"),
        ("gzip", "gzip", "gzip"),
        ("br;q=0, gzip;q=0.5", "gzip", "gzip"),
        ("identity", "plain", ""),
    ] {
        let request = get("/assets/app-1a2b.js").insert_header(("accept-encoding", accepted));
        let answered = ask(built, request);
        assert_eq!(answered.body, body, "{accepted}");
        assert_eq!(answered.header("content-encoding"), encoding);
        assert_eq!(
            answered.header("content-type"),
            "text/javascript; charset=utf-8"
        );
        assert_eq!(
            answered.header("cache-control"),
            "public, max-age=31536000, immutable"
        );
    }
}

#[test]
fn what_the_client_has_already_is_not_sent_again() {
    for path in ["/", "/favicon.svg", "/assets/app-1a2b.js"] {
        let first = ask(built, get(path));
        assert_eq!(first.status, 200, "{path}");
        let etag = first.header("etag");
        let again = get(path).insert_header(("if-none-match", format!("W/\"x\", {etag}")));
        let again = ask(built, again);
        assert_eq!((again.status, again.body.as_str()), (304, ""), "{path}");
    }
}

#[test]
fn the_page_is_told_where_our_root_is() {
    let answered = ask(built, get("/"));
    assert_eq!(answered.header("cache-control"), "no-cache");
    assert_eq!(
        answered.body,
        PAGE.replace("<base href=\"/\">", "<base href=\"/pulse/\">")
    );
    assert_eq!(
        with_base("<head><title>", "/"),
        "<head><base href=\"/\"><title>"
    );
}

#[test]
fn browsers_get_the_page_for_every_address_and_programs_get_404() {
    let html = |path| get(path).insert_header(("accept", "text/html,*/*;q=0.8"));
    for (request, status) in [
        (html("/guests/guest:tgt_a:100"), 200),
        (html("/guests/"), 200),
        (html("/missing.js"), 404),
        (get("/guests").insert_header(("accept", "*/*")), 404),
        (get("/assets/missing.js"), 404),
        (TestRequest::post().uri("/"), 405),
    ] {
        assert_eq!(ask(built, request).status, status);
    }
}

#[test]
fn nothing_outside_the_folder_can_be_named() {
    for path in [
        "/../Cargo.toml",
        "/assets/../../Cargo.toml",
        "/..%2fCargo.toml",
        "/assets/%2e%2e/Cargo.toml",
        "//etc/passwd",
        "/assets//app-1a2b.js",
        "/assets\\app.js",
    ] {
        assert!(!is_plain(&path[1..]), "{path}");
    }
}

#[test]
fn a_binary_without_the_ui_says_so() {
    let answered = ask(nothing, get("/"));
    assert_eq!(answered.status, 200);
    assert!(answered.body.contains("was not built"));
}
