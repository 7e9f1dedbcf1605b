//! The API in process: real database, real ledger, real targets; only the hosts are missing.

mod accounts;
mod changes;
mod channels;
mod control;
mod facts;
mod game_control;
mod games;
mod guard;
mod history;
mod hp;
pub(super) mod lab;
mod ledger;
mod links;
mod live;
mod openapi;
mod peon;
mod playpulse;
mod pulse;
mod pulse_alerts;
mod pulse_backups;
mod pulse_export;
mod pulse_nodes;
mod pulse_setup;
mod pulse_surface;
mod pulse_webhooks;
mod push;
mod routing;
mod rules;
mod scrape;
mod silences;
mod status;

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
use crate::ingest::Question;
use crate::model::alert::{Alert, Transition};
use crate::model::metric::MetricKey;
use crate::model::observation::{Observation, Sample};
use crate::model::resource::Resource;
use crate::model::time::Timestamp;
use crate::notify::{Channels, Tools};
use crate::rules::Recall;
use crate::secret::Vault;
use crate::services::accounts::Accounts;
use crate::services::alerts::Alerts;
use crate::services::audit::Audit;
use crate::services::changes::Changes;
use crate::services::control::{Control, Rhythm};
use crate::services::deliveries::Deliveries;
use crate::services::doctor::Doctor;
use crate::services::footprint::Footprint;
use crate::services::game_names::GameNames;
use crate::services::game_policies::{GamePolicies, PolicyParts};
use crate::services::games::{Games, GamesParts};
use crate::services::guest_metadata::GuestMetadata;
use crate::services::links::MessageLinks;
use crate::services::own_backups::{OwnBackups, Place};
use crate::services::push::Push;
use crate::services::registration::Registrations;
use crate::services::retention::Retention;
use crate::services::routing::Routings;
use crate::services::rules::{Rules, RulesParts};
use crate::services::security::Security;
use crate::services::server_events::ServerEvents;
use crate::services::settings::Settings as SystemSettings;
use crate::services::silences::Silences;
use crate::services::status_page::StatusPages;
use crate::services::system::System;
use crate::services::targets::Targets;
use crate::services::transfer::Transfer;
use crate::services::updates::{UpdateSettings, Updates};
use crate::sources::poller::Pace;
use crate::state::{Change, Fleet, Live, LiveWriter};
use crate::telemetry::clock;

use lab::{NOON, finding, fleet, guest, resources, seen};

use super::serve::{self, ServeConfig};
use super::shared::{Parts, Shared};

/// A whole API over an empty database.
struct House {
    shared: Data<Shared>,
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
        let app = serve::application(self.shared.clone());
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

    /// Makes `fleet` the present of the services, too.
    fn present(&self, fleet: Fleet) {
        self.show(fleet.clone(), &[]);
        self._writer.publish(Change {
            fleet: Arc::new(fleet),
            diff: crate::state::Diff::default(),
            alerts: Vec::new(),
        });
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
    let accounts = Accounts::open(db.clone(), vault.clone(), dir);
    let channels = Channels::open(db.clone(), vault.clone(), Tools::for_tests())
        .await
        .unwrap();
    let silences = Silences::open(db.clone(), vault.clone(), clock::now());
    let silences = silences.await.unwrap();
    let alerts = Alerts::new(
        db.clone(),
        channels.clone(),
        silences.clone(),
        live.clone(),
        Arc::default(),
    );
    let links = MessageLinks::open(db.clone(), &vault, alerts.clone(), channels.clone());
    let ledger = Ledger::new(db.clone());
    let history = history.await.unwrap();
    let rules = rules(&db, &live, &history);
    let retention = Retention::open(
        history.clone(),
        crate::services::settings::Settings::new(db.clone()),
    );
    let targets = Targets::new(db.clone(), vault.clone(), pace, inbox.clone(), stop.clone());
    let push = Push::open(
        db.clone(),
        vault.clone(),
        live.clone(),
        targets.clone(),
        inbox,
    )
    .await;
    let audit = Audit::new(db.clone());
    let control = Control::new(
        db.clone(),
        live.clone(),
        targets.clone(),
        audit.clone(),
        Rhythm::default(),
        stop.clone(),
    );
    let games = Games::open(GamesParts {
        db: db.clone(),
        vault: Vault::open(dir).unwrap(),
        live: live.clone(),
        targets: targets.clone(),
        control: control.clone(),
        audit: audit.clone(),
        data_dir: dir.to_owned(),
        stop,
    });
    let games = games.await.unwrap();
    let game_policies = GamePolicies::open(PolicyParts {
        db: db.clone(),
        settings: SystemSettings::new(db.clone()),
        live: live.clone(),
        history: history.clone(),
        forecasts: tokio::sync::watch::channel(Arc::default()).1,
        orders: Arc::new(games.clone()),
    });
    let place = Place {
        data_dir: dir.to_owned(),
        directory: dir.join("backups"),
        config_file: None,
    };
    let own_backups = OwnBackups::new(
        place.clone(),
        SystemSettings::new(db.clone()),
        CancellationToken::new(),
    );
    let transfer = Transfer::new(
        db.clone(),
        targets.clone(),
        channels.clone(),
        GuestMetadata::new(db.clone()),
    );
    let doctor = Doctor::new(
        place,
        live.clone(),
        channels.clone(),
        own_backups.clone(),
        transfer.clone(),
        None,
    );
    let status_pages = StatusPages::new(db.clone(), history.clone(), live.clone());
    let game_names = GameNames::open(db.clone()).await.unwrap();
    let parts = Parts {
        server_events: ServerEvents::new(
            db.clone(),
            live.clone(),
            game_names.clone(),
            channels.clone(),
        ),
        game_policies: game_policies.await.unwrap(),
        accounts: accounts.await.unwrap(),
        oidc: None,
        control,
        games,
        game_names,
        audit,
        changes: Changes::new(db.clone(), history.clone(), live.clone()),
        push: push.unwrap(),
        live,
        alerts,
        silences,
        history,
        rules,
        deliveries: Deliveries::new(db.clone(), &channels),
        routing: Routings::new(db.clone(), channels.clone(), ledger.clone()),
        links: links.await.unwrap(),
        channels: channels.clone(),
        ledger,
        footprint: Footprint::new(db.clone()),
        retention: retention.await.unwrap(),
        guest_metadata: GuestMetadata::new(db.clone()),
        own_backups,
        doctor,
        registrations: Registrations::new(db.clone()),
        security: Security::new(None, Vec::new()),
        settings: SystemSettings::new(db.clone()),
        status_pages,
        system: System::new(SystemSettings::new(db.clone()), targets.clone(), false),
        transfer,
        targets,
        updates: Updates::new(UpdateSettings::default(), dir, clock::now()),
    };
    (parts, writer, db, observations)
}

/// What counts as wrong, with a judge who remembers nothing.
fn rules(db: &Db, live: &Live, history: &History) -> Rules {
    let (questions, mut asked) = mpsc::channel::<Question>(4);
    tokio::spawn(async move {
        while let Some(question) = asked.recv().await {
            match question {
                Question::Recall { reply, .. } => drop(reply.send(Recall::default())),
                Question::Waiting { reply } => drop(reply.send(Vec::new())),
            }
        }
    });
    Rules::new(RulesParts {
        settings: crate::services::settings::Settings::new(db.clone()),
        present: tokio::sync::watch::channel(crate::rules::RuleSettings::default()).0,
        pinned: false,
        live: live.clone(),
        history: history.clone(),
        questions,
    })
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

fn put(path: &str) -> TestRequest {
    TestRequest::put()
        .uri(path)
        .peer_addr("127.0.0.1:50000".parse::<SocketAddr>().unwrap())
}

fn delete(path: &str) -> TestRequest {
    TestRequest::delete()
        .uri(path)
        .peer_addr("127.0.0.1:50000".parse::<SocketAddr>().unwrap())
}
