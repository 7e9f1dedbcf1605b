//! Binds addresses and sockets and runs the HTTP server, with TLS where it has a certificate.

mod certificate;
mod doors;

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use actix_web::middleware::from_fn;
use actix_web::web::Data;
use actix_web::{App, HttpServer};
use ipnet::IpNet;
use secrecy::SecretString;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use crate::auth::{Gate, GroupRoles, HostList, TrustedProxies};
use crate::telemetry::clock;

use super::asked::{Door, ThroughSocket, TrustedHeader};
use super::limits::Limits;
use super::shared::{Parts, Shared};
use super::surface::Surface;
use super::ws::Hub;
use super::{edge, pages};

pub use certificate::{CertificateError, TlsFiles};
pub use doors::Open;

use certificate::Certificate;

/// Two threads answer; the product serves a household.
const WORKERS: usize = 2;

/// Connections that one worker holds; more wait to be accepted.
const CONNECTIONS: usize = 512;

/// How the server is set up.
#[derive(Clone, Debug)]
pub struct ServeConfig {
    /// Addresses to listen on; port 0 takes a free one.
    pub listen: Vec<SocketAddr>,
    /// Sockets in the file system to listen on.
    pub sockets: Vec<PathBuf>,
    /// The certificate; `None` for plain HTTP. Sockets in the file system never speak TLS.
    pub tls: Option<TlsFiles>,
    /// Path under which we are served, such as `/pulse`; empty or `/` for none.
    pub base_path: String,
    /// The admin token. Without one only this machine itself is let in.
    pub api_token: Option<SecretString>,
    /// Names that we answer to, beside addresses and `localhost`.
    pub allowed_hosts: Vec<String>,
    /// Addresses or networks of reverse proxies that are believed.
    pub trusted_proxies: Vec<String>,
    /// Where a proxy says who is asking, once it has had them log in.
    pub trusted_header: Option<HeaderConfig>,
    /// Whether others may reach us through this machine, so that it is not let in without a token
    /// either; always so where proxies are believed.
    pub local_door_shut: bool,
    /// The name of this installation.
    pub instance_name: String,
    /// Whether this is the demo.
    pub demo: bool,
    /// Live connections at a time.
    pub live_clients: usize,
    /// Whether the configuration may be exported where no token is set.
    pub unprotected_export: bool,
}

/// How a proxy says who is asking.
#[derive(Clone, Debug)]
pub struct HeaderConfig {
    /// Addresses or networks of the peers that are believed.
    pub networks: Vec<String>,
    /// The header with the name.
    pub user_header: String,
    /// The header with the groups.
    pub groups_header: Option<String>,
    /// Which groups have which role.
    pub roles: GroupRoles,
}

impl Default for ServeConfig {
    fn default() -> Self {
        Self {
            listen: vec![SocketAddr::from(([127, 0, 0, 1], 7655))],
            sockets: Vec::new(),
            tls: None,
            base_path: String::new(),
            api_token: None,
            allowed_hosts: Vec::new(),
            trusted_proxies: Vec::new(),
            trusted_header: None,
            local_door_shut: false,
            instance_name: String::new(),
            demo: false,
            live_clients: 256,
            unprotected_export: false,
        }
    }
}

/// Why the server could not begin.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// An address is taken or not ours.
    #[error("listen on {address}")]
    Listen {
        /// Which address.
        address: SocketAddr,
        /// The system's reason.
        source: std::io::Error,
    },
    /// A socket in the file system cannot be made.
    #[error("listen on unix:{}", path.display())]
    Socket {
        /// Which one.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// The certificate cannot be used.
    #[error("serve with TLS")]
    Certificate(#[from] CertificateError),
    /// A socket cannot be waited on.
    #[error("accept connections")]
    Accept(#[source] std::io::Error),
    /// The address that was bound cannot be told.
    #[error("find out which address was bound")]
    Address(#[source] std::io::Error),
    /// A trusted proxy is neither an address nor a network.
    #[error("read the trusted proxy '{text}': give an address or a network such as 10.0.0.0/8")]
    Proxy {
        /// What was given.
        text: String,
    },
    /// A header cannot have that name.
    #[error("read the name of the trusted header '{text}'")]
    Header {
        /// What was given.
        text: String,
    },
}

/// A server that is bound and answers as soon as [`Serving::run`] is polled.
pub struct Serving {
    /// The addresses that it listens on.
    pub addresses: Vec<SocketAddr>,
    server: actix_web::dev::Server,
    shared: Arc<Shared>,
    certificate: Option<Arc<Certificate>>,
    made: doors::Made,
}

impl Serving {
    /// Answers until the token that was given to [`serve`] is cancelled; live connections are
    /// closed first and requests that are under way finish.
    ///
    /// # Errors
    /// When the server itself breaks.
    pub async fn run(self) -> std::io::Result<()> {
        let stop = self.shared.stop.clone();
        let certificate = async {
            if let Some(certificate) = self.certificate {
                certificate.watch(stop).await;
            }
        };
        let (served, (), ()) = tokio::join!(self.server, self.shared.follow(), certificate);
        drop(self.made);
        served
    }
}

/// Binds what `config` names and sets up the server for `parts`, until `stop`. Where the supervisor
/// has handed over sockets, those are used instead.
///
/// # Errors
/// When something cannot be bound or a setting makes no sense.
pub fn serve(
    config: ServeConfig,
    handed_over: Vec<Open>,
    parts: Parts,
    stop: CancellationToken,
) -> Result<Serving, ServeError> {
    let made = match handed_over.is_empty() {
        true => config.sockets.clone(),
        false => Vec::new(),
    };
    let open = open(&config, handed_over)?;
    let is_for_others = !open.iter().all(Open::is_loopback);
    let config = ServeConfig {
        local_door_shut: config.local_door_shut || is_for_others,
        ..config
    };
    let made = doors::Made(made);
    let certificate = config.tls.clone().map(Certificate::open).transpose()?;
    let shared = Arc::new(shared(config, parts, stop.clone())?);
    let for_workers = Data::from(Arc::clone(&shared));
    let mut server = HttpServer::new(move || application(for_workers.clone()))
        .on_connect(|connection, data| {
            if connection.is::<actix_web::rt::net::UnixStream>() {
                data.insert(ThroughSocket);
            }
        })
        .workers(WORKERS)
        .worker_max_blocking_threads(2)
        .max_connections(CONNECTIONS)
        .backlog(256)
        .keep_alive(Duration::from_secs(75))
        .client_request_timeout(Duration::from_secs(10))
        .client_disconnect_timeout(Duration::from_secs(2))
        .tls_handshake_timeout(Duration::from_secs(5))
        .shutdown_timeout(2)
        .disable_signals()
        .shutdown_signal(async move { stop.cancelled().await });
    let mut addresses = Vec::new();
    for door in open {
        server = match (door, &certificate) {
            (Open::Socket(listener), _) => server.listen_uds(listener),
            (Open::Address(listener), None) => {
                addresses.push(listener.local_addr().map_err(ServeError::Address)?);
                server.listen(listener)
            }
            (Open::Address(listener), Some(certificate)) => {
                addresses.push(listener.local_addr().map_err(ServeError::Address)?);
                server.listen_rustls_0_23(listener, certificate.server_config()?)
            }
        }
        .map_err(ServeError::Accept)?;
    }
    Ok(Serving {
        addresses,
        server: server.run(),
        shared,
        certificate,
        made,
    })
}

/// The sockets to accept connections from.
fn open(config: &ServeConfig, handed_over: Vec<Open>) -> Result<Vec<Open>, ServeError> {
    if !handed_over.is_empty() {
        return Ok(handed_over);
    }
    let addresses = config.listen.iter().map(|address| doors::address(*address));
    let sockets = config.sockets.iter().map(|path| doors::socket(path));
    addresses.chain(sockets).collect()
}

/// The application as one worker runs it.
pub(super) fn application(
    shared: Data<Shared>,
) -> App<
    impl actix_web::dev::ServiceFactory<
        actix_web::dev::ServiceRequest,
        Config = (),
        Response = actix_web::dev::ServiceResponse<actix_web::body::BoxBody>,
        Error = actix_web::Error,
        InitError = (),
    >,
> {
    App::new()
        .configure(|config| super::families(&mut Surface::answering(config)))
        .app_data(shared)
        .default_service(actix_web::web::to(pages::show))
        .wrap(from_fn(edge::edge))
}

pub(super) fn shared(
    config: ServeConfig,
    parts: Parts,
    stop: CancellationToken,
) -> Result<Shared, ServeError> {
    let base_path = config.base_path.trim_matches('/');
    let keyring = Arc::clone(parts.accounts.keyring());
    let trusted = config.trusted_header.as_ref();
    let is_proxied = !config.trusted_proxies.is_empty() || trusted.is_some();
    let gate = Gate::new(config.api_token.as_ref(), keyring)
        .with_groups(
            trusted
                .map(|header| header.roles.clone())
                .unwrap_or_default(),
        )
        .with_local_door_shut(config.local_door_shut || is_proxied);
    Ok(Shared {
        parts,
        gate,
        door: Door {
            hosts: HostList::new(&config.allowed_hosts),
            proxies: proxies(&config.trusted_proxies)?,
            header: trusted.map(trusted_header).transpose()?,
            base_path: if base_path.is_empty() {
                String::new()
            } else {
                format!("/{base_path}")
            },
        },
        limits: Limits::default(),
        hub: Hub::new(config.live_clients),
        exporting: Semaphore::new(1),
        stop,
        started_at: clock::now(),
        demo: config.demo,
        instance_name: config.instance_name,
        allowed_hosts: config.allowed_hosts,
        unprotected_export: config.unprotected_export,
    })
}

fn proxies(texts: &[String]) -> Result<TrustedProxies, ServeError> {
    let networks = texts.iter().map(|text| network(text));
    Ok(TrustedProxies::new(networks.collect::<Result<_, _>>()?))
}

fn trusted_header(config: &HeaderConfig) -> Result<TrustedHeader, ServeError> {
    let name = |text: &String| {
        let parsed = text.to_ascii_lowercase().parse();
        parsed.map_err(|_| ServeError::Header { text: text.clone() })
    };
    Ok(TrustedHeader {
        peers: proxies(&config.networks)?,
        user: name(&config.user_header)?,
        groups: config.groups_header.as_ref().map(name).transpose()?,
    })
}

fn network(text: &str) -> Result<IpNet, ServeError> {
    text.parse::<IpNet>()
        .or_else(|_| text.parse::<IpAddr>().map(IpNet::from))
        .map_err(|_| ServeError::Proxy { text: text.into() })
}
