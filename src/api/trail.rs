//! Enters every request that changes something in the audit: who, when, what, and how it came out.
//!
//! Bodies are not entered: they hold secrets. Handlers whose service writes better entries itself
//! leave a mark with [`mark`].

use actix_web::dev::ServiceResponse;
use actix_web::http::{Method, StatusCode};
use actix_web::{HttpMessage, HttpRequest};

use crate::auth::{Principal, Refusal};
use crate::services::audit::{Asker, NewEntry, Outcome};
use crate::telemetry::clock;

use super::asked::Asked;
use super::guard::Arrived;
use super::shared::Shared;

/// A mark on requests that the audit knows already.
#[derive(Clone, Copy, Debug)]
struct Entered;

/// Marks a request as one that the audit knows already.
pub(super) fn mark(request: &HttpRequest) {
    request.extensions_mut().insert(Entered);
}

/// Who asks, as the audit names them.
pub(super) fn asker(request: &HttpRequest, name: &str) -> Asker {
    let extensions = request.extensions();
    let asked = extensions.get::<Asked>();
    Asker {
        name: name.to_owned(),
        peer: asked
            .map(|asked| asked.client.to_string())
            .unwrap_or_default(),
    }
}

/// Enters an answered request, if somebody known asked for a change, somebody tried a wrong token,
/// or a visit by a proxy's word began with it.
pub(super) async fn enter<B>(shared: &Shared, method: &Method, response: &ServiceResponse<B>) {
    let refusal = response.request().extensions().get::<Refusal>().cloned();
    if let Some(refusal) = refusal {
        let name = match &refusal {
            Refusal::Stranger { name } => name.chars().take(64).collect(),
            _ => String::new(),
        };
        let by = asker(response.request(), &name);
        let why = refusal.to_string();
        let accounts = &shared.parts.accounts;
        accounts
            .note_refused(by, "token.refused", &why, clock::now())
            .await;
        return;
    }
    let arrived = response.request().extensions().get::<Arrived>().cloned();
    if let Some(Arrived(name)) = arrived {
        let by = asker(response.request(), &name);
        shared.parts.accounts.note_arrival(by).await;
    }
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
