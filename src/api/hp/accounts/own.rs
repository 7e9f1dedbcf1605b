//! What people do with their own account.

use actix_web::web::{Data, Json, Path};
use actix_web::{HttpRequest, delete, get, post, put};
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::ToSchema;

use crate::api::dialect::{Answer, Fault, Hp, Reply};
use crate::api::guard;
use crate::api::hp::errors::Problem;
use crate::api::problem::{self, Kind};
use crate::api::shared::Shared;
use crate::auth::store::User;
use crate::auth::{Key, KeyKind};
use crate::model::id::KeyId;
use crate::telemetry::clock;

/// The caller's own account.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Account {
    /// Stable id.
    id: String,
    /// The name to log in with.
    name: String,
    /// `admin`, `operator` or `viewer`.
    role: &'static str,
    /// Whether an authenticator app is asked for.
    totp: bool,
}

/// Another password for oneself.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct OwnPassword {
    /// The present one.
    #[schema(value_type = String)]
    current_password: SecretString,
    /// The one from now on.
    #[schema(value_type = String)]
    password: SecretString,
}

/// The present password, for what is asked again for.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Confirmation {
    /// The present one.
    #[schema(value_type = String)]
    current_password: SecretString,
}

/// A code of the authenticator app.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Code {
    /// Six digits.
    code: String,
}

/// What the authenticator app has to be told, shown once.
#[derive(Serialize, ToSchema)]
pub(super) struct Enrolment {
    /// The secret, as people type it.
    secret: String,
    /// The same as an address, for a QR code.
    uri: String,
}

/// A browser that is logged in.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Session {
    /// Stable id.
    id: String,
    /// What the browser says of itself.
    agent: String,
    /// From where it logged in.
    client: String,
    /// Whether it is the one that asks.
    current: bool,
    /// When it began, in milliseconds.
    created_at: i64,
    /// When it was last used, to the minute.
    last_used_at: Option<i64>,
    /// When it ends, if it is not used before.
    expires_at: Option<i64>,
}

/// Several sessions.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Sessions {
    /// The sessions, oldest first.
    sessions: Vec<Session>,
}

/// The caller's own account.
#[utoipa::path(
    tag = "hp",
    responses((status = 200, body = Account), (status = 403, body = Problem)),
)]
#[get("/account")]
pub(in crate::api::hp) async fn get_account(
    request: HttpRequest,
    shared: Data<Shared>,
) -> Answer<Hp, Account> {
    let (user, _) = caller(&request, &shared).await?;
    Ok(Reply::ok(Account {
        id: user.id.to_string(),
        name: user.name,
        role: user.role.word(),
        totp: user.totp_confirmed,
    }))
}

/// Set another password for oneself; all other sessions end.
#[utoipa::path(
    tag = "hp",
    request_body = OwnPassword,
    responses((status = 204, description = "It is set"), (status = 400, body = Problem)),
)]
#[put("/account/password")]
pub(in crate::api::hp) async fn change_own_password(
    request: HttpRequest,
    given: Json<OwnPassword>,
    shared: Data<Shared>,
) -> Answer<Hp, ()> {
    let (user, session) = confirmed(&request, &shared, &given.current_password).await?;
    let password = given.password.expose_secret().to_owned();
    let accounts = &shared.parts.accounts;
    accounts
        .set_password(&user.id, password, Some(session.id.clone()))
        .await?;
    Ok(Reply::empty())
}

/// The caller's own sessions.
#[utoipa::path(tag = "hp", responses((status = 200, body = Sessions)))]
#[get("/account/sessions")]
pub(in crate::api::hp) async fn list_own_sessions(
    request: HttpRequest,
    shared: Data<Shared>,
) -> Answer<Hp, Sessions> {
    let (user, current) = caller(&request, &shared).await?;
    let keys = shared.parts.accounts.keys(KeyKind::Session).await?;
    let own = keys
        .into_iter()
        .filter(|key| key.user.as_ref() == Some(&user.id));
    let sessions = own
        .map(|key| Session {
            current: key.id == current.id,
            id: key.id.to_string(),
            agent: key.name,
            client: key.last_used_by.unwrap_or(key.created_by),
            created_at: key.created_at.millis(),
            last_used_at: key.last_used_at.map(|at| at.millis()),
            expires_at: key.expires_at.map(|at| at.millis()),
        })
        .collect();
    Ok(Reply::ok(Sessions { sessions }))
}

/// End one of the caller's own sessions.
#[utoipa::path(
    tag = "hp",
    params(("id" = String, Path, description = "The session's id")),
    responses((status = 204, description = "It is over"), (status = 404, body = Problem)),
)]
#[delete("/account/sessions/{id}")]
pub(in crate::api::hp) async fn end_own_session(
    request: HttpRequest,
    id: Path<KeyId>,
    shared: Data<Shared>,
) -> Answer<Hp, ()> {
    let (user, _) = caller(&request, &shared).await?;
    let accounts = &shared.parts.accounts;
    accounts
        .revoke(&id, KeyKind::Session, Some(&user.id))
        .await?;
    Ok(Reply::empty())
}

/// Begin to set up an authenticator app; it is asked for once a code of it was confirmed.
#[utoipa::path(
    tag = "hp",
    request_body = Confirmation,
    responses((status = 200, body = Enrolment), (status = 400, body = Problem)),
)]
#[post("/account/totp")]
pub(in crate::api::hp) async fn begin_totp(
    request: HttpRequest,
    given: Json<Confirmation>,
    shared: Data<Shared>,
) -> Answer<Hp, Enrolment> {
    let (user, _) = confirmed(&request, &shared, &given.current_password).await?;
    let issuer = match shared.instance_name.as_str() {
        "" => "homepulse",
        name => name,
    };
    let enrolment = shared.parts.accounts.begin_totp(&user.id, issuer).await?;
    Ok(Reply::ok(Enrolment {
        secret: enrolment.secret,
        uri: enrolment.uri,
    }))
}

/// Ask for the authenticator app from now on.
#[utoipa::path(
    tag = "hp",
    request_body = Code,
    responses((status = 204, description = "It is asked for"), (status = 400, body = Problem)),
)]
#[post("/account/totp/confirm")]
pub(in crate::api::hp) async fn confirm_totp(
    request: HttpRequest,
    given: Json<Code>,
    shared: Data<Shared>,
) -> Answer<Hp, ()> {
    let (user, _) = caller(&request, &shared).await?;
    let accounts = &shared.parts.accounts;
    accounts
        .confirm_totp(&user.id, &given.code, clock::now())
        .await?;
    Ok(Reply::empty())
}

/// Ask for no authenticator app any more.
#[utoipa::path(
    tag = "hp",
    request_body = Confirmation,
    responses((status = 204, description = "It is not asked for"), (status = 400, body = Problem)),
)]
#[post("/account/totp/drop")]
pub(in crate::api::hp) async fn drop_totp(
    request: HttpRequest,
    given: Json<Confirmation>,
    shared: Data<Shared>,
) -> Answer<Hp, ()> {
    let (user, _) = confirmed(&request, &shared, &given.current_password).await?;
    shared.parts.accounts.drop_totp(&user.id).await?;
    Ok(Reply::empty())
}

/// The person whose browser asks, and its session.
async fn caller(request: &HttpRequest, shared: &Shared) -> Result<(User, Arc<Key>), Fault<Hp>> {
    guard::admit(request)?;
    let session =
        guard::session_cookie(request).and_then(|cookie| shared.gate.keyring().session(cookie));
    let Some((session, user)) = session.and_then(|key| key.user.clone().map(|user| (key, user)))
    else {
        return Err(Fault::from(problem::Problem::new(
            Kind::Forbidden,
            "no_account",
            "only somebody who logged in with name and password has an account",
        )));
    };
    let user = shared.parts.accounts.user(&user).await?;
    Ok((user, session))
}

/// The same, once they have given their password again; wrong ones count as at the door.
async fn confirmed(
    request: &HttpRequest,
    shared: &Shared,
    password: &SecretString,
) -> Result<(User, Arc<Key>), Fault<Hp>> {
    let (user, session) = caller(request, shared).await?;
    let peer = guard::client(request);
    let now = clock::now();
    if let Some(peer) = peer {
        shared.gate.may_try(peer, now)?;
    }
    let accounts = &shared.parts.accounts;
    let checked = accounts
        .confirm_password(&user, password.expose_secret())
        .await;
    if let (Err(_), Some(peer)) = (&checked, peer) {
        shared.gate.failed(peer, now);
    }
    checked?;
    Ok((user, session))
}
