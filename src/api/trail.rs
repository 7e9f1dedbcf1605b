//! Enters every request that changes something in the audit: who, when, what, and how it came out.
//!
//! Bodies are not entered: they hold secrets. Handlers whose service writes better entries itself
//! leave the mark [`Entered`].

use actix_web::HttpMessage;
use actix_web::dev::ServiceResponse;
use actix_web::http::{Method, StatusCode};

use crate::auth::Principal;
use crate::services::audit::{NewEntry, Outcome};
use crate::telemetry::clock;

use super::asked::Asked;
use super::shared::Shared;

/// A mark on requests that the audit knows already.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entered;

/// Enters an answered request, if somebody known asked for a change.
pub(super) async fn enter<B>(shared: &Shared, method: &Method, response: &ServiceResponse<B>) {
    let Some(entry) = entry(method, response) else {
        return;
    };
    if let Err(error) = shared.parts.audit.record(entry).await {
        tracing::error!("cannot enter a request in the audit: {error}");
    }
}

fn entry<B>(method: &Method, response: &ServiceResponse<B>) -> Option<NewEntry> {
    if matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS) {
        return None;
    }
    let request = response.request();
    let extensions = request.extensions();
    if extensions.get::<Entered>().is_some() {
        return None;
    }
    let principal = extensions.get::<Principal>()?;
    let peer = extensions
        .get::<Asked>()
        .map(|asked| asked.client.to_string());
    let status = response.status();
    Some(NewEntry {
        at: clock::now(),
        actor: principal.name.clone(),
        peer: peer.unwrap_or_default(),
        action: format!(
            "{method} {}",
            request.path().chars().take(300).collect::<String>()
        ),
        resource: String::new(),
        resource_name: String::new(),
        details: serde_json::Value::Object(serde_json::Map::new()),
        outcome: match status {
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Outcome::Denied,
            status if status.is_success() => Outcome::Ok,
            _ => Outcome::Failed,
        },
        message: format!("status {}", status.as_u16()),
    })
}
