//! Who the caller is, and what this installation is.

use actix_web::web::Data;
use actix_web::{HttpRequest, get};
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::dialect::{Answer, Hp, Reply};
use crate::api::guard::{self, Visitor};
use crate::api::shared::{Shared, VERSION};
use crate::telemetry::clock;

use super::channels::ChannelSummary;

/// What the UI has to know before anything else.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Session {
    /// The product's version.
    pub version: String,
    /// Whether the caller is let in.
    pub authenticated: bool,
    /// Whether this machine is let in without a token.
    pub open_access: bool,
    /// Who the caller is.
    pub principal: Option<String>,
    /// What the caller may do, such as `fleet:read`.
    pub scopes: Vec<&'static str>,
    /// Whether anybody has an account; the first one is made with the set-up code.
    pub accounts: bool,
    /// Whether the caller logged in, and so can log out.
    pub logged_in: bool,
    /// What the button says that leads to the provider where people can log in, where there is one.
    pub sign_on: Option<String>,
    /// Whether this is the demo.
    pub demo: bool,
    /// The name of this installation.
    pub instance_name: String,
    /// Whether anybody would be told; `null` for whoever is not let in.
    pub channels: Option<ChannelSummary>,
}

/// Tell who is asking. Needs no token; a wrong one is refused with 401.
#[utoipa::path(tag = "hp", security(()), responses((status = 200, body = Session)))]
#[get("/session")]
pub(crate) async fn get_session(
    caller: Visitor<Hp>,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Answer<Hp, Session> {
    let keyring = shared.gate.keyring();
    let session =
        guard::session_cookie(&request).and_then(|cookie| keyring.session(cookie, clock::now()));
    let channels = match &caller.principal {
        Some(_) => Some(ChannelSummary::of(&shared.parts.channels.list().await?)),
        None => None,
    };
    Ok(Reply::ok(Session {
        channels,
        version: VERSION.to_owned(),
        authenticated: caller.principal.is_some(),
        open_access: shared.gate.is_open_locally(),
        scopes: caller
            .principal
            .as_ref()
            .map(|principal| principal.scopes.words())
            .unwrap_or_default(),
        accounts: keyring.has_people(),
        logged_in: caller.principal.is_some() && session.is_some(),
        sign_on: shared
            .parts
            .oidc
            .as_ref()
            .map(|oidc| oidc.label().to_owned()),
        principal: caller.principal.map(|principal| principal.name),
        demo: shared.demo,
        instance_name: shared.instance_name.clone(),
    }))
}
