//! Logging in at an OpenID provider such as Authelia, Authentik or Keycloak: the authorisation code
//! flow with PKCE (OpenID Connect Core 1.0, RFC 7636).
//!
//! Start with [`Oidc::begin`] and [`Oidc::finish`]; [`farewell`] is the way out, [`claims`] judges what a provider says, and
//! [`provider`] asks it.

mod claims;
mod farewell;
mod pending;
mod provider;

use std::sync::Arc;
use std::time::Duration;

use secrecy::SecretString;
use subtle::ConstantTimeEq as _;
use tokio::sync::Mutex;
use url::Url;

use crate::auth::jwt::JwtError;
use crate::auth::{GroupRoles, Secret};
use crate::http::{Outgoing, OutgoingError};
use crate::model::time::Timestamp;
use crate::services::accounts::{AccountError, Accounts, Browser, Foreign, Opened};
use crate::services::audit::Asker;

pub use claims::ClaimError;
use pending::{Pending, Waiting};
use provider::Provider;

/// How long somebody may take to log in at the provider.
pub const PATIENCE: Duration = Duration::from_secs(600);

/// What there is to know of a provider.
#[derive(Clone, Debug)]
pub struct OidcSettings {
    /// What the button says.
    pub label: String,
    /// The provider's address, as it writes it itself.
    pub issuer: Url,
    /// What it calls us.
    pub client_id: String,
    /// By what it knows us; `None` for a public client.
    pub client_secret: Option<SecretString>,
    /// Where it sends people back to.
    pub redirect: Url,
    /// What is asked for, `openid` among it.
    pub scopes: Vec<String>,
    /// The claim with somebody's groups; dots lead into objects.
    pub groups_claim: String,
    /// The claim with somebody's name.
    pub name_claim: String,
    /// Which groups have which role.
    pub roles: GroupRoles,
}

/// Why somebody could not log in this way.
#[derive(Debug, thiserror::Error)]
pub enum OidcError {
    /// The provider did not answer.
    #[error("ask the provider")]
    Unreachable(#[from] OutgoingError),
    /// The provider answered something else than it should.
    #[error("the provider's {what}")]
    Answer {
        /// Which answer, and what is wrong with it.
        what: String,
    },
    /// Nobody in this browser began to log in, or too long ago.
    #[error("this log-in was not begun in this browser, or too long ago; begin again")]
    NotBegun,
    /// The provider let them not in.
    #[error("the provider says: {code}")]
    Denied {
        /// Its word for why.
        code: String,
    },
    /// The signed token is not believed.
    #[error("the provider's token {0}")]
    Token(#[from] JwtError),
    /// The signed token says something that it should not.
    #[error("the provider's token {0}")]
    Claim(#[from] ClaimError),
    /// They are in no group that may come in.
    #[error("{name} is in no group that may log in here")]
    NoRole {
        /// Who.
        name: String,
    },
    /// The account does not let them in.
    #[error(transparent)]
    Account(#[from] AccountError),
}

/// A log-in that has begun.
#[derive(Debug)]
pub struct Begun {
    /// Where the browser has to go.
    pub address: Url,
    /// What it has to show when it comes back.
    pub browser: Secret,
}

/// What the browser brings back from the provider.
#[derive(Debug, Default)]
pub struct Returned {
    /// What can be changed into a token.
    pub code: Option<String>,
    /// Which log-in it belongs to.
    pub state: Option<String>,
    /// Who gave it (RFC 9207).
    pub issuer: Option<String>,
    /// Why there is no code.
    pub error: Option<String>,
}

/// Logs people in at one provider. Cheap to clone.
#[derive(Clone)]
pub struct Oidc {
    settings: Arc<OidcSettings>,
    accounts: Accounts,
    provider: Arc<Mutex<Provider>>,
    waiting: Arc<Waiting>,
    tokens: Arc<farewell::Tokens>,
}

impl Oidc {
    /// A way in through the provider of `settings`, which is asked through `outgoing`.
    #[must_use]
    pub fn new(settings: OidcSettings, accounts: Accounts, outgoing: Outgoing) -> Self {
        let settings = Arc::new(settings);
        Self {
            provider: Arc::new(Mutex::new(Provider::new(Arc::clone(&settings), outgoing))),
            settings,
            accounts,
            waiting: Arc::default(),
            tokens: Arc::default(),
        }
    }

    /// What the button says.
    #[must_use]
    pub fn label(&self) -> &str {
        &self.settings.label
    }

    /// Begins a log-in.
    ///
    /// # Errors
    /// When the provider does not say where people log in.
    pub async fn begin(&self, now: Timestamp) -> Result<Begun, OidcError> {
        let document = self.provider.lock().await.document(now).await?;
        let (state, nonce, verifier) = (Secret::random(""), Secret::random(""), Secret::random(""));
        let browser = Secret::random("hpo_");
        let mut address = document.authorization_endpoint.clone();
        address
            .query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", &self.settings.client_id)
            .append_pair("redirect_uri", self.settings.redirect.as_str())
            .append_pair("scope", &self.settings.scopes.join(" "))
            .append_pair("state", state.expose())
            .append_pair("nonce", nonce.expose())
            .append_pair("code_challenge", &pending::challenge(&verifier))
            .append_pair("code_challenge_method", "S256");
        let begun = Pending {
            browser: browser.hash(),
            nonce,
            verifier,
            until: now + PATIENCE,
        };
        self.waiting.add(state.hash(), begun, now);
        Ok(Begun { address, browser })
    }

    /// Ends a log-in: `browser` is what [`Self::begin`] gave it to show.
    ///
    /// # Errors
    /// When provider or account do not let them in.
    pub async fn finish(
        &self,
        returned: Returned,
        browser: Option<&str>,
        from: &Browser,
        now: Timestamp,
    ) -> Result<Opened, OidcError> {
        let ended = self.try_to_finish(returned, browser, from, now).await;
        if let Err(error) = &ended {
            let by = Asker {
                name: String::new(),
                peer: from.client.clone(),
            };
            let why: String = error.to_string().chars().take(300).collect();
            self.accounts
                .note_refused(by, "session.refused", &why, now)
                .await;
        }
        ended
    }

    async fn try_to_finish(
        &self,
        returned: Returned,
        browser: Option<&str>,
        from: &Browser,
        now: Timestamp,
    ) -> Result<Opened, OidcError> {
        // Taken out whatever comes of it: a state is good once.
        let state = returned.state.as_deref().ok_or(OidcError::NotBegun)?;
        let begun = self.waiting.take(state, now).ok_or(OidcError::NotBegun)?;
        if !browser.is_some_and(|browser| begun.browser.is_of(browser)) {
            return Err(OidcError::NotBegun);
        }
        if let Some(error) = returned.error {
            let is_plain = |c: &char| c.is_ascii_alphanumeric() || *c == '_';
            return Err(OidcError::Denied {
                code: error.chars().filter(is_plain).take(60).collect(),
            });
        }
        let is_ours = |issuer: &String| provider::is_same(issuer, &self.settings.issuer);
        if !returned.issuer.as_ref().is_none_or(is_ours) {
            return Err(ClaimError::Issuer.into());
        }
        let code = returned.code.ok_or(OidcError::NotBegun)?;
        let mut provider = self.provider.lock().await;
        let tokens = provider.exchange(&code, &begun.verifier, now).await?;
        let said = provider.open(&tokens.id_token, now).await?;
        claims::check(
            &said,
            &provider.issuer(now).await?,
            &self.settings.client_id,
            now,
        )?;
        let nonce = said.get("nonce").and_then(|nonce| nonce.as_str());
        let is_asked = nonce.is_some_and(|nonce| {
            nonce
                .as_bytes()
                .ct_eq(begun.nonce.expose().as_bytes())
                .into()
        });
        if !is_asked {
            return Err(ClaimError::Nonce.into());
        }
        let more = match claims::wants_more(&said, &self.settings) {
            true => provider.more(&tokens, now).await?,
            false => None,
        };
        drop(provider);
        let person = claims::person(&said, more.as_ref(), &self.settings)?;
        let Some(role) = self.settings.roles.role(&person.groups) else {
            return Err(OidcError::NoRole { name: person.name });
        };
        let who = Foreign {
            issuer: self.settings.issuer.to_string(),
            subject: person.subject,
            name: person.name,
            role,
        };
        let opened = self.accounts.log_in_foreign(who, from, now).await?;
        self.tokens.keep(opened.key.id.clone(), tokens.id_token);
        Ok(opened)
    }
}

#[cfg(test)]
mod tests;
