//! A node that registers itself, as setup scripts do.

use actix_web::web::Data;
use actix_web::{HttpRequest, post};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::api::dialect::{Answer, Fault, Pulse, Reply};
use crate::api::extract::Small;
use crate::api::guard::admit;
use crate::api::limits::{self, Class};
use crate::api::problem::{Kind, Problem};
use crate::api::shared::Shared;
use crate::auth::Scope;
use crate::model::id::TargetId;
use crate::services::targets::TargetChange;
use crate::telemetry::clock;

use super::node::NodeRequest;

/// What a node says of itself. The names are those of Pulse's document and those that Pulse 4.3 read.
#[derive(Deserialize, ToSchema)]
#[schema(as = PulseRegistration)]
#[serde(rename_all = "camelCase")]
pub(super) struct Registering {
    /// `pve` or `pbs`.
    r#type: Option<String>,
    /// The address to look at.
    host: Option<String>,
    /// The name to show.
    name: Option<String>,
    /// The same, as Pulse 4.3 called it.
    server_name: Option<String>,
    /// `user@realm` of a token that is named without it.
    username: Option<String>,
    /// `user@realm!name`, or the part behind `!`.
    token_id: Option<String>,
    /// The token's secret.
    #[schema(value_type = Option<String>)]
    token_value: Option<SecretString>,
    /// SHA-256 of its certificate; the one that it shows now unless told.
    fingerprint: Option<String>,
    /// Whether to check the certificate at all.
    #[serde(rename = "verifySSL")]
    verify_ssl: Option<bool>,
    /// A registration token, where no header carries it.
    #[schema(value_type = Option<String>)]
    auth_token: Option<SecretString>,
    /// Pulse's wish to be given a token: hosts make tokens, we cannot.
    request_token: Option<bool>,
}

/// That the node is looked at.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PulseRegistered)]
#[serde(rename_all = "camelCase")]
pub(super) struct Registered {
    status: &'static str,
    message: String,
    node_id: String,
}

/// Register a node, or give a known one another token.
#[utoipa::path(
    tag = "pulse",
    security(("registration" = []), ("token" = []), ("bearer" = [])),
    request_body = Registering,
    responses(
        (status = 200, body = Registered),
        (status = 400, description = "Something is wrong, or the node does not answer"),
        (status = 401, description = "The registration token is not good"),
    ),
)]
#[post("/auto-register")]
pub(crate) async fn auto_register(
    request: HttpRequest,
    body: Result<Small<Pulse, Registering>, Fault<Pulse>>,
    shared: Data<Shared>,
) -> Answer<Pulse, Registered> {
    let Ok(Small { body, .. }) = body else {
        // Who may not register is not told what a registration looks like.
        allow(&request)?;
        let text = "the body must be JSON with type, host, tokenId and tokenValue";
        return Err(Problem::new(Kind::Invalid, "invalid_json", text).into());
    };
    let token = registration_token(&request, &body);
    let now = clock::now();
    let Some(token) = token else {
        allow(&request)?;
        return Ok(Reply::ok(register(&shared, body).await?));
    };
    limits::take(&request, &shared, Class::Registration)?;
    let registrations = &shared.parts.registrations;
    let kind = body.r#type.clone().unwrap_or_default();
    let claim = registrations.claim(&token, &kind, now).await?;
    match register(&shared, body).await {
        Ok(registered) => Ok(Reply::ok(registered)),
        Err(fault) => {
            registrations.give_back(claim).await?;
            Err(fault)
        }
    }
}

fn allow(request: &HttpRequest) -> Result<(), Problem> {
    let caller = admit(request).map_err(|refusal| Problem::from_error(&refusal))?;
    if caller.scopes.has(Scope::TargetsWrite) {
        return Ok(());
    }
    let text = format!("this token lacks the scope {}", Scope::TargetsWrite.word());
    Err(Problem::new(Kind::Forbidden, "scope_missing", text))
}

fn registration_token(request: &HttpRequest, body: &Registering) -> Option<SecretString> {
    let header = request.headers().get("x-registration-token");
    let header = header.and_then(|value| value.to_str().ok());
    let header = header.map(str::trim).filter(|text| !text.is_empty());
    let in_body = body.auth_token.clone();
    header
        .map(SecretString::from)
        .or_else(|| in_body.filter(|token| !token.expose_secret().is_empty()))
}

async fn register(shared: &Shared, body: Registering) -> Result<Registered, Fault<Pulse>> {
    if body.request_token == Some(true) {
        let text = "requestToken: tokens are made by the host itself; run the setup script there";
        return Err(Problem::new(Kind::Invalid, "request_token", text).into());
    }
    let node = NodeRequest {
        r#type: body.r#type,
        name: body.server_name.or(body.name),
        host: body.host,
        user: body.username,
        token_name: body.token_id,
        token_value: body.token_value,
        fingerprint: body.fingerprint,
        verify_ssl: body.verify_ssl,
        ..NodeRequest::default()
    };
    let targets = &shared.parts.targets;
    let new = node.target()?;
    let mut told = AutoRegistered {
        r#type: new.kind.clone(),
        host: node.host.clone(),
        name: new.name.clone(),
        token_id: node.token_name.clone(),
        has_token: true,
        verify_ssl: node.verify_ssl,
        status: "connected",
        node_id: String::new(),
    };
    let known = targets.same_host(&new).await?;
    targets.check_new(&new, known.as_ref()).await?;
    let (mut new, report) = if node.trusts_on_first_use() {
        targets.test_on_first_use(new).await?
    } else {
        let report = targets.test(new.clone()).await?;
        (new, report)
    };
    if let Some(failure) = report.failure {
        let text = format!("homepulse cannot look at the node: {failure}");
        return Err(Problem::new(Kind::Invalid, "connection_failed", text).into());
    }
    let name = new.name.clone();
    let (id, message) = match known {
        None => (targets.add(new).await?, format!("{name} was added")),
        Some(id) => {
            let row = targets.list().await?.into_iter().find(|row| row.id == id);
            if let Some(monitor) = row.and_then(|row| row.config.get("monitor").cloned()) {
                new.config["monitor"] = monitor;
            }
            let change = TargetChange {
                name: None,
                config: Some(new.config),
                secret: Some(new.secret),
                enabled: None,
            };
            let row = targets.update(&id, change).await?;
            (row.id, format!("{} has another token now", row.name))
        }
    };
    told.node_id = id.to_string();
    shared.hub.say_to_pulse("node_auto_registered", told);
    Ok(registered(&id, message))
}

/// A node that has registered, for live clients.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AutoRegistered {
    r#type: String,
    host: Option<String>,
    name: String,
    token_id: Option<String>,
    has_token: bool,
    #[serde(rename = "verifySSL")]
    verify_ssl: Option<bool>,
    status: &'static str,
    node_id: String,
}

fn registered(id: &TargetId, message: String) -> Registered {
    Registered {
        status: "success",
        message,
        node_id: id.to_string(),
    }
}
