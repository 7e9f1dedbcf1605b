//! Telling the host of game servers what to do with them, for the kinds of source that can.
//!
//! A host offers what it can and no more: each method that a kind does not have answers
//! [`HostError::Unsupported`], and [`crate::model::resource::GameServer::can`] says so beforehand.
//! Orders that change something are sent once and never again by themselves.

use std::collections::BTreeMap;

use secrecy::SecretString;
use tokio::io::AsyncRead;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::model::target::Failure;
use crate::sources::BoxFuture;

/// Why a host did not do what it was told.
#[derive(Clone, Debug, thiserror::Error)]
pub enum HostError {
    /// This kind of host has no such thing.
    #[error("this kind of host cannot {0}")]
    Unsupported(&'static str),
    /// It knows no such server.
    #[error("the host knows no server {0}")]
    NoServer(String),
    /// Something of that name, or something on that port, is there already.
    #[error("{0}")]
    Taken(String),
    /// The host says no, in its own words.
    #[error("the host refuses: {0}")]
    Refused(String),
    /// What was asked for makes no sense.
    #[error("{field}: {problem}")]
    Invalid {
        /// Which setting.
        field: String,
        /// What is wrong with it and what would be right.
        problem: String,
    },
    /// It never got there.
    #[error("{0}")]
    NotSent(Failure),
    /// It was sent, but no answer came: it may have been obeyed.
    #[error("no answer came, so it is not known whether it was begun: {0}")]
    Uncertain(Failure),
    /// Reading or writing what is copied failed.
    #[error("{0}")]
    Copy(String),
    /// Somebody broke it off, and nothing is left of it.
    #[error("it was broken off")]
    Cancelled,
}

/// What a host can do with servers.
pub type Done<'a, T = ()> = BoxFuture<'a, Result<T, HostError>>;

/// A byte stream from or to a host.
pub type Bytes = Box<dyn AsyncRead + Send + Unpin>;

/// Where lines and percentages of long work go, and whether it is still wanted. A full receiver
/// slows nothing down.
#[derive(Clone, Debug)]
pub struct Progress {
    to: mpsc::Sender<Step>,
    cancel: CancellationToken,
}

/// One piece of news of long work.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// What is being done, for people.
    pub line: String,
    /// How far the whole is, 0 to 1, where that is known.
    pub share: Option<f64>,
}

impl Progress {
    /// Tells `to`, until `cancel`.
    #[must_use]
    pub const fn new(to: mpsc::Sender<Step>, cancel: CancellationToken) -> Self {
        Self { to, cancel }
    }

    /// Ends when the work is not wanted any more. What can be given up cleanly waits for this too.
    pub async fn cancelled(&self) {
        self.cancel.cancelled().await;
    }

    /// Fails once the work is not wanted any more: for places at which it can be given up.
    ///
    /// # Errors
    /// [`HostError::Cancelled`].
    pub fn check(&self) -> Result<(), HostError> {
        match self.cancel.is_cancelled() {
            true => Err(HostError::Cancelled),
            false => Ok(()),
        }
    }

    /// Tells of a step; dropped where nobody keeps up.
    pub fn tell(&self, line: impl Into<String>, share: Option<f64>) {
        let _ = self.to.try_send(Step {
            line: line.into(),
            share,
        });
    }
}

/// How a server is stopped without loss.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StopOrder {
    /// Seconds that it gets before it is killed.
    pub grace_s: u32,
    /// The signal that asks it to end; the runtime's own where none is given.
    pub signal: Option<String>,
}

/// A folder of a new server that outlives its container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewVolume {
    /// Name of the volume; unique on the host.
    pub name: String,
    /// Place inside the container.
    pub path: String,
}

/// A port of a new server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewPort {
    /// Address outside; every one of the host's where none is given.
    pub host: Option<String>,
    /// Number outside.
    pub port: u16,
    /// Number inside.
    pub container: u16,
    /// `tcp` or `udp`.
    pub protocol: &'static str,
}

/// A server that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MadeServer {
    /// Its local name.
    pub local: String,
    /// The volumes that were made for it. Others of its volumes were there before, with the worlds
    /// of a server of the same name.
    pub volumes: Vec<String>,
}

/// Everything that a host needs to make a server.
#[derive(Clone, Debug)]
pub struct NewServer {
    /// Name of the container; unique on the host.
    pub name: String,
    /// Image with its tag.
    pub image: String,
    /// Environment.
    pub environment: BTreeMap<String, SecretString>,
    /// Ports.
    pub ports: Vec<NewPort>,
    /// Folders that outlive it.
    pub volumes: Vec<NewVolume>,
    /// Labels by which it is recognised.
    pub labels: BTreeMap<String, String>,
    /// Most memory, in bytes.
    pub memory: Option<u64>,
    /// Most processor threads.
    pub cpus: Option<f64>,
    /// How it is stopped when nobody says otherwise.
    pub stop: StopOrder,
}

/// A backup that a panel keeps itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostBackup {
    /// Its id on the host.
    pub id: String,
    /// Its name there.
    pub name: String,
    /// Its size.
    pub bytes: Option<u64>,
    /// When it was made, in milliseconds since 1970.
    pub at: Option<i64>,
    /// Whether it is complete.
    pub complete: bool,
}

/// A connection to one host over which it can be told what to do. `server` is
/// [`crate::model::resource::GameRuntime::local`].
pub trait GameHost: Send + Sync {
    /// Starts a server that is off.
    fn start<'a>(&'a self, server: &'a str) -> Done<'a>;

    /// Asks a server to end, and ends it when it does not within its grace.
    fn stop<'a>(&'a self, server: &'a str, order: &'a StopOrder) -> Done<'a>;

    /// Ends a server at once, as by pulling the plug.
    fn kill<'a>(&'a self, server: &'a str) -> Done<'a>;

    /// Whether a process of the server runs now.
    fn is_running<'a>(&'a self, server: &'a str) -> Done<'a, bool> {
        let _ = server;
        unsupported("tell whether it runs")
    }

    /// Sends a line to the server's console; answers what it said, where it says something.
    fn command<'a>(&'a self, server: &'a str, line: &'a str) -> Done<'a, Option<String>> {
        let _ = (server, line);
        unsupported("send commands")
    }

    /// Numbers of ports that something on the host has taken, as `(number, "tcp" or "udp")`.
    fn taken_ports(&self) -> Done<'_, Vec<(u16, String)>> {
        unsupported("list ports")
    }

    /// Runs a program beside the server; answers what it printed, at most 64 KiB.
    fn run<'a>(&'a self, server: &'a str, program: &'a [String]) -> Done<'a, String> {
        let _ = (server, program);
        unsupported("run programs")
    }

    /// The last `lines` lines of the server's log, the oldest first.
    fn log<'a>(&'a self, server: &'a str, lines: usize) -> Done<'a, Vec<String>> {
        let _ = (server, lines);
        unsupported("read logs")
    }

    /// Makes a server, and nothing at all when that fails.
    fn create<'a>(&'a self, new: &'a NewServer, progress: &'a Progress) -> Done<'a, MadeServer> {
        let _ = (new, progress);
        unsupported("create servers")
    }

    /// Takes away what [`GameHost::create`] has made, and nothing that was there before.
    fn undo_create<'a>(&'a self, made: &'a MadeServer) -> Done<'a> {
        let _ = made;
        unsupported("create servers")
    }

    /// Deletes a server that is off; its volumes too where `data` says so.
    fn delete<'a>(&'a self, server: &'a str, data: bool) -> Done<'a> {
        let _ = (server, data);
        unsupported("delete servers")
    }

    /// Puts the newest image or version under a server that is off, and with `start` starts it;
    /// what was there stays until the new one runs, and comes back when it does not. Answers
    /// whether there was something newer.
    fn update<'a>(
        &'a self,
        server: &'a str,
        start: bool,
        progress: &'a Progress,
    ) -> Done<'a, bool> {
        let _ = (server, start, progress);
        unsupported("update servers")
    }

    /// The files under `path` inside the server, as a tar stream.
    fn archive<'a>(&'a self, server: &'a str, path: &'a str) -> Done<'a, Bytes> {
        let _ = (server, path);
        unsupported("read files")
    }

    /// Writes a tar stream's files into the folder `path` inside the server.
    fn extract<'a>(&'a self, server: &'a str, path: &'a str, tar: Bytes) -> Done<'a> {
        let _ = (server, path, tar);
        unsupported("write files")
    }

    /// Removes what is in the folder `path` inside the server, but not the folder.
    fn clear<'a>(&'a self, server: &'a str, path: &'a str) -> Done<'a> {
        let _ = (server, path);
        unsupported("remove files")
    }

    /// The backups that the host keeps itself.
    fn backups<'a>(&'a self, server: &'a str) -> Done<'a, Vec<HostBackup>> {
        let _ = server;
        unsupported("keep backups")
    }

    /// Makes a backup on the host itself; answers its id.
    fn backup<'a>(&'a self, server: &'a str, name: &'a str) -> Done<'a, String> {
        let _ = (server, name);
        unsupported("keep backups")
    }

    /// Restores a backup that the host keeps itself.
    fn restore<'a>(&'a self, server: &'a str, backup: &'a str) -> Done<'a> {
        let _ = (server, backup);
        unsupported("keep backups")
    }
}

fn unsupported<'a, T: Send + 'a>(what: &'static str) -> Done<'a, T> {
    Box::pin(std::future::ready(Err(HostError::Unsupported(what))))
}
