//! A web server that keeps every request and answers as told.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};

use crate::clock::system_now;
use crate::http::{Reader, Request, Response};
use crate::pve::server::lock;

/// One received request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebhookRequest {
    /// `POST`, …
    pub method: String,
    /// Path with query.
    pub path: String,
    /// All headers in order.
    pub headers: Vec<(String, String)>,
    /// The body as received.
    pub body: Vec<u8>,
    /// When it was read, in ms since 1970.
    pub at: i64,
}

impl WebhookRequest {
    /// The first header of that name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// The body as JSON; `null` where it is none.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }
}

/// How requests are answered instead of with 204. They are kept all the same, but for [`WebhookFault::Refuse`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum WebhookFault {
    /// Not at all out of the ordinary.
    #[default]
    None,
    /// With this status.
    Status(u16),
    /// With 429 and `Retry-After` in seconds.
    RetryAfter(u64),
    /// After a while.
    Delay(Duration),
    /// By closing the connection.
    Cut,
    /// Close new connections before anything is read.
    Refuse,
    /// With 200 and this body, as chat services answer.
    Body(String),
    /// With 302 to this address.
    Redirect(String),
}

/// A web server that keeps every request. Dropping it stops it.
#[derive(Debug)]
pub struct WebhookSink {
    addr: SocketAddr,
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

#[derive(Debug, Default)]
struct Shared {
    fault: Mutex<WebhookFault>,
    requests: watch::Sender<Vec<WebhookRequest>>,
}

impl WebhookSink {
    /// Starts it on a free port of 127.0.0.1.
    pub async fn start() -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let addr = listener.local_addr()?;
        let shared = Arc::new(Shared::default());
        let task = tokio::spawn(serve(Arc::clone(&shared), listener));
        Ok(Self { addr, shared, task })
    }

    /// Where it listens.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// `http://127.0.0.1:PORT` followed by `path`.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.addr)
    }

    /// Decides how requests are answered from now on.
    pub fn set_fault(&self, fault: WebhookFault) {
        *lock(&self.shared.fault) = fault;
    }

    /// All requests so far.
    pub fn requests(&self) -> Vec<WebhookRequest> {
        self.shared.requests.borrow().clone()
    }

    /// Forgets the requests so far.
    pub fn clear(&self) {
        self.shared.requests.send_modify(Vec::clear);
    }

    /// Waits until there are at least `count` requests; `None` when that takes longer than `timeout`.
    pub async fn wait_for(&self, count: usize, timeout: Duration) -> Option<Vec<WebhookRequest>> {
        self.wait_until(|requests| requests.len() >= count, timeout)
            .await
    }

    /// Waits until the requests satisfy `condition`.
    pub async fn wait_until(
        &self,
        condition: impl FnMut(&Vec<WebhookRequest>) -> bool,
        timeout: Duration,
    ) -> Option<Vec<WebhookRequest>> {
        let mut requests = self.shared.requests.subscribe();
        let found = tokio::time::timeout(timeout, requests.wait_for(condition)).await;
        found.ok()?.ok().map(|requests| requests.clone())
    }
}

impl Drop for WebhookSink {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(shared: Arc<Shared>, listener: TcpListener) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => if let Ok((stream, _)) = accepted
                && *lock(&shared.fault) != WebhookFault::Refuse
            {
                let shared = Arc::clone(&shared);
                connections.spawn(async move {
                    // A client that goes away in the middle is its own business.
                    let _ = converse(&shared, stream).await;
                });
            },
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn converse(shared: &Shared, mut stream: TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let (incoming, mut outgoing) = stream.split();
    let mut reader = Reader::new(incoming);
    while let Some(request) = reader.next().await? {
        let fault = lock(&shared.fault).clone();
        let close = request.wants_close();
        keep(shared, request);
        let mut response = match fault {
            WebhookFault::Cut => return Ok(()),
            WebhookFault::Delay(delay) => {
                tokio::time::sleep(delay).await;
                Response::new(204, "No Content")
            }
            WebhookFault::Status(status) => {
                Response::new(status, "As You Wish").body("told to answer so\n")
            }
            WebhookFault::RetryAfter(seconds) => {
                Response::new(429, "Too Many Requests").header("Retry-After", seconds.to_string())
            }
            WebhookFault::Body(body) => Response::new(200, "OK")
                .header("Content-Type", "application/json")
                .body(body),
            WebhookFault::Redirect(to) => Response::new(302, "Found").header("Location", to),
            WebhookFault::None | WebhookFault::Refuse => Response::new(204, "No Content"),
        };
        response.close = close;
        if !response.send(&mut outgoing).await? {
            return Ok(());
        }
    }
    Ok(())
}

fn keep(shared: &Shared, request: Request) {
    let path = if request.query.is_empty() {
        request.path
    } else {
        format!("{}?{}", request.path, request.query)
    };
    let kept = WebhookRequest {
        method: request.method,
        path,
        headers: request.headers,
        body: request.body,
        at: system_now(),
    };
    shared.requests.send_modify(|requests| requests.push(kept));
}
