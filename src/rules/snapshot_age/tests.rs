use serde_json::json;

use crate::model::facts::Facts;
use crate::model::id::ResourceKind;
use crate::model::known::{Gap, Known};
use crate::model::resource::{Guest, GuestFacts, Snapshot};
use crate::model::shared::Shared;
use crate::model::time::Timestamp;
use crate::rules::tests::lab::{DAY, Lab, guest, only, said};

fn with(snapshots: Known<Vec<i64>>) -> Guest {
    let snapshots = snapshots.map(|days| {
        let snapshot = |day: i64| Snapshot {
            name: format!("before-{day}"),
            at: Some(Timestamp::from_seconds(day * DAY)),
            parent: None,
            with_memory: false,
            description: None,
            size: None,
        };
        days.into_iter().map(snapshot).collect()
    });
    Guest {
        facts: Shared::new(GuestFacts {
            snapshots,
            ..GuestFacts::default()
        }),
        ..guest(None)
    }
}

#[test]
fn the_oldest_counts_until_it_is_gone() {
    let values = json!({"warning": 30, "critical": null});
    let mut lab = Lab::with(only(ResourceKind::Guest, "snapshot_age", values), &[]);
    let mut see = |day: i64, snapshots| lab.see_facts(day * DAY, with(snapshots), Facts::default());
    assert!(see(50, Known::default()).is_empty(), "unknown");
    assert!(see(51, Known::Is(Vec::new())).is_empty());
    assert!(see(52, Known::Is(vec![30, 50])).is_empty());
    assert_eq!(
        said(&see(60, Known::Is(vec![30, 50]))),
        "web1 (guest 100 on pve1): the snapshot before-30 is 30 d old, limit 30 d"
    );
    let failed = Known::Not(Gap::Failed {
        message: "no".into(),
    });
    assert!(see(60, failed).is_empty(), "unknown again");
    assert!(said(&see(61, Known::Is(vec![50]))).ends_with("its old snapshot is gone"));
}
