//! Logging in at a provider: there and back again.

use actix_web::http::header;
use actix_web::web::{Data, Query};
use actix_web::{HttpMessage as _, HttpRequest, HttpResponse, get};
use serde::Deserialize;
use utoipa::IntoParams;

use super::sessions::{browser, cookie, opened_cookie};
use crate::api::asked::Asked;
use crate::api::dialect::{Fault, Hp};
use crate::api::guard::{self, Public};
use crate::api::hp::errors::Problem;
use crate::api::limits::{self, Class};
use crate::api::problem::{self, Classify, Kind};
use crate::api::shared::Shared;
use crate::services::oidc::{Oidc, OidcError, PATIENCE, Returned};
use crate::telemetry::clock;

/// The cookie that says that this browser began.
const COOKIE: &str = "homepulse_sign_on";

/// What the provider gives the browser to bring back.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Back {
    /// What can be changed into a token.
    code: Option<String>,
    /// Which log-in it belongs to.
    state: Option<String>,
    /// Who gave it.
    iss: Option<String>,
    /// Why there is no code.
    error: Option<String>,
}

/// Go to the provider to log in.
#[utoipa::path(
    tag = "hp",
    security(()),
    responses(
        (status = 302, description = "To the provider"),
        (status = 404, body = Problem, description = "No provider is configured"),
        (status = 502, body = Problem, description = "The provider does not answer"),
    ),
)]
#[get("/sign-on")]
pub(in crate::api::hp) async fn begin_sign_on(
    _: Public,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Fault<Hp>> {
    let oidc = provider(&shared)?;
    limits::take(&request, &shared, Class::SignOn)?;
    let begun = oidc.begin(clock::now()).await?;
    // Strict cookies do not come along when another site sends the browser back.
    let shown = begun.browser.expose();
    let cookie = cookie(&request, COOKIE, shown, PATIENCE.as_secs(), "Lax");
    Ok(HttpResponse::Found()
        .insert_header((header::LOCATION, begun.address.to_string()))
        .insert_header((header::SET_COOKIE, cookie))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .finish())
}

/// Come back from the provider. Leads to the first page, with the session's cookie or with the
/// reason why there is none behind `?sign_on=`.
#[utoipa::path(
    tag = "hp",
    security(()),
    params(Back),
    responses(
        (status = 303, description = "To the first page"),
        (status = 404, body = Problem, description = "No provider is configured"),
    ),
)]
#[get("/sign-on/callback")]
pub(in crate::api::hp) async fn end_sign_on(
    _: Public,
    request: HttpRequest,
    back: Query<Back>,
    shared: Data<Shared>,
) -> Result<HttpResponse, Fault<Hp>> {
    let oidc = provider(&shared)?;
    let back = back.into_inner();
    let returned = Returned {
        code: back.code,
        state: back.state,
        issuer: back.iss,
        error: back.error,
    };
    let shown = guard::cookie(&request, COOKIE);
    let now = clock::now();
    let opened = oidc.finish(returned, shown, &browser(&request)?, now).await;
    let base = request
        .extensions()
        .get::<Asked>()
        .map_or_else(|| "/".to_owned(), |asked| asked.base.clone());
    let mut answer = HttpResponse::SeeOther();
    answer.insert_header((header::CACHE_CONTROL, "no-store"));
    answer.append_header((header::SET_COOKIE, cookie(&request, COOKIE, "", 0, "Lax")));
    match opened {
        Ok(opened) => {
            answer.append_header((header::SET_COOKIE, opened_cookie(&request, &opened)));
            answer.insert_header((header::LOCATION, base));
        }
        Err(error) => {
            tracing::warn!(
                "a log-in at the provider failed: {}",
                problem::chain(&error)
            );
            let (_, code) = error.classify();
            answer.insert_header((header::LOCATION, format!("{base}?sign_on={code}")));
        }
    }
    Ok(answer.finish())
}

fn provider(shared: &Shared) -> Result<&Oidc, Fault<Hp>> {
    shared.parts.oidc.as_ref().ok_or_else(|| {
        Fault::from(problem::Problem::new(
            Kind::NotFound,
            "no_provider",
            "no provider is configured where people could log in",
        ))
    })
}

impl Classify for OidcError {
    fn classify(&self) -> (Kind, &'static str) {
        match self {
            Self::Unreachable(_) => (Kind::Upstream, "provider_unreachable"),
            Self::Answer { .. } => (Kind::Upstream, "provider_answer"),
            Self::NotBegun => (Kind::Invalid, "not_begun"),
            Self::Denied { .. } => (Kind::Forbidden, "provider_denied"),
            Self::Token(_) | Self::Claim(_) => (Kind::Forbidden, "provider_token"),
            Self::NoRole { .. } => (Kind::Forbidden, "no_role"),
            Self::Account(error) => error.classify(),
        }
    }
}
