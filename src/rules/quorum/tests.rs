use serde_json::json;

use crate::model::facts::Facts;
use crate::model::id::ResourceKind;
use crate::model::target::TargetSummary;
use crate::rules::tests::lab::{Lab, only, said, summary};

#[test]
fn a_cluster_without_quorum_is_told_and_a_single_host_has_none_to_lose() {
    let settings = only(ResourceKind::Target, "quorum", json!({"dwell_seconds": 20}));
    let mut lab = Lab::with(settings, &[]);
    let mut see = |seconds, quorate| {
        let summary = TargetSummary {
            quorate,
            ..summary()
        };
        lab.see_target(seconds, summary, Facts::default())
    };
    assert!(see(0, None).is_empty());
    assert!(see(10, Some(true)).is_empty());
    assert!(see(20, Some(false)).is_empty());
    assert_eq!(
        said(&see(40, Some(false))),
        "homelab: the cluster has had no quorum for 20 s"
    );
    assert!(see(50, None).is_empty(), "unknown");
    assert!(said(&see(60, Some(true))).contains("quorate again"));
}
