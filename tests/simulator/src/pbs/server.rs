//! Starts, stops and disturbs the API of the world's backup server.

use std::collections::BTreeMap;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::task::{JoinHandle, JoinSet};

use super::auth::{PbsRole, PbsToken, tokens, user};
use super::connection;
use crate::dice::Shuffler;
use crate::log::{Log, RequestRecord};
use crate::pve::fault::{Fault, Faults};
use crate::pve::listen::bind_patiently;
use crate::pve::server::lock;
use crate::tls::{Identity, TlsError, self_signed};
use crate::world::World;

/// How a backup server's API behaves.
#[derive(Clone, Debug)]
pub struct PbsOptions {
    /// Port of the listener; 0 for any free one.
    pub port: u16,
    /// How long a failed login takes; 3 s on real hosts.
    pub auth_delay: Duration,
    /// How long a connection may be idle between two requests.
    pub idle: Duration,
}

impl Default for PbsOptions {
    fn default() -> Self {
        Self {
            port: 0,
            auth_delay: Duration::from_secs(3),
            idle: Duration::from_secs(30),
        }
    }
}

impl PbsOptions {
    /// Failures at once, for tests.
    pub fn quick() -> Self {
        Self {
            auth_delay: Duration::from_millis(20),
            ..Self::default()
        }
    }
}

/// The API of a world's backup server. Dropping it stops the listener.
#[derive(Debug)]
pub struct PbsServer {
    shared: Arc<Shared>,
    listener: Mutex<Option<JoinHandle<()>>>,
}

/// What all connections share.
pub(crate) struct Shared {
    pub(crate) world: World,
    pub(crate) options: PbsOptions,
    pub(crate) tokens: Vec<PbsToken>,
    pub(crate) user: PbsToken,
    pub(crate) shuffler: Shuffler,
    pub(crate) address: SocketAddr,
    identity: Mutex<Identity>,
    stranger: Identity,
    faults: Mutex<Faults>,
    log: Mutex<Log>,
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Shared")
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}

impl PbsServer {
    /// Starts it on 127.0.0.1.
    pub async fn start(world: World, options: PbsOptions) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, options.port)).await?;
        let address = listener.local_addr()?;
        let make = || fresh(&world);
        let shared = Arc::new(Shared {
            identity: Mutex::new(make().map_err(io::Error::other)?),
            stranger: make().map_err(io::Error::other)?,
            tokens: tokens(world.config().seed),
            user: user(world.config().seed),
            shuffler: Shuffler::new(world.config().seed),
            world,
            options,
            address,
            faults: Mutex::default(),
            log: Mutex::default(),
        });
        let running = serve(&shared, listener);
        Ok(Self {
            shared,
            listener: Mutex::new(Some(running)),
        })
    }

    /// Its address.
    pub fn addr(&self) -> SocketAddr {
        self.shared.address
    }

    /// `https://127.0.0.1:PORT`, without a path.
    pub fn url(&self) -> String {
        format!("https://{}", self.addr())
    }

    /// SHA-256 of its certificate, `AA:BB:…`.
    pub fn fingerprint(&self) -> String {
        lock(&self.shared.identity).certificate.fingerprint.clone()
    }

    /// The token of a role.
    pub fn token(&self, role: PbsRole) -> &PbsToken {
        let found = self.shared.tokens.iter().find(|token| token.role == role);
        found.expect("invariant: every role has a token")
    }

    /// The user who can log in with a password: the id is the name, the secret the password.
    pub fn user(&self) -> &PbsToken {
        &self.shared.user
    }

    /// The world behind it.
    pub fn world(&self) -> &World {
        &self.shared.world
    }

    /// Sets or removes the fault for all paths (below `/api2/json`) that begin with `prefix`; `""` means all.
    pub fn set_fault(&self, prefix: &str, fault: Option<Fault>) {
        lock(&self.shared.faults).set(prefix, fault);
    }

    /// Removes all faults.
    pub fn clear_faults(&self) {
        lock(&self.shared.faults).clear();
    }

    /// From now on presents a new certificate; tells its fingerprint.
    pub fn swap_certificate(&self) -> Result<String, TlsError> {
        *lock(&self.shared.identity) = fresh(&self.shared.world)?;
        Ok(self.fingerprint())
    }

    /// Closes the listener and all connections.
    pub fn stop(&self) {
        if let Some(handle) = lock(&self.listener).take() {
            handle.abort();
        }
    }

    /// Opens it again on the same address.
    pub async fn start_again(&self) -> io::Result<()> {
        if lock(&self.listener).is_none() {
            let listener = bind_patiently(self.shared.address).await?;
            *lock(&self.listener) = Some(serve(&self.shared, listener));
        }
        Ok(())
    }

    /// The latest requests, oldest first.
    pub fn request_log(&self) -> Vec<RequestRecord> {
        lock(&self.shared.log).latest()
    }

    /// Forgets the requests so far.
    pub fn clear_request_log(&self) {
        *lock(&self.shared.log) = Log::default();
    }

    /// How often each path (without its query) was asked for.
    pub fn request_counts(&self) -> BTreeMap<String, usize> {
        lock(&self.shared.log).counts()
    }
}

impl Drop for PbsServer {
    fn drop(&mut self) {
        self.stop();
    }
}

impl Shared {
    pub(crate) fn identity(&self) -> Identity {
        match lock(&self.faults).wrong_certificate() {
            true => self.stranger.clone(),
            false => lock(&self.identity).clone(),
        }
    }

    /// The fingerprint as the server itself prints it.
    pub(crate) fn fingerprint(&self) -> String {
        let identity = lock(&self.identity);
        identity.certificate.fingerprint.to_lowercase()
    }

    pub(crate) fn fault(&self, path: &str) -> Option<Fault> {
        lock(&self.faults).on(path)
    }

    pub(crate) fn record(&self, record: RequestRecord) {
        lock(&self.log).add(record);
    }
}

fn fresh(world: &World) -> Result<Identity, TlsError> {
    let names = ["127.0.0.1", "localhost", "pbs"].map(str::to_owned);
    self_signed("pbs", &names, world.now() / 1000)
}

fn serve(shared: &Arc<Shared>, listener: TcpListener) -> JoinHandle<()> {
    let shared = Arc::clone(shared);
    tokio::spawn(async move {
        // Dropped, and with it every connection, when this task is aborted.
        let mut connections = JoinSet::new();
        loop {
            tokio::select! {
                accepted = listener.accept() => if let Ok((stream, _)) = accepted {
                    connections.spawn(connection::handle(Arc::clone(&shared), stream));
                },
                Some(_) = connections.join_next() => {}
            }
        }
    })
}
