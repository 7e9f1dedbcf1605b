use serde_json::json;

use crate::model::id::{ResourceId, ResourceKind};
use crate::model::metric::MetricKey;
use crate::model::observation::Sample;
use crate::model::time::Timestamp;
use crate::rules::RuleSettings;
use crate::rules::tests::lab::{Lab, only, said, target};

fn sample(metric: &str, seconds: i64, value: f64) -> Sample {
    Sample {
        resource: ResourceId::other(ResourceKind::Pushed, &target(), "boiler"),
        metric: MetricKey::parse(metric),
        at: Timestamp::from_seconds(seconds),
        value,
    }
}

#[test]
fn figures_that_are_no_longer_pushed_are_told_until_they_are_again() {
    let values = json!({"silent_seconds": 60, "except": ["rarely"]});
    let mut lab = Lab::with(only(ResourceKind::Pushed, "heartbeat", values), &[]);
    lab.judge
        .note(&[sample("flow", 0, 3.0), sample("rarely", 0, 1.0)]);
    assert!(lab.see(10, Vec::new()).is_empty());
    assert!(lab.see(50, Vec::new()).is_empty());
    assert_eq!(
        said(&lab.see(60, Vec::new())),
        "boiler: flow has not been pushed for 1 min"
    );
    lab.judge.note(&[sample("flow", 70, 2.0)]);
    assert!(said(&lab.see(71, Vec::new())).contains("flow is pushed again"));
}

#[test]
fn a_pushed_figure_has_limits_on_both_sides_and_is_unknown_once_it_is_old() {
    let settings: RuleSettings = serde_json::from_value(json!({"kinds": {"pushed": {
        "metrics": {"flow": {
            "warning": {"raise": 10.0, "clear": 8.0, "dwell_seconds": 0},
            "low_critical": {"raise": 1.0, "clear": 2.0, "dwell_seconds": 0},
        }},
        "rules": {"heartbeat": null},
    }}}))
    .expect("settings");
    settings.validate().expect("no mistakes");
    let mut lab = Lab::with(settings, &[]);
    let mut see = |seconds, value| {
        lab.judge.note(&[sample("flow", seconds, value)]);
        lab.see(seconds, Vec::new())
    };
    assert!(see(0, 5.0).is_empty());
    assert_eq!(said(&see(10, 12.0)), "boiler: flow at 12, limit 10");
    assert!(see(20, 9.0).is_empty(), "between the limits");
    assert!(said(&see(30, 5.0)).starts_with("boiler: flow at 5 again"));
    assert_eq!(said(&see(40, 0.5)), "boiler: flow at 0.5, limit 1");
    assert!(
        lab.see(1000, Vec::new()).is_empty(),
        "old figures say nothing"
    );
}
