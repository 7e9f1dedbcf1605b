//! Requests to addresses that people typed in: each name is looked up once, what it stands for
//! is checked, and the connection goes to exactly that address.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use reqwest::header::HeaderMap;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use url::{Host, Url};

use super::access::tls_config;
use super::client::{Answer, HttpError, bounded, explain, host_of, reason_of};
use super::guard::{Forbidden, Guard};
use super::{Limits, Trust};

/// Why nothing was sent, or no answer came.
#[derive(Debug, thiserror::Error)]
pub enum OutgoingError {
    /// The address is none that is sent to, whatever it leads to.
    #[error("the address {0}")]
    Address(&'static str),
    /// What the address leads to is not sent to.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// No answer came.
    #[error(transparent)]
    Http(#[from] HttpError),
}

/// One request.
pub struct Ask {
    /// `POST`, …
    pub method: http::Method,
    /// Where to.
    pub url: Url,
    /// Headers beside those that every request has.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
    /// From looking the name up to the last byte of the answer.
    pub timeout: Duration,
}

/// A connection, plain or TLS.
pub trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// Makes requests to addresses that people typed in. Cheap to clone.
#[derive(Clone)]
pub struct Outgoing {
    tls: Arc<ClientConfig>,
    limits: Limits,
    guard: Guard,
}

impl Outgoing {
    /// One that believes `trust` and keeps to what `guard` allows. Of an answer `limits.body`
    /// bytes are kept; its time is each request's own.
    ///
    /// # Errors
    /// When the system's certificate store or an authority's PEM cannot be used.
    pub fn new(trust: &Trust, limits: Limits, guard: Guard) -> Result<Self, HttpError> {
        let (tls, _) = tls_config(trust)?;
        Ok(Self {
            tls: Arc::new(tls),
            limits,
            guard,
        })
    }

    /// Who decides about addresses.
    #[must_use]
    pub const fn guard(&self) -> &Guard {
        &self.guard
    }

    /// Whether an address can be sent to, as far as that can be said without looking its name up.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn check(&self, url: &Url) -> Result<(), OutgoingError> {
        if !matches!(url.scheme(), "http" | "https") {
            return Err(OutgoingError::Address(
                "must begin with https:// or http://",
            ));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(OutgoingError::Address(
                "must not hold a name or password: it is shown to everybody who may look",
            ));
        }
        let port = url.port_or_known_default().unwrap_or_default();
        match url.host() {
            None => Err(OutgoingError::Address("has no host")),
            Some(Host::Ipv4(ip)) => Ok(self.guard.check((ip, port).into())?),
            Some(Host::Ipv6(ip)) => Ok(self.guard.check((ip, port).into())?),
            Some(Host::Domain(_)) => Ok(()),
        }
    }

    /// Sends one request and gives back the beginning of the answer, of whatever status.
    /// Redirects are not followed.
    ///
    /// # Errors
    /// When the address is not sent to, or there is no answer in time.
    pub async fn send(&self, ask: Ask) -> Result<Answer, OutgoingError> {
        self.check(&ask.url)?;
        let (host, timeout) = (host_of(&ask.url), ask.timeout);
        let late = HttpError::Timeout {
            host,
            seconds: timeout.as_secs().max(1),
        };
        let sent = tokio::time::timeout(timeout, self.send_in_time(ask));
        sent.await.unwrap_or(Err(late.into()))
    }

    async fn send_in_time(&self, ask: Ask) -> Result<Answer, OutgoingError> {
        let host = host_of(&ask.url);
        let mut builder = bounded((*self.tls).clone(), self.limits).pool_max_idle_per_host(0);
        if let Some(Host::Domain(name)) = ask.url.host() {
            let port = ask.url.port_or_known_default().unwrap_or_default();
            // The client looks no name up itself: it could get another answer than we did.
            builder = builder.resolve_to_addrs(name, &self.resolve(name, port).await?);
        }
        let client = builder
            .build()
            .map_err(|error| HttpError::Setup(error.to_string()))?;
        let request = client
            .request(ask.method, ask.url)
            .timeout(ask.timeout)
            .headers(ask.headers)
            .body(ask.body);
        let mut response = request
            .send()
            .await
            .map_err(|error| explain(&host, ask.timeout, None, &error))?;
        let mut body = BytesMut::new();
        // An answer that breaks off or does not end says what it has said.
        while let Ok(Some(chunk)) = response.chunk().await {
            let free = self.limits.body - body.len();
            body.extend_from_slice(&chunk[..chunk.len().min(free)]);
            if body.len() >= self.limits.body {
                break;
            }
        }
        Ok(Answer {
            status: response.status().as_u16(),
            reason: reason_of(&response),
            date: None,
            headers: response.headers().clone(),
            body: body.freeze(),
        })
    }

    /// What a name or address stands for, less what is not sent to.
    ///
    /// # Errors
    /// When the name does not resolve, or nothing is left.
    pub async fn resolve(&self, host: &str, port: u16) -> Result<Vec<SocketAddr>, OutgoingError> {
        let name = host.trim_start_matches('[').trim_end_matches(']');
        let found = tokio::time::timeout(
            self.limits.connect,
            tokio::net::lookup_host((name.to_owned(), port)),
        );
        let unknown = || HttpError::NameUnknown {
            host: host.to_owned(),
        };
        let found = found.await.map_err(|_| unknown())?;
        let mut forbidden = None;
        let mut open = Vec::new();
        for address in found.map_err(|_| unknown())? {
            match self.guard.check(address) {
                Ok(()) => open.push(address),
                Err(error) => forbidden = Some(error),
            }
        }
        match (open.is_empty(), forbidden) {
            (false, _) => Ok(open),
            (true, Some(error)) => Err(error.into()),
            (true, None) => Err(unknown().into()),
        }
    }

    /// Connects to a port, over TLS where `trust` says whose certificate is believed.
    ///
    /// # Errors
    /// When the address is not sent to, nobody is there, or the certificate is not believed.
    pub async fn connect(
        &self,
        host: &str,
        port: u16,
        trust: Option<&Trust>,
    ) -> Result<Box<dyn Stream>, OutgoingError> {
        let shown = format!("{host}:{port}");
        let unreachable = |reason: String| HttpError::Unreachable {
            host: shown.clone(),
            reason,
        };
        let addresses = self.resolve(host, port).await?;
        let stream = tokio::time::timeout(self.limits.connect, TcpStream::connect(&addresses[..]));
        let stream = stream
            .await
            .map_err(|_| unreachable("no answer".into()))?
            .map_err(|error| unreachable(error.to_string()))?;
        let Some(trust) = trust else {
            return Ok(Box::new(stream));
        };
        let (tls, verifier) = tls_config(trust)?;
        let name = ServerName::try_from(host.trim_matches(['[', ']']).to_owned())
            .map_err(|error| unreachable(error.to_string()))?;
        let handshake = TlsConnector::from(Arc::new(tls)).connect(name, stream);
        let handshake = tokio::time::timeout(self.limits.connect, handshake).await;
        match handshake.map_err(|_| unreachable("no TLS".into()))? {
            Ok(stream) => Ok(Box::new(stream)),
            Err(error) if is_certificate(&error) => Err(HttpError::Certificate {
                host: shown,
                presented: verifier.presented(),
            }
            .into()),
            Err(error) => Err(unreachable(error.to_string()).into()),
        }
    }
}

fn is_certificate(error: &io::Error) -> bool {
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref());
    matches!(inner, Some(rustls::Error::InvalidCertificate(_)))
}

#[cfg(test)]
mod tests;
