//! How a request says who asks: by an API token, or by a ticket that a password was exchanged for.

use std::time::{Duration, Instant};

use bytes::Bytes;
use http::HeaderName;
use http::header::{AUTHORIZATION, CONTENT_TYPE, COOKIE, HeaderValue};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use url::Url;
use url::form_urlencoded::{Serializer, byte_serialize};

use super::client::{Refusal, read};
use super::failure;
use super::product::Product;
use super::settings::Settings;
use crate::http::Client;
use crate::model::target::{Failure, FailureKind};
use crate::sources::ConfigError;

/// Hosts let a ticket live for two hours; another one is fetched long before.
const TICKET_LIFE: Duration = Duration::from_secs(3_600);

/// A host delays the answer to a wrong password by 3 s on purpose.
const LIMIT: Duration = Duration::from_secs(8);

/// What a request carries to say who asks.
pub(super) type Headers = Vec<(HeaderName, HeaderValue)>;

/// What a host wants to see beside a ticket before it changes anything.
const CSRF: HeaderName = HeaderName::from_static("csrfpreventiontoken");

/// One way to say who asks.
pub(super) enum Login {
    /// A token: the header that carries it.
    Token(HeaderValue),
    /// A password.
    Password(Password),
}

/// A user's password, and the ticket it was exchanged for.
pub(super) struct Password {
    user: String,
    password: SecretString,
    ticket: Option<(Headers, Instant)>,
}

/// What a host answers to a password.
#[derive(Deserialize)]
struct Ticket {
    ticket: String,
    #[serde(default, rename = "CSRFPreventionToken")]
    csrf: String,
    #[serde(default, rename = "NeedTFA")]
    needs_second_factor: serde_json::Value,
}

impl Login {
    /// The way that the settings ask for.
    pub(super) fn new(
        product: &Product,
        settings: &Settings,
        secret: &SecretString,
    ) -> Result<Self, ConfigError> {
        if let Some(user) = &settings.user {
            settings.check_user()?;
            return Ok(Self::Password(Password {
                user: user.clone(),
                password: secret.clone(),
                ticket: None,
            }));
        }
        settings.check_token_id(product)?;
        let text = format!(
            "{}={}{}{}",
            product.scheme,
            settings.token_id,
            product.separator,
            secret.expose_secret().trim()
        );
        let mut header = HeaderValue::from_str(&text).map_err(|_| {
            ConfigError::new(
                "token_secret",
                "must be the token's secret, a UUID on one line",
            )
        })?;
        header.set_sensitive(true);
        Ok(Self::Token(header))
    }

    /// The headers of the next request to the host at `root`; asks for a ticket where one is due.
    pub(super) async fn headers(
        &mut self,
        product: &Product,
        http: &Client,
        root: &Url,
    ) -> Result<Headers, Refusal> {
        match self {
            Self::Token(header) => Ok(vec![(AUTHORIZATION, header.clone())]),
            Self::Password(password) => password.ticket(product, http, root).await,
        }
    }

    /// Whether the next request has to be preceded by one for a ticket.
    pub(super) fn is_due(&self) -> bool {
        match self {
            Self::Token(_) => false,
            Self::Password(password) => password.fresh().is_none(),
        }
    }

    /// Notes that the host did not know who asked.
    pub(super) fn refused(&mut self) {
        if let Self::Password(password) = self {
            password.ticket = None;
        }
    }
}

impl Password {
    fn fresh(&self) -> Option<&Headers> {
        let (headers, since) = self.ticket.as_ref()?;
        (since.elapsed() < TICKET_LIFE).then_some(headers)
    }

    async fn ticket(
        &mut self,
        product: &Product,
        http: &Client,
        root: &Url,
    ) -> Result<Headers, Refusal> {
        if let Some(headers) = self.fresh() {
            return Ok(headers.clone());
        }
        let mut url = root.clone();
        url.set_path("/api2/json/access/ticket");
        let form = Serializer::new(String::new())
            .append_pair("username", &self.user)
            .append_pair("password", self.password.expose_secret())
            .finish();
        let kind = HeaderValue::from_static("application/x-www-form-urlencoded");
        let headers = [(CONTENT_TYPE, kind)];
        let answer = http
            .post(url, &headers, Bytes::from(form), Some(LIMIT))
            .await
            .map_err(|error| Refusal {
                status: None,
                failure: failure::of_connection(product, &error, None),
                told: String::new(),
            })?;
        if answer.status == 401 {
            return Err(self.refusal(&format!("the host refuses the password of {}", self.user)));
        }
        let ticket: Ticket = read(product, &self.user, "/access/ticket", &answer)?.data;
        let is_half = matches!(
            ticket.needs_second_factor,
            serde_json::Value::Bool(true) | serde_json::Value::Number(_)
        );
        if is_half {
            return Err(self.refusal("the user needs a second factor to log in"));
        }
        let cookie = product.scheme.replace("APIToken", "AuthCookie");
        let value: String = byte_serialize(ticket.ticket.as_bytes()).collect();
        let header = |text: &str| {
            let header = HeaderValue::from_str(text);
            let mut header = header.map_err(|_| self.refusal("the host's ticket is unusable"))?;
            header.set_sensitive(true);
            Ok(header)
        };
        let headers = vec![
            (COOKIE, header(&format!("{cookie}={value}"))?),
            (CSRF, header(&ticket.csrf)?),
        ];
        self.ticket = Some((headers.clone(), Instant::now()));
        Ok(headers)
    }

    fn refusal(&self, message: &str) -> Refusal {
        Refusal {
            status: Some(401),
            failure: Failure {
                kind: FailureKind::Unauthorized,
                message: message.to_owned(),
                fix: Some(format!(
                    "Check user and password of {}, realm included; better still, use an API \
                     token: it can be limited and taken back.",
                    self.user
                )),
            },
            told: String::new(),
        }
    }
}
