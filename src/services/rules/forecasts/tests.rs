use super::*;
use crate::db::Db;
use crate::history::Settings;
use crate::model::id::TargetId;
use crate::model::observation::{Coverage, Observation, Outcome};
use crate::model::resource::{Storage, StorageStatus, Usage};
use crate::model::target::TargetSummary;

const GIB: u64 = 1 << 30;
const HOUR: Duration = Duration::from_secs(3600);
const NOW: Timestamp = Timestamp::from_seconds(1_795_305_600);

fn target() -> TargetId {
    "tgt_lab".parse().expect("a target id")
}

fn storage(name: &str) -> Resource {
    Resource::Storage(Storage {
        id: ResourceId::storage(&target(), name, None),
        name: name.into(),
        node: None,
        shared: true,
        plugin: "nfs".into(),
        content: Vec::new(),
        status: StorageStatus::Available,
        usage: Usage {
            used: Some(60 * GIB),
            total: Some(100 * GIB),
        },
        nodes: Vec::new(),
    })
}

fn fleet(resources: Vec<Resource>) -> Fleet {
    let address = "https://pve1.lan:8006".to_owned();
    let summary = TargetSummary::configured(target(), "lab".into(), "pve", address, true);
    let observe = |fleet: &Fleet, outcome| {
        let observation = Observation {
            target: target(),
            at: NOW,
            took: Duration::ZERO,
            outcome,
        };
        fleet.merge(observation, NOW).0
    };
    let configured = Outcome::Configured {
        summary: Box::new(summary.clone()),
    };
    let seen = Outcome::Seen {
        summary: Box::new(summary),
        coverage: Coverage::Complete,
        resources,
        samples: Vec::new(),
        facts: Box::default(),
        past: Vec::new(),
    };
    observe(&observe(&Fleet::default(), configured), seen)
}

#[tokio::test]
async fn what_has_grown_over_the_past_days_gets_a_date_and_the_rest_does_not() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let db = Db::open(&dir.path().join("test.db")).expect("a fresh database opens");
    let history = History::open(db, Settings::default(), NOW).await;
    let history = history.expect("history opens");
    let metric = MetricKey::known("disk");
    for (name, per_hour) in [("grows", 0.25), ("stays", 0.0)] {
        let id = ResourceId::storage(&target(), name, None);
        let points: Vec<(Timestamp, f64)> = (0..72)
            .map(|hour| {
                let used = 60.0 - per_hour * f64::from(72 - hour);
                (NOW - HOUR * (72 - hour as u32), used * GIB as f64)
            })
            .collect();
        let laid = history.import(&id, &metric, HOUR, &points).await;
        laid.expect("a past is laid in");
    }
    let fleet = fleet(vec![storage("grows"), storage("stays"), storage("new")]);
    let found = work_out(&history, &fleet, NOW).await.expect("forecasts");
    assert_eq!(found.made_at, Some(NOW));
    assert_eq!(found.filling.len(), 1, "{:?}", found.filling);
    let grows = &found.filling[&ResourceId::storage(&target(), "grows", None)];
    let days = grows.full_at.since(NOW).as_secs_f64() / 86_400.0;
    assert!((6.0..7.5).contains(&days), "40 GiB at 6 GiB a day: {days}");
}
