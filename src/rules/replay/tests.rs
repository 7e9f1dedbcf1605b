use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::model::alert::Transition;
use crate::model::metric;
use crate::rules::RuleSettings;
use crate::rules::tests::lab::Lab;

fn limits() -> Limits {
    serde_json::from_value(json!({
        "warning": {"raise": 0.9, "clear": 0.8, "dwell_seconds": 60},
        "critical": {"raise": 0.97, "clear": 0.95, "dwell_seconds": 20},
    }))
    .expect("limits")
}

fn replay(figures: &[(i64, f64)]) -> Fired {
    let mut replay = Replay::new(metric::find("cpu"), limits());
    for (seconds, value) in figures {
        replay.figure(Timestamp::from_seconds(*seconds), *value);
    }
    replay.finish()
}

#[test]
fn it_says_when_people_would_have_been_told_and_for_how_long() {
    let fired = replay(&[
        (0, 0.5),
        (10, 0.95),
        (70, 0.95),
        (80, 0.99),
        (100, 0.99),
        (130, 0.7),
        (140, 0.92),
        (150, 0.5),
    ]);
    assert_eq!((fired.times, fired.total), (1, Duration::from_secs(60)));
    let [span] = fired.spans[..] else {
        panic!("one span: {fired:?}");
    };
    assert_eq!(span.from, Timestamp::from_seconds(70), "after the wait");
    assert_eq!(span.to, Some(Timestamp::from_seconds(130)));
    assert_eq!((span.severity, span.peak), (Severity::Critical, 0.99));
}

#[test]
fn what_still_holds_at_the_end_has_no_end() {
    let fired = replay(&[(0, 0.95), (60, 0.95), (100, 0.95)]);
    assert_eq!((fired.times, fired.total), (1, Duration::from_secs(40)));
    assert_eq!(fired.spans[0].to, None);
}

#[test]
fn a_gap_starts_the_wait_anew() {
    let gap = f64::NAN;
    let fired = replay(&[(0, 0.95), (10, gap), (50, gap), (100, 0.95), (150, 0.95)]);
    assert_eq!(fired.times, 0);
}

proptest! {
    #[test]
    fn it_fires_exactly_when_the_judge_does(
        values in prop::collection::vec(prop::option::weighted(0.9, 0.7..1.0_f64), 1..200),
    ) {
        let settings: RuleSettings = serde_json::from_value(json!({
            "kinds": {"guest": {"metrics": {"cpu": limits(), "memory": null, "disk": null}}},
        }))
        .expect("settings");
        let mut lab = Lab::with(settings, &[]);
        let mut told = Vec::new();
        let mut replay = Replay::new(metric::find("cpu"), limits());
        for (place, value) in values.iter().enumerate() {
            let seconds = place as i64 * 10;
            let guest = crate::rules::tests::lab::guest(*value);
            let seen = lab.see(seconds, vec![crate::model::resource::Resource::Guest(guest)]);
            for transition in seen {
                match transition {
                    Transition::Fire(_) => told.push((seconds, None)),
                    Transition::Clear { .. } => {
                        if let Some(last) = told.last_mut() {
                            last.1 = Some(seconds);
                        }
                    }
                    Transition::Update(_) => {}
                }
            }
            replay.figure(Timestamp::from_seconds(seconds), value.unwrap_or(f64::NAN));
        }
        let fired = replay.finish();
        let spans: Vec<_> = fired
            .spans
            .iter()
            .map(|span| (span.from.seconds(), span.to.map(Timestamp::seconds)))
            .collect();
        prop_assert_eq!(spans, told);
    }
}
