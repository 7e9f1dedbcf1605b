//! Asking the API: the token, the address that works now, and the other nodes when it does not.

use std::time::Duration;

use http::HeaderName;
use http::header::{AUTHORIZATION, HeaderValue};
use secrecy::{ExposeSecret, SecretString};
use serde::de::DeserializeOwned;
use url::Url;

use super::failure;
use super::requests::RequestCounter;
use super::settings::Settings;
use super::wire::Envelope;
use crate::http::{Answer, Client, Fingerprint, Limits, Trust};
use crate::model::target::{Failure, RequestBudget};
use crate::model::time::Timestamp;
use crate::sources::ConfigError;

/// Addresses that are tried in one look, so that a dead cluster costs a bounded time.
const TRIES: usize = 3;

/// A good answer to one question.
pub(super) struct Reply<T> {
    pub(super) data: T,
    /// The host's clock.
    pub(super) date: Option<Timestamp>,
}

/// An answer that is not good.
#[derive(Debug)]
pub(super) struct Refusal {
    /// The status, when there was an answer at all.
    pub(super) status: Option<u16>,
    pub(super) failure: Failure,
}

/// Asks one cluster.
pub(super) struct PveClient {
    http: Client,
    pinned: Option<Fingerprint>,
    token_id: String,
    authorization: HeaderValue,
    /// The configured address first, the other nodes' behind it.
    addresses: Vec<Url>,
    current: usize,
    requests: RequestCounter,
}

impl PveClient {
    pub(super) fn new(settings: &Settings, secret: &SecretString) -> Result<Self, ConfigError> {
        settings.check_token_id()?;
        let trust = settings.trust()?;
        let http = Client::new(&trust, Limits::default())
            .map_err(|error| ConfigError::new("ca_pem", error.to_string()))?;
        let text = format!(
            "PVEAPIToken={}={}",
            settings.token_id,
            secret.expose_secret().trim()
        );
        let mut authorization = HeaderValue::from_str(&text).map_err(|_| {
            ConfigError::new(
                "token_secret",
                "must be the token's secret, a UUID on one line",
            )
        })?;
        authorization.set_sensitive(true);
        Ok(Self {
            http,
            pinned: match trust {
                Trust::Pinned(print) => Some(print),
                Trust::Authority(_) | Trust::System | Trust::Anyone => None,
            },
            token_id: settings.token_id.clone(),
            authorization,
            addresses: vec![settings.url()?],
            current: 0,
            requests: RequestCounter::default(),
        })
    }

    pub(super) fn begin_cycle(&mut self) {
        self.requests.begin_cycle();
    }

    pub(super) fn budget(&mut self) -> RequestBudget {
        self.requests.budget()
    }

    pub(super) fn presented(&self) -> Option<Fingerprint> {
        self.http.presented()
    }

    pub(super) fn token_id(&self) -> &str {
        &self.token_id
    }

    /// Also knows the cluster at `hosts`, on the port of the configured address.
    pub(super) fn learn_addresses(&mut self, hosts: impl IntoIterator<Item = String>) {
        let mut next = self.addresses[..1].to_vec();
        for host in hosts {
            let mut url = self.addresses[0].clone();
            let host = if host.contains(':') {
                format!("[{host}]")
            } else {
                host
            };
            if url.set_host(Some(&host)).is_ok() && !next.contains(&url) && next.len() < 64 {
                next.push(url);
            }
        }
        let current = self.addresses[self.current].clone();
        self.current = next.iter().position(|url| *url == current).unwrap_or(0);
        self.addresses = next;
    }

    /// Trusts the other nodes' certificates, which a trusted node told us.
    pub(super) fn learn_pins(&self, pins: impl IntoIterator<Item = Fingerprint>) {
        if self.pinned.is_some() {
            for pin in pins {
                self.http.learn(pin);
            }
        }
    }

    /// Asks `path`, at another node if the current one does not answer.
    pub(super) async fn get<T: DeserializeOwned>(
        &mut self,
        path: &str,
        detail: bool,
        limit: Option<Duration>,
    ) -> Result<Reply<T>, Refusal> {
        let tries = if detail {
            1
        } else {
            self.addresses.len().min(TRIES)
        };
        let mut first = None;
        for _ in 0..tries {
            match self.ask(path, detail, limit).await {
                Ok(reply) => return Ok(reply),
                Err(refusal) => {
                    let elsewhere = refusal.failure.kind.is_about_one_address()
                        && refusal.status.is_none_or(|status| status >= 595);
                    // The first refusal is about the address that the admin knows.
                    first.get_or_insert(refusal);
                    if !elsewhere || detail {
                        break;
                    }
                    self.current = (self.current + 1) % self.addresses.len();
                }
            }
        }
        Err(first.expect("invariant: at least one address is asked"))
    }

    async fn ask<T: DeserializeOwned>(
        &mut self,
        path: &str,
        detail: bool,
        limit: Option<Duration>,
    ) -> Result<Reply<T>, Refusal> {
        self.requests.count(detail);
        let url = self.url(path);
        let headers: [(HeaderName, HeaderValue); 1] = [(AUTHORIZATION, self.authorization.clone())];
        let answer = self
            .http
            .get(url, &headers, limit)
            .await
            .map_err(|error| Refusal {
                status: None,
                failure: failure::of_connection(&error, self.pinned.as_ref()),
            })?;
        self.read(path, &answer)
    }

    fn url(&self, path: &str) -> Url {
        let mut url = self.addresses[self.current].clone();
        let (path, query) = path
            .split_once('?')
            .map_or((path, None), |(p, q)| (p, Some(q)));
        url.set_path(&format!("/api2/json{path}"));
        url.set_query(query);
        url
    }

    fn read<T: DeserializeOwned>(&self, path: &str, answer: &Answer) -> Result<Reply<T>, Refusal> {
        if !answer.is_success() {
            return Err(Refusal {
                status: Some(answer.status),
                failure: failure::of_status(answer, &self.token_id),
            });
        }
        let envelope: Envelope<T> =
            serde_json::from_slice(&answer.body).map_err(|error| Refusal {
                status: Some(answer.status),
                failure: failure::of_body(path, &error),
            })?;
        Ok(Reply {
            data: envelope.data,
            date: answer.date,
        })
    }
}
