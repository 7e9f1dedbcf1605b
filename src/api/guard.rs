//! The scope that a handler needs, in the handler's type.
//!
//! A handler's first argument is [`Allow`], [`Visitor`] or [`Public`]; a test asks every documented
//! path without a token and knows the public ones by name.

use std::future::{Ready, ready};
use std::marker::PhantomData;
use std::net::IpAddr;
use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::http::header::{self, HeaderName};
use actix_web::web::Data;
use actix_web::{FromRequest, HttpMessage, HttpRequest};

use crate::auth::{Claim, Principal, Refusal, Scope};
use crate::telemetry::clock;

use super::asked::Asked;
use super::dialect::{Dialect, Fault};
use super::problem::{Classify, Kind, Problem};
use super::shared::Shared;

/// A scope as a type.
pub trait Need: 'static {
    /// The scope.
    const SCOPE: Scope;
}

macro_rules! needs {
    ($($name:ident),*) => {$(
        #[doc = concat!("Needs [`Scope::", stringify!($name), "`].")]
        #[derive(Debug)]
        pub struct $name;

        impl Need for $name {
            const SCOPE: Scope = Scope::$name;
        }
    )*};
}

needs!(
    FleetRead,
    HistoryRead,
    AlertsRead,
    AlertsWrite,
    DeliveriesRead,
    DeliveriesWrite,
    RoutingWrite,
    TargetsRead,
    TargetsWrite,
    ChannelsRead,
    ChannelsWrite,
    DiagnosticsRead,
    RulesWrite,
    GuestsControl,
    GamesRead,
    GamesControl,
    AuditRead,
    SettingsRead,
    SettingsWrite,
    UsersRead,
    UsersWrite
);

/// Somebody who may do `N`; everybody else gets the family's own 401 or 403.
#[derive(Debug)]
pub struct Allow<D, N> {
    /// Who.
    pub principal: Principal,
    marker: PhantomData<fn() -> (D, N)>,
}

impl<D: Dialect, N: Need> FromRequest for Allow<D, N> {
    type Error = Fault<D>;
    type Future = Ready<Result<Self, Self::Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(
            allow::<N>(request)
                .map_err(Fault::from)
                .map(|principal| Self {
                    principal,
                    marker: PhantomData,
                }),
        )
    }
}

fn allow<N: Need>(request: &HttpRequest) -> Result<Principal, Problem> {
    let principal = admit(request).map_err(|refusal| Problem::from_error(&refusal))?;
    request.extensions_mut().insert(principal.clone());
    if principal.scopes.has(N::SCOPE) {
        return Ok(principal);
    }
    Err(Problem::new(
        Kind::Forbidden,
        "scope_missing",
        format!("this token lacks the scope {}", N::SCOPE.word()),
    ))
}

/// Anybody, known by name where they brought a token. A wrong token is refused even here, so that
/// nobody can try tokens unseen.
#[derive(Debug)]
pub struct Visitor<D> {
    /// Who, where known.
    pub principal: Option<Principal>,
    marker: PhantomData<fn() -> D>,
}

impl<D: Dialect> FromRequest for Visitor<D> {
    type Error = Fault<D>;
    type Future = Ready<Result<Self, Self::Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let principal = match admit(request) {
            Ok(principal) => Some(principal),
            Err(Refusal::Missing | Refusal::NotLocal | Refusal::Stranger { .. }) => None,
            Err(refusal) => return ready(Err(refusal.into())),
        };
        ready(Ok(Self {
            principal,
            marker: PhantomData,
        }))
    }
}

/// Anybody at all.
#[derive(Debug)]
pub struct Public;

impl FromRequest for Public {
    type Error = actix_web::Error;
    type Future = Ready<Result<Self, Self::Error>>;

    fn from_request(_: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(Self))
    }
}

/// Who sends this request. A wrong token leaves a mark for the audit.
pub(super) fn admit(request: &HttpRequest) -> Result<Principal, Refusal> {
    let Some(shared) = request.app_data::<Data<Shared>>() else {
        return Err(Refusal::Missing);
    };
    let pass = Pass::of(request).ok_or(Refusal::Missing)?;
    let admitted = pass.admit(shared);
    if let Err(refusal @ (Refusal::Wrong | Refusal::Stranger { .. })) = &admitted {
        request.extensions_mut().insert(refusal.clone());
    }
    if admitted.is_ok()
        && let Some(name) = shared.gate.arrival(&pass.claim(), clock::now())
    {
        request.extensions_mut().insert(Arrived(name.to_owned()));
    }
    admitted
}

/// A mark on the request with which a visit by a proxy's word begins.
#[derive(Clone, Debug)]
pub(super) struct Arrived(pub(super) String);

/// What a request brought along, kept for as long as it stays with us.
pub(super) struct Pass {
    credentials: Vec<String>,
    session: Option<String>,
    asked: Asked,
}

impl Pass {
    /// What `request` brought along.
    pub(super) fn of(request: &HttpRequest) -> Option<Self> {
        let asked = request.extensions().get::<Asked>().cloned()?;
        let mut credentials: Vec<String> = header_tokens(request)
            .into_iter()
            .map(str::to_owned)
            .collect();
        credentials.extend(query_token(request));
        Some(Self {
            credentials,
            session: session_cookie(request).map(str::to_owned),
            asked,
        })
    }

    fn claim(&self) -> Claim<'_> {
        Claim {
            credentials: self.credentials.iter().map(String::as_str).collect(),
            session: self.session.as_deref(),
            vouched: self.asked.vouched.as_ref(),
            peer: self.asked.client,
            is_local: self.asked.is_local,
        }
    }

    fn admit(&self, shared: &Shared) -> Result<Principal, Refusal> {
        shared.gate.admit(&self.claim(), clock::now())
    }

    /// Waits until it no longer opens `scope`: a token that was revoked ends what it began.
    pub(super) async fn until_refused(self, shared: &Shared, scope: Scope) {
        let mut changes = shared.gate.keyring().follow();
        loop {
            // Without a change, it may still come to its end.
            let _ = tokio::time::timeout(RECHECK, changes.changed()).await;
            if !self.admit(shared).is_ok_and(|who| who.scopes.has(scope)) {
                return;
            }
        }
    }
}

/// How often it is looked whether a key has expired meanwhile.
const RECHECK: Duration = Duration::from_secs(30);

/// The name of the cookie that keeps a browser's session.
pub(super) const SESSION_COOKIE: &str = "homepulse_session";

/// The session that a browser shows.
pub(super) fn session_cookie(request: &HttpRequest) -> Option<&str> {
    cookie(request, SESSION_COOKIE)
}

/// The value of the first cookie of that name, if it has one.
pub(super) fn cookie<'a>(request: &'a HttpRequest, wanted: &str) -> Option<&'a str> {
    request
        .headers()
        .get_all(header::COOKIE)
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(name, value)| *name == wanted && !value.is_empty())
        .map(|(_, value)| value)
}

/// From where the request comes, our own proxies seen through.
pub(super) fn client(request: &HttpRequest) -> Option<IpAddr> {
    let extensions = request.extensions();
    extensions.get::<Asked>().map(|asked| asked.client)
}

/// Tokens in headers: `X-API-Token: t`, `Authorization: Bearer t` and `Authorization: t`.
fn header_tokens(request: &HttpRequest) -> Vec<&str> {
    let headers = request.headers();
    let own = headers
        .get_all(HeaderName::from_static("x-api-token"))
        .filter_map(|value| value.to_str().ok());
    let standard = headers
        .get_all(header::AUTHORIZATION)
        .filter_map(|value| bearer(value.to_str().ok()?));
    own.chain(standard)
        .map(str::trim)
        .filter(|token| !token.is_empty())
        .collect()
}

/// The token of an `Authorization` header. Other schemes are a proxy's business, not ours.
fn bearer(value: &str) -> Option<&str> {
    match value.trim().split_once(' ') {
        None => Some(value),
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => Some(token),
        Some(_) => None,
    }
}

/// `?token=`, only where Pulse 4.3 took it: a token in an address ends up in logs.
fn query_token(request: &HttpRequest) -> Option<String> {
    if !matches!(request.path(), "/api/state" | "/ws") {
        return None;
    }
    url::form_urlencoded::parse(request.query_string().as_bytes())
        .find(|(name, value)| name == "token" && !value.is_empty())
        .map(|(_, value)| value.into_owned())
}

impl Classify for Refusal {
    fn classify(&self) -> (Kind, &'static str) {
        match self {
            Self::TwoCredentials => (Kind::Invalid, "two_credentials"),
            Self::Missing => (Kind::Unauthorized, "token_missing"),
            Self::NotLocal => (Kind::Unauthorized, "token_not_configured"),
            Self::Wrong => (Kind::Unauthorized, "token_wrong"),
            Self::Stranger { .. } => (Kind::Forbidden, "stranger"),
            Self::TooMany { retry_after } => (
                Kind::TooMany {
                    retry_after: *retry_after,
                },
                "too_many_attempts",
            ),
        }
    }
}
