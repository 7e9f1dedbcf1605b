use serde_json::json;

use crate::model::alert::Severity;
use crate::model::facts::{Ceph, Facts};
use crate::model::id::ResourceKind;
use crate::model::known::{Gap, Known};
use crate::model::shared::Shared;
use crate::rules::tests::lab::{Lab, only, said, severity, summary};

fn facts(health: Option<&str>) -> Facts {
    let ceph = |health: &str| {
        Known::Is(Shared::new(Ceph {
            health: health.into(),
            checks: vec!["1 osds down".into()],
            ..Ceph::default()
        }))
    };
    Facts {
        ceph: health.map_or(Known::Not(Gap::Absent), ceph),
        ..Facts::default()
    }
}

#[test]
fn it_repeats_what_ceph_says_and_how_bad_it_is() {
    let settings = only(ResourceKind::Target, "ceph", json!({"dwell_seconds": 0}));
    let mut lab = Lab::with(settings, &[]);
    let mut see = |seconds, health| lab.see_target(seconds, summary(), facts(health));
    assert!(see(0, None).is_empty(), "there is no Ceph");
    assert!(see(10, Some("HEALTH_OK")).is_empty());
    let told = see(20, Some("HEALTH_WARN"));
    assert_eq!(severity(&told), Some(Severity::Warning));
    assert_eq!(said(&told), "homelab: Ceph says HEALTH_WARN — 1 osds down");
    assert_eq!(
        severity(&see(30, Some("HEALTH_ERR"))),
        Some(Severity::Critical)
    );
    assert!(see(40, None).is_empty(), "unknown");
    assert!(said(&see(50, Some("HEALTH_OK"))).contains("well again"));
}
