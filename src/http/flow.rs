//! Requests whose body or answer is too long to hold: read piece by piece, each within a time, all
//! within a number of bytes.

use std::io;
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream;
use http::{HeaderName, HeaderValue, Method};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_util::io::{ReaderStream, StreamReader};
use url::Url;

use super::client::{Client, HttpError, explain, host_of};

/// No conversation lasts longer, however it flows.
const LONGEST: Duration = Duration::from_secs(12 * 3600);

/// How long and how much a flowing answer may be.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// From the request to the beginning of the answer; with a long body, that is its end.
    pub first: Duration,
    /// From one piece to the next.
    pub idle: Duration,
    /// Bytes in all.
    pub bytes: u64,
}

/// What is sent.
pub enum Upload {
    /// Bytes at hand.
    Bytes(Bytes),
    /// Whatever can be read, as it comes.
    Reader(Box<dyn AsyncRead + Send + Unpin>),
}

/// A connection that both sides go on using in their own way.
pub trait Both: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Both for T {}

/// An answer that is still coming.
pub struct Incoming {
    host: String,
    patience: Patience,
    read: u64,
    response: reqwest::Response,
}

impl Client {
    /// Sends a request and answers as soon as the answer begins, whatever its status.
    ///
    /// # Errors
    /// When no answer begins in time.
    pub async fn open(
        &self,
        method: Method,
        url: Url,
        headers: &[(HeaderName, HeaderValue)],
        body: Upload,
        patience: Patience,
    ) -> Result<Incoming, HttpError> {
        let host = host_of(&url);
        let body = match body {
            Upload::Bytes(bytes) => reqwest::Body::from(bytes),
            Upload::Reader(reader) => {
                reqwest::Body::wrap_stream(ReaderStream::with_capacity(reader, 64 << 10))
            }
        };
        let mut request = self.raw(method, url).timeout(LONGEST).body(body);
        for (name, value) in headers {
            request = request.header(name.clone(), value.clone());
        }
        let late = || HttpError::Timeout {
            host: host.clone(),
            seconds: patience.first.as_secs().max(1),
        };
        let sent = tokio::time::timeout(patience.first, request.send()).await;
        let response = sent
            .map_err(|_| late())?
            .map_err(|error| explain(&host, patience.first, self.presented(), &error))?;
        Ok(Incoming {
            host,
            patience,
            read: 0,
            response,
        })
    }
}

impl Incoming {
    /// Status code.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.response.status().as_u16()
    }

    /// A header's value, where it is text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.response.headers().get(name)?.to_str().ok()
    }

    /// The next piece; nothing at the end.
    ///
    /// # Errors
    /// When it breaks off, takes too long or becomes too much.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, HttpError> {
        let idle = self.patience.idle;
        let late = HttpError::Timeout {
            host: self.host.clone(),
            seconds: idle.as_secs().max(1),
        };
        let chunk = tokio::time::timeout(idle, self.response.chunk()).await;
        let chunk = chunk
            .map_err(|_| late)?
            .map_err(|error| explain(&self.host, idle, None, &error))?;
        if let Some(chunk) = &chunk {
            self.read += chunk.len() as u64;
            if self.read > self.patience.bytes {
                return Err(HttpError::TooLarge {
                    host: self.host.clone(),
                    limit: usize::try_from(self.patience.bytes).unwrap_or(usize::MAX),
                });
            }
        }
        Ok(chunk)
    }

    /// The beginning of what is left, at most `most` bytes: for texts of errors.
    pub async fn beginning(mut self, most: usize) -> Vec<u8> {
        let mut text = Vec::new();
        while text.len() < most
            && let Ok(Some(chunk)) = self.chunk().await
        {
            let free = most - text.len();
            text.extend_from_slice(&chunk[..chunk.len().min(free)]);
        }
        text
    }

    /// The answer as something to read from. What goes wrong is an error there.
    #[must_use]
    pub fn into_reader(self) -> Box<dyn AsyncRead + Send + Unpin> {
        let chunks = stream::try_unfold(self, |mut incoming| async {
            let chunk = incoming.chunk().await.map_err(io::Error::other)?;
            Ok::<_, io::Error>(chunk.map(|chunk| (chunk, incoming)))
        });
        Box::new(StreamReader::new(Box::pin(chunks)))
    }

    /// The connection itself, after an answer with status 101.
    ///
    /// # Errors
    /// When the host does not leave HTTP.
    pub async fn upgrade(self) -> Result<Box<dyn Both>, HttpError> {
        let host = self.host;
        match self.response.upgrade().await {
            Ok(connection) => Ok(Box::new(connection)),
            Err(error) => Err(HttpError::Broken {
                host,
                reason: error.to_string(),
            }),
        }
    }
}
