//! The person whose browser asks, for what concerns their own account only.

use std::future::{Ready, ready};
use std::net::IpAddr;
use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::web::Data;
use actix_web::{FromRequest, HttpMessage as _, HttpRequest};
use secrecy::{ExposeSecret as _, SecretString};

use crate::api::dialect::{Fault, Hp};
use crate::api::guard;
use crate::api::problem::{Kind, Problem};
use crate::api::shared::Shared;
use crate::api::trail;
use crate::auth::Key;
use crate::auth::store::User;
use crate::model::id::UserId;
use crate::services::audit::Asker;
use crate::telemetry::clock;

/// Somebody who logged in; whoever shows a token has no account of their own.
pub(in crate::api::hp) struct Oneself {
    /// Who.
    pub(super) user: UserId,
    /// Their session.
    pub(super) session: Arc<Key>,
    /// The same, as the audit names them.
    pub(super) by: Asker,
    peer: Option<IpAddr>,
}

impl FromRequest for Oneself {
    type Error = Fault<Hp>;
    type Future = Ready<Result<Self, Self::Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(oneself(request))
    }
}

fn oneself(request: &HttpRequest) -> Result<Oneself, Fault<Hp>> {
    let principal = guard::admit(request)?;
    request.extensions_mut().insert(principal);
    let session = request.app_data::<Data<Shared>>().and_then(|shared| {
        let cookie = guard::session_cookie(request)?;
        shared.gate.keyring().session(cookie, clock::now())
    });
    let found = session.and_then(|session| Some((session.user.clone()?, session)));
    let Some((user, session)) = found else {
        return Err(Fault::from(Problem::new(
            Kind::Forbidden,
            "no_account",
            "only somebody who logged in with name and password has an account",
        )));
    };
    Ok(Oneself {
        by: trail::asker(request, &session.principal),
        user,
        session,
        peer: guard::client(request),
    })
}

impl Oneself {
    /// Their account.
    ///
    /// # Errors
    /// When the database fails.
    pub(super) async fn user(&self, shared: &Shared) -> Result<User, Fault<Hp>> {
        Ok(shared.parts.accounts.user(&self.user).await?)
    }

    /// The same, once they have given their password again; wrong ones count as at the door.
    ///
    /// # Errors
    /// When it is wrong, or there were too many wrong ones.
    pub(super) async fn confirmed(
        &self,
        shared: &Shared,
        password: &SecretString,
    ) -> Result<User, Fault<Hp>> {
        let user = self.user(shared).await?;
        let now = clock::now();
        if let Some(peer) = self.peer {
            shared.gate.may_try(peer, now)?;
        }
        let accounts = &shared.parts.accounts;
        let checked = accounts
            .confirm_password(&user, password.expose_secret())
            .await;
        if let (Err(_), Some(peer)) = (&checked, self.peer) {
            shared.gate.failed(peer, now);
        }
        checked?;
        Ok(user)
    }
}
