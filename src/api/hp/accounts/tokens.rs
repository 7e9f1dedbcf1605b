//! AccessTokens for programs.

use actix_web::web::{Data, Json, Path};
use actix_web::{HttpRequest, delete, get, post};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::api::dialect::{Answer, Hp, Reply};
use crate::api::guard::{Allow, UsersRead, UsersWrite};
use crate::api::hp::errors::Problem;
use crate::api::shared::Shared;
use crate::api::trail;
use crate::auth::{Key, KeyKind};
use crate::model::id::KeyId;
use crate::model::time::Timestamp;
use crate::services::accounts;

/// A token, without what opens the door.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AccessToken {
    /// Stable id.
    id: String,
    /// What it is for.
    name: String,
    /// What it may do, such as `fleet:read`.
    scopes: Vec<&'static str>,
    /// Networks from which it works; empty for anywhere.
    networks: Vec<String>,
    /// When it was made, in milliseconds.
    created_at: i64,
    /// Who made it.
    created_by: String,
    /// When it ends.
    expires_at: Option<i64>,
    /// When it was last used, to the minute.
    last_used_at: Option<i64>,
    /// From where it was last used.
    last_used_by: Option<String>,
}

impl From<Key> for AccessToken {
    fn from(key: Key) -> Self {
        Self {
            id: key.id.to_string(),
            name: key.name,
            scopes: key.scopes.words(),
            networks: key.networks.iter().map(ToString::to_string).collect(),
            created_at: key.created_at.millis(),
            created_by: key.created_by,
            expires_at: key.expires_at.map(|at| at.millis()),
            last_used_at: key.last_used_at.map(|at| at.millis()),
            last_used_by: key.last_used_by,
        }
    }
}

/// Several tokens.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AccessTokens {
    /// The tokens, oldest first.
    tokens: Vec<AccessToken>,
}

/// A token to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewAccessToken {
    /// What it is for.
    name: String,
    /// What it may do, such as `fleet:read`.
    scopes: Vec<String>,
    /// When it ends, in milliseconds; never unless told.
    expires_at: Option<i64>,
    /// Addresses or networks from which it works; anywhere unless told.
    #[serde(default)]
    #[schema(required = false)]
    networks: Vec<String>,
}

/// A token that was made.
#[derive(Serialize, ToSchema)]
pub(super) struct MadeAccessToken {
    /// The token.
    #[serde(flatten)]
    token: AccessToken,
    /// What a program has to send; shown this once.
    secret: String,
}

/// All tokens.
#[utoipa::path(tag = "hp", responses((status = 200, body = AccessTokens)))]
#[get("/tokens")]
pub(in crate::api::hp) async fn list_access_tokens(
    _: Allow<Hp, UsersRead>,
    shared: Data<Shared>,
) -> Answer<Hp, AccessTokens> {
    let keys = shared.parts.accounts.keys(KeyKind::Token).await?;
    let tokens = keys.into_iter().map(AccessToken::from).collect();
    Ok(Reply::ok(AccessTokens { tokens }))
}

/// Make a token.
#[utoipa::path(
    tag = "hp",
    request_body = NewAccessToken,
    responses((status = 201, body = MadeAccessToken), (status = 400, body = Problem)),
)]
#[post("/tokens")]
pub(in crate::api::hp) async fn create_access_token(
    caller: Allow<Hp, UsersWrite>,
    request: HttpRequest,
    new: Json<NewAccessToken>,
    shared: Data<Shared>,
) -> Answer<Hp, MadeAccessToken> {
    let new = new.into_inner();
    let new = accounts::NewToken {
        name: new.name,
        scopes: new.scopes,
        expires_at: new.expires_at.map(Timestamp),
        networks: new.networks,
        limit: caller.principal.scopes,
    };
    let by = trail::asker(&request, &caller.principal.name);
    let accounts = &shared.parts.accounts;
    let (secret, key) = accounts.create_token(&by, new).await?;
    trail::mark(&request);
    Ok(Reply::created(MadeAccessToken {
        token: key.into(),
        secret: secret.expose().to_owned(),
    }))
}

/// End a token.
#[utoipa::path(
    tag = "hp",
    params(("id" = String, Path, description = "The token's id")),
    responses((status = 204, description = "It opens nothing any more"), (status = 404, body = Problem)),
)]
#[delete("/tokens/{id}")]
pub(in crate::api::hp) async fn revoke_access_token(
    caller: Allow<Hp, UsersWrite>,
    request: HttpRequest,
    id: Path<KeyId>,
    shared: Data<Shared>,
) -> Answer<Hp, ()> {
    let accounts = &shared.parts.accounts;
    let by = trail::asker(&request, &caller.principal.name);
    accounts.revoke(&by, &id, KeyKind::Token, None).await?;
    trail::mark(&request);
    Ok(Reply::empty())
}
