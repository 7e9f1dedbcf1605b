use std::time::Duration;

use super::*;
use crate::db::{Db, DbError};
use crate::model::task::{Task, TaskOutcome};
use crate::model::time::Window;

const START: Timestamp = Timestamp(1_795_000_000_000);

fn guest() -> ResourceId {
    "guest:tgt_lab:100".parse().unwrap()
}

fn change(hours: u64, attribute: Attribute, before: Option<&str>, after: &str) -> Change {
    Change {
        at: START + Duration::from_secs(hours * 3600),
        resource: guest(),
        attribute,
        before: before.map(str::to_owned),
        after: after.to_owned(),
    }
}

async fn noted(changes: Vec<Change>) -> (tempfile::TempDir, Db, ChangeLog) {
    let dir = tempfile::tempdir().unwrap();
    let db = Db::open(&dir.path().join("test.db")).unwrap();
    let write = db.writer.run(move |tx| note(tx, &changes));
    write.await.unwrap();
    (dir, db.clone(), ChangeLog::new(db))
}

fn moved() -> Vec<Change> {
    vec![
        change(0, Attribute::Node, None, "pve1"),
        change(2, Attribute::Node, Some("pve1"), "pve2"),
        change(2, Attribute::Name, None, "web"),
        change(4, Attribute::Node, Some("pve2"), "pve3"),
    ]
}

#[tokio::test]
async fn a_moment_is_what_the_rows_up_to_it_say() {
    let (_dir, _db, log) = noted(moved()).await;
    for (hours, node, later) in [
        (0, "pve1", Some("web")),
        (3, "pve2", None),
        (9, "pve3", None),
    ] {
        let at = START + Duration::from_secs(hours * 3600 + 60);
        let known = log.as_of(at).await.unwrap().remove(&guest()).unwrap();
        assert_eq!(known.recorded[&Attribute::Node], node, "after {hours} h");
        let name = known.later.get(&Attribute::Name).map(String::as_str);
        assert_eq!(name, later, "a name that was first seen later");
    }
    let before = START - Duration::from_secs(60);
    let known = log.as_of(before).await.unwrap().remove(&guest()).unwrap();
    assert_eq!(known.recorded.len(), 0);
    assert_eq!(known.later[&Attribute::Node], "pve1");
}

#[tokio::test]
async fn rows_that_came_late_count_for_their_own_moment() {
    let kernel = |hours, before, after| change(hours, Attribute::Kernel, before, after);
    let early = [kernel(8, None, "6.8"), kernel(1, Some("6.2"), "6.5")];
    let (_dir, _db, log) = noted([early.to_vec(), moved()].concat()).await;
    for (hours, node, recorded, later) in [
        (0, "pve1", None, Some("6.8")),
        (1, "pve1", Some("6.5"), Some("6.8")),
        (5, "pve3", Some("6.5"), Some("6.8")),
        (9, "pve3", Some("6.5"), None),
    ] {
        let at = START + Duration::from_secs(hours * 3600 + 60);
        let known = log.as_of(at).await.unwrap().remove(&guest()).unwrap();
        assert_eq!(known.recorded[&Attribute::Node], node, "after {hours} h");
        let kernels = (
            known.recorded.get(&Attribute::Kernel).cloned(),
            known.later.get(&Attribute::Kernel).cloned(),
        );
        let expected = (recorded.map(str::to_owned), later.map(str::to_owned));
        assert_eq!(kernels, expected, "after {hours} h");
    }
}

#[tokio::test]
async fn first_sightings_are_no_changes() {
    let (_dir, _db, log) = noted(moved()).await;
    let question = |resources| Question {
        window: Window {
            from: START,
            to: START + Duration::from_secs(86_400),
        },
        resources,
        most: 10,
    };
    let all = log.changes(question(None)).await.unwrap();
    let after: Vec<&str> = all.iter().map(|change| change.after.as_str()).collect();
    assert_eq!(after, ["pve3", "pve2"]);
    let mine = log.changes(question(Some(vec![guest()]))).await.unwrap();
    assert_eq!(mine, all);
    let other = "guest:tgt_lab:7".parse().unwrap();
    let none = log.changes(question(Some(vec![other]))).await.unwrap();
    assert_eq!(none, []);
}

#[tokio::test]
async fn the_last_value_of_an_attribute_outlives_its_age() {
    let (_dir, _db, log) = noted(moved()).await;
    let much_later = START + Duration::from_secs(500 * 86_400);
    assert_eq!(log.forget(much_later).await.unwrap(), 2);
    let known = log.as_of(much_later).await.unwrap();
    assert_eq!(known[&guest()].recorded[&Attribute::Node], "pve3");
    let gone = change(9, Attribute::Presence, Some(HERE), ABSENT);
    let (_dir, _db, log) = noted([moved(), vec![gone]].concat()).await;
    log.forget(much_later).await.unwrap();
    assert!(log.as_of(much_later).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_task_is_kept_once_when_it_has_ended() {
    let (_dir, db, log) = noted(Vec::new()).await;
    let task = |id: &str, ended: bool| EndedTask {
        target: "tgt_lab".parse().unwrap(),
        task: Task {
            id: id.to_owned(),
            node: Some("pve1".into()),
            kind: "vzdump".into(),
            subject: Some("100".into()),
            user: Some("root@pam".into()),
            began_at: START,
            ended_at: ended.then(|| START + Duration::from_secs(60)),
            outcome: TaskOutcome::Failed("no space".into()),
        },
    };
    for _ in 0..2 {
        let tasks = vec![task("UPID:1", true), task("UPID:2", false)];
        let kept: Result<(), DbError> = db.writer.run(move |tx| keep(tx, &tasks)).await;
        kept.unwrap();
    }
    let window = Window {
        from: START,
        to: START + Duration::from_secs(1),
    };
    assert_eq!(log.tasks(window, 10).await.unwrap(), [task("UPID:1", true)]);
}
