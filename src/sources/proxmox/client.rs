//! Asking the API: the address that works now, and the other nodes when it does not.

use std::time::Duration;

use http::header::{CONTENT_TYPE, HeaderValue};
use secrecy::SecretString;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use url::Url;

use super::failure;
use super::login::{Headers, Login};
use super::product::Product;
use super::settings::Settings;
use crate::http::{Answer, Client, Fingerprint, Limits, Trust};
use crate::model::target::{Failure, RequestBudget};
use crate::model::time::Timestamp;
use crate::sources::ConfigError;
use crate::sources::budget::{Allowance, Budget, Class, Requests};

/// Addresses that are tried in one look, so that a dead cluster costs a bounded time.
const TRIES: usize = 3;

/// Every answer's outermost layer.
#[derive(Deserialize)]
struct Envelope<T> {
    data: T,
}

/// A proxied call to a node that has just died can take 30 s.
const DETAIL_LIMIT: Duration = Duration::from_secs(5);

/// A command is queued, not carried out, before it is answered.
const COMMAND_LIMIT: Duration = Duration::from_secs(8);

/// How a command is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::sources) enum Verb {
    Post,
    Delete,
}

/// A good answer to one question.
pub(in crate::sources) struct Reply<T> {
    pub(in crate::sources) data: T,
    /// The host's clock.
    pub(in crate::sources) date: Option<Timestamp>,
}

/// An answer that is not good.
#[derive(Debug)]
pub(in crate::sources) struct Refusal {
    /// The status, when there was an answer at all.
    pub(in crate::sources) status: Option<u16>,
    pub(in crate::sources) failure: Failure,
    /// The host's own words, where there was an answer.
    pub(in crate::sources) told: String,
}

/// Asks one host or cluster.
pub(in crate::sources) struct ApiClient {
    product: &'static Product,
    http: Client,
    pinned: Option<Fingerprint>,
    token_id: String,
    login: Login,
    /// The configured address first, the other nodes' behind it.
    addresses: Vec<Url>,
    current: usize,
    budget: Budget,
    /// What its questions beside looks are.
    asks: Class,
}

impl ApiClient {
    pub(in crate::sources) fn new(
        product: &'static Product,
        allowance: Allowance,
        settings: &Settings,
        secret: &SecretString,
    ) -> Result<Self, ConfigError> {
        let login = Login::new(product, settings, secret)?;
        let trust = settings.trust()?;
        let http = Client::new(&trust, Limits::default())
            .map_err(|error| ConfigError::new("ca_pem", error.to_string()))?;
        Ok(Self {
            product,
            http,
            pinned: match trust {
                Trust::Pinned(print) => Some(print),
                Trust::Authority(_) | Trust::System | Trust::Anyone => None,
            },
            token_id: settings.who().to_owned(),
            login,
            addresses: vec![settings.url(product)?],
            current: 0,
            budget: Budget::new(allowance),
            asks: Class::Detail,
        })
    }

    /// The same, for commands and what is asked because of them.
    pub(in crate::sources) fn for_commands(self) -> Self {
        Self {
            asks: Class::Command,
            ..self
        }
    }

    /// What its requests are counted in.
    pub(in crate::sources) fn requests(&self) -> Requests {
        self.budget.requests()
    }

    /// Counts its requests beside those of another connection.
    pub(in crate::sources) fn count_in(&mut self, requests: Requests) {
        self.budget.count_in(requests);
    }

    pub(in crate::sources) fn begin_cycle(&mut self, now: Timestamp) {
        self.budget.begin_cycle(now);
    }

    /// Begins what is asked between two looks.
    pub(in crate::sources) fn begin_details(&mut self, now: Timestamp) {
        self.budget.turn_to(now);
    }

    /// Whether one more question beside looks is allowed.
    pub(in crate::sources) fn allows_detail(&self) -> bool {
        self.budget.allows(self.asks)
    }

    pub(in crate::sources) fn budget(&self) -> RequestBudget {
        self.budget.shown()
    }

    pub(in crate::sources) fn presented(&self) -> Option<Fingerprint> {
        self.http.presented()
    }

    pub(in crate::sources) fn token_id(&self) -> &str {
        &self.token_id
    }

    /// Also knows the cluster at `hosts`, on the port of the configured address.
    pub(in crate::sources) fn learn_addresses(&mut self, hosts: impl IntoIterator<Item = String>) {
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
    pub(in crate::sources) fn learn_pins(&self, pins: impl IntoIterator<Item = Fingerprint>) {
        if self.pinned.is_some() {
            for pin in pins {
                self.http.learn(pin);
            }
        }
    }

    /// Asks `path` as part of a look, at another node if the current one does not answer.
    pub(in crate::sources) async fn get<T: DeserializeOwned>(
        &mut self,
        path: &str,
        limit: Option<Duration>,
    ) -> Result<Reply<T>, Refusal> {
        let mut first = None;
        for _ in 0..self.addresses.len().min(TRIES) {
            match self.ask(path, Class::Cycle, limit).await {
                Ok(reply) => return Ok(reply),
                Err(refusal) => {
                    let elsewhere = refusal.failure.kind.is_about_one_address()
                        && refusal.status.is_none_or(|status| status >= 595);
                    // The first refusal is about the address that the admin knows.
                    first.get_or_insert(refusal);
                    if !elsewhere {
                        break;
                    }
                    self.current = (self.current + 1) % self.addresses.len();
                }
            }
        }
        Err(first.expect("invariant: at least one address is asked"))
    }

    /// Asks `path` beside looks: once, and for a short time.
    pub(in crate::sources) async fn detail<T: DeserializeOwned>(
        &mut self,
        path: &str,
    ) -> Result<T, Refusal> {
        self.ask(path, self.asks, Some(DETAIL_LIMIT))
            .await
            .map(|reply| reply.data)
    }

    /// Sends a command once, with parameters as a form. It is not sent again, whatever comes.
    pub(in crate::sources) async fn command<T: DeserializeOwned>(
        &mut self,
        verb: Verb,
        path: &str,
        form: &[(&'static str, String)],
    ) -> Result<T, Refusal> {
        let mut headers = self.log_in(Class::Command).await?;
        self.budget.count(path, Class::Command);
        let url = self.url(path);
        let form_type = HeaderValue::from_static("application/x-www-form-urlencoded");
        let limit = Some(COMMAND_LIMIT);
        let sent = match verb {
            Verb::Post => {
                let body = url::form_urlencoded::Serializer::new(String::new())
                    .extend_pairs(form)
                    .finish();
                headers.push((CONTENT_TYPE, form_type));
                self.http.post(url, &headers, body.into(), limit).await
            }
            Verb::Delete => self.http.delete(url, &headers, limit).await,
        };
        let answer = sent.map_err(|error| Refusal {
            status: None,
            failure: failure::of_connection(self.product, &error, self.pinned.as_ref()),
            told: String::new(),
        })?;
        read(self.product, &self.token_id, path, &answer).map(|reply| reply.data)
    }

    async fn ask<T: DeserializeOwned>(
        &mut self,
        path: &str,
        class: Class,
        limit: Option<Duration>,
    ) -> Result<Reply<T>, Refusal> {
        let headers = self.log_in(class).await?;
        self.budget.count(path, class);
        let url = self.url(path);
        let answer = self
            .http
            .get(url, &headers, limit)
            .await
            .map_err(|error| Refusal {
                status: None,
                failure: failure::of_connection(self.product, &error, self.pinned.as_ref()),
                told: String::new(),
            })?;
        if answer.status == 401 {
            self.login.refused();
        }
        read(self.product, &self.token_id, path, &answer)
    }

    /// The headers that say who asks.
    async fn log_in(&mut self, class: Class) -> Result<Headers, Refusal> {
        if self.login.is_due() {
            self.budget.count("/access/ticket", class);
        }
        let root = &self.addresses[self.current];
        self.login.headers(self.product, &self.http, root).await
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
}

/// What an answer holds, or why it holds nothing of use.
pub(in crate::sources) fn read<T: DeserializeOwned>(
    product: &Product,
    token_id: &str,
    path: &str,
    answer: &Answer,
) -> Result<Reply<T>, Refusal> {
    let refusal = |failure| Refusal {
        status: Some(answer.status),
        failure,
        told: (product.told)(answer),
    };
    if !answer.is_success() {
        return Err(refusal(failure::of_status(product, answer, token_id)));
    }
    let envelope: Envelope<T> = serde_json::from_slice(&answer.body)
        .map_err(|error| refusal(failure::of_body(product, path, answer, &error)))?;
    Ok(Reply {
        data: envelope.data,
        date: answer.date,
    })
}
