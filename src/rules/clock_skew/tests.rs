use serde_json::json;

use crate::model::facts::Facts;
use crate::model::id::ResourceKind;
use crate::model::target::TargetSummary;
use crate::rules::tests::lab::{Lab, only, said, summary};

#[test]
fn clocks_that_differ_for_minutes_are_told_whichever_is_ahead() {
    let settings = only(ResourceKind::Target, "clock_skew", json!({"warning": 30}));
    let mut lab = Lab::with(settings, &[]);
    let mut see = |seconds, clock_skew_ms| {
        let summary = TargetSummary {
            clock_skew_ms,
            ..summary()
        };
        lab.see_target(seconds, summary, Facts::default())
    };
    assert!(see(0, None).is_empty());
    assert!(
        see(10, Some(-45_000)).is_empty(),
        "one slow answer is no skew"
    );
    assert!(see(20, Some(200)).is_empty());
    assert!(see(30, Some(-45_000)).is_empty());
    assert_eq!(
        said(&see(330, Some(-45_000))),
        "homelab: its clock is 45 s behind ours; check time synchronisation"
    );
    assert!(see(340, Some(26_000)).is_empty(), "not good enough yet");
    assert!(said(&see(350, Some(100))).contains("right again"));
}
