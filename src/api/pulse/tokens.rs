//! Registration tokens: make, list, revoke.

use std::time::Duration;

use actix_web::web::{Data, Json, Query};
use actix_web::{delete, get, post};
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::api::dialect::{Answer, Pulse, Reply};
use crate::api::guard::{Allow, TargetsWrite};
use crate::api::problem::{Kind, Problem};
use crate::api::shared::Shared;
use crate::services::registration::{NewRegistration, Registration};
use crate::telemetry::clock;

use super::alerts::PulseSuccess;

/// A token to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = PulseTokenRequest)]
#[serde(rename_all = "camelCase")]
pub(super) struct TokenRequest {
    /// How long it is good; 15 unless told, 1440 at most.
    validity_minutes: Option<u64>,
    /// How often it can be used; once unless told, 100 times at most.
    max_uses: Option<u32>,
    /// `pve`, `pbs` or both; both unless told.
    allowed_types: Option<Vec<String>>,
    /// What it is for.
    description: Option<String>,
}

/// A token.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PulseToken)]
#[serde(rename_all = "camelCase")]
pub(super) struct Token {
    id: String,
    /// Whole where it was just made, only its beginning later: it is kept as a hash.
    token: String,
    /// RFC 3339.
    expires: String,
    max_uses: u32,
    used_count: u32,
    allowed_types: Vec<String>,
    #[serde(skip_serializing_if = "String::is_empty")]
    description: String,
    created_at: String,
    created_by: String,
}

/// Which token.
#[derive(Debug, Deserialize, IntoParams)]
pub(super) struct Which {
    /// The token itself, its id, or what the list shows of it.
    token: Option<String>,
}

impl Token {
    fn new(text: String, made: Registration) -> Self {
        Self {
            id: made.id,
            token: text,
            expires: made.expires_at.rfc3339(),
            max_uses: made.max_uses,
            used_count: made.used_count,
            allowed_types: made.allowed_types,
            description: made.description,
            created_at: made.created_at.rfc3339(),
            created_by: made.created_by,
        }
    }
}

/// Make a token with which nodes can register themselves.
#[utoipa::path(
    tag = "pulse",
    request_body = TokenRequest,
    responses((status = 200, body = Token), (status = 400, description = "A wish is too big")),
)]
#[post("/tokens/generate")]
pub(crate) async fn generate_token(
    caller: Allow<Pulse, TargetsWrite>,
    body: Json<TokenRequest>,
    shared: Data<Shared>,
) -> Answer<Pulse, Token> {
    let body = body.into_inner();
    let minutes = body.validity_minutes.unwrap_or(15).min(1 << 20);
    let new = NewRegistration {
        validity: Duration::from_secs(minutes * 60),
        max_uses: body.max_uses.unwrap_or(1),
        allowed_types: body.allowed_types.unwrap_or_default(),
        description: body.description.unwrap_or_default(),
        created_by: caller.principal.name.clone(),
    };
    let registrations = &shared.parts.registrations;
    let (token, made) = registrations.generate(new, clock::now()).await?;
    let text = token.expose_secret().to_owned();
    Ok(Reply::ok(Token::new(text, made)))
}

/// Tokens that are good.
#[utoipa::path(tag = "pulse", responses((status = 200, body = [Token])))]
#[get("/tokens/list")]
pub(crate) async fn list_tokens(
    _: Allow<Pulse, TargetsWrite>,
    shared: Data<Shared>,
) -> Answer<Pulse, Vec<Token>> {
    let all = shared.parts.registrations.list(clock::now()).await?;
    let shown = all.into_iter().map(|made| {
        let hint = made.hint.clone();
        Token::new(hint, made)
    });
    Ok(Reply::ok(shown.collect()))
}

/// Revoke a token.
#[utoipa::path(
    tag = "pulse",
    params(Which),
    responses((status = 200, body = PulseSuccess), (status = 404, description = "No such token")),
)]
#[delete("/tokens/revoke")]
pub(crate) async fn revoke_token(
    _: Allow<Pulse, TargetsWrite>,
    which: Query<Which>,
    shared: Data<Shared>,
) -> Answer<Pulse, PulseSuccess> {
    let text = which.token.as_deref().unwrap_or_default();
    if text.is_empty() {
        let text = "token: is missing; give ?token= with the token, its id or its beginning";
        return Err(Problem::new(Kind::Invalid, "token_missing", text).into());
    }
    use crate::services::registration::RegistrationError;
    match shared.parts.registrations.revoke(text, clock::now()).await {
        Ok(()) => Ok(Reply::ok(PulseSuccess { success: true })),
        Err(RegistrationError::Unknown) => {
            let text = "there is no such registration token";
            Err(Problem::new(Kind::NotFound, "token_not_found", text).into())
        }
        Err(error) => Err(error.into()),
    }
}
