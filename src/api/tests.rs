//! The API in process: real database, real ledger, real targets; only the hosts are missing.

mod guard;
mod hp;
mod live;
mod openapi;
mod pulse;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use actix_web::body::to_bytes;
use actix_web::http::StatusCode;
use actix_web::http::header::HeaderMap;
use actix_web::test::{TestRequest, call_service, init_service};
use actix_web::web::Data;
use secrecy::SecretString;
use serde_json::Value;
use tokio::sync::{Semaphore, mpsc};
use tokio_util::sync::CancellationToken;

use crate::alerts::{self, AlertError, Ledger};
use crate::db::Db;
use crate::history::{History, Settings};
use crate::model::alert::{Alert, Finding, Severity, Transition};
use crate::model::id::{ResourceId, TargetId};
use crate::model::metric::MetricKey;
use crate::model::observation::{Coverage, Observation, Outcome, Sample};
use crate::model::resource::{
    FigureSource, Guest, GuestKind, GuestStatus, Node, NodeStatus, Rates, Resource, Storage,
    StorageStatus, Usage,
};
use crate::model::target::{Reachability, RequestBudget, TargetSummary};
use crate::model::time::Timestamp;
use crate::notify::{Channels, Tools};
use crate::secret::Vault;
use crate::services::deliveries::Deliveries;
use crate::services::footprint::Footprint;
use crate::services::targets::Targets;
use crate::sources::poller::Pace;
use crate::state::{Change, Fleet, Live, LiveWriter};
use crate::telemetry::clock;

use super::routes::Routes;
use super::serve::{self, ServeConfig};
use super::shared::{Parts, Shared};

const TARGET: &str = "tgt_home";
pub(super) const NOON: Timestamp = Timestamp(1_795_000_000_000);
const GIB: u64 = 1 << 30;

/// A whole API over an empty database.
struct House {
    shared: Data<Shared>,
    routes: Data<Routes>,
    db: Db,
    _writer: LiveWriter,
    _inbox: mpsc::Receiver<Observation>,
    _dir: tempfile::TempDir,
}

/// What came back.
struct Answered {
    status: StatusCode,
    headers: HeaderMap,
    body: Value,
}

impl House {
    async fn new(config: ServeConfig) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let (parts, writer, db, inbox) = parts(dir.path()).await;
        let shared = serve::shared(config, parts, CancellationToken::new()).unwrap();
        Self {
            shared: Data::new(shared),
            routes: Data::new(Routes::new(&super::document().paths)),
            db,
            _writer: writer,
            _inbox: inbox,
            _dir: dir,
        }
    }

    /// One that anybody on the machine may use.
    async fn open() -> Self {
        Self::new(ServeConfig::default()).await
    }

    /// One that wants the token `right`.
    async fn locked() -> Self {
        Self::new(ServeConfig {
            api_token: Some(SecretString::from("right")),
            ..ServeConfig::default()
        })
        .await
    }

    async fn ask(&self, request: TestRequest) -> Answered {
        self.ask_as("localhost:7655", request).await
    }

    /// Asks under another host name.
    async fn ask_as(&self, host: &str, request: TestRequest) -> Answered {
        let request = request.insert_header(("host", host));
        let app = serve::application(self.shared.clone(), self.routes.clone());
        let app = init_service(app).await;
        let response = call_service(&app, request.to_request()).await;
        let (status, headers) = (response.status(), response.headers().clone());
        let bytes = to_bytes(response.into_body()).await.unwrap();
        let text = || Value::String(String::from_utf8_lossy(&bytes).into_owned());
        Answered {
            status,
            headers,
            body: serde_json::from_slice(&bytes).unwrap_or_else(|_| text()),
        }
    }

    /// Makes `fleet` the present, as the follower of a running server would.
    fn show(&self, fleet: Fleet, alerts: &[Alert]) {
        self.shared.hub.publish(&Arc::new(fleet), alerts);
    }

    /// Records figures of the machine's.
    fn record(&self, metric: &'static str, figures: &[(Timestamp, f64)]) {
        let samples: Vec<Sample> = figures
            .iter()
            .map(|(at, value)| Sample {
                resource: guest(100).id,
                metric: MetricKey::known(metric),
                at: *at,
                value: *value,
            })
            .collect();
        let accepted = self.shared.parts.history.append(&samples, clock::now());
        assert_eq!(accepted.stored, samples.len() as u64);
    }

    /// Enters an alert about the guest's processor and shows it.
    async fn alert(&self) -> Alert {
        let events = self.db.writer.run(|tx| {
            let fire = Transition::Fire(finding());
            alerts::apply(tx, &[fire])
        });
        let events: Result<_, AlertError> = events.await;
        let alert = events.unwrap().remove(0).alert;
        self.shared
            .hub
            .publish_alerts(std::slice::from_ref(&alert), NOON);
        alert
    }
}

impl Answered {
    fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name);
        value.map_or("", |value| value.to_str().unwrap())
    }
}

async fn parts(dir: &std::path::Path) -> (Parts, LiveWriter, Db, mpsc::Receiver<Observation>) {
    let db = Db::open(&dir.join("homepulse.db")).unwrap();
    let (inbox, observations) = mpsc::channel(64);
    let pace = Pace {
        interval: Duration::from_secs(10),
        places: Arc::new(Semaphore::new(1)),
    };
    let vault = Vault::open(dir).unwrap();
    let stop = CancellationToken::new();
    let (writer, live) = Live::new();
    let history = History::open(db.clone(), Settings::default(), clock::now());
    let channels = Channels::open(db.clone(), vault.clone(), tools());
    let parts = Parts {
        live,
        history: history.await.unwrap(),
        channels: channels.await.unwrap(),
        deliveries: Deliveries::new(db.clone()),
        ledger: Ledger::new(db.clone()),
        targets: Targets::new(db.clone(), vault, pace, inbox, stop),
        footprint: Footprint::new(db.clone()),
    };
    (parts, writer, db, observations)
}

/// What channels tell people with; nothing is told here.
fn tools() -> Tools {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(rustls::RootCertStore::empty())
        .with_no_client_auth();
    let http = reqwest::Client::builder().tls_backend_preconfigured(tls);
    Tools {
        http: http.build().unwrap(),
        instance: "test".into(),
    }
}

fn target() -> TargetId {
    TARGET.parse().unwrap()
}

fn get(path: &str) -> TestRequest {
    TestRequest::get()
        .uri(path)
        .peer_addr("127.0.0.1:50000".parse::<SocketAddr>().unwrap())
}

fn post(path: &str) -> TestRequest {
    TestRequest::post()
        .uri(path)
        .peer_addr("127.0.0.1:50000".parse::<SocketAddr>().unwrap())
}

fn summary() -> TargetSummary {
    TargetSummary {
        id: target(),
        name: "home".into(),
        kind: "pve".into(),
        address: "https://pve1.lan:8006".into(),
        reachability: Reachability::Pending,
        cluster: Some("lab".into()),
        version: Some("9.2.11".into()),
        quorate: Some(true),
        clock_skew_ms: Some(12),
        missing: Vec::new(),
        requests: RequestBudget {
            last_cycle: 2,
            last_minute: 12,
        },
        look_ms: Some(40),
        verifies_certificate: true,
        last_seen: None,
    }
}

pub(super) fn node() -> Node {
    Node {
        id: ResourceId::node(&target(), "pve1"),
        name: "pve1".into(),
        status: NodeStatus::Online,
        cpu: Some(0.25),
        cpus: Some(8),
        memory: Usage {
            used: Some(8 * GIB),
            total: Some(32 * GIB),
        },
        swap: Usage::default(),
        rootfs: Usage {
            used: Some(10 * GIB),
            total: Some(100 * GIB),
        },
        load: Some([0.5, 0.4, 0.3]),
        iowait: Some(0.01),
        rates: Rates::default(),
        booted_at: Some(NOON - Duration::from_secs(86_400)),
        cpu_model: Some("Ryzen".into()),
        cpu_sockets: Some(1),
        cpu_mhz: Some(3400.5),
        kernel: Some("6.17".into()),
        version: Some("9.2.11".into()),
        address: None,
        ha_state: None,
    }
}

pub(super) fn guest(vmid: u32) -> Guest {
    Guest {
        id: ResourceId::guest(&target(), vmid),
        vmid,
        name: format!("guest-{vmid}"),
        node: "pve1".into(),
        kind: GuestKind::Vm,
        status: GuestStatus::Running,
        status_word: None,
        template: false,
        lock: None,
        tags: vec!["web".into()],
        pool: None,
        ha_state: None,
        cpu: Some(0.5),
        cpus: Some(2.0),
        memory: Usage {
            used: Some(GIB),
            total: Some(4 * GIB),
        },
        memory_source: Some(FigureSource::Balloon),
        disk: Usage {
            used: None,
            total: Some(32 * GIB),
        },
        disk_source: None,
        rates: Rates {
            net_in: Some(2048.0),
            net_out: Some(1024.0),
            disk_read: None,
            disk_write: Some(0.0),
        },
        started_at: Some(NOON - Duration::from_secs(3_600)),
    }
}

pub(super) fn storage() -> Storage {
    Storage {
        id: ResourceId::storage(&target(), "nas", None),
        name: "nas".into(),
        node: None,
        shared: true,
        plugin: "nfs".into(),
        content: vec!["backup".into(), "iso".into()],
        status: StorageStatus::Available,
        usage: Usage {
            used: Some(GIB),
            total: Some(4 * GIB),
        },
        nodes: vec![("pve1".into(), StorageStatus::Available)],
    }
}

pub(super) fn resources() -> Vec<Resource> {
    vec![
        Resource::Node(node()),
        Resource::Guest(guest(100)),
        Resource::Guest(Guest {
            kind: GuestKind::Container,
            cpu: None,
            memory: Usage::default(),
            ..guest(101)
        }),
        Resource::Storage(storage()),
    ]
}

/// The version after a good look that saw `resources`.
pub(super) fn seen(before: &Fleet, resources: Vec<Resource>, at: Timestamp) -> Fleet {
    let observation = Observation {
        target: target(),
        at,
        took: Duration::from_millis(40),
        outcome: Outcome::Seen {
            summary: Box::new(summary()),
            coverage: Coverage::Complete,
            resources,
            samples: Vec::new(),
        },
    };
    before.merge(observation, at).0
}

/// A fleet of one node, a machine, a container and a shared storage.
pub(super) fn fleet() -> Fleet {
    let configured = Observation {
        target: target(),
        at: NOON,
        took: Duration::ZERO,
        outcome: Outcome::Configured {
            summary: Box::new(summary()),
        },
    };
    let empty = Fleet::default().merge(configured, NOON).0;
    seen(&empty, resources(), NOON)
}

fn finding() -> Finding {
    Finding {
        rule: "threshold",
        subject: "cpu".into(),
        resource: ResourceId::guest(&target(), 100),
        resource_name: "guest-100".into(),
        node: Some("pve1".into()),
        severity: Severity::Warning,
        message: "CPU of guest-100 is at 95 %".into(),
        value: Some(0.95),
        limit: Some(0.9),
        since: NOON,
        at: NOON,
    }
}
