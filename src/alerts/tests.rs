use super::{AlertError, AlertEvent, Event, Ledger, apply};
use crate::db::Db;
use crate::model::alert::{AlertState, Finding, Severity, Transition};
use crate::model::id::{AlertId, ResourceId, TargetId};
use crate::model::time::Timestamp;

const NOON: Timestamp = Timestamp(1_000_000);
const LATER: Timestamp = Timestamp(1_060_000);

fn fresh() -> (tempfile::TempDir, Db) {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let db = Db::open(&dir.path().join("test.db")).expect("a fresh database opens");
    (dir, db)
}

fn guest() -> ResourceId {
    let target: TargetId = "tgt_lab".parse().expect("a target id");
    ResourceId::guest(&target, 100)
}

fn finding(severity: Severity) -> Finding {
    Finding {
        rule: "threshold",
        subject: "cpu".into(),
        resource: guest(),
        resource_name: "web1".into(),
        tags: Vec::new(),
        node: Some("pve1".into()),
        severity,
        message: "web1: CPU at 93 %".into(),
        value: Some(0.93),
        limit: Some(0.9),
        since: NOON,
        at: NOON,
    }
}

fn clear() -> Transition {
    Transition::Clear {
        rule: "threshold",
        subject: "cpu".into(),
        resource: guest(),
        value: Some(0.5),
        at: LATER,
        message: "web1: CPU at 50 % again".into(),
    }
}

async fn enter(db: &Db, transitions: Vec<Transition>) -> Vec<AlertEvent> {
    db.writer
        .run(move |tx| apply(tx, &transitions))
        .await
        .expect("the ledger takes it")
}

#[tokio::test]
async fn an_alert_fires_once_however_often_it_is_said() {
    let (_dir, db) = fresh();
    let fire = Transition::Fire(finding(Severity::Warning));
    let events = enter(&db, vec![fire.clone(), fire.clone()]).await;
    assert_eq!(events.len(), 1);
    assert_eq!(events[0].event, Event::Fired);
    assert!(enter(&db, vec![fire]).await.is_empty());
    assert_eq!(Ledger::new(db).open().await.expect("a list").len(), 1);
}

#[tokio::test]
async fn what_gets_worse_stays_the_same_alert() {
    let (_dir, db) = fresh();
    let fired = enter(&db, vec![Transition::Fire(finding(Severity::Warning))]).await;
    let events = enter(&db, vec![Transition::Update(finding(Severity::Critical))]).await;
    assert_eq!(events[0].event, Event::Updated);
    assert_eq!(events[0].alert.id, fired[0].alert.id);
    assert_eq!(events[0].alert.severity, Severity::Critical);
}

#[tokio::test]
async fn an_update_of_an_alert_that_the_ledger_has_not_opens_it() {
    let (_dir, db) = fresh();
    let events = enter(&db, vec![Transition::Update(finding(Severity::Warning))]).await;
    assert_eq!(events[0].event, Event::Fired);
}

#[tokio::test]
async fn a_resolved_alert_keeps_its_place_and_the_next_one_is_new() {
    let (_dir, db) = fresh();
    let first = enter(&db, vec![Transition::Fire(finding(Severity::Warning))]).await;
    let events = enter(&db, vec![clear(), clear()]).await;
    assert_eq!(events.len(), 1);
    let resolved = &events[0].alert;
    assert_eq!(resolved.state, AlertState::Resolved);
    assert_eq!(resolved.resolved_at, Some(LATER));
    assert_eq!(resolved.value, Some(0.5));

    let second = enter(&db, vec![Transition::Fire(finding(Severity::Warning))]).await;
    assert_ne!(second[0].alert.id, first[0].alert.id);
    let ledger = Ledger::new(db);
    assert_eq!(ledger.recent(10).await.expect("a list").len(), 2);
    assert_eq!(ledger.recent(1).await.expect("a list").len(), 1);
    let found = ledger.find(&first[0].alert.id).await.expect("it is found");
    assert_eq!(&found, resolved);
}

#[tokio::test]
async fn an_acknowledgement_keeps_its_first_name_until_it_is_taken_back() {
    let (_dir, db) = fresh();
    let id = enter(&db, vec![Transition::Fire(finding(Severity::Warning))]).await[0]
        .alert
        .id
        .clone();
    let ledger = Ledger::new(db.clone());
    for name in ["ada", "bob"] {
        let alert = ledger
            .acknowledge(&id, name, LATER)
            .await
            .expect("taken on");
        assert_eq!(alert.acknowledged_by.as_deref(), Some("ada"));
    }
    let alert = ledger
        .unacknowledge(&id, "ada", LATER)
        .await
        .expect("given back");
    assert_eq!(alert.acknowledged_at, None);

    enter(&db, vec![clear()]).await;
    let error = ledger.acknowledge(&id, "ada", LATER).await;
    assert!(matches!(error, Err(AlertError::Resolved { .. })));
}

#[tokio::test]
async fn an_alert_that_never_was_is_not_found() {
    let (_dir, db) = fresh();
    let id = AlertId::random();
    let error = Ledger::new(db).find(&id).await.expect_err("there is none");
    assert!(matches!(error, AlertError::NotFound { .. }), "{error}");
}

#[tokio::test]
async fn open_alerts_are_there_after_a_restart() {
    let (dir, db) = fresh();
    enter(&db, vec![Transition::Fire(finding(Severity::Critical))]).await;
    db.writer.stop();
    drop(db);
    let again = Db::open(&dir.path().join("test.db")).expect("it opens again");
    let open = Ledger::new(again).open().await.expect("a list");
    assert_eq!(open[0].message, "web1: CPU at 93 %");
    assert_eq!(open[0].severity, Severity::Critical);
}
