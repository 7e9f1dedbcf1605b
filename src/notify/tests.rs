//! What the tests of this module share: an alert, a message, and tools that work on loopback.

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use rusqlite::Connection;
use secrecy::SecretString;
use serde_json::Value;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::catalogue::Kind;
use super::message::{Message, Occasion};
use super::outbox::{self, Breaker, Delivery, DeliveryState, OutboxError};
use super::{
    Catalogue, Channel, Channels, Dispatcher, NewChannel, Opened, Pace, Secrets, Tools, routing,
};
use crate::db::Db;
use crate::model::alert::{Alert, AlertState, Severity};
use crate::model::id::{ResourceId, TargetId};
use crate::model::time::Timestamp;
use crate::secret::Vault;
use crate::telemetry::clock;

pub(super) const NOW: Timestamp = Timestamp(1_795_337_600_000);

pub(super) fn alert() -> Alert {
    let target: TargetId = "tgt_lab".parse().expect("a target id");
    Alert {
        id: "alt_one".parse().expect("an alert id"),
        rule: "threshold".into(),
        subject: "cpu".into(),
        resource: ResourceId::guest(&target, 100),
        resource_name: "web1".into(),
        node: Some("pve1".into()),
        severity: Severity::Warning,
        state: AlertState::Firing,
        message: "web1 (guest 100 on pve1): CPU at 93 % for 5 min, limit 90 %".into(),
        value: Some(0.93),
        limit: Some(0.9),
        started_at: NOW,
        last_seen: NOW,
        resolved_at: None,
        acknowledged_at: None,
        acknowledged_by: None,
        tags: Vec::new(),
        hold: None,
    }
}

pub(super) fn message(occasion: Occasion, alert: Alert) -> Message {
    Message {
        first: "dlv_one".parse().expect("a delivery id"),
        ..Message::new(
            "dlv_two".parse().expect("a delivery id"),
            occasion,
            alert,
            NOW,
        )
    }
}

pub(super) fn tools() -> Tools {
    Tools::for_tests()
}

/// A notifier of a kind that ships with the program; `secret` is its first one.
pub(super) fn open(kind: &str, config: &Value, secret: Option<SecretString>) -> Opened {
    super::open(
        catalogued(kind),
        config,
        &secrets_of(kind, secret),
        &tools(),
    )
}

pub(super) fn catalogued(kind: &str) -> &'static Arc<Kind> {
    static OURS: LazyLock<Catalogue> = LazyLock::new(Catalogue::ours);
    OURS.kind(kind).expect("a kind that ships")
}

fn secrets_of(kind: &str, secret: Option<SecretString>) -> Secrets {
    let field = catalogued(kind).secrets().next().expect("a secret field");
    secret
        .map(|secret| (field.to_owned(), secret))
        .into_iter()
        .collect()
}

/// The same trouble on another guest.
pub(super) fn another(number: u32) -> Alert {
    let target: TargetId = "tgt_lab".parse().expect("a target id");
    Alert {
        id: format!("alt_no{number}").parse().expect("an alert id"),
        resource: ResourceId::guest(&target, 100 + number),
        resource_name: format!("guest{number}"),
        ..alert()
    }
}

/// A database with channels in it, and somebody who lets alerts happen.
pub(super) struct Post {
    pub(super) db: Db,
    pub(super) channels: Channels,
    pub(super) vault: Vault,
    dir: tempfile::TempDir,
}

/// A dispatcher that runs until it is told to stop.
pub(super) struct Running {
    stop: CancellationToken,
    task: JoinHandle<()>,
}

impl Running {
    /// Ends it as a crash would, wherever it is.
    pub(super) async fn crash(self) {
        self.task.abort();
        let _ = self.task.await;
    }

    pub(super) async fn stop(self) {
        self.stop.cancel();
        self.task.await.expect("the dispatcher ends in order");
    }
}

/// Attempts that follow each other within milliseconds.
pub(super) const HASTE: Pace = Pace {
    first: Duration::from_millis(20),
    factor: 1.0,
    longest: Duration::from_millis(20),
    attempts: 1000,
    breaker: Breaker {
        failures: 5,
        first: Duration::from_millis(20),
        longest: Duration::from_millis(20),
    },
};

pub(super) const PATIENCE: Duration = Duration::from_secs(20);

impl Post {
    pub(super) async fn new() -> Self {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let db = Db::open(&dir.path().join("test.db")).expect("a fresh database opens");
        let vault = Vault::open(dir.path()).expect("a fresh vault opens");
        let channels = Channels::open(db.clone(), vault.clone(), tools());
        Self {
            vault,
            channels: channels.await.expect("no channels yet"),
            db,
            dir,
        }
    }

    /// The same data in a program that was started again.
    pub(super) async fn restarted(self) -> Self {
        let Self { db, dir, .. } = self;
        db.writer.stop();
        drop(db);
        let db = Db::open(&dir.path().join("test.db")).expect("the database opens again");
        let vault = Vault::open(dir.path()).expect("the vault opens again");
        let channels = Channels::open(db.clone(), vault.clone(), tools());
        Self {
            channels: channels.await.expect("the channels are read"),
            vault,
            db,
            dir,
        }
    }

    /// Decides who is told of what.
    pub(super) async fn route(&self, given: Value) {
        let channels = self.channels.list().await.expect("a list");
        let channels: Vec<Channel> = channels.into_iter().map(|status| status.channel).collect();
        let routing = routing::read(given, &channels).expect("a good routing");
        let saved = self.db.writer.run(move |tx| routing::save(tx, &routing));
        saved.await.expect("it is kept");
        self.channels.refresh().await.expect("it is read");
    }

    /// Enters an alert in the ledger as it is, and tells nobody.
    pub(super) async fn enter(&self, alert: Alert) {
        let entered = self.db.writer.run(move |tx| enter(tx, &alert));
        entered.await.expect("it is entered");
    }

    pub(super) async fn add_named(&self, kind: &str, name: &str, config: Value) -> Channel {
        let new = NewChannel {
            kind: kind.into(),
            name: name.into(),
            config,
            secrets: Default::default(),
            enabled: true,
        };
        self.channels.add(new, NOW).await.expect("a good channel")
    }

    pub(super) async fn add(&self, kind: &str, config: Value, secret: Option<&str>) -> Channel {
        let new = NewChannel {
            kind: kind.into(),
            name: format!("{kind} {}", self.channels.enabled().len()),
            config,
            secrets: secrets_of(kind, secret.map(SecretString::from)),
            enabled: true,
        };
        self.channels.add(new, NOW).await.expect("a good channel")
    }

    /// Lets an alert be as given, and queues what has to be told of it.
    pub(super) async fn tell(&self, alert: Alert) -> usize {
        self.tell_at(alert, NOW).await
    }

    pub(super) async fn tell_at(&self, alert: Alert, now: Timestamp) -> usize {
        let channels = self.channels.enabled();
        let queued = self.db.writer.run(move |tx| {
            enter(tx, &alert)?;
            outbox::enqueue(tx, [&alert], &channels, now)
        });
        let queued = queued.await.expect("it is queued");
        self.channels.bell().ring();
        queued
    }

    pub(super) fn dispatch(&self, pace: Pace) -> Running {
        let stop = CancellationToken::new();
        let dispatcher = Dispatcher::new(self.channels.clone(), clock::now).with_pace(pace);
        Running {
            task: tokio::spawn(dispatcher.run(stop.clone())),
            stop,
        }
    }

    /// The delivery log, oldest first.
    pub(super) async fn log(&self) -> Vec<Delivery> {
        let mut log = outbox::recent(&self.db, 100).await.expect("a log");
        log.reverse();
        log
    }

    /// Waits until the delivery log is as wanted.
    pub(super) async fn wait_for(&self, wanted: impl Fn(&[Delivery]) -> bool) -> Vec<Delivery> {
        let mut looks = tokio::time::interval(Duration::from_millis(5));
        let found = tokio::time::timeout(PATIENCE, async {
            loop {
                looks.tick().await;
                let log = self.log().await;
                if wanted(&log) {
                    return log;
                }
            }
        });
        match found.await {
            Ok(log) => log,
            Err(_) => panic!("never as wanted: {:#?}", self.log().await),
        }
    }
}

/// Writes an alert down as it is.
fn enter(tx: &Connection, alert: &Alert) -> Result<(), OutboxError> {
    let moment = |at: Option<Timestamp>| at.map(Timestamp::millis);
    tx.execute(
        "INSERT INTO alerts (id, rule, subject, resource, resource_name, node, severity, state,
             message, started_at, last_seen, resolved_at, acknowledged_at, tags, hold)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?10, ?11, ?12, ?13, ?14)
         ON CONFLICT (id) DO UPDATE SET severity = excluded.severity, state = excluded.state,
             message = excluded.message, resolved_at = excluded.resolved_at,
             acknowledged_at = excluded.acknowledged_at, hold = excluded.hold",
        rusqlite::params![
            alert.id.as_str(),
            alert.rule,
            alert.subject,
            alert.resource.as_str(),
            alert.resource_name,
            alert.node,
            alert.severity.word(),
            if alert.state == AlertState::Firing {
                "firing"
            } else {
                "resolved"
            },
            alert.message,
            alert.started_at.millis(),
            moment(alert.resolved_at),
            moment(alert.acknowledged_at),
            serde_json::to_string(&alert.tags).expect("JSON"),
            alert
                .hold
                .as_ref()
                .map(|hold| serde_json::to_string(hold).expect("JSON")),
        ],
    )?;
    Ok(())
}

pub(super) fn all(state: DeliveryState) -> impl Fn(&[Delivery]) -> bool {
    move |log| !log.is_empty() && log.iter().all(|delivery| delivery.state == state)
}

pub(super) fn resolved(mut alert: Alert) -> Alert {
    alert.state = AlertState::Resolved;
    alert.resolved_at = Some(NOW + Duration::from_secs(600));
    alert.message = "web1 (guest 100 on pve1): CPU at 60 % again".into();
    alert
}
