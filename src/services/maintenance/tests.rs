//! Maintenance over a real database and a clock that tests set.

use serde_json::json;

use super::*;
use crate::model::silence::{Schedule, Scope};
use crate::notify::{NewChannel, Secrets, Tools};
use crate::secret::Vault;
use crate::services::silences::{NewSilence, NewWindow};

const fn moment(seconds: i64) -> Timestamp {
    Timestamp(seconds * 1000)
}

struct Lab {
    events: MaintenanceEvents,
    dir: tempfile::TempDir,
}

async fn over(dir: tempfile::TempDir) -> Lab {
    let db = Db::open(&dir.path().join("test.db")).expect("a database");
    let vault = Vault::open(dir.path()).expect("a vault");
    let channels = Channels::open(db.clone(), vault.clone(), Tools::for_tests()).await;
    let silences = Silences::open(db.clone(), vault, moment(0)).await;
    let events = MaintenanceEvents::new(
        db,
        silences.expect("silences"),
        Journal::new(dir.path()),
        channels.expect("channels"),
        broadcast::Sender::new(16),
    );
    Lab { events, dir }
}

impl Lab {
    async fn new() -> Self {
        let lab = over(tempfile::tempdir().expect("a folder")).await;
        let new = NewChannel {
            kind: "webhook".into(),
            name: "all".into(),
            config: json!({ "url": "http://127.0.0.1:9/", "server_events": "system.maintenance" }),
            secrets: Secrets::new(),
            enabled: true,
        };
        let added = lab.events.channels.add(new, moment(0)).await;
        added.expect("a channel");
        lab
    }

    /// What a look at that moment tells, as `state kind name`.
    async fn look(&mut self, seconds: i64) -> Vec<String> {
        let mut followed = self.events.told.subscribe();
        // A change of what is marked rings `run`, which reads anew.
        self.events.marked = None;
        self.events.look(moment(seconds)).await.expect("a look");
        let mut told = Vec::new();
        while let Ok(event) = followed.try_recv() {
            assert_eq!(event.word(), "system.maintenance");
            let data = event.data();
            let word = |key: &str| data[key].as_str().unwrap_or_default().to_owned();
            told.push(format!(
                "{} {} {}",
                word("state"),
                word("kind"),
                word("name")
            ));
        }
        told
    }

    async fn queued(&self) -> usize {
        let log = outbox::recent(&self.events.db, 100).await;
        log.expect("a log").len()
    }

    async fn window(&self, from: i64, until: i64) {
        let new = NewWindow {
            name: "new memory".into(),
            scope: Scope {
                nodes: vec!["pve1".into()],
                ..Scope::default()
            },
            schedule: Schedule::Once {
                from: moment(from),
                until: moment(until),
            },
            enabled: true,
        };
        let added = self.events.silences.add_window(new, moment(0)).await;
        added.expect("a window");
    }

    fn update(&self, step: Step, seconds: i64) {
        self.events.journal.write(&Progress {
            step,
            message: "it goes on".into(),
            error: None,
            version: Some("2.0.0".parse().expect("a version")),
            at: moment(seconds),
        });
    }
}

#[tokio::test]
async fn a_window_is_told_when_it_opens_and_when_it_is_over_even_after_a_restart() {
    let mut lab = Lab::new().await;
    assert!(lab.look(10).await.is_empty());
    lab.window(100, 200).await;
    assert!(lab.look(99).await.is_empty());
    assert_eq!(lab.look(100).await, ["started window new memory"]);
    assert!(lab.look(150).await.is_empty(), "told once");
    assert_eq!(lab.queued().await, 1);
    let Lab { events, dir } = lab;
    events.db.writer.stop();
    drop(events);
    let mut lab = over(dir).await;
    assert_eq!(lab.look(500).await, ["ended window new memory"]);
    assert_eq!(lab.queued().await, 2);
}

#[tokio::test]
async fn a_silence_over_a_node_counts_and_a_snooze_of_one_alert_does_not() {
    let mut lab = Lab::new().await;
    assert!(lab.look(10).await.is_empty());
    let add = |scope, note: &str| NewSilence {
        scope,
        from: None,
        until: moment(5_000),
        note: Some(note.into()),
    };
    let node = Scope {
        nodes: vec!["pve1".into()],
        ..Scope::default()
    };
    let alert = Scope {
        alerts: vec!["alt_one".parse().expect("an id")],
        ..Scope::default()
    };
    let silences = lab.events.silences.clone();
    let silence = silences
        .add(add(node, "new disks"), "ada", moment(20))
        .await;
    let silence = silence.expect("a silence");
    silences
        .add(add(alert, "not now"), "ada", moment(20))
        .await
        .expect("a snooze");
    assert_eq!(lab.look(21).await, ["started silence new disks"]);
    silences
        .extend(&silence.id, moment(9_000), moment(30))
        .await
        .expect("longer");
    assert!(lab.look(31).await.is_empty(), "it only lasts longer");
    silences
        .remove(&silence.id, moment(40))
        .await
        .expect("over");
    let mut followed = lab.events.told.subscribe();
    lab.events.marked = None;
    lab.events.look(moment(41)).await.expect("a look");
    let data = followed.try_recv().expect("an event").data();
    assert_eq!(data["state"], "ended");
    assert_eq!(
        data["ends_at"],
        moment(41).rfc3339(),
        "not when it was to end"
    );
    assert_eq!(data["scope"]["nodes"], json!(["pve1"]));
}

#[tokio::test]
async fn an_update_is_one_maintenance_through_all_its_steps_and_never_an_endless_one() {
    let mut lab = Lab::new().await;
    lab.update(Step::Checking, 5);
    assert!(lab.look(10).await.is_empty(), "there may be nothing newer");
    lab.update(Step::Downloading, 11);
    assert_eq!(lab.look(12).await, ["started update homepulse 2.0.0"]);
    for (step, at) in [
        (Step::BackingUp, 13),
        (Step::Applying, 14),
        (Step::Restarting, 15),
    ] {
        lab.update(step, at);
        assert!(lab.look(at).await.is_empty(), "{step:?}");
    }
    lab.update(Step::Completed, 16);
    assert_eq!(lab.look(17).await, ["ended update homepulse 2.0.0"]);
    lab.update(Step::Downloading, 20);
    assert_eq!(lab.look(21).await.len(), 1);
    // The updater was killed.
    assert_eq!(lab.look(4_000).await, ["ended update homepulse 2.0.0"]);
}
