//! One client per target: its trust, its time-outs, its keep-alive connections.

use std::error::Error as _;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use url::Url;

use super::access::{Access, tls_config, tls_config_as};
use super::trust::Verifier;
use super::{Fingerprint, Trust};
use crate::model::time::Timestamp;

/// Why a request got no answer.
#[derive(Debug, Clone, thiserror::Error)]
pub enum HttpError {
    /// The client itself could not be made.
    #[error("set up the connection: {0}")]
    Setup(String),
    /// The name does not resolve.
    #[error("the name {host} does not resolve")]
    NameUnknown {
        /// Which name.
        host: String,
    },
    /// Nobody answers at that address.
    #[error("cannot connect to {host}: {reason}")]
    Unreachable {
        /// Host and port.
        host: String,
        /// The system's reason.
        reason: String,
    },
    /// What listens there does not speak TLS.
    #[error("what listens on {host} does not speak TLS (https)")]
    NotTls {
        /// Host and port.
        host: String,
    },
    /// It took too long.
    #[error("no answer from {host} within {seconds} s")]
    Timeout {
        /// Host and port.
        host: String,
        /// The limit that was reached.
        seconds: u64,
    },
    /// The server's certificate is not trusted.
    #[error("the certificate of {host} is not trusted{}", presented.map(|p| format!(" (SHA-256 {p})")).unwrap_or_default())]
    Certificate {
        /// Host and port.
        host: String,
        /// What it presented.
        presented: Option<Fingerprint>,
    },
    /// The answer is larger than anything that makes sense.
    #[error("the answer of {host} is larger than {limit} bytes")]
    TooLarge {
        /// Host and port.
        host: String,
        /// The limit in bytes.
        limit: usize,
    },
    /// The answer broke off or is no HTTP.
    #[error("the answer of {host} broke off or is not HTTP: {reason}")]
    Broken {
        /// Host and port.
        host: String,
        /// What was wrong with it.
        reason: String,
    },
}

/// How long and how large a conversation may get.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// From the first packet to an established TLS session.
    pub connect: Duration,
    /// From the request to the last byte of its answer.
    pub total: Duration,
    /// Bytes of an answer, after decompression.
    pub body: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(4),
            total: Duration::from_secs(8),
            body: 32 << 20,
        }
    }
}

/// A complete answer.
#[derive(Debug, Clone)]
pub struct Answer {
    /// Status code.
    pub status: u16,
    /// The text behind the code.
    pub reason: String,
    /// The body, decompressed.
    pub body: Bytes,
    /// The server's clock, where it told.
    pub date: Option<Timestamp>,
    /// The headers.
    pub headers: HeaderMap,
}

impl Answer {
    /// Whether the status is 2xx.
    #[must_use]
    pub const fn is_success(&self) -> bool {
        self.status >= 200 && self.status < 300
    }
}

/// Makes requests that are bounded in time and size.
#[derive(Clone)]
pub struct Client {
    inner: reqwest::Client,
    verifier: Arc<Verifier>,
    limits: Limits,
}

impl Client {
    /// A client with its own connections and its own trust.
    ///
    /// # Errors
    /// When an authority's PEM or the system's certificate store cannot be used.
    pub fn new(trust: &Trust, limits: Limits) -> Result<Self, HttpError> {
        let (tls, verifier) = tls_config(trust)?;
        let inner = bounded(tls, limits)
            .pool_max_idle_per_host(1)
            .pool_idle_timeout(Duration::from_secs(90))
            .tcp_keepalive(Duration::from_secs(60))
            .build()
            .map_err(|error| HttpError::Setup(error.to_string()))?;
        Ok(Self {
            inner,
            verifier,
            limits,
        })
    }

    /// A client with its own connections, reaching its server by `access`.
    ///
    /// # Errors
    /// When an authority's or our own PEM or the system's certificate store cannot be used.
    pub fn with_access(access: &Access, limits: Limits) -> Result<Self, HttpError> {
        let (tls, verifier) = tls_config_as(&access.trust, access.identity.as_ref())?;
        let mut builder = bounded(tls, limits)
            .pool_max_idle_per_host(4)
            .pool_idle_timeout(Duration::from_secs(60));
        if let Some(socket) = &access.socket {
            builder = builder.unix_socket(socket.as_path());
        }
        let inner = builder
            .build()
            .map_err(|error| HttpError::Setup(error.to_string()))?;
        Ok(Self {
            inner,
            verifier,
            limits,
        })
    }

    /// Sends any request, within `total` if that is less than the client's own limit.
    ///
    /// # Errors
    /// When there is no complete answer; an answer of any status is none of these.
    pub async fn request(
        &self,
        method: http::Method,
        url: Url,
        headers: &[(HeaderName, HeaderValue)],
        body: Bytes,
        total: Option<Duration>,
    ) -> Result<Answer, HttpError> {
        let request = self.raw(method, url.clone()).body(body);
        self.send(request, &url, headers, total).await
    }

    pub(super) fn raw(&self, method: http::Method, url: Url) -> reqwest::RequestBuilder {
        self.inner.request(method, url)
    }

    /// Trusts one more certificate, learned over a connection that is trusted already.
    pub fn learn(&self, pin: Fingerprint) {
        self.verifier.learn(pin);
    }

    /// The certificate that a server presented last.
    #[must_use]
    pub fn presented(&self) -> Option<Fingerprint> {
        self.verifier.presented()
    }

    /// Asks for `url`, within `total` if that is less than the client's own limit.
    ///
    /// # Errors
    /// When there is no complete answer; an answer of any status is none of these.
    pub async fn get(
        &self,
        url: Url,
        headers: &[(HeaderName, HeaderValue)],
        total: Option<Duration>,
    ) -> Result<Answer, HttpError> {
        self.send(self.inner.get(url.clone()), &url, headers, total)
            .await
    }

    /// Posts `body` to `url`, within `total` if that is less than the client's own limit.
    ///
    /// # Errors
    /// When there is no complete answer; an answer of any status is none of these.
    pub async fn post(
        &self,
        url: Url,
        headers: &[(HeaderName, HeaderValue)],
        body: Bytes,
        total: Option<Duration>,
    ) -> Result<Answer, HttpError> {
        self.send(
            self.inner.post(url.clone()).body(body),
            &url,
            headers,
            total,
        )
        .await
    }

    /// Puts `body` to `url`, within `total` if that is less than the client's own limit.
    ///
    /// # Errors
    /// When there is no complete answer; an answer of any status is none of these.
    pub async fn put(
        &self,
        url: Url,
        headers: &[(HeaderName, HeaderValue)],
        body: Bytes,
        total: Option<Duration>,
    ) -> Result<Answer, HttpError> {
        self.send(self.inner.put(url.clone()).body(body), &url, headers, total)
            .await
    }

    /// Asks to delete what is at `url`, within `total` if that is less than the client's own limit.
    ///
    /// # Errors
    /// When there is no complete answer; an answer of any status is none of these.
    pub async fn delete(
        &self,
        url: Url,
        headers: &[(HeaderName, HeaderValue)],
        total: Option<Duration>,
    ) -> Result<Answer, HttpError> {
        self.send(self.inner.delete(url.clone()), &url, headers, total)
            .await
    }

    async fn send(
        &self,
        request: reqwest::RequestBuilder,
        url: &Url,
        headers: &[(HeaderName, HeaderValue)],
        total: Option<Duration>,
    ) -> Result<Answer, HttpError> {
        let host = host_of(url);
        let total = total.map_or(self.limits.total, |total| total.min(self.limits.total));
        let mut request = request.timeout(total);
        for (name, value) in headers {
            request = request.header(name.clone(), value.clone());
        }
        let explain = |error: reqwest::Error| explain(&host, total, self.presented(), &error);
        let mut response = request.send().await.map_err(explain)?;
        let mut body = BytesMut::new();
        while let Some(chunk) = response.chunk().await.map_err(explain)? {
            if body.len() + chunk.len() > self.limits.body {
                return Err(HttpError::TooLarge {
                    host,
                    limit: self.limits.body,
                });
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Answer {
            status: response.status().as_u16(),
            reason: reason_of(&response),
            date: date_of(response.headers()),
            headers: response.headers().clone(),
            body: body.freeze(),
        })
    }
}

/// What an error of the library means to whoever reads it.
pub(super) fn explain(
    host: &str,
    total: Duration,
    presented: Option<Fingerprint>,
    error: &reqwest::Error,
) -> HttpError {
    let host = host.to_owned();
    let chain = chain_of(error);
    if is_certificate_error(error) {
        return HttpError::Certificate { host, presented };
    }
    if error.is_timeout() {
        return HttpError::Timeout {
            host,
            seconds: total.as_secs().max(1),
        };
    }
    if chain.contains("dns error") || chain.contains("lookup address") {
        let name = host.rsplit_once(':').map_or(&*host, |(name, _)| name);
        return HttpError::NameUnknown {
            host: name.to_owned(),
        };
    }
    if chain.contains("InvalidContentType") {
        return HttpError::NotTls { host };
    }
    // A kept connection that the host closed in the meantime breaks while sending.
    if error.is_connect() || chain.contains("SendRequest") {
        let reason = without_code(chain.rsplit(": ").next().unwrap_or(&chain));
        return HttpError::Unreachable { host, reason };
    }
    HttpError::Broken {
        host,
        reason: chain,
    }
}

/// `text` without the numbers that the system's errors end with, which tell people nothing.
#[must_use]
pub fn without_code(text: &str) -> String {
    let mut parts = text.split(" (os error ");
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let number = part
            .split_once(')')
            .filter(|(number, _)| number.parse::<i32>().is_ok());
        match number {
            Some((_, rest)) => plain.push_str(rest),
            None => plain.push_str(&format!(" (os error {part}")),
        }
    }
    plain
}

/// What holds for every outgoing request: limits, no redirects, no proxy from the environment.
pub(super) fn bounded(tls: rustls::ClientConfig, limits: Limits) -> reqwest::ClientBuilder {
    reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .connect_timeout(limits.connect)
        .timeout(limits.total)
        .redirect(reqwest::redirect::Policy::none())
        .referer(false)
        .no_proxy()
        .user_agent(concat!("homepulse/", env!("CARGO_PKG_VERSION")))
}

pub(super) fn host_of(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    match url.port_or_known_default() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    }
}

fn chain_of(error: &reqwest::Error) -> String {
    // The outermost text repeats the URL, which may hold a secret.
    let mut text = String::new();
    let mut cause = error.source();
    while let Some(error) = cause {
        if !text.is_empty() {
            text.push_str(": ");
        }
        text.push_str(&error.to_string());
        cause = error.source();
    }
    if text.is_empty() {
        text = "no further detail".into();
    }
    text.chars().take(400).collect()
}

fn is_certificate_error(error: &reqwest::Error) -> bool {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = error.source();
    while let Some(error) = cause {
        let tls = error
            .downcast_ref::<rustls::Error>()
            .or_else(|| inner_tls_error(error));
        if let Some(tls) = tls {
            return matches!(tls, rustls::Error::InvalidCertificate(_));
        }
        cause = error.source();
    }
    false
}

/// I/O errors, which connectors wrap in each other, hide the TLS error inside from `source`.
fn inner_tls_error<'a>(error: &'a (dyn std::error::Error + 'static)) -> Option<&'a rustls::Error> {
    let mut inner = error.downcast_ref::<std::io::Error>()?.get_ref()?;
    while let Some(wrapped) = inner.downcast_ref::<std::io::Error>() {
        inner = wrapped.get_ref()?;
    }
    inner.downcast_ref::<rustls::Error>()
}

pub(super) fn reason_of(response: &reqwest::Response) -> String {
    let phrase = response
        .extensions()
        .get::<hyper::ext::ReasonPhrase>()
        .map(|phrase| String::from_utf8_lossy(phrase.as_bytes()).into_owned());
    phrase.unwrap_or_else(|| {
        response
            .status()
            .canonical_reason()
            .unwrap_or_default()
            .to_owned()
    })
}

fn date_of(headers: &HeaderMap) -> Option<Timestamp> {
    let text = headers.get(http::header::DATE)?.to_str().ok()?;
    let moment = jiff::fmt::rfc2822::parse(text).ok()?;
    Some(Timestamp(moment.timestamp().as_millisecond()))
}
