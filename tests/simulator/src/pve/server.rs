//! Starts, stops and disturbs the API servers of a world's nodes.

use std::collections::BTreeMap;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::task::{JoinHandle, JoinSet};

use super::auth::{Token, User, tokens, users};
use super::connection;
use super::fault::{Fault, Faults};
use super::listen::{bind_all, bind_patiently};
use crate::dice::Shuffler;
use crate::log::{Log, RequestRecord};
use crate::tls::{Authority, Certificate, Identity, TlsError, self_signed};
use crate::world::World;

/// How a cluster's API behaves.
#[derive(Clone, Debug)]
pub struct PveOptions {
    /// Port of every node's listener; 0 for any free one.
    pub port: u16,
    /// How long a failed login takes; 3 s on real hosts.
    pub auth_delay: Duration,
    /// How long a call to a dead node takes until 595; 3 s and more on real hosts.
    pub dead_node_delay: Duration,
    /// How long it takes to find out that a guest agent does not answer; 3 s on real hosts.
    pub agent_delay: Duration,
    /// How long a connection may be idle between two requests; 5 s on real hosts.
    pub idle: Duration,
    /// Leave the reason of an error out of the body, as hosts before 2025 do: it is in the status line only.
    pub silent_errors: bool,
}

impl Default for PveOptions {
    fn default() -> Self {
        Self {
            port: 0,
            auth_delay: Duration::from_secs(3),
            dead_node_delay: Duration::from_secs(3),
            agent_delay: Duration::from_secs(3),
            idle: Duration::from_secs(5),
            silent_errors: false,
        }
    }
}

impl PveOptions {
    /// Failures at once, for tests.
    pub fn quick() -> Self {
        let short = Duration::from_millis(20);
        Self {
            auth_delay: short,
            dead_node_delay: short,
            agent_delay: short,
            ..Self::default()
        }
    }
}

/// The API of all nodes of a world. Dropping it stops the listeners.
#[derive(Debug)]
pub struct PveServer {
    shared: Arc<Shared>,
    listeners: Mutex<Vec<Option<JoinHandle<()>>>>,
}

/// What all connections of a cluster share.
pub(crate) struct Shared {
    pub(crate) world: World,
    pub(crate) options: PveOptions,
    pub(crate) authority: Authority,
    pub(crate) tokens: Vec<Token>,
    pub(crate) users: Vec<User>,
    pub(crate) shuffler: Shuffler,
    pub(crate) addresses: Vec<SocketAddr>,
    pub(crate) tickets: Mutex<Vec<(String, String)>>,
    identities: Mutex<Vec<Identity>>,
    strangers: Vec<Identity>,
    faults: Mutex<Faults>,
    missed: Mutex<BTreeMap<String, i64>>,
    log: Mutex<Log>,
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Shared")
            .field("addresses", &self.addresses)
            .finish_non_exhaustive()
    }
}

impl PveServer {
    /// Starts one listener per node: node 1 on 127.0.0.1, node 2 on 127.0.0.2 and so on, all on the same port, so
    /// that `https://<ip from /cluster/status>:<port>` leads to the node as on real hosts.
    pub async fn start(world: World, options: PveOptions) -> io::Result<Self> {
        let nodes = world.nodes();
        let listeners = bind_all(nodes.len(), options.port).await?;
        let addresses = listeners
            .iter()
            .map(TcpListener::local_addr)
            .collect::<io::Result<Vec<_>>>()?;
        let seed = world.config().seed;
        let now = world.now() / 1000;
        let organisation = super::auth::uuid(&[seed, 502]);
        let make = || -> Result<_, TlsError> {
            let authority = Authority::new(now, &organisation)?;
            let (mut identities, mut strangers) = (Vec::new(), Vec::new());
            for (node, address) in nodes.iter().zip(&addresses) {
                let names = names(&node.name, address.ip());
                identities.push(authority.issue(&node.name, &names, now)?);
                strangers.push(self_signed(&node.name, &names, now)?);
            }
            Ok((authority, identities, strangers))
        };
        let (authority, identities, strangers) = make().map_err(io::Error::other)?;
        let shared = Arc::new(Shared {
            tokens: tokens(seed),
            users: users(seed),
            shuffler: Shuffler::new(seed),
            world,
            options,
            authority,
            addresses,
            tickets: Mutex::default(),
            identities: Mutex::new(identities),
            strangers,
            faults: Mutex::default(),
            missed: Mutex::default(),
            log: Mutex::default(),
        });
        let running = listeners
            .into_iter()
            .enumerate()
            .map(|(index, listener)| Some(serve(&shared, index, listener)))
            .collect();
        Ok(Self {
            shared,
            listeners: Mutex::new(running),
        })
    }

    /// The first node's address.
    pub fn addr(&self) -> SocketAddr {
        self.shared.addresses[0]
    }

    /// Every node's address, in the order of the nodes.
    pub fn addrs(&self) -> &[SocketAddr] {
        &self.shared.addresses
    }

    /// `https://127.0.0.1:PORT`, without a path.
    pub fn url(&self) -> String {
        format!("https://{}", self.addr())
    }

    /// SHA-256 of the first node's certificate, `AA:BB:…`.
    pub fn fingerprint(&self) -> String {
        self.shared.certificate(1).fingerprint
    }

    /// The same for every node.
    pub fn fingerprints(&self) -> Vec<String> {
        lock(&self.shared.identities)
            .iter()
            .map(|identity| identity.certificate.fingerprint.clone())
            .collect()
    }

    /// The certificate of the cluster's authority.
    pub fn ca_pem(&self) -> String {
        self.shared.authority.certificate.pem.clone()
    }

    /// All tokens the cluster knows.
    pub fn tokens(&self) -> &[Token] {
        &self.shared.tokens
    }

    /// The token of a role.
    pub fn token(&self, role: super::auth::Role) -> &Token {
        let found = self.shared.tokens.iter().find(|token| token.role == role);
        found.expect("invariant: every role has a token")
    }

    /// The users that can log in with a password.
    pub fn users(&self) -> &[User] {
        &self.shared.users
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

    /// From now on presents new certificates that nobody vouches for; tells the first node's fingerprint.
    pub fn swap_certificate(&self) -> Result<String, TlsError> {
        self.replace_certificates(self_signed)
    }

    /// From now on presents new certificates of the same authority, as after a renewal.
    pub fn renew_certificate(&self) -> Result<String, TlsError> {
        self.replace_certificates(|name, names, now| self.shared.authority.issue(name, names, now))
    }

    fn replace_certificates(
        &self,
        make: impl Fn(&str, &[String], i64) -> Result<Identity, TlsError>,
    ) -> Result<String, TlsError> {
        let now = self.shared.world.now() / 1000;
        let mut fresh = Vec::new();
        for (node, address) in self.shared.world.nodes().iter().zip(&self.shared.addresses) {
            fresh.push(make(&node.name, &names(&node.name, address.ip()), now)?);
        }
        *lock(&self.shared.identities) = fresh;
        Ok(self.fingerprint())
    }

    /// Closes every node's listener and all connections.
    pub fn stop(&self) {
        for index in 0..self.shared.addresses.len() {
            self.stop_node(index);
        }
    }

    /// Closes the listener and the connections of the node with this index (0 for the first): connections to it are
    /// refused.
    pub fn stop_node(&self, index: usize) {
        if let Some(handle) = lock(&self.listeners).get_mut(index).and_then(Option::take) {
            handle.abort();
        }
    }

    /// Opens what was stopped again, on the same addresses.
    pub async fn start_again(&self) -> io::Result<()> {
        for (index, address) in self.shared.addresses.iter().enumerate() {
            if lock(&self.listeners)[index].is_none() {
                let listener = bind_patiently(*address).await?;
                lock(&self.listeners)[index] = Some(serve(&self.shared, index, listener));
            }
        }
        Ok(())
    }

    /// The latest requests, oldest first; those before the last 10,000 are forgotten.
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

impl Drop for PveServer {
    fn drop(&mut self) {
        self.stop();
    }
}

impl Shared {
    /// The address of a node's listener, by the node's number.
    pub(crate) fn address(&self, nodeid: usize) -> SocketAddr {
        self.addresses
            .get(nodeid.saturating_sub(1))
            .copied()
            .unwrap_or(self.addresses[0])
    }

    /// What a node presents, by the node's number.
    pub(crate) fn certificate(&self, nodeid: usize) -> Certificate {
        let identities = lock(&self.identities);
        let index = nodeid.saturating_sub(1).min(identities.len() - 1);
        identities[index].certificate.clone()
    }

    /// What a new connection to the node with this index is met with.
    pub(crate) fn identity(&self, index: usize) -> Identity {
        if lock(&self.faults).wrong_certificate() {
            self.strangers[index].clone()
        } else {
            lock(&self.identities)[index].clone()
        }
    }

    /// True for the first call to a node since it was lost.
    pub(crate) fn first_to_miss(&self, node: &str, since: i64) -> bool {
        lock(&self.missed).insert(node.to_owned(), since) != Some(since)
    }

    pub(crate) fn fault(&self, path: &str) -> Option<Fault> {
        lock(&self.faults).on(path)
    }

    pub(crate) fn record(&self, record: RequestRecord) {
        lock(&self.log).add(record);
    }
}

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn names(node: &str, ip: IpAddr) -> Vec<String> {
    let mut names = vec![
        "127.0.0.1".to_owned(),
        "::1".to_owned(),
        "localhost".to_owned(),
        node.to_owned(),
    ];
    if ip != IpAddr::V4(Ipv4Addr::LOCALHOST) {
        names.push(ip.to_string());
    }
    names
}

fn serve(shared: &Arc<Shared>, index: usize, listener: TcpListener) -> JoinHandle<()> {
    let shared = Arc::clone(shared);
    tokio::spawn(async move {
        // Dropped, and with it every connection, when this task is aborted.
        let mut connections = JoinSet::new();
        loop {
            tokio::select! {
                accepted = listener.accept() => if let Ok((stream, _)) = accepted {
                    connections.spawn(connection::handle(Arc::clone(&shared), index, stream));
                },
                Some(_) = connections.join_next() => {}
            }
        }
    })
}
