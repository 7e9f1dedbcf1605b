//! What comes of a database that cannot write: the real ingest task, history, ledger and outbox.

use serde_json::json;

use super::super::*;
use crate::alerts::Ledger;
use crate::db::DbError;
use crate::history;
use crate::model::alert::AlertState;
use crate::model::id::{ResourceId, TargetId};
use crate::model::metric::MetricKey;
use crate::notify::{NewChannel, Secrets, Tools, outbox};
use crate::secret::Vault;
use crate::state::Live;
use crate::telemetry::clock;

/// The product without sources and without an API.
struct Flow {
    _dir: tempfile::TempDir,
    _rules: watch::Sender<RuleSettings>,
    _suppressions: watch::Sender<Arc<Suppressions>>,
    _inbox: mpsc::Sender<Observation>,
    db: Db,
    history: History,
    ledger: Ledger,
    live: Live,
    stop: CancellationToken,
}

impl Flow {
    async fn start() -> Self {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let db = Db::open(&dir.path().join("test.db")).expect("a fresh database opens");
        let vault = Vault::open(dir.path()).expect("a vault");
        let tools = Tools::for_tests();
        let channels = Channels::open(db.clone(), vault, tools)
            .await
            .expect("no channels yet");
        let channel = NewChannel {
            kind: "webhook".into(),
            name: "hook".into(),
            config: json!({"url": "https://hooks.example.org/lab"}),
            secrets: Secrets::new(),
            enabled: true,
        };
        let added = channels.add(channel, clock::now()).await;
        added.expect("a channel is added");
        let history = History::open(db.clone(), history::Settings::default(), clock::now())
            .await
            .expect("history opens");
        let (live_writer, live) = Live::new();
        let (rules, rules_receiver) = watch::channel(RuleSettings::default());
        let (suppressions, receiver) = watch::channel(Arc::default());
        let (inbox, observations) = mpsc::channel(INBOX);
        let stop = CancellationToken::new();
        let ingest = Ingest {
            live: live_writer,
            history: history.clone(),
            judge: Judge::new(RuleSettings::default(), &[]),
            db: db.clone(),
            channels,
            rules: rules_receiver,
            forecasts: watch::channel(Arc::default()).1,
            questions: mpsc::channel(1).1,
            suppressions: receiver,
            entered: Arc::default(),
            clock: clock::now,
            inbox: observations,
            settled: Arc::default(),
            progress: Progress::default(),
        };
        tokio::spawn(ingest.run(stop.clone()));
        Self {
            _dir: dir,
            _rules: rules,
            _suppressions: suppressions,
            _inbox: inbox,
            ledger: Ledger::new(db.clone()),
            db,
            history,
            live,
            stop,
        }
    }

    /// Sets a pragma of the one connection that writes.
    async fn pragma(&self, name: &'static str, value: i64) {
        let set = self.db.writer.direct(move |connection| {
            connection.pragma_update(None, name, value)?;
            Ok(())
        });
        set.await.expect("it is set");
    }

    /// The next change that live clients hear of with an alert.
    async fn news(changes: &mut tokio::sync::broadcast::Receiver<Arc<Change>>) -> Vec<Alert> {
        loop {
            let change = changes.recv().await.expect("ingest runs");
            if !change.alerts.is_empty() {
                return change.alerts.clone();
            }
        }
    }

    /// Appends something and tries to commit it.
    async fn record(&self) -> bool {
        let target: TargetId = "tgt_home".parse().expect("an id");
        let now = clock::now();
        let samples: Vec<Sample> = (100..400)
            .map(|number| Sample {
                resource: ResourceId::guest(&target, number),
                metric: MetricKey::known("cpu"),
                at: now,
                value: f64::from(number) / 1000.0,
            })
            .collect();
        self.history.append(&samples, now);
        self.history.flush().await.is_ok()
    }

    async fn messages(&self) -> Vec<String> {
        let all = outbox::recent(&self.db, 10).await.expect("they are listed");
        all.iter()
            .map(|delivery| format!("{:?}", delivery.event))
            .collect()
    }
}

impl Drop for Flow {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

#[tokio::test]
async fn a_full_disk_is_an_alert_that_is_told_and_ends_when_there_is_room() {
    let flow = Flow::start().await;
    let mut changes = flow.live.follow();
    let pages = flow.db.reader.run(|connection| -> Result<i64, DbError> {
        Ok(connection.pragma_query_value(None, "page_count", |row| row.get(0))?)
    });
    let pages = pages.await.expect("it is read");
    flow.pragma("max_page_count", pages).await;
    assert!(!flow.record().await, "the journal has no room");

    // The few bytes of an alert and its message have: they go where pages are half empty.
    let news = Flow::news(&mut changes).await;
    assert_eq!(news[0].resource, ResourceId::own());
    assert!(news[0].message.contains("the disk is full"), "{news:?}");
    assert_eq!(flow.ledger.open().await.expect("it is read"), news);
    assert_eq!(flow.messages().await, ["Fired"]);

    flow.pragma("max_page_count", 1 << 30).await;
    assert!(flow.record().await, "there is room");
    let news = Flow::news(&mut changes).await;
    assert_eq!(news[0].state, AlertState::Resolved);
    assert!(flow.ledger.open().await.expect("it is read").is_empty());
}

#[tokio::test]
async fn an_alert_that_cannot_be_entered_is_shown_and_entered_when_it_can() {
    let flow = Flow::start().await;
    let mut changes = flow.live.follow();
    flow.pragma("query_only", 1).await;
    assert!(!flow.record().await, "nothing can be written");

    let shown = Flow::news(&mut changes).await;
    assert_eq!(shown[0].resource, ResourceId::own());
    assert_eq!(shown[0].state, AlertState::Firing);
    assert_eq!(flow.live.unwritten(), shown);
    assert!(flow.ledger.open().await.expect("it is read").is_empty());

    flow.pragma("query_only", 0).await;
    assert!(flow.record().await, "it can be written");
    let news = Flow::news(&mut changes).await;
    let last = news.last().expect("it is over");
    assert_eq!((&last.id, last.state), (&shown[0].id, AlertState::Resolved));
    assert!(flow.live.unwritten().is_empty());
    let all = flow.ledger.recent(10).await.expect("it is read");
    assert_eq!(all.len(), 1);
    assert_eq!(all[0].started_at, shown[0].started_at);
    assert!(!flow.messages().await.is_empty(), "it is told afterwards");
}
