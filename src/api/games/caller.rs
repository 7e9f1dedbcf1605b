//! Whoever asks in a family that has a pace for its whole API.

use std::future::{Ready, ready};
use std::marker::PhantomData;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};

use super::Parts;
use crate::api::dialect::{Dialect, Fault, Peon, Playpulse};
use crate::api::guard::{Allow, Need};
use crate::api::limits::{self, Class};
use crate::api::problem::{Kind, Problem};
use crate::api::trail;
use crate::auth::Principal;
use crate::services::games::Asker;

/// A family with a pace.
pub(in crate::api) trait Paced: Dialect {
    /// How often one token may ask.
    const CLASS: Class;

    /// What else must be right about a request of the family.
    fn check(request: &HttpRequest) -> Result<(), Problem> {
        let _ = request;
        Ok(())
    }
}

impl Paced for Peon {
    const CLASS: Class = Class::Peon;
}

impl Paced for Playpulse {
    const CLASS: Class = Class::Playpulse;

    fn check(request: &HttpRequest) -> Result<(), Problem> {
        let asked = request.headers().get("x-api-version");
        if asked.is_none_or(|version| version == "v3") {
            return Ok(());
        }
        let text = "only version v3 is spoken here: send X-API-Version: v3";
        Err(Problem::new(Kind::Invalid, "api_version_unknown", text))
    }
}

/// Somebody who may do `N`, and who does not ask too often.
#[derive(Debug)]
pub(in crate::api) struct Caller<D, N> {
    principal: Principal,
    marker: PhantomData<fn() -> (D, N)>,
}

impl<D: Paced, N: Need> FromRequest for Caller<D, N> {
    type Error = Fault<D>;
    type Future = Ready<Result<Self, Self::Error>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let allowed = Allow::<D, N>::from_request(request, payload).into_inner();
        ready(allowed.and_then(|allowed| {
            if let Some(shared) = request.app_data::<Parts>() {
                let name = &allowed.principal.name;
                limits::take_as(request, shared, D::CLASS, name)?;
            }
            D::check(request)?;
            Ok(Self {
                principal: allowed.principal,
                marker: PhantomData,
            })
        }))
    }
}

impl<D, N> Caller<D, N> {
    /// Who asks, and a mark that the audit is written by what is asked.
    pub(in crate::api) fn asker(&self, request: &HttpRequest) -> Asker {
        trail::mark(request);
        trail::asker(request, &self.principal.name)
    }
}
