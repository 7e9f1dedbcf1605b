//! Events over a real database, a present that tests play and channels that nobody answers.

use std::time::Duration;

use serde_json::json;

use super::*;
use crate::changes::{ABSENT, Change, HERE};
use crate::model::id::TargetId;
use crate::model::observation::{Coverage, Observation, Outcome};
use crate::model::resource::GameStatus;
use crate::model::target::TargetSummary;
use crate::model::time::Timestamp;
use crate::notify::outbox::recent;
use crate::notify::{NewChannel, Secrets, Tools};
use crate::secret::Vault;
use crate::state::{Change as Step, LiveWriter};

/// How long the task may take on a slow machine.
const PATIENCE: Duration = Duration::from_secs(60);

struct Lab {
    events: ServerEvents,
    writer: LiveWriter,
    dir: tempfile::TempDir,
}

const fn moment(seconds: i64) -> Timestamp {
    Timestamp(seconds * 1000)
}

fn target() -> TargetId {
    "tgt_games".parse().expect("an id")
}

fn server() -> ResourceId {
    ResourceId::other(ResourceKind::Game, &target(), "midgard")
}

fn row(attribute: Attribute, before: Option<&str>, after: &str, second: i64) -> Change {
    Change {
        at: moment(second),
        resource: server(),
        attribute,
        before: before.map(str::to_owned),
        after: after.to_owned(),
    }
}

async fn over(dir: tempfile::TempDir) -> Lab {
    let db = Db::open(&dir.path().join("test.db")).expect("a database");
    let vault = Vault::open(dir.path()).expect("a vault");
    let channels = Channels::open(db.clone(), vault, Tools::for_tests());
    let names = GameNames::open(db.clone()).await.expect("names");
    let (writer, live) = Live::new();
    let events = ServerEvents::new(db, live, names, channels.await.expect("channels"));
    let mut game = GameServer::new(server(), "midgard");
    game.status = GameStatus::Running;
    game.game = Some("valheim".into());
    let summary =
        || TargetSummary::configured(target(), "lab".into(), "docker", String::new(), true);
    let configured = Outcome::Configured {
        summary: Box::new(summary()),
    };
    let seen = Outcome::Seen {
        summary: Box::new(summary()),
        coverage: Coverage::Complete,
        resources: vec![Resource::Game(game)],
        samples: Vec::new(),
        facts: Box::default(),
        past: Vec::new(),
    };
    let mut fleet = Fleet::default();
    for outcome in [configured, seen] {
        let observation = Observation {
            target: target(),
            at: moment(0),
            took: Duration::ZERO,
            outcome,
        };
        let (next, diff) = fleet.merge(observation, moment(0));
        fleet = next;
        writer.publish(Step {
            fleet: Arc::new(fleet.clone()),
            diff,
            alerts: Vec::new(),
        });
    }
    Lab {
        events,
        writer,
        dir,
    }
}

impl Lab {
    async fn new() -> Self {
        over(tempfile::tempdir().expect("a folder")).await
    }

    /// The same data in a program that was started again.
    async fn restarted(self) -> Self {
        let Self { events, dir, .. } = self;
        events.db.writer.stop();
        drop(events);
        over(dir).await
    }

    async fn add(&self, name: &str, wanted: &str) {
        let new = NewChannel {
            kind: "webhook".into(),
            name: name.into(),
            config: json!({ "url": "http://127.0.0.1:9/", "server_events": wanted }),
            secrets: Secrets::new(),
            enabled: true,
        };
        let added = self.events.channels.add(new, moment(0)).await;
        added.expect("a channel");
    }

    async fn record(&self, rows: Vec<Change>) {
        let written = self
            .events
            .db
            .writer
            .run(move |tx| changes::note(tx, &rows));
        written.await.expect("recorded");
    }

    async fn queued(&self) -> usize {
        recent(&self.events.db, 100).await.expect("a log").len()
    }
}

#[tokio::test]
async fn what_is_recorded_is_told_once_over_restarts_and_never_what_was_before() {
    let lab = Lab::new().await;
    lab.add("all", "server.*").await;
    lab.add("starts", "server.started").await;
    lab.record(vec![row(Attribute::Status, Some("stopped"), "running", 1)])
        .await;
    lab.events.tell().await.expect("told");
    assert_eq!(lab.queued().await, 0, "what happened before is no news");
    lab.record(vec![row(Attribute::Status, Some("running"), "stopped", 2)])
        .await;
    let mut followed = lab.events.follow();
    lab.events.tell().await.expect("told");
    lab.events.tell().await.expect("told");
    assert_eq!(lab.queued().await, 2, "stopped and status_changed to one");
    let first = followed.try_recv().expect("an event");
    assert_eq!(first.word(), "server.stopped");
    assert_eq!(first.data()["server_id"], "valheim_001");
    assert_eq!(first.data()["name"], "midgard");
    // What happened while nobody ran is told afterwards.
    lab.record(vec![row(Attribute::Status, Some("stopped"), "running", 3)])
        .await;
    let lab = lab.restarted().await;
    lab.events.tell().await.expect("told");
    assert_eq!(lab.queued().await, 5, "started twice and status_changed");
}

#[tokio::test]
async fn a_new_server_and_one_that_goes_are_told_and_those_of_a_removed_host_are_not() {
    let lab = Lab::new().await;
    lab.events.tell().await.expect("told");
    lab.add("all", "server.*").await;
    let mut followed = lab.events.follow();
    let mut elsewhere = row(Attribute::Presence, Some(HERE), ABSENT, 3);
    elsewhere.resource = "game:tgt_removed:asgard".parse().expect("an id");
    lab.record(vec![
        row(Attribute::Presence, Some(ABSENT), HERE, 1),
        row(Attribute::Name, None, "midgard", 1),
        row(Attribute::Status, None, "running", 1),
        row(Attribute::Presence, Some(HERE), ABSENT, 2),
        elsewhere,
    ])
    .await;
    lab.events.tell().await.expect("told");
    let mut news = Vec::new();
    while let Ok(event) = followed.try_recv() {
        news.push(event.word());
    }
    assert_eq!(news, ["server.created", "server.started", "server.deleted"]);
    assert_eq!(lab.queued().await, 3);
}

#[tokio::test]
async fn the_task_tells_as_soon_as_the_present_changes() {
    let lab = Lab::new().await;
    lab.events.tell().await.expect("told");
    let mut followed = lab.events.follow();
    let stop = CancellationToken::new();
    let task = tokio::spawn(lab.events.clone().run(stop.clone()));
    lab.record(vec![row(Attribute::Status, Some("running"), "crashed", 1)])
        .await;
    let told = async {
        loop {
            // The task may have looked before the row was there, or not have begun to follow.
            let mut diff = crate::state::Diff::default();
            diff.changed.push(server());
            lab.writer.publish(Step {
                fleet: lab.events.live.fleet(),
                diff,
                alerts: Vec::new(),
            });
            let waited = tokio::time::timeout(Duration::from_millis(50), followed.recv());
            if let Ok(event) = waited.await {
                return event.expect("an event");
            }
        }
    };
    let event = tokio::time::timeout(PATIENCE, told).await.expect("told");
    assert_eq!(event.word(), "server.crashed");
    stop.cancel();
    task.await.expect("it ends in order");
}
