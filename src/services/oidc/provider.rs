//! Asking the provider: where things are, its keys, a token for a code, more about somebody.

use std::sync::Arc;
use std::time::Duration;

use ::http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use ::http::{HeaderMap, HeaderValue, Method};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use secrecy::ExposeSecret as _;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use url::{Host, Url};

use super::{OidcError, OidcSettings};
use crate::auth::Secret;
use crate::auth::jwt::{JwtError, KeySet};
use crate::http::{Ask, Outgoing};
use crate::model::time::Timestamp;

/// How long an answer may take.
const TIMEOUT: Duration = Duration::from_secs(10);

/// How long what the provider says of itself is believed.
const FRESH: Duration = Duration::from_secs(3600);

/// How often keys are asked for anew because of a token that none of them signed.
const RENEW: Duration = Duration::from_secs(60);

/// What a provider says of itself (OpenID Connect Discovery 1.0).
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Document {
    issuer: String,
    pub(super) authorization_endpoint: Url,
    token_endpoint: Url,
    jwks_uri: Url,
    userinfo_endpoint: Option<Url>,
    pub(super) end_session_endpoint: Option<Url>,
    #[serde(default)]
    token_endpoint_auth_methods_supported: Vec<String>,
}

/// What a code was changed into.
#[derive(Deserialize)]
pub(super) struct Tokens {
    pub(super) id_token: String,
    access_token: Option<String>,
}

/// The provider, as far as it is known.
pub(super) struct Provider {
    settings: Arc<OidcSettings>,
    outgoing: Outgoing,
    document: Option<(Timestamp, Document)>,
    keys: Option<(Timestamp, KeySet)>,
}

impl Provider {
    pub(super) const fn new(settings: Arc<OidcSettings>, outgoing: Outgoing) -> Self {
        Self {
            settings,
            outgoing,
            document: None,
            keys: None,
        }
    }

    /// Where things are.
    pub(super) async fn document(&mut self, now: Timestamp) -> Result<Document, OidcError> {
        if let Some((at, document)) = &self.document
            && now.since(*at) < FRESH
        {
            return Ok(document.clone());
        }
        let mut address = self.settings.issuer.clone();
        let path = address.path().trim_end_matches('/').to_owned();
        address.set_path(&format!("{path}/.well-known/openid-configuration"));
        let found: Document = self.get(address, None, "description of itself").await?;
        if !is_same(&found.issuer, &self.settings.issuer) {
            let what = format!(
                "description of itself names another issuer, '{}'",
                found.issuer
            );
            return Err(OidcError::Answer {
                what: what.chars().take(300).collect(),
            });
        }
        let endpoints = [
            Some(&found.authorization_endpoint),
            Some(&found.token_endpoint),
            Some(&found.jwks_uri),
            found.userinfo_endpoint.as_ref(),
            found.end_session_endpoint.as_ref(),
        ];
        if let Some(bad) = endpoints.into_iter().flatten().find(|url| !is_sound(url)) {
            return Err(OidcError::Answer {
                what: format!("description of itself has the address {bad}, which is not https"),
            });
        }
        self.document = Some((now, found.clone()));
        Ok(found)
    }

    /// What the provider calls itself, to the letter.
    pub(super) async fn issuer(&mut self, now: Timestamp) -> Result<String, OidcError> {
        Ok(self.document(now).await?.issuer)
    }

    /// Changes a code into tokens.
    pub(super) async fn exchange(
        &mut self,
        code: &str,
        verifier: &Secret,
        now: Timestamp,
    ) -> Result<Tokens, OidcError> {
        let document = self.document(now).await?;
        let settings = Arc::clone(&self.settings);
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        form.append_pair("grant_type", "authorization_code")
            .append_pair("code", code)
            .append_pair("redirect_uri", settings.redirect.as_str())
            .append_pair("code_verifier", verifier.expose());
        let mut headers = HeaderMap::new();
        headers.insert(
            CONTENT_TYPE,
            HeaderValue::from_static("application/x-www-form-urlencoded"),
        );
        let methods = &document.token_endpoint_auth_methods_supported;
        let takes_basic = methods.is_empty() || methods.iter().any(|m| m == "client_secret_basic");
        match &settings.client_secret {
            Some(secret) if takes_basic => {
                let pair = format!(
                    "{}:{}",
                    encoded(&settings.client_id),
                    encoded(secret.expose_secret())
                );
                headers.insert(
                    AUTHORIZATION,
                    hidden(&format!("Basic {}", STANDARD.encode(pair)))?,
                );
            }
            Some(secret) => {
                form.append_pair("client_id", &settings.client_id)
                    .append_pair("client_secret", secret.expose_secret());
            }
            None => {
                form.append_pair("client_id", &settings.client_id);
            }
        }
        let ask = Ask {
            method: Method::POST,
            url: document.token_endpoint,
            headers,
            body: Bytes::from(form.finish()),
            timeout: TIMEOUT,
        };
        self.send(ask, "answer to the code").await
    }

    /// The claims of a token that the provider has signed.
    pub(super) async fn open(
        &mut self,
        token: &str,
        now: Timestamp,
    ) -> Result<Map<String, Value>, OidcError> {
        if self
            .keys
            .as_ref()
            .is_none_or(|(at, _)| now.since(*at) >= FRESH)
        {
            self.renew_keys(now).await?;
        }
        match self.open_with_known(token) {
            // It may have begun to use a new one.
            Err(JwtError::Key) if self.may_renew(now) => {
                self.renew_keys(now).await?;
                Ok(self.open_with_known(token)?)
            }
            opened => Ok(opened?),
        }
    }

    fn open_with_known(&self, token: &str) -> Result<Map<String, Value>, JwtError> {
        let (_, keys) = self.keys.as_ref().ok_or(JwtError::Key)?;
        keys.open(token)
    }

    fn may_renew(&self, now: Timestamp) -> bool {
        self.keys
            .as_ref()
            .is_none_or(|(at, _)| now.since(*at) >= RENEW)
    }

    async fn renew_keys(&mut self, now: Timestamp) -> Result<(), OidcError> {
        let address = self.document(now).await?.jwks_uri;
        let keys = self.get(address, None, "list of keys").await?;
        self.keys = Some((now, keys));
        Ok(())
    }

    /// What else the provider tells of whom the token is of.
    pub(super) async fn more(
        &mut self,
        tokens: &Tokens,
        now: Timestamp,
    ) -> Result<Option<Map<String, Value>>, OidcError> {
        let address = self.document(now).await?.userinfo_endpoint;
        let (Some(address), Some(token)) = (address, &tokens.access_token) else {
            return Ok(None);
        };
        let bearer = hidden(&format!("Bearer {token}"))?;
        let told = self.get(address, Some(bearer), "answer about the person");
        Ok(Some(told.await?))
    }

    async fn get<T: DeserializeOwned>(
        &self,
        url: Url,
        authorization: Option<HeaderValue>,
        what: &str,
    ) -> Result<T, OidcError> {
        let mut headers = HeaderMap::new();
        if let Some(authorization) = authorization {
            headers.insert(AUTHORIZATION, authorization);
        }
        let ask = Ask {
            method: Method::GET,
            url,
            headers,
            body: Bytes::new(),
            timeout: TIMEOUT,
        };
        self.send(ask, what).await
    }

    async fn send<T: DeserializeOwned>(&self, mut ask: Ask, what: &str) -> Result<T, OidcError> {
        ask.headers
            .insert(ACCEPT, HeaderValue::from_static("application/json"));
        let answer = self.outgoing.send(ask).await?;
        if answer.status != 200 {
            return Err(OidcError::Answer {
                what: format!("{what} has the status {}", answer.status),
            });
        }
        // What it says instead may hold a secret.
        serde_json::from_slice(&answer.body).map_err(|_| OidcError::Answer {
            what: format!("{what} is not what the standard asks for"),
        })
    }
}

/// Whether a provider that calls itself so is the one that was configured; a slash at the end makes
/// no difference here.
pub(super) fn is_same(issuer: &str, configured: &Url) -> bool {
    issuer.trim_end_matches('/') == configured.as_str().trim_end_matches('/')
}

/// Whether nobody in between can answer instead: TLS, or this machine itself.
fn is_sound(url: &Url) -> bool {
    match (url.scheme(), url.host()) {
        ("https", Some(_)) => true,
        ("http", Some(Host::Ipv4(address))) => address.is_loopback(),
        ("http", Some(Host::Ipv6(address))) => address.is_loopback(),
        ("http", Some(Host::Domain(name))) => name == "localhost",
        _ => false,
    }
}

fn encoded(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

fn hidden(text: &str) -> Result<HeaderValue, OidcError> {
    let mut value = HeaderValue::from_str(text).map_err(|_| OidcError::Answer {
        what: "token has characters that cannot be sent".into(),
    })?;
    value.set_sensitive(true);
    Ok(value)
}
