//! HTTP within a query's budget, through [`crate::http`], which follows no redirects.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderName, HeaderValue};
use tokio::time::Instant;
use url::Url;

use super::super::QueryError;
use super::super::request::Request;
use super::{Budget, Limits};
use crate::http::{Answer, Client, Limits as HttpLimits, Trust};

/// Largest single answer. A query's memory holds one, beside what is read from it.
const LARGEST: usize = 512 << 10;

/// A kept connection to one server that is asked over HTTP.
#[derive(Clone)]
pub struct Connection(Client);

impl Connection {
    /// A connection that believes a certificate by `trust`; no traffic yet.
    ///
    /// # Errors
    /// When `trust` cannot be used.
    pub fn new(trust: &Trust) -> Result<Self, QueryError> {
        Self::with_limits(trust, &Limits::default())
    }

    fn with_limits(trust: &Trust, limits: &Limits) -> Result<Self, QueryError> {
        let limits = HttpLimits {
            connect: limits.total,
            total: limits.total,
            body: LARGEST.min(limits.tcp_bytes),
        };
        Ok(Self(Client::new(trust, limits)?))
    }
}

impl std::fmt::Debug for Connection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Connection")
    }
}

/// Requests to one server.
#[derive(Debug)]
pub(in super::super) struct Web {
    connection: Connection,
    base: Url,
    headers: Vec<(HeaderName, HeaderValue)>,
    budget: Arc<Budget>,
}

impl Web {
    pub(super) fn open(
        request: &Request,
        https: bool,
        budget: Arc<Budget>,
    ) -> Result<Self, QueryError> {
        let scheme = if https { "https" } else { "http" };
        let host = match request.host.parse::<std::net::Ipv6Addr>() {
            Ok(address) => format!("[{address}]"),
            Err(_) => request.host.clone(),
        };
        let unusable = |_| QueryError::NameUnknown(request.host.clone());
        let mut base = Url::parse(&format!("{scheme}://localhost/")).map_err(unusable)?;
        // By parts, so that a host cannot bring a path or a user of its own.
        base.set_host(Some(&host)).map_err(unusable)?;
        base.set_port(Some(request.port))
            .map_err(|()| QueryError::NameUnknown(request.host.clone()))?;
        let connection = match (&request.options.connection, https) {
            (Some(connection), _) => connection.clone(),
            (None, true) => {
                let trust = request.options.trust.as_ref().unwrap_or(&Trust::System);
                Connection::with_limits(trust, &request.limits)?
            }
            // Without TLS there is no certificate to judge.
            (None, false) => Connection::with_limits(&Trust::Anyone, &request.limits)?,
        };
        Ok(Self {
            connection,
            base,
            headers: vec![(
                http::header::ACCEPT,
                HeaderValue::from_static("application/json"),
            )],
            budget,
        })
    }

    /// Sends `Authorization` with every further request.
    pub(in super::super) fn authorize(&mut self, value: &str) -> Result<(), QueryError> {
        let mut value =
            HeaderValue::from_str(value).map_err(|_| QueryError::Missing("a usable password"))?;
        value.set_sensitive(true);
        self.headers.push((http::header::AUTHORIZATION, value));
        Ok(())
    }

    /// Sends a user name and password with every further request.
    pub(in super::super) fn authorize_basic(
        &mut self,
        user: &str,
        password: &str,
    ) -> Result<(), QueryError> {
        use base64::Engine as _;
        let pair = base64::engine::general_purpose::STANDARD.encode(format!("{user}:{password}"));
        self.authorize(&format!("Basic {pair}"))
    }

    pub(in super::super) async fn get(
        &self,
        path: &str,
        query: &[(&str, &str)],
    ) -> Result<Bytes, QueryError> {
        let mut url = self.base.clone();
        url.set_path(path);
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        let asked_at = Instant::now();
        let answer = self
            .connection
            .0
            .get(url, &self.headers, Some(self.left()))
            .await?;
        self.accept(answer, asked_at)
    }

    pub(in super::super) async fn post_json(
        &self,
        path: &str,
        body: String,
    ) -> Result<Bytes, QueryError> {
        let mut url = self.base.clone();
        url.set_path(path);
        let mut headers = self.headers.clone();
        headers.push((
            http::header::CONTENT_TYPE,
            HeaderValue::from_static("application/json"),
        ));
        let asked_at = Instant::now();
        let answer = self
            .connection
            .0
            .post(url, &headers, Bytes::from(body), Some(self.left()))
            .await?;
        self.accept(answer, asked_at)
    }

    fn left(&self) -> Duration {
        self.budget
            .deadline()
            .saturating_duration_since(Instant::now())
    }

    fn accept(&self, answer: Answer, asked_at: Instant) -> Result<Bytes, QueryError> {
        self.budget.note_round_trip(asked_at.elapsed(), true);
        self.budget.allow_tcp(answer.body.len())?;
        self.budget.spend_tcp(answer.body.len())?;
        match answer.status {
            200..=299 => Ok(answer.body),
            300..=399 => Err(QueryError::Malformed(
                "it points elsewhere, which is not followed",
            )),
            401 | 403 => Err(QueryError::Denied(format!("HTTP status {}", answer.status))),
            404 => Err(QueryError::Malformed("there is no such page")),
            _ => Err(QueryError::Malformed("its HTTP status is an error")),
        }
    }
}
