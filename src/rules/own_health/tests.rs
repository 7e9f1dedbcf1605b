use crate::model::alert::{Severity, Transition};
use crate::model::id::ResourceId;
use crate::model::time::Timestamp;
use crate::rules::tests::lab::open;
use crate::rules::{Judge, OwnHealth, Pause, RuleSettings};
use crate::state::{Diff, Fleet};

fn paused() -> OwnHealth {
    OwnHealth {
        paused: Some(Pause {
            since: Timestamp::from_seconds(40),
            disk_full: true,
            reason: "write to the database: the disk is full".into(),
        }),
        ..OwnHealth::default()
    }
}

/// Judges at `seconds`, with no target configured.
fn look(judge: &mut Judge, own: OwnHealth, seconds: i64) -> Vec<Transition> {
    judge.set_own(own);
    let now = Timestamp::from_seconds(seconds);
    judge.evaluate(&Fleet::default(), &Diff::default(), now)
}

#[test]
fn paused_recording_is_told_once_and_so_is_its_end() {
    let mut judge = Judge::new(RuleSettings::default(), &[]);
    assert!(look(&mut judge, OwnHealth::default(), 30).is_empty());
    let told = look(&mut judge, paused(), 50);
    let [Transition::Fire(finding)] = &told[..] else {
        panic!("it fires: {told:?}");
    };
    assert_eq!(finding.resource, ResourceId::own());
    assert_eq!(finding.severity, Severity::Critical);
    assert!(
        finding.message.starts_with(
            "homepulse: history has not been recorded for 10 s — write to the database: \
             the disk is full. Free some space"
        ),
        "{}",
        finding.message
    );
    assert!(look(&mut judge, paused(), 60).is_empty());
    let told = look(&mut judge, OwnHealth::default(), 100);
    let [Transition::Clear { message, .. }] = &told[..] else {
        panic!("it ends: {told:?}");
    };
    assert_eq!(message, "homepulse: history is recorded again after 1 min");
}

#[test]
fn the_alert_of_a_process_that_is_gone_ends_when_the_next_one_records() {
    let mut judge = Judge::new(RuleSettings::default(), &[]);
    let told = look(&mut judge, paused(), 50);
    let [Transition::Fire(finding)] = &told[..] else {
        panic!("it fires: {told:?}");
    };
    let mut next = Judge::new(RuleSettings::default(), &[open(finding)]);
    let told = look(&mut next, OwnHealth::default(), 100);
    assert!(matches!(told[..], [Transition::Clear { .. }]), "{told:?}");
}
