//! What people do with their own account.

use actix_web::web::{Data, Json, Path};
use actix_web::{HttpRequest, delete, get, post, put};
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::oneself::Oneself;
use crate::api::dialect::{Answer, Hp, Reply};
use crate::api::hp::errors::Problem;
use crate::api::shared::Shared;
use crate::api::trail;
use crate::auth::KeyKind;
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
    /// How many recovery codes are left.
    recovery_codes: u32,
    /// Whether there is a password; who comes from a provider has none.
    password: bool,
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
    /// That code, to be drawn; `null` where the address is too long for one.
    qr: Option<QrSquare>,
}

/// A QR code as an outline.
#[derive(Serialize, ToSchema)]
pub(super) struct QrSquare {
    /// Dark and light modules on each side, without the quiet margin of four around it.
    size: u8,
    /// The dark ones, as the `d` of an SVG path in units of one module.
    path: String,
}

/// Codes that stand in for the authenticator app, shown once; each is good once.
#[derive(Serialize, ToSchema)]
pub(super) struct RecoveryCodes {
    /// The codes.
    codes: Vec<String>,
}

/// A browser that is logged in.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct BrowserSession {
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
pub(super) struct BrowserSessions {
    /// The sessions, oldest first.
    sessions: Vec<BrowserSession>,
}

/// The caller's own account.
#[utoipa::path(
    tag = "hp",
    responses((status = 200, body = Account), (status = 403, body = Problem)),
)]
#[get("/account")]
pub(in crate::api::hp) async fn get_account(
    caller: Oneself,
    shared: Data<Shared>,
) -> Answer<Hp, Account> {
    let user = caller.user(&shared).await?;
    let left = shared.parts.accounts.recovery_codes_left(&user.id).await?;
    Ok(Reply::ok(Account {
        recovery_codes: left,
        password: !user.password.as_str().is_empty(),
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
    caller: Oneself,
    request: HttpRequest,
    given: Json<OwnPassword>,
    shared: Data<Shared>,
) -> Answer<Hp, ()> {
    let user = caller.confirmed(&shared, &given.current_password).await?;
    let password = given.password.expose_secret().to_owned();
    let accounts = &shared.parts.accounts;
    accounts
        .set_password(
            &caller.by,
            &user.id,
            password,
            Some(caller.session.id.clone()),
        )
        .await?;
    trail::mark(&request);
    Ok(Reply::empty())
}

/// The caller's own sessions.
#[utoipa::path(tag = "hp", responses((status = 200, body = BrowserSessions)))]
#[get("/account/sessions")]
pub(in crate::api::hp) async fn list_own_sessions(
    caller: Oneself,
    shared: Data<Shared>,
) -> Answer<Hp, BrowserSessions> {
    let keys = shared.parts.accounts.keys(KeyKind::Session).await?;
    let own = keys
        .into_iter()
        .filter(|key| key.user.as_ref() == Some(&caller.user));
    let sessions = own
        .map(|key| BrowserSession {
            current: key.id == caller.session.id,
            id: key.id.to_string(),
            agent: key.name,
            client: key.last_used_by.unwrap_or(key.created_by),
            created_at: key.created_at.millis(),
            last_used_at: key.last_used_at.map(|at| at.millis()),
            expires_at: key.expires_at.map(|at| at.millis()),
        })
        .collect();
    Ok(Reply::ok(BrowserSessions { sessions }))
}

/// End one of the caller's own sessions.
#[utoipa::path(
    tag = "hp",
    params(("id" = String, Path, description = "The session's id")),
    responses((status = 204, description = "It is over"), (status = 404, body = Problem)),
)]
#[delete("/account/sessions/{id}")]
pub(in crate::api::hp) async fn end_own_session(
    caller: Oneself,
    request: HttpRequest,
    id: Path<KeyId>,
    shared: Data<Shared>,
) -> Answer<Hp, ()> {
    let accounts = &shared.parts.accounts;
    accounts
        .revoke(&caller.by, &id, KeyKind::Session, Some(&caller.user))
        .await?;
    trail::mark(&request);
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
    caller: Oneself,
    request: HttpRequest,
    given: Json<Confirmation>,
    shared: Data<Shared>,
) -> Answer<Hp, Enrolment> {
    let user = caller.confirmed(&shared, &given.current_password).await?;
    let issuer = match shared.instance_name.as_str() {
        "" => "homepulse",
        name => name,
    };
    let accounts = &shared.parts.accounts;
    let enrolment = accounts.begin_totp(&caller.by, &user.id, issuer).await?;
    trail::mark(&request);
    Ok(Reply::ok(Enrolment {
        secret: enrolment.secret,
        uri: enrolment.uri,
        qr: enrolment.qr.map(|code| QrSquare {
            size: code.size,
            path: code.path,
        }),
    }))
}

/// Ask for the authenticator app from now on; the answer has codes for when it is lost.
#[utoipa::path(
    tag = "hp",
    request_body = Code,
    responses((status = 200, body = RecoveryCodes), (status = 400, body = Problem)),
)]
#[post("/account/totp/confirm")]
pub(in crate::api::hp) async fn confirm_totp(
    caller: Oneself,
    request: HttpRequest,
    given: Json<Code>,
    shared: Data<Shared>,
) -> Answer<Hp, RecoveryCodes> {
    let accounts = &shared.parts.accounts;
    let codes = accounts
        .confirm_totp(&caller.by, &caller.user, &given.code, clock::now())
        .await?;
    trail::mark(&request);
    Ok(Reply::ok(RecoveryCodes { codes }))
}

/// Ask for no authenticator app any more.
#[utoipa::path(
    tag = "hp",
    request_body = Confirmation,
    responses((status = 204, description = "It is not asked for"), (status = 400, body = Problem)),
)]
#[post("/account/totp/drop")]
pub(in crate::api::hp) async fn drop_totp(
    caller: Oneself,
    request: HttpRequest,
    given: Json<Confirmation>,
    shared: Data<Shared>,
) -> Answer<Hp, ()> {
    let user = caller.confirmed(&shared, &given.current_password).await?;
    let accounts = &shared.parts.accounts;
    accounts.drop_totp(&caller.by, &user.id).await?;
    trail::mark(&request);
    Ok(Reply::empty())
}

/// Make new recovery codes; those before open nothing any more.
#[utoipa::path(
    tag = "hp",
    request_body = Confirmation,
    responses((status = 200, body = RecoveryCodes), (status = 400, body = Problem)),
)]
#[post("/account/recovery-codes")]
pub(in crate::api::hp) async fn renew_recovery_codes(
    caller: Oneself,
    request: HttpRequest,
    given: Json<Confirmation>,
    shared: Data<Shared>,
) -> Answer<Hp, RecoveryCodes> {
    let user = caller.confirmed(&shared, &given.current_password).await?;
    let accounts = &shared.parts.accounts;
    let codes = accounts.renew_recovery_codes(&caller.by, &user.id).await?;
    trail::mark(&request);
    Ok(Reply::ok(RecoveryCodes { codes }))
}
