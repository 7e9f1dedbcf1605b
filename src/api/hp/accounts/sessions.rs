//! Logging in and out, and the first account.

use actix_web::http::header;
use actix_web::web::{Data, Json};
use actix_web::{HttpMessage as _, HttpRequest, HttpResponse, delete, post};
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::api::asked::Asked;
use crate::api::dialect::{Fault, Hp};
use crate::api::guard::{self, Visitor};
use crate::api::hp::errors::Problem;
use crate::api::shared::Shared;
use crate::services::accounts::{AccountError, LogIn, Opened, SESSION};
use crate::telemetry::clock;

/// Who wants to log in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Credentials {
    /// The name.
    name: String,
    /// The password.
    #[schema(value_type = String)]
    password: SecretString,
    /// The code of the authenticator app, where one is set up.
    code: Option<String>,
}

/// Who makes the first account.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct FirstAccount {
    /// The name.
    name: String,
    /// The password.
    #[schema(value_type = String)]
    password: SecretString,
    /// The set-up code from the log; not needed at the machine itself.
    code: Option<String>,
}

/// A session that has begun; what opens it is in the cookie only.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct LoggedIn {
    /// Who.
    principal: String,
    /// `admin`, `operator` or `viewer`.
    role: &'static str,
    /// When it ends, if it is not used before, in milliseconds.
    expires_at: Option<i64>,
}

/// Log in. The session is kept in a cookie that scripts of the page cannot read.
#[utoipa::path(
    tag = "hp",
    security(()),
    request_body = Credentials,
    responses(
        (status = 200, body = LoggedIn),
        (status = 401, body = Problem, description = "Name, password or code are wrong"),
        (status = 429, body = Problem, description = "Too many wrong ones"),
    ),
)]
#[post("/session")]
pub(in crate::api::hp) async fn log_in(
    request: HttpRequest,
    given: Json<Credentials>,
    shared: Data<Shared>,
) -> Result<HttpResponse, Fault<Hp>> {
    let given = given.into_inner();
    let opened = open(
        &request,
        &shared,
        given.name,
        given.password.expose_secret().to_owned(),
        given.code,
    )
    .await?;
    Ok(begun(&request, &opened))
}

/// Make the first account, an admin's, and log in.
#[utoipa::path(
    tag = "hp",
    security(()),
    request_body = FirstAccount,
    responses(
        (status = 200, body = LoggedIn),
        (status = 400, body = Problem),
        (status = 403, body = Problem, description = "The set-up code is wrong"),
        (status = 409, body = Problem, description = "There is an account already"),
    ),
)]
#[post("/setup")]
pub(in crate::api::hp) async fn set_up(
    request: HttpRequest,
    caller: Visitor<Hp>,
    given: Json<FirstAccount>,
    shared: Data<Shared>,
) -> Result<HttpResponse, Fault<Hp>> {
    let given = given.into_inner();
    let password = given.password.expose_secret();
    let asked = asked(&request)?;
    let now = clock::now();
    shared.gate.may_try(asked.client, now)?;
    let user = shared
        .parts
        .accounts
        .set_up(
            given.code.as_deref(),
            caller.principal.is_some(),
            given.name,
            password.to_owned(),
        )
        .await;
    if matches!(user, Err(AccountError::SetupCode)) {
        shared.gate.failed(asked.client, now);
    }
    let opened = open(&request, &shared, user?.name, password.to_owned(), None).await?;
    Ok(begun(&request, &opened))
}

/// Log out: the session opens nothing any more.
#[utoipa::path(tag = "hp", security(()), responses((status = 204, description = "Logged out")))]
#[delete("/session")]
pub(in crate::api::hp) async fn log_out(
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Fault<Hp>> {
    if let Some(session) = guard::session_cookie(&request) {
        shared.parts.accounts.log_out(session).await?;
    }
    let cookie = cookie(&request, "", 0);
    Ok(HttpResponse::NoContent()
        .insert_header((header::SET_COOKIE, cookie))
        .finish())
}

async fn open(
    request: &HttpRequest,
    shared: &Shared,
    name: String,
    password: String,
    code: Option<String>,
) -> Result<Opened, Fault<Hp>> {
    let asked = asked(request)?;
    let now = clock::now();
    shared.gate.may_try(asked.client, now)?;
    let agent = request.headers().get(header::USER_AGENT);
    let who = LogIn {
        name,
        password,
        code,
        client: asked.client.to_string(),
        agent: agent
            .and_then(|agent| agent.to_str().ok())
            .unwrap_or_default()
            .to_owned(),
    };
    let opened = shared.parts.accounts.log_in(who, now).await;
    if matches!(opened, Err(AccountError::Wrong)) {
        shared.gate.failed(asked.client, now);
    }
    Ok(opened?)
}

fn asked(request: &HttpRequest) -> Result<Asked, Fault<Hp>> {
    let asked = request.extensions().get::<Asked>().cloned();
    asked.ok_or_else(|| Fault::from(AccountError::Stopped))
}

fn begun(request: &HttpRequest, opened: &Opened) -> HttpResponse {
    let seconds = SESSION.as_secs();
    HttpResponse::Ok()
        .insert_header((
            header::SET_COOKIE,
            cookie(request, opened.secret.expose(), seconds),
        ))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(LoggedIn {
            principal: opened.key.principal.clone(),
            role: opened.role.word(),
            expires_at: opened.key.expires_at.map(|at| at.millis()),
        })
}

/// A cookie for our own paths and pages only, sent over TLS only where the browser uses TLS.
fn cookie(request: &HttpRequest, value: &str, seconds: u64) -> String {
    let extensions = request.extensions();
    let asked = extensions.get::<Asked>();
    let path = asked.map_or("/", |asked| asked.base.as_str());
    let secure = if asked.is_some_and(|asked| asked.is_secure) {
        "; Secure"
    } else {
        ""
    };
    let name = guard::SESSION_COOKIE;
    format!("{name}={value}; Path={path}; Max-Age={seconds}; HttpOnly; SameSite=Strict{secure}")
}
