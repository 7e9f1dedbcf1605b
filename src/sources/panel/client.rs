//! Asking one panel: bounded in time and size, counted, and silent while it wants to be left alone.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_TYPE, HeaderName, HeaderValue};
use serde::de::DeserializeOwned;
use serde_json::Value;
use url::Url;

use super::failure;
use super::product::{Product, told};
use super::settings::Settings;
use crate::http::{Answer, Client, Fingerprint, Limits, Trust};
use crate::model::target::{Failure, FailureKind, RequestBudget};
use crate::model::time::Timestamp;
use crate::sources::ConfigError;
use crate::sources::budget::{Allowance, Budget, Class};
use crate::sources::failure::not_json;

/// The largest answer that is read: thousands of servers fit in.
const LARGEST: usize = 8 << 20;

/// How a question is put.
#[derive(Clone, Debug)]
pub(in crate::sources) enum Verb {
    Get,
    Post(Value),
    /// A body that is no JSON.
    PostText(String),
    Put(Value),
}

/// One question.
#[derive(Clone, Debug)]
pub(in crate::sources) struct Question {
    pub(in crate::sources) verb: Verb,
    /// Path below the panel's root, with its query, without a slash in front.
    pub(in crate::sources) path: String,
    /// The same with names and numbers left open, to be counted under.
    pub(in crate::sources) class: &'static str,
}

impl Question {
    pub(in crate::sources) fn get(path: impl Into<String>, class: &'static str) -> Self {
        Self::new(Verb::Get, path, class)
    }

    pub(in crate::sources) fn post(
        path: impl Into<String>,
        class: &'static str,
        body: Value,
    ) -> Self {
        Self::new(Verb::Post(body), path, class)
    }

    pub(in crate::sources) fn new(
        verb: Verb,
        path: impl Into<String>,
        class: &'static str,
    ) -> Self {
        Self {
            verb,
            path: path.into(),
            class,
        }
    }
}

/// An answer that is not good.
#[derive(Clone, Debug)]
pub(in crate::sources) struct Refusal {
    /// The status, where there was an answer at all.
    pub(in crate::sources) status: Option<u16>,
    pub(in crate::sources) failure: Failure,
    /// The panel's own words.
    pub(in crate::sources) told: String,
    /// Whether the request may have arrived all the same.
    pub(in crate::sources) uncertain: bool,
}

impl Refusal {
    /// Whether it concerns the panel as a whole, so that asking on is useless.
    pub(in crate::sources) fn is_general(&self) -> bool {
        !matches!(self.status, Some(400 | 404 | 409 | 500..=599))
            && self.failure.kind != FailureKind::Forbidden
    }
}

/// Asks one panel.
pub(in crate::sources) struct PanelClient {
    pub(in crate::sources) product: &'static Product,
    http: Client,
    root: Url,
    pinned: Option<Fingerprint>,
    headers: Vec<(HeaderName, HeaderValue)>,
    state: Mutex<State>,
}

struct State {
    budget: Budget,
    quiet_until: Option<Instant>,
}

impl PanelClient {
    /// A client that sends `headers` with every question.
    pub(in crate::sources) fn new(
        product: &'static Product,
        settings: &Settings,
        headers: Vec<(HeaderName, HeaderValue)>,
    ) -> Result<Self, ConfigError> {
        settings.check(product)?;
        let trust = settings.trust()?;
        let limits = Limits {
            total: product.patience,
            body: LARGEST,
            ..Limits::default()
        };
        let http = Client::new(&trust, limits)
            .map_err(|error| ConfigError::new("ca_pem", error.to_string()))?;
        let json = HeaderValue::from_static("application/json");
        let mut headers = headers;
        headers.push((ACCEPT, json));
        Ok(Self {
            product,
            http,
            root: settings.url(product)?,
            pinned: match trust {
                Trust::Pinned(print) => Some(print),
                Trust::Authority(_) | Trust::System | Trust::Anyone => None,
            },
            headers,
            state: Mutex::new(State {
                budget: Budget::new(Allowance {
                    per_minute: product.per_minute,
                    details_per_stretch: product.per_minute,
                    reserve: 0,
                }),
                quiet_until: None,
            }),
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(in crate::sources) fn begin_cycle(&self, now: Timestamp) {
        self.state().budget.begin_cycle(now);
    }

    pub(in crate::sources) fn budget(&self) -> RequestBudget {
        self.state().budget.shown()
    }

    /// Whether one more question of many is allowed.
    pub(in crate::sources) fn allows_one_more(&self) -> bool {
        self.state().budget.allows_detail()
    }

    pub(in crate::sources) fn presented(&self) -> Option<Fingerprint> {
        self.http.presented()
    }

    /// The host that the panel is on.
    pub(in crate::sources) fn host(&self) -> &str {
        self.root.host_str().unwrap_or_default()
    }

    /// Whether the panel wants to be left alone, and how long.
    fn quiet_for(&self) -> Option<Duration> {
        let until = self.state().quiet_until?;
        until.checked_duration_since(Instant::now())
    }

    /// Asks; an answer that is not 2xx is a refusal.
    pub(in crate::sources) async fn ask(&self, question: Question) -> Result<Answer, Refusal> {
        if let Some(wait) = self.quiet_for() {
            return Err(Refusal {
                status: Some(429),
                failure: failure::rate_limited(self.product, wait),
                told: String::new(),
                uncertain: false,
            });
        }
        self.state().budget.count(question.class, Class::Detail);
        let url = self.root.join(&question.path).map_err(|error| Refusal {
            status: None,
            failure: failure::of_content(self.product, question.class, &error.to_string()),
            told: String::new(),
            uncertain: false,
        })?;
        let answer = self.send(url, question.verb).await?;
        if answer.is_success() {
            return Ok(answer);
        }
        if answer.status == 429 {
            let wait = failure::retry_after(&answer);
            self.state().quiet_until = Some(Instant::now() + wait);
        }
        Err(Refusal {
            status: Some(answer.status),
            failure: failure::of_status(self.product, &answer),
            told: told(&answer),
            uncertain: false,
        })
    }

    async fn send(&self, url: Url, verb: Verb) -> Result<Answer, Refusal> {
        let typed = |kind: &'static str| {
            let mut headers = self.headers.clone();
            headers.push((CONTENT_TYPE, HeaderValue::from_static(kind)));
            headers
        };
        let changes = !matches!(verb, Verb::Get);
        let answered = match verb {
            Verb::Get => self.http.get(url, &self.headers, None).await,
            Verb::Post(body) => {
                let headers = typed("application/json");
                let body = Bytes::from(body.to_string());
                self.http.post(url, &headers, body, None).await
            }
            Verb::PostText(text) => {
                let headers = typed("text/plain; charset=utf-8");
                self.http.post(url, &headers, text.into(), None).await
            }
            Verb::Put(body) => {
                let headers = typed("application/json");
                let body = Bytes::from(body.to_string());
                self.http.put(url, &headers, body, None).await
            }
        };
        answered.map_err(|error| {
            let failure = failure::of_connection(self.product, &error, self.pinned.as_ref());
            let never_left = matches!(
                failure.kind,
                FailureKind::NameUnknown
                    | FailureKind::Unreachable
                    | FailureKind::CertificateChanged
                    | FailureKind::CertificateUntrusted
            );
            Refusal {
                status: None,
                failure,
                told: String::new(),
                uncertain: changes && !never_left,
            }
        })
    }

    /// Asks for JSON.
    pub(in crate::sources) async fn read<T: DeserializeOwned>(
        &self,
        question: Question,
    ) -> Result<T, Refusal> {
        let class = question.class;
        let answer = self.ask(question).await?;
        serde_json::from_slice(&answer.body).map_err(|error| Refusal {
            status: Some(answer.status),
            failure: failure::of_content(self.product, class, &not_json(&answer.body, &error)),
            told: String::new(),
            uncertain: false,
        })
    }

    /// A refusal of the key that the panel words in its own way.
    pub(in crate::sources) fn key_refused(&self, told: String) -> Refusal {
        Refusal {
            status: Some(401),
            failure: failure::refused(
                self.product,
                with(failure::key_refused(self.product), &told),
            ),
            told,
            uncertain: false,
        }
    }

    /// A missing permission that the panel words in its own way.
    pub(in crate::sources) fn key_forbidden(&self, told: String) -> Refusal {
        Refusal {
            status: Some(403),
            failure: failure::forbidden(
                self.product,
                with(failure::key_forbidden(self.product), &told),
            ),
            told,
            uncertain: false,
        }
    }

    /// A good status with an answer that cannot be right.
    pub(in crate::sources) fn senseless(&self, path: &str, problem: &str) -> Refusal {
        Refusal {
            status: Some(200),
            failure: failure::of_content(self.product, path, problem),
            told: String::new(),
            uncertain: false,
        }
    }
}

fn with(what: String, told: &str) -> String {
    match told.is_empty() {
        true => what,
        false => format!("{what}: {told}"),
    }
}

/// A header that carries a secret and never shows in logs.
pub(in crate::sources) fn secret_header(
    name: HeaderName,
    value: &str,
) -> Result<(HeaderName, HeaderValue), ConfigError> {
    let mut value = HeaderValue::from_str(value.trim()).map_err(|_| {
        ConfigError::new(
            "token_secret",
            "must be one line without control characters",
        )
    })?;
    value.set_sensitive(true);
    Ok((name, value))
}
