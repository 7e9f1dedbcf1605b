use std::time::Duration;

use super::*;
use crate::alerts::apply;
use crate::db::DbError;
use crate::model::alert::{Finding, Severity, Transition};
use crate::model::id::ResourceId;
use crate::model::time::Timestamp;
use crate::notify::{NewChannel, Secrets, Tools};
use crate::secret::Vault;

const NOON: Timestamp = Timestamp(1_795_348_800_000);
const DAY: Duration = Duration::from_secs(86_400);

async fn house() -> (tempfile::TempDir, Alerts) {
    let dir = tempfile::tempdir().expect("a directory");
    let db = Db::open(&dir.path().join("test.db")).expect("a database");
    let vault = Vault::open(dir.path()).expect("a vault");
    let tools = Tools::for_tests();
    let channels = Channels::open(db.clone(), vault.clone(), tools)
        .await
        .expect("channels");
    let channel = NewChannel {
        kind: "webhook".into(),
        name: "sink".into(),
        config: serde_json::json!({ "url": "https://hooks.example.org/x" }),
        secrets: Secrets::new(),
        enabled: true,
    };
    channels.add(channel, NOON).await.expect("a channel");
    let silences = Silences::open(db.clone(), vault, NOON)
        .await
        .expect("silences");
    let (_, live) = Live::new();
    (
        dir,
        Alerts::new(db, channels, silences, live, Arc::default()),
    )
}

async fn count(alerts: &Alerts, table: &'static str) -> i64 {
    let counted = alerts
        .db
        .reader
        .run(move |connection| -> Result<_, DbError> {
            let sql = format!("SELECT count(*) FROM {table}");
            Ok(connection.query_row(&sql, [], |row| row.get(0))?)
        });
    counted.await.expect("a number")
}

#[tokio::test]
async fn alerts_that_ended_long_ago_are_forgotten_with_everything_about_them() {
    let (_dir, alerts) = house().await;
    let post = |key: &str| NewAlert {
        resource: None,
        subject: key.to_owned(),
        severity: Severity::Warning,
        message: "something".into(),
        value: None,
        key: None,
        expires_at: None,
    };
    for index in 0..3_u32 {
        let posted = alerts
            .post(post(&format!("old {index}")), NOON)
            .await
            .expect("posted")
            .alert;
        alerts
            .resolve(&posted.id, None, NOON + DAY * index)
            .await
            .expect("resolved");
    }
    let open = alerts.post(post("open"), NOON).await.expect("posted").alert;
    assert_eq!(count(&alerts, "deliveries").await, 7);

    let later = NOON + DAY * 367;
    assert_eq!(alerts.forget(later).await.expect("forgotten"), 2);
    assert_eq!(count(&alerts, "alerts").await, 2);
    assert_eq!(count(&alerts, "deliveries").await, 3);
    assert_eq!(count(&alerts, "alert_events").await, 3);
    assert!(
        alerts.ledger.find(&open.id).await.is_ok(),
        "what holds is never forgotten"
    );

    alerts.set_retention(1000).await.expect("set");
    assert_eq!(alerts.forget(later + DAY * 10).await.expect("forgotten"), 0);
    assert!(alerts.set_retention(0).await.is_err());
}

#[tokio::test]
async fn more_than_one_step_of_old_alerts_is_forgotten_too() {
    let (_dir, alerts) = house().await;
    let fire = |vmid| {
        Transition::Fire(Finding {
            rule: "threshold",
            subject: "cpu".into(),
            resource: ResourceId::guest(&nowhere(), vmid),
            resource_name: "web".into(),
            node: None,
            tags: Vec::new(),
            severity: Severity::Info,
            message: "busy".into(),
            value: None,
            limit: None,
            since: NOON,
            at: NOON,
        })
    };
    let clear = |vmid| Transition::Clear {
        rule: "threshold",
        subject: "cpu".into(),
        resource: ResourceId::guest(&nowhere(), vmid),
        value: None,
        at: NOON,
        message: "calm".into(),
    };
    let all: Vec<Transition> = (0..250)
        .flat_map(|vmid| [fire(vmid), clear(vmid)])
        .collect();
    let entered = alerts.db.writer.run(move |tx| apply(tx, &all)).await;
    assert_eq!(entered.expect("entered").len(), 500);
    assert_eq!(
        alerts.forget(NOON + DAY * 366).await.expect("forgotten"),
        250
    );
}
