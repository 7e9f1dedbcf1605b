//! The web UI, built into the binary: pre-compressed files, ETags, and the page that browsers get
//! for every address that is not the API's.
//!
//! Must not know the API. Files with a hash in their name never change; everything else is asked
//! for anew each time, which costs a 304.

use std::borrow::Cow;

use actix_web::http::header::{self, HeaderValue};
use actix_web::http::{Method, StatusCode};
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::digest::{SHA256, digest};
use rust_embed::{EmbeddedFile, RustEmbed};

/// What Vite has built; empty in a checkout where it has not.
#[derive(RustEmbed)]
#[folder = "web/dist/"]
struct Dist;

/// Where files are looked up: a path without a leading slash to the file.
type Files = fn(&str) -> Option<EmbeddedFile>;

/// Said where the binary was built without the UI.
const NOT_BUILT: &str = "<!doctype html><title>homepulse</title><p>The web UI was not built into \
     this binary: run npm ci and npm run build in web/, then build again. The API answers under \
     api/.</p>\n";

/// Encodings that the UI's build has made, best first.
const ENCODINGS: [(&str, &str); 2] = [("br", ".br"), ("gzip", ".gz")];

/// Answers a request for a page or a file; `base` is our root as the browser sees it.
#[must_use]
pub fn answer(request: &HttpRequest, base: &str) -> HttpResponse {
    answer_from(Dist::get, request, base)
}

fn answer_from(files: Files, request: &HttpRequest, base: &str) -> HttpResponse {
    if request.method() != Method::GET {
        return HttpResponse::MethodNotAllowed()
            .insert_header((header::ALLOW, "GET, HEAD"))
            .content_type("text/plain; charset=utf-8")
            .body("pages can only be read\n");
    }
    let path = request.path().trim_start_matches('/');
    if path.is_empty() || path == "index.html" {
        return index(files, request, base);
    }
    match file(files, request, path) {
        Some(response) => response,
        None if is_navigation(request, path) => index(files, request, base),
        None => HttpResponse::NotFound()
            .content_type("text/plain; charset=utf-8")
            .body("there is nothing here\n"),
    }
}

/// A browser that goes to an address of the UI's own router.
fn is_navigation(request: &HttpRequest, path: &str) -> bool {
    let last = path.rsplit('/').next().unwrap_or_default();
    let wants_html = request
        .headers()
        .get(header::ACCEPT)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|accept| accept.contains("text/html"));
    wants_html && !last.contains('.')
}

/// One built file, in the best encoding that the client takes.
fn file(files: Files, request: &HttpRequest, path: &str) -> Option<HttpResponse> {
    if !is_plain(path) {
        return None;
    }
    let plain = files(path)?;
    let encoded = ENCODINGS.into_iter().find_map(|(name, suffix)| {
        let file = takes(request, name).then(|| files(&format!("{path}{suffix}")))?;
        Some((name, file?))
    });
    let (encoding, file) = encoded.map_or((None, plain.clone()), |(name, file)| (Some(name), file));
    let mut response = HttpResponse::Ok();
    response
        .content_type(content_type(path, &plain))
        .insert_header((header::VARY, "Accept-Encoding"))
        .insert_header((header::CACHE_CONTROL, caching(path)));
    if let Some(encoding) = encoding {
        response.insert_header((header::CONTENT_ENCODING, encoding));
    }
    let etag = etag(&file.metadata.sha256_hash());
    Some(unless_known(request, response, &etag, file.data))
}

/// Names of our own making only, so that nothing outside the folder can be named.
fn is_plain(path: &str) -> bool {
    let is_name = |part: &str| !part.is_empty() && part != "." && part != "..";
    path.split('/').all(is_name)
        && path
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "/-_.".contains(c))
}

/// Whether the client takes an encoding, as `Accept-Encoding: br;q=1, gzip;q=0` tells it.
fn takes(request: &HttpRequest, encoding: &str) -> bool {
    let values = request.headers().get_all(header::ACCEPT_ENCODING);
    values
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|choice| {
            let (name, weight) = choice.split_once(';').unwrap_or((choice, ""));
            let weight = weight.trim().trim_start_matches("q=");
            let is_refused = weight.parse::<f32>().is_ok_and(|weight| weight == 0.0);
            name.trim().eq_ignore_ascii_case(encoding) && !is_refused
        })
}

/// Text is always UTF-8.
fn content_type(path: &str, file: &EmbeddedFile) -> String {
    let kind = match path.rsplit('.').next() {
        Some("webmanifest") => "application/manifest+json",
        _ => file.metadata.mimetype(),
    };
    if kind.starts_with("text/") || kind.ends_with("javascript") {
        format!("{kind}; charset=utf-8")
    } else {
        kind.to_owned()
    }
}

/// Vite puts a hash into the name of everything under `assets/`.
fn caching(path: &str) -> &'static str {
    if path.starts_with("assets/") {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    }
}

/// The page, told where our root is.
fn index(files: Files, request: &HttpRequest, base: &str) -> HttpResponse {
    let Some(file) = files("index.html") else {
        return HttpResponse::build(StatusCode::OK)
            .content_type("text/html; charset=utf-8")
            .insert_header((header::CACHE_CONTROL, "no-store"))
            .body(NOT_BUILT);
    };
    let page = with_base(&String::from_utf8_lossy(&file.data), base);
    let etag = etag(digest(&SHA256, page.as_bytes()).as_ref());
    let mut response = HttpResponse::Ok();
    response
        .content_type("text/html; charset=utf-8")
        .insert_header((header::CACHE_CONTROL, "no-cache"));
    unless_known(request, response, &etag, page.into_bytes().into())
}

/// Puts `<base href>` first into the head, in place of the one that the build has left there.
fn with_base(page: &str, base: &str) -> String {
    let tag = format!("<base href=\"{base}\">");
    if let Some(start) = page.find("<base ")
        && let Some(length) = page[start..].find('>')
    {
        return format!("{}{tag}{}", &page[..start], &page[start + length + 1..]);
    }
    page.replacen("<head>", &format!("<head>{tag}"), 1)
}

/// A strong ETag from a hash.
fn etag(hash: &[u8]) -> String {
    let digest = hash.get(..16).unwrap_or(hash);
    format!("\"{}\"", URL_SAFE_NO_PAD.encode(digest))
}

/// 304 where the client has these bytes already.
fn unless_known(
    request: &HttpRequest,
    mut response: HttpResponseBuilder,
    etag: &str,
    data: Cow<'static, [u8]>,
) -> HttpResponse {
    if let Ok(value) = HeaderValue::from_str(etag) {
        response.insert_header((header::ETAG, value));
    }
    let is_known = request
        .headers()
        .get_all(header::IF_NONE_MATCH)
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(|known| known.trim().trim_start_matches("W/"))
        .any(|known| known == etag || known == "*");
    if is_known {
        return response.status(StatusCode::NOT_MODIFIED).finish();
    }
    response.body(match data {
        Cow::Borrowed(bytes) => Bytes::from_static(bytes),
        Cow::Owned(bytes) => Bytes::from(bytes),
    })
}

#[cfg(test)]
mod tests;
