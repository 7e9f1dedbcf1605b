//! Requests to one engine, each bounded in time and size.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method, header};
use secrecy::SecretString;
use serde::Serialize;
use serde::de::DeserializeOwned;
use url::Url;

use super::settings::Place;
use super::wire::Told;
use crate::http::{Answer, Client, HttpError, Incoming, Limits, Patience, Upload};
use crate::sources::ConfigError;

/// Largest answer that is held as a whole.
const LARGEST: usize = 16 << 20;

/// Bytes of an error's text that are read.
const ERROR_TEXT: usize = 4 << 10;

/// How long an ordinary question may take; a stopped engine keeps its socket open.
pub(super) const QUICK: Duration = Duration::from_secs(8);

/// Why an engine did not do what it was asked.
#[derive(Clone, Debug, thiserror::Error)]
pub(super) enum EngineError {
    /// There was no complete answer.
    #[error(transparent)]
    Http(#[from] HttpError),
    /// It says no.
    #[error("{told}")]
    Status {
        /// The status code.
        status: u16,
        /// The engine's words.
        told: String,
    },
    /// A good answer makes no sense.
    #[error("the answer to {path} is not what an engine says: {problem}")]
    Odd {
        /// What was asked.
        path: String,
        /// What is wrong with it.
        problem: String,
    },
}

impl EngineError {
    /// The status, where the engine answered one.
    pub(super) const fn status(&self) -> Option<u16> {
        match self {
            Self::Status { status, .. } => Some(*status),
            Self::Http(_) | Self::Odd { .. } => None,
        }
    }
}

/// Requests to one engine. Cheap to clone.
#[derive(Clone)]
pub(super) struct Engine {
    client: Client,
    place: Place,
}

impl Engine {
    /// No traffic yet.
    ///
    /// # Errors
    /// When a certificate or key cannot be used.
    pub(super) fn new(place: Place) -> Result<Self, ConfigError> {
        let limits = Limits {
            connect: Duration::from_secs(4),
            total: Duration::from_secs(2 * 3600),
            body: LARGEST,
        };
        let client = Client::with_access(&place.access, limits)
            .map_err(|error| ConfigError::new("ca_pem", error.to_string()))?;
        Ok(Self { client, place })
    }

    /// Where it is.
    pub(super) const fn place(&self) -> &Place {
        &self.place
    }

    /// SHA-256 of the certificate that it presented last.
    pub(super) fn presented(&self) -> Option<String> {
        self.client.presented().map(|print| print.to_string())
    }

    /// Asks for something.
    pub(super) async fn get<T: DeserializeOwned>(
        &self,
        path: &[&str],
        query: &[(&str, &str)],
        within: Duration,
    ) -> Result<T, EngineError> {
        let body = self
            .send(Method::GET, path, query, Bytes::new(), within)
            .await?;
        read(path, &body)
    }

    /// Asks the engine to do something whose answer does not matter.
    pub(super) async fn post(
        &self,
        path: &[&str],
        query: &[(&str, &str)],
        within: Duration,
    ) -> Result<(), EngineError> {
        self.send(Method::POST, path, query, Bytes::new(), within)
            .await
            .map(drop)
    }

    /// Sends something and reads the answer.
    pub(super) async fn post_json<T: DeserializeOwned>(
        &self,
        path: &[&str],
        query: &[(&str, &str)],
        body: &impl Serialize,
        within: Duration,
    ) -> Result<T, EngineError> {
        let body = json(path, body)?;
        let answer = self.send(Method::POST, path, query, body, within).await?;
        // Some answer nothing at all.
        match answer.is_empty() {
            true => read(path, b"null"),
            false => read(path, &answer),
        }
    }

    /// Deletes something.
    pub(super) async fn delete(
        &self,
        path: &[&str],
        query: &[(&str, &str)],
        within: Duration,
    ) -> Result<(), EngineError> {
        self.send(Method::DELETE, path, query, Bytes::new(), within)
            .await
            .map(drop)
    }

    async fn send(
        &self,
        method: Method,
        path: &[&str],
        query: &[(&str, &str)],
        body: Bytes,
        within: Duration,
    ) -> Result<Bytes, EngineError> {
        let url = self.url(path, query)?;
        let headers = headers(&body);
        let answer = self
            .client
            .request(method, url, &headers, body, Some(within))
            .await?;
        // 304: it is as was wished already.
        match answer.is_success() || answer.status == 304 {
            true => Ok(answer.body),
            false => Err(refused(&answer)),
        }
    }

    /// Opens a conversation that flows.
    pub(super) async fn open(
        &self,
        method: Method,
        path: &[&str],
        query: &[(&str, &str)],
        body: Upload,
        kind: &'static str,
        patience: Patience,
    ) -> Result<Incoming, EngineError> {
        let url = self.url(path, query)?;
        let headers = [(header::CONTENT_TYPE, HeaderValue::from_static(kind))];
        let incoming = self
            .client
            .open(method, url, &headers, body, patience)
            .await?;
        good(incoming).await
    }

    /// Opens a conversation that leaves HTTP, as consoles do.
    pub(super) async fn take_over(
        &self,
        path: &[&str],
        query: &[(&str, &str)],
        body: &impl Serialize,
        patience: Patience,
    ) -> Result<Incoming, EngineError> {
        let url = self.url(path, query)?;
        let body = json(path, body)?;
        let mut headers = headers(&body);
        headers.push((header::CONNECTION, HeaderValue::from_static("Upgrade")));
        headers.push((header::UPGRADE, HeaderValue::from_static("tcp")));
        let incoming = self
            .client
            .open(Method::POST, url, &headers, Upload::Bytes(body), patience)
            .await?;
        match incoming.status() {
            101 => Ok(incoming),
            _ => good(incoming).await,
        }
    }

    fn url(&self, path: &[&str], query: &[(&str, &str)]) -> Result<Url, EngineError> {
        let mut url = self.place.base.clone();
        let odd = || EngineError::Odd {
            path: path.join("/"),
            problem: "the engine's address takes no path".into(),
        };
        // By segments: no name can become another path.
        url.path_segments_mut()
            .map_err(|()| odd())?
            .clear()
            .extend(path);
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        Ok(url)
    }
}

fn headers(body: &Bytes) -> Vec<(HeaderName, HeaderValue)> {
    match body.is_empty() {
        true => Vec::new(),
        false => vec![(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/json"),
        )],
    }
}

/// A secret as it goes into a request's body.
pub(super) fn exposed(secret: &SecretString) -> &str {
    use secrecy::ExposeSecret as _;
    secret.expose_secret()
}

fn json(path: &[&str], body: &impl Serialize) -> Result<Bytes, EngineError> {
    let written = serde_json::to_vec(body).map_err(|error| odd(path, &error))?;
    Ok(Bytes::from(written))
}

fn read<T: DeserializeOwned>(path: &[&str], body: &[u8]) -> Result<T, EngineError> {
    serde_json::from_slice(body).map_err(|error| odd(path, &error))
}

fn odd(path: &[&str], error: &serde_json::Error) -> EngineError {
    EngineError::Odd {
        path: format!("/{}", path.join("/")),
        problem: error.to_string(),
    }
}

async fn good(incoming: Incoming) -> Result<Incoming, EngineError> {
    let status = incoming.status();
    if (200..300).contains(&status) {
        return Ok(incoming);
    }
    let text = incoming.beginning(ERROR_TEXT).await;
    Err(EngineError::Status {
        status,
        told: told(status, &text),
    })
}

fn refused(answer: &Answer) -> EngineError {
    let text = &answer.body[..answer.body.len().min(ERROR_TEXT)];
    EngineError::Status {
        status: answer.status,
        told: told(answer.status, text),
    }
}

/// The engine's words: JSON with a message, or whatever a proxy says.
fn told(status: u16, body: &[u8]) -> String {
    let text = match serde_json::from_slice::<Told>(body) {
        Ok(told) if !told.text().is_empty() => told.text(),
        _ => String::from_utf8_lossy(body).into_owned(),
    };
    let text: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(400)
        .collect();
    match text.trim() {
        "" => format!("status {status}"),
        text => text.to_owned(),
    }
}
