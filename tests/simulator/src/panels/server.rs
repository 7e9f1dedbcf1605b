//! The socket of a panel, and what all panels misbehave alike in.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

use super::{PanelFault, PanelGame, PanelKind, amp, crafty, peon, pterodactyl};
use crate::http::{Reader, Request, Response};
use crate::pve::server::lock;

/// A panel. Dropping it stops it.
#[derive(Debug)]
pub struct PanelServer {
    addr: SocketAddr,
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

#[derive(Debug)]
struct Shared {
    kind: PanelKind,
    state: Mutex<PanelState>,
}

/// What a panel knows.
#[derive(Debug, Default)]
pub(super) struct PanelState {
    pub(super) games: Vec<PanelGame>,
    pub(super) fault: PanelFault,
    pub(super) requests: Vec<String>,
    pub(super) sessions: Vec<String>,
    pub(super) logins: usize,
}

impl PanelState {
    pub(super) fn game(&mut self, id: &str) -> Option<&mut PanelGame> {
        self.games.iter_mut().find(|game| game.id == id)
    }
}

impl PanelServer {
    /// The key, or the password, that is right.
    pub const KEY: &'static str = "right-key";
    /// The user that is right, where there are users.
    pub const USER: &'static str = "homepulse";

    /// Starts one on a free port of 127.0.0.1.
    pub async fn start(kind: PanelKind, games: Vec<PanelGame>) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let addr = listener.local_addr()?;
        let state = PanelState {
            games,
            ..PanelState::default()
        };
        let shared = Arc::new(Shared {
            kind,
            state: Mutex::new(state),
        });
        let task = tokio::spawn(serve(Arc::clone(&shared), listener));
        Ok(Self { addr, shared, task })
    }

    /// `http://127.0.0.1:PORT`.
    pub fn url(&self) -> String {
        format!("http://{}", self.addr)
    }

    /// Decides how it misbehaves from now on.
    pub fn set_fault(&self, fault: PanelFault) {
        lock(&self.shared.state).fault = fault;
    }

    /// Changes a server.
    pub fn change(&self, id: &str, change: impl FnOnce(&mut PanelGame)) {
        if let Some(game) = lock(&self.shared.state).game(id) {
            change(game);
        }
    }

    /// A server as it is now.
    pub fn game(&self, id: &str) -> Option<PanelGame> {
        lock(&self.shared.state).game(id).cloned()
    }

    /// Method and path of every request so far.
    pub fn requests(&self) -> Vec<String> {
        lock(&self.shared.state).requests.clone()
    }

    /// How often somebody logged in.
    pub fn logins(&self) -> usize {
        lock(&self.shared.state).logins
    }

    /// Ends every session.
    pub fn end_sessions(&self) {
        lock(&self.shared.state).sessions.clear();
    }
}

impl Drop for PanelServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(shared: Arc<Shared>, listener: TcpListener) {
    let mut connections = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        let shared = Arc::clone(&shared);
        connections.spawn(async move {
            // A client that goes away in the middle is its own business.
            let _ = converse(&shared, stream).await;
        });
    }
}

async fn converse(shared: &Shared, stream: TcpStream) -> io::Result<()> {
    let (reading, mut writing) = stream.into_split();
    let mut reader = Reader::new(reading);
    while let Some(request) = reader.next().await? {
        let Some(response) = answer(shared, &request) else {
            reader.closed().await;
            return Ok(());
        };
        if !response.send(&mut writing).await? || request.wants_close() {
            return Ok(());
        }
    }
    Ok(())
}

/// The answer; `None` for none at all.
fn answer(shared: &Shared, request: &Request) -> Option<Response> {
    let state = &mut *lock(&shared.state);
    let line = format!("{} {}", request.method, request.path);
    state.requests.push(line);
    match state.fault {
        PanelFault::Silent => return None,
        PanelFault::RetryAfter(seconds) => {
            let answer = Response::new(429, "Too Many Requests");
            return Some(answer.header("Retry-After", seconds.to_string()));
        }
        PanelFault::Huge => {
            let body = format!("[{}1]", "1,".repeat(10 << 20));
            return Some(Response::new(200, "OK").body(body));
        }
        PanelFault::Malformed => {
            return Some(Response::new(200, "OK").body("<html>Just a moment…</html>"));
        }
        PanelFault::Broken => return Some(Response::new(500, "Internal Server Error")),
        PanelFault::None | PanelFault::Forbidden => {}
    }
    Some(match shared.kind {
        PanelKind::Pterodactyl => pterodactyl::answer(state, request),
        PanelKind::Crafty => crafty::answer(state, request),
        PanelKind::Amp => amp::answer(state, request),
        PanelKind::Peon => peon::answer(state, request),
    })
}

pub(super) fn json_of(status: u16, body: &Value) -> Response {
    Response::new(status, "")
        .header("Content-Type", "application/json")
        .body(body.to_string())
}

pub(super) fn ok(body: &Value) -> Response {
    json_of(200, body)
}

pub(super) fn body_of(request: &Request) -> Value {
    serde_json::from_slice(&request.body).unwrap_or_else(|_| json!({}))
}
