//! Logging in and out, and the first account.

use actix_web::http::header;
use actix_web::web::Data;
use actix_web::{HttpMessage as _, HttpRequest, HttpResponse, delete, post};
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::api::asked::Asked;
use crate::api::dialect::{Fault, Hp};
use crate::api::extract::Small;
use crate::api::guard::{self, Visitor};
use crate::api::hp::errors::Problem;
use crate::api::shared::Shared;
use crate::api::trail;
use crate::auth::{Role, Scope};
use crate::services::accounts::{AccountError, Browser, LONGEST_SESSION, LogIn, NewUser, Opened};
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
    /// The code of the authenticator app, where one is set up, or a recovery code.
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
    given: Small<Hp, Credentials>,
    shared: Data<Shared>,
) -> Result<HttpResponse, Fault<Hp>> {
    let given = given.body;
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
    given: Small<Hp, FirstAccount>,
    shared: Data<Shared>,
) -> Result<HttpResponse, Fault<Hp>> {
    let given = given.body;
    let password = given.password.expose_secret();
    let asked = asked(&request)?;
    let now = clock::now();
    shared.gate.may_try(asked.client, now)?;
    let may_anyway = caller
        .principal
        .is_some_and(|who| who.scopes.has(Scope::UsersWrite));
    let new = NewUser {
        name: given.name,
        password: password.to_owned(),
        role: Role::Admin,
    };
    let accounts = &shared.parts.accounts;
    let user = accounts
        .set_up(
            given.code.as_deref(),
            may_anyway,
            asked.client.to_string(),
            new,
        )
        .await;
    if matches!(user, Err(AccountError::SetupCode)) {
        shared.gate.failed(asked.client, now);
    }
    let name = user?.name;
    trail::mark(&request);
    let opened = open(&request, &shared, name, password.to_owned(), None).await?;
    Ok(begun(&request, &opened))
}

/// A session that is over here, while the provider where it began still has its own.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct LoggedOut {
    /// Where the browser has to go to be logged out there, too.
    continue_at: String,
}

/// Log out: the session opens nothing any more. Where it began at a provider that offers to log
/// people out, the answer says where the browser has to go for that.
#[utoipa::path(
    tag = "hp",
    security(()),
    responses(
        (status = 200, body = LoggedOut, description = "Logged out here, and there is more to do"),
        (status = 204, description = "Logged out"),
    ),
)]
#[delete("/session")]
pub(in crate::api::hp) async fn log_out(
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Fault<Hp>> {
    let mut further = None;
    if let Some(session) = guard::session_cookie(&request) {
        let peer = asked(&request)?.client.to_string();
        let ended = shared.parts.accounts.log_out(session, peer).await?;
        trail::mark(&request);
        if let (Some(ended), Some(oidc)) = (ended, &shared.parts.oidc) {
            further = oidc.farewell(&ended, clock::now()).await;
        }
    }
    let cookie = (header::SET_COOKIE, session_cookie(&request, "", 0));
    Ok(match further {
        Some(address) => HttpResponse::Ok()
            .insert_header(cookie)
            .insert_header((header::CACHE_CONTROL, "no-store"))
            .json(LoggedOut {
                continue_at: address.to_string(),
            }),
        None => HttpResponse::NoContent().insert_header(cookie).finish(),
    })
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
    let who = LogIn {
        name,
        password,
        code,
        from: browser(request)?,
    };
    let opened = shared.parts.accounts.log_in(who, now).await;
    if matches!(opened, Err(AccountError::Wrong)) {
        shared.gate.failed(asked.client, now);
    }
    Ok(opened?)
}

/// The browser that a request comes from.
pub(super) fn browser(request: &HttpRequest) -> Result<Browser, Fault<Hp>> {
    let agent = request.headers().get(header::USER_AGENT);
    Ok(Browser {
        client: asked(request)?.client.to_string(),
        agent: agent
            .and_then(|agent| agent.to_str().ok())
            .unwrap_or_default()
            .to_owned(),
        before: guard::session_cookie(request).map(str::to_owned),
    })
}

fn asked(request: &HttpRequest) -> Result<Asked, Fault<Hp>> {
    let asked = request.extensions().get::<Asked>().cloned();
    asked.ok_or_else(|| Fault::from(AccountError::Stopped))
}

fn begun(request: &HttpRequest, opened: &Opened) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::SET_COOKIE, opened_cookie(request, opened)))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(LoggedIn {
            principal: opened.key.principal.clone(),
            role: opened.role.word(),
            expires_at: opened.key.expires_at.map(|at| at.millis()),
        })
}

/// The cookie that keeps a session; when it ends before the cookie does is up to us.
pub(super) fn opened_cookie(request: &HttpRequest, opened: &Opened) -> String {
    session_cookie(request, opened.secret.expose(), LONGEST_SESSION.as_secs())
}

fn session_cookie(request: &HttpRequest, value: &str, seconds: u64) -> String {
    cookie(request, guard::SESSION_COOKIE, value, seconds, "Strict")
}

/// A cookie for our own paths only, sent over TLS only where the browser uses TLS.
pub(super) fn cookie(
    request: &HttpRequest,
    name: &str,
    value: &str,
    seconds: u64,
    same_site: &str,
) -> String {
    let extensions = request.extensions();
    let asked = extensions.get::<Asked>();
    let path = asked.map_or("/", |asked| asked.base.as_str());
    let secure = if asked.is_some_and(|asked| asked.is_secure) {
        "; Secure"
    } else {
        ""
    };
    format!(
        "{name}={value}; Path={path}; Max-Age={seconds}; HttpOnly; SameSite={same_site}{secure}"
    )
}
