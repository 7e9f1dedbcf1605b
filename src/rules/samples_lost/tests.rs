use crate::model::alert::{Severity, Transition};
use crate::model::time::Timestamp;
use crate::rules::tests::lab::{said, severity};
use crate::rules::{Judge, Lost, OwnHealth, RuleSettings};

fn look(judge: &mut Judge, refused: u64, untimely: u64, seconds: i64) -> Vec<Transition> {
    judge.set_own(OwnHealth {
        lost: Lost { refused, untimely },
        ..OwnHealth::default()
    });
    judge.evaluate_own(Timestamp::from_seconds(seconds))
}

#[test]
fn a_few_are_nothing_and_many_are_told_until_they_are_past() {
    let mut judge = Judge::new(RuleSettings::default(), &[]);
    assert!(look(&mut judge, 0, 99, 0).is_empty());
    let told = look(&mut judge, 90, 30, 60);
    assert_eq!(severity(&told), Some(Severity::Warning));
    assert!(
        said(&told).starts_with(
            "homepulse: 120 samples were not kept within 10 min — 90 had no room, the times of 30"
        ),
        "{told:?}"
    );
    assert_eq!(
        said(&look(&mut judge, 0, 3, 660)),
        "homepulse: samples are kept again after 10 min"
    );
}
