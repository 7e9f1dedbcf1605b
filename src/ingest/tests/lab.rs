//! A node with guests, one channel, and everything between them; without pollers and dispatcher.

use std::cell::Cell;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Notify, mpsc, watch};

use crate::alerts::{self, Ledger, Post};
use crate::db::{Db, DbError};
use crate::history::{History, Settings};
use crate::holds::Suppressions;
use crate::ingest::{Circumstances, EnterError, Ingest, Present, enter_events};
use crate::model::alert::{Alert, Finding, Severity, Transition};
use crate::model::facts::Facts;
use crate::model::id::{ResourceId, ResourceKind, SilenceId, TargetId};
use crate::model::known::Known;
use crate::model::metric::MetricKey;
use crate::model::observation::{Coverage, Observation, Outcome, Sample};
use crate::model::resource::{Guest, Node, NodeStatus, Resource};
use crate::model::shared::Shared;
use crate::model::silence::{Scope, Silence};
use crate::model::target::TargetSummary;
use crate::model::time::Timestamp;
use crate::notify::{Channels, NewChannel, Secrets, Tools};
use crate::rules::{Judge, RuleSettings};
use crate::secret::Vault;
use crate::state::{Diff, Live};
use crate::telemetry::supervisor::Progress;

thread_local! {
    /// What time it is in this test; its tasks all run on its own thread.
    static NOW: Cell<i64> = const { Cell::new(0) };
}

const START: Timestamp = Timestamp(1_795_000_000_000);

fn clock() -> Timestamp {
    Timestamp(NOW.get())
}

/// So many seconds after the beginning.
pub(super) fn seconds(seconds: i64) -> Timestamp {
    Timestamp(START.millis() + seconds * 1000)
}

pub(super) fn target() -> TargetId {
    "tgt_lab".parse().expect("a target id")
}

pub(super) struct House {
    pub(super) db: Db,
    dir: tempfile::TempDir,
    ingest: Ingest,
    present: Present,
    suppressions: watch::Sender<Arc<Suppressions>>,
    _rules: watch::Sender<RuleSettings>,
    _inbox: mpsc::Sender<Observation>,
    node: NodeStatus,
    guests: Vec<f64>,
    lock: Option<String>,
}

impl House {
    pub(super) async fn new() -> Self {
        NOW.set(START.millis());
        let dir = tempfile::tempdir().expect("a directory");
        let db = Db::open(&dir.path().join("test.db")).expect("a database");
        let channels = open_channels(&db, dir.path()).await;
        let channel = NewChannel {
            kind: "webhook".into(),
            name: "sink".into(),
            config: serde_json::json!({ "url": "https://hooks.example.org/x" }),
            secrets: Secrets::new(),
            enabled: true,
        };
        channels.add(channel, START).await.expect("a channel");
        Self::over(db, dir, channels, Arc::default()).await
    }

    async fn over(
        db: Db,
        dir: tempfile::TempDir,
        channels: Channels,
        set: Arc<Suppressions>,
    ) -> Self {
        let rules = RuleSettings::default();
        let open = Ledger::new(db.clone()).open().await.expect("a list");
        let history = History::open(db.clone(), Settings::default(), clock()).await;
        let (rules_sender, rules_receiver) = watch::channel(rules.clone());
        let (suppressions, receiver) = watch::channel(set);
        let (inbox, observations) = mpsc::channel(1);
        let ingest = Ingest {
            live: Live::new().0,
            history: history.expect("a history"),
            judge: Judge::new(rules, &open),
            db: db.clone(),
            channels,
            rules: rules_receiver,
            forecasts: watch::channel(Arc::default()).1,
            questions: mpsc::channel(1).1,
            suppressions: receiver,
            entered: Arc::new(Notify::new()),
            clock,
            inbox: observations,
            settled: Arc::new(Notify::new()),
            progress: Progress::default(),
        };
        let mut house = Self {
            db,
            dir,
            ingest,
            present: Present::default(),
            suppressions,
            _rules: rules_sender,
            _inbox: inbox,
            node: NodeStatus::Online,
            guests: Vec::new(),
            lock: None,
        };
        let address = "https://10.0.0.1:8006".to_owned();
        let summary = TargetSummary::configured(target(), "lab".into(), "pve", address, true);
        house
            .observe(Outcome::Configured {
                summary: Box::new(summary),
            })
            .await;
        house
    }

    /// Ends the process and starts it again: only the database stays.
    pub(super) async fn restart(&mut self) {
        let now = NOW.get();
        let channels = open_channels(&self.db, self.dir.path()).await;
        let set = Arc::clone(&self.suppressions.borrow());
        let dir = std::mem::replace(&mut self.dir, tempfile::tempdir().expect("a directory"));
        let mut next = Self::over(self.db.clone(), dir, channels, set).await;
        next.node = self.node;
        next.guests = self.guests.clone();
        next.lock = self.lock.clone();
        *self = next;
        NOW.set(now);
        self.settle((now - START.millis()) / 1000).await;
    }

    /// All configured targets have been named, as after a start.
    pub(super) async fn settle(&mut self, at: i64) {
        NOW.set(seconds(at).millis());
        let diff = Diff::default();
        let over = self
            .ingest
            .judge
            .evaluate(&self.present.fleet, &diff, clock());
        self.ingest.write(&mut self.present, over, clock()).await;
    }

    async fn observe(&mut self, outcome: Outcome) {
        let observation = Observation {
            target: target(),
            at: clock(),
            took: Duration::from_millis(5),
            outcome,
        };
        self.ingest.apply(&mut self.present, observation).await;
    }

    /// One look at the node and its guests.
    pub(super) async fn look(&mut self, at: i64) {
        NOW.set(seconds(at).millis());
        let mut resources = vec![node(self.node)];
        for (index, cpu) in self.guests.iter().enumerate() {
            let lock = self.lock.clone();
            resources.push(guest(100 + u32::try_from(index).expect("few"), *cpu, lock));
        }
        let address = "https://10.0.0.1:8006".to_owned();
        let summary = TargetSummary::configured(target(), "lab".into(), "pve", address, true);
        self.observe(Outcome::Seen {
            summary: Box::new(summary),
            coverage: Coverage::Complete,
            resources,
            samples: Vec::new(),
            facts: Box::new(Facts {
                tasks: Known::Is(Shared::default()),
                ..Facts::default()
            }),
            past: Vec::new(),
        })
        .await;
    }

    /// Time passes without a look.
    pub(super) async fn tick(&mut self, at: i64) {
        NOW.set(seconds(at).millis());
        self.ingest.look_at_holds(&mut self.present).await;
    }

    pub(super) fn set_rules(&mut self, rules: serde_json::Value) {
        let rules = serde_json::from_value(rules).expect("rules");
        self.ingest.judge.set(rules);
    }

    /// Somebody pushes one figure of a thing that nobody else knows.
    pub(super) async fn push(&mut self, name: &str, metric: &str, value: f64, at: i64) {
        NOW.set(seconds(at).millis());
        let sample = Sample {
            resource: ResourceId::other(ResourceKind::Pushed, &target(), name),
            metric: MetricKey::parse(metric),
            at: clock(),
            value,
        };
        let samples = vec![sample];
        self.observe(Outcome::Pushed { samples }).await;
    }

    /// The watchdog has not been told anything yet.
    pub(super) fn forget_progress(&mut self) {
        self.ingest.progress = Progress::default();
    }

    /// Whether the watchdog has been told of any observation.
    pub(super) fn has_observed(&self) -> bool {
        let forever = Duration::from_secs(86_400);
        !self.ingest.progress.is_well(forever, Some(Duration::ZERO))
    }

    /// It is judged how the product itself is doing.
    pub(super) async fn look_inward(&mut self, at: i64) {
        NOW.set(seconds(at).millis());
        self.ingest.look_inward(&mut self.present).await;
    }

    pub(super) async fn second_channel(&self, name: &str) {
        let channel = NewChannel {
            kind: "webhook".into(),
            name: name.into(),
            config: serde_json::json!({ "url": "https://hooks.example.org/y" }),
            secrets: Secrets::new(),
            enabled: true,
        };
        let added = self.ingest.channels.add(channel, START).await;
        added.expect("a channel");
    }

    /// What a channel was told last has failed.
    pub(super) async fn break_channel(&self, name: &str) {
        self.execute(
            "UPDATE channels SET ping_error = 'no route' WHERE name = ?1",
            name,
        )
        .await;
    }

    pub(super) async fn mend_channel(&self, name: &str) {
        self.execute(
            "UPDATE channels SET ping_error = NULL WHERE name = ?1",
            name,
        )
        .await;
    }

    async fn execute(&self, sql: &'static str, name: &str) {
        let name = name.to_owned();
        let done = self
            .db
            .writer
            .run(move |tx| -> Result<_, DbError> { Ok(tx.execute(sql, [name])?) });
        assert_eq!(done.await.expect("done"), 1);
    }

    /// What people are told, in order, with the name of the channel.
    pub(super) async fn told_by_channel(&self) -> Vec<String> {
        let rows = self.db.reader.run(|connection| -> Result<_, DbError> {
            let mut statement = connection.prepare(
                "SELECT channels.name || ': ' || deliveries.event || ' ' || alerts.rule
                 FROM deliveries JOIN alerts ON alerts.id = deliveries.alert
                 JOIN channels ON channels.id = deliveries.channel ORDER BY deliveries.seq",
            )?;
            let rows = statement.query_map([], |row| row.get(0))?;
            Ok(rows.collect::<Result<Vec<String>, _>>()?)
        });
        rows.await.expect("rows")
    }

    pub(super) fn node(&mut self, status: NodeStatus) {
        self.node = status;
    }

    /// The first `count` guests run at this share of their processors.
    pub(super) fn guests(&mut self, count: usize, cpu: f64) {
        let length = self.guests.len().max(count);
        self.guests.resize(length, 0.1);
        self.guests[..count].fill(cpu);
    }

    pub(super) fn lock(&mut self, lock: Option<&str>) {
        self.lock = lock.map(str::to_owned);
    }

    /// Silences everything.
    pub(super) fn silence(&mut self, from: i64, until: i64) {
        self.suppressions
            .send_replace(Arc::new(silence(from, until)));
    }

    pub(super) fn unsilence(&mut self) {
        self.suppressions.send_replace(Arc::default());
    }

    pub(super) fn circumstances(&self, now: Timestamp, silenced: bool) -> Circumstances {
        Circumstances {
            fleet: Arc::clone(&self.present.fleet),
            suppressions: if silenced {
                Arc::new(silence(0, 9000))
            } else {
                Arc::default()
            },
            channels: self.ingest.channels.enabled(),
            now,
        }
    }

    /// Enters an alert from outside, as the service does.
    pub(super) async fn post(&mut self, post: Post, at: i64) {
        NOW.set(seconds(at).millis());
        let circumstances = self.circumstances(clock(), false);
        let posted = self.db.writer.run(move |tx| -> Result<_, EnterError> {
            let events = alerts::post(tx, &post, circumstances.now)?;
            enter_events(tx, events, &circumstances)
        });
        posted.await.expect("posted");
        self.present.open = None;
    }

    pub(super) async fn open(&self) -> Vec<Alert> {
        let open = Ledger::new(self.db.clone()).open().await;
        open.expect("a list")
    }

    pub(super) async fn ledger(&self) -> Vec<Alert> {
        let all = Ledger::new(self.db.clone()).recent(1000).await;
        all.expect("a list")
    }

    /// What people are told, in order: the occasion and the rule.
    pub(super) async fn told(&self) -> Vec<String> {
        let rows = self.db.reader.run(|connection| -> Result<_, DbError> {
            let mut statement = connection.prepare(
                "SELECT deliveries.event || ' ' || alerts.rule FROM deliveries
                 JOIN alerts ON alerts.id = deliveries.alert ORDER BY deliveries.seq",
            )?;
            let rows = statement.query_map([], |row| row.get(0))?;
            Ok(rows.collect::<Result<Vec<String>, _>>()?)
        });
        rows.await.expect("rows")
    }

    /// Alerts, and the occasions that people were told of each.
    pub(super) async fn told_of(&self, alert: &Alert) -> Vec<String> {
        let id = alert.id.clone();
        let rows = self.db.reader.run(move |connection| -> Result<_, DbError> {
            let mut statement =
                connection.prepare("SELECT event FROM deliveries WHERE alert = ?1 ORDER BY seq")?;
            let rows = statement.query_map([id.as_str()], |row| row.get(0))?;
            Ok(rows.collect::<Result<Vec<String>, _>>()?)
        });
        rows.await.expect("rows")
    }
}

fn silence(from: i64, until: i64) -> Suppressions {
    Suppressions {
        silences: vec![Silence {
            id: "sil_test".parse().unwrap_or_else(|_| SilenceId::random()),
            scope: Scope {
                everything: true,
                ..Scope::default()
            },
            from: seconds(from),
            until: seconds(until),
            note: None,
            created_by: "ada".into(),
            created_at: START,
        }],
        ..Suppressions::default()
    }
}

async fn open_channels(db: &Db, dir: &std::path::Path) -> Channels {
    let vault = Vault::open(dir).expect("a vault");
    let tools = Tools::for_tests();
    Channels::open(db.clone(), vault, tools)
        .await
        .expect("channels")
}

/// An alert that began and ended while nothing could be written.
pub(super) fn short_alert() -> (Transition, Transition) {
    let resource = ResourceId::guest(&target(), 100);
    let finding = Finding {
        rule: "threshold",
        subject: "cpu".into(),
        resource: resource.clone(),
        resource_name: "guest-100".into(),
        node: Some("pve1".into()),
        tags: Vec::new(),
        severity: Severity::Warning,
        message: "CPU at 95 %".into(),
        value: Some(0.95),
        limit: Some(0.9),
        since: seconds(10),
        at: seconds(20),
    };
    let clear = Transition::Clear {
        rule: "threshold",
        subject: "cpu".into(),
        resource,
        value: Some(0.1),
        at: seconds(30),
        message: "CPU at 10 % again".into(),
    };
    (Transition::Fire(finding), clear)
}

fn node(status: NodeStatus) -> Resource {
    Resource::Node(Node {
        status,
        ..Node::bare(&target(), "pve1")
    })
}

fn guest(vmid: u32, cpu: f64, lock: Option<String>) -> Resource {
    Resource::Guest(Guest {
        lock,
        cpu: Some(cpu),
        cpus: Some(2.0),
        ..Guest::bare(&target(), vmid)
    })
}
