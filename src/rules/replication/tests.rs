use serde_json::json;

use crate::model::facts::{Facts, Replication};
use crate::model::id::ResourceKind;
use crate::model::known::Known;
use crate::model::shared::Shared;
use crate::model::time::Timestamp;
use crate::rules::tests::lab::{Lab, guest, only, said};

fn job(failures: u32, last: i64, next: i64) -> Facts {
    let job = Replication {
        id: "100-0".into(),
        vmid: Some(100),
        source: Some("pve1".into()),
        target: Some("pve2".into()),
        schedule: None,
        disabled: false,
        last_sync: Some(Timestamp::from_seconds(last)),
        last_try: None,
        next_sync: Some(Timestamp::from_seconds(next)),
        seconds: None,
        failures,
        error: (failures > 0).then(|| "no route to host".into()),
    };
    Facts {
        replication: Known::Is(Shared::new(vec![job])),
        ..Facts::default()
    }
}

fn lab() -> Lab {
    let values = json!({"failures": 2, "late_hours": 6});
    Lab::with(only(ResourceKind::Guest, "replication", values), &[])
}

#[test]
fn failures_in_a_row_are_told_until_it_works() {
    let mut lab = lab();
    assert!(lab.see_facts(0, guest(None), Facts::default()).is_empty());
    assert!(lab.see_facts(600, guest(None), job(1, 0, 900)).is_empty());
    assert_eq!(
        said(&lab.see_facts(1000, guest(None), job(2, 0, 1800))),
        "web1 (guest 100 on pve1): replication to pve2 has failed 2 times in a row, last worked \
         16 min ago — no route to host"
    );
    assert!(
        lab.see_facts(1100, guest(None), Facts::default())
            .is_empty(),
        "unknown"
    );
    let told = lab.see_facts(1900, guest(None), job(0, 1850, 2700));
    assert!(said(&told).contains("works again"), "{told:?}");
}

#[test]
fn a_job_that_does_not_run_is_late() {
    let mut lab = lab();
    assert!(lab.see_facts(3600, guest(None), job(0, 0, 900)).is_empty());
    let told = lab.see_facts(900 + 6 * 3600, guest(None), job(0, 0, 900));
    assert!(
        said(&told).contains("is late, last worked 6 h 15 min ago"),
        "{told:?}"
    );
}
