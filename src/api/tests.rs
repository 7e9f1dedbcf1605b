//! The API in process: real database, real ledger, real targets; only the hosts are missing.

mod accounts;
mod guard;
mod hp;
pub(super) mod lab;
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
use crate::model::alert::{Alert, Transition};
use crate::model::metric::MetricKey;
use crate::model::observation::{Observation, Sample};
use crate::model::resource::Resource;
use crate::model::time::Timestamp;
use crate::notify::{Channels, Tools};
use crate::secret::Vault;
use crate::services::accounts::Accounts;
use crate::services::deliveries::Deliveries;
use crate::services::footprint::Footprint;
use crate::services::targets::Targets;
use crate::sources::poller::Pace;
use crate::state::{Change, Fleet, Live, LiveWriter};
use crate::telemetry::clock;

use lab::{NOON, finding, fleet, guest, resources, seen};

use super::routes::Routes;
use super::serve::{self, ServeConfig};
use super::shared::{Parts, Shared};

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
    let accounts = Accounts::open(db.clone(), vault.clone(), dir);
    let parts = Parts {
        accounts: accounts.await.unwrap(),
        live,
        history: history.await.unwrap(),
        channels: channels.await.unwrap(),
        rules: tokio::sync::watch::channel(crate::rules::RuleSettings::default()).1,
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
