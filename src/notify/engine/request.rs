//! Filling the request of a kind in. Whatever a value holds, it stays in its place: in its part
//! of the path, its parameter, its header, its member of the JSON body.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use serde_json::Value;
use url::Url;

use super::context::Context;
use super::sign::Signer;
use super::template::{self, Format, TemplateError};
use crate::http::Ask;
use crate::notify::PreviewRequest;
use crate::notify::catalogue::{Limits, Request, SECRET_HEADERS, Values};

/// Longest body that is shown in a preview, in characters.
const SHOWN: usize = 20_000;

/// Why a request cannot be written.
#[derive(Debug, thiserror::Error)]
pub(super) enum RequestError {
    /// A template cannot be filled in.
    #[error("{place}: {source}")]
    Template {
        /// Which one.
        place: String,
        /// What is wrong with it.
        source: TemplateError,
    },
    /// What the template of the body makes is no JSON.
    #[error("the body is no JSON: {0}")]
    Json(serde_json::Error),
    /// The body is longer than the other side takes.
    #[error("the body has {length} bytes, more than the {limit} that are taken there")]
    TooLong {
        /// Its length.
        length: usize,
        /// The limit.
        limit: usize,
    },
    /// The address cannot be used.
    #[error("the address cannot be used")]
    Address,
    /// The method is none.
    #[error("there is no method {0}")]
    Method(String),
}

/// A request that is ready to be sent.
#[derive(Debug)]
pub(super) struct Built {
    method: Method,
    url: Url,
    headers: HeaderMap,
    body: Vec<u8>,
}

pub(super) fn build(
    form: &Request,
    limits: &Limits,
    values: &Values,
    context: &Context,
) -> Result<Built, RequestError> {
    let fill = |place: &str, format, source: &str| {
        template::render(format, source, context).map_err(|source| RequestError::Template {
            place: place.to_owned(),
            source,
        })
    };
    let method = fill(
        "method",
        Format::Plain,
        form.method.as_deref().unwrap_or("POST"),
    )?;
    let method = method.trim().to_ascii_uppercase();
    let method = Method::from_bytes(method.as_bytes()).map_err(|_| RequestError::Method(method))?;
    let (body, content_type) = body(form, limits, values, &fill)?;
    let mut headers = headers(form, values, &fill)?;
    if let Some(content_type) = content_type {
        headers.insert(http::header::CONTENT_TYPE, content_type);
    }
    let has_body = !matches!(method, Method::GET | Method::HEAD);
    Ok(Built {
        url: address(form, values, &fill)?,
        body: if has_body { body } else { Vec::new() },
        method,
        headers,
    })
}

type Fill<'a> = dyn Fn(&str, Format, &str) -> Result<String, RequestError> + 'a;

fn address(form: &Request, values: &Values, fill: &Fill<'_>) -> Result<Url, RequestError> {
    let base = form.base.as_deref().and_then(|base| values.text(base));
    let mut url = base
        .and_then(|base| Url::parse(base).ok())
        .ok_or(RequestError::Address)?;
    url.set_fragment(None);
    if let Some(path) = &form.path {
        let path = fill("path", Format::Path, path)?;
        let before = url.path().trim_end_matches('/').to_owned();
        url.set_path(&format!("{before}{}", path.trim()));
    }
    let mut added = Vec::new();
    for (name, source) in &form.query {
        let value = fill(name, Format::Plain, source)?;
        if !value.is_empty() {
            added.push((name, value));
        }
    }
    if !added.is_empty() {
        url.query_pairs_mut().extend_pairs(added);
    }
    Ok(url)
}

fn headers(form: &Request, values: &Values, fill: &Fill<'_>) -> Result<HeaderMap, RequestError> {
    let mut headers = HeaderMap::new();
    let mut put = |name: &str, value: &str| {
        let value = header_value(value);
        let name = HeaderName::from_bytes(name.as_bytes()).ok();
        if let (Some(name), Some(value)) = (name, value) {
            headers.insert(name, value);
        }
    };
    for (name, source) in &form.headers {
        put(name, &fill(name, Format::Raw, source)?);
    }
    if let Some([name, value]) = &form.header {
        put(
            &fill("header", Format::Raw, name)?,
            &fill("header", Format::Raw, value)?,
        );
    }
    let more = form.more_headers.as_ref();
    let more = more.and_then(|name| values.open.get(name)?.as_object());
    for (name, value) in more.into_iter().flatten() {
        put(name, value.as_str().unwrap_or_default());
    }
    let secret = values.text(SECRET_HEADERS).unwrap_or_default().lines();
    for (name, value) in secret.filter_map(|line| line.split_once(':')) {
        put(name.trim(), value);
    }
    if let Some([user, password]) = &form.basic {
        use base64::Engine as _;
        let user = fill("basic", Format::Raw, user)?;
        let password = fill("basic", Format::Raw, password)?;
        if !user.is_empty() {
            let pair = format!("{user}:{password}");
            let encoded = base64::engine::general_purpose::STANDARD.encode(pair);
            put("authorization", &format!("Basic {encoded}"));
        }
    }
    if let Some(token) = &form.bearer {
        let token = fill("bearer", Format::Raw, token)?;
        if !token.is_empty() {
            put("authorization", &format!("Bearer {token}"));
        }
    }
    Ok(headers)
}

/// A text as the value of a header; nothing where it is empty. What no header can hold is left
/// out, so that no value can end its line.
fn header_value(text: &str) -> Option<HeaderValue> {
    let text: String = text
        .trim()
        .chars()
        .map(|c| {
            if c.is_ascii_graphic() || c == ' ' {
                c
            } else {
                '?'
            }
        })
        .collect();
    let value = (!text.is_empty()).then_some(text)?;
    HeaderValue::from_str(&value).ok()
}

type Body = (Vec<u8>, Option<HeaderValue>);

fn body(
    form: &Request,
    limits: &Limits,
    values: &Values,
    fill: &Fill<'_>,
) -> Result<Body, RequestError> {
    let own = form
        .body_field
        .as_deref()
        .and_then(|name| values.text(name));
    let told = form.content_type.as_ref();
    let told = told.map(|source| fill("content_type", Format::Raw, source));
    let told = told.transpose()?.unwrap_or_default();
    let (body, usual) = if let Some(own) = own {
        let is_json = told.is_empty() || told.contains("json");
        match is_json {
            true => (json(own, true, fill)?, "application/json"),
            false if told.contains("html") => (fill("body", Format::Html, own)?, ""),
            false => (
                fill("body", Format::Plain, own)?,
                "text/plain; charset=utf-8",
            ),
        }
    } else if let Some(source) = &form.json {
        (json(source, form.keep_nulls, fill)?, "application/json")
    } else if let Some(pairs) = &form.form {
        let encoded = form_encoded(pairs, fill)?;
        (encoded, "application/x-www-form-urlencoded")
    } else if let Some(source) = &form.plain {
        (
            fill("body", Format::Plain, source)?,
            "text/plain; charset=utf-8",
        )
    } else {
        return Ok((Vec::new(), None));
    };
    if body.len() > limits.body {
        return Err(RequestError::TooLong {
            length: body.len(),
            limit: limits.body,
        });
    }
    let content_type = match own {
        Some(_) if !told.is_empty() => header_value(&told),
        _ => header_value(usual),
    };
    Ok((body.into_bytes(), content_type))
}

fn json(source: &str, keep_nulls: bool, fill: &Fill<'_>) -> Result<String, RequestError> {
    let text = fill("body", Format::Json, source)?;
    let mut value: Value = serde_json::from_str(&text).map_err(RequestError::Json)?;
    if !keep_nulls {
        drop_nulls(&mut value);
    }
    Ok(value.to_string())
}

/// Leaves out what is not there: most services refuse a `null`.
fn drop_nulls(value: &mut Value) {
    match value {
        Value::Object(members) => {
            members.retain(|_, member| !member.is_null());
            members.values_mut().for_each(drop_nulls);
        }
        Value::Array(values) => {
            values.retain(|value| !value.is_null());
            values.iter_mut().for_each(drop_nulls);
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn form_encoded(pairs: &BTreeMap<String, String>, fill: &Fill<'_>) -> Result<String, RequestError> {
    let mut encoded = url::form_urlencoded::Serializer::new(String::new());
    for (name, source) in pairs {
        let value = fill(name, Format::Raw, source)?;
        if !value.is_empty() {
            encoded.append_pair(name, &value);
        }
    }
    Ok(encoded.finish())
}

impl Built {
    /// Adds what lets the other side know a message again and, where there is a secret, whom it
    /// is from.
    pub(super) fn sign(&mut self, signer: Option<&Signer>, id: &str, seconds: i64) {
        let mut headers = vec![
            ("idempotency-key", id.to_owned()),
            ("webhook-id", id.to_owned()),
            ("webhook-timestamp", seconds.to_string()),
        ];
        if let Some(signer) = signer {
            headers.push(("x-webhook-signature", signer.plain(&self.body)));
            let standard = signer.standard(id, seconds, &self.body);
            headers.push(("webhook-signature", standard));
        }
        for (name, value) in headers {
            if let Ok(value) = HeaderValue::from_str(&value) {
                self.headers.insert(HeaderName::from_static(name), value);
            }
        }
    }

    /// What is about to be done, for people. The path and the query may hold a token.
    pub(super) fn attempted(&self) -> String {
        let verb = self.method.as_str().to_lowercase();
        format!("{verb} to {}", self.url.origin().ascii_serialization())
    }

    pub(super) fn ask(self, timeout: Duration) -> Ask {
        Ask {
            method: self.method,
            url: self.url,
            headers: self.headers,
            body: Bytes::from(self.body),
            timeout,
        }
    }

    /// The request as it is shown.
    pub(super) fn show(&self) -> PreviewRequest {
        let headers = self.headers.iter().map(|(name, value)| {
            let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
            // What is encoded there cannot be told to be hidden.
            let value = match value.strip_prefix("Basic ") {
                Some(_) => "Basic HIDDEN".to_owned(),
                None => value,
            };
            (name.to_string(), value)
        });
        let body = String::from_utf8_lossy(&self.body);
        PreviewRequest {
            method: self.method.to_string(),
            url: self.url.to_string(),
            headers: headers.collect(),
            body: crate::notify::render::shorten(&body, SHOWN),
        }
    }
}
