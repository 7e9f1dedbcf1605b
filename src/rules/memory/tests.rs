use proptest::prelude::*;

use super::*;

const RAISE: f64 = 0.9;
const CLEAR: f64 = 0.8;

fn level(value: f64, raise: f64, clear: f64, dwell: u64) -> Level {
    let signal = if value >= raise {
        Signal::Beyond
    } else if value < clear {
        Signal::Within
    } else {
        Signal::Between
    };
    Level {
        signal,
        dwell: Duration::from_secs(dwell),
        limit: Some(raise),
        clear: Some(clear),
    }
}

fn warning(value: f64, dwell: u64) -> Levels {
    Levels::only(Severity::Warning, level(value, RAISE, CLEAR, dwell))
}

#[test]
fn it_fires_after_the_dwell_and_clears_only_below_the_lower_limit() {
    let mut memory = Memory::default();
    for (seconds, value, expected) in [
        (0, 0.95, Verdict::Hold),
        (60, 0.99, Verdict::Hold),
        (120, 0.91, Verdict::Fire(Severity::Warning)),
        (180, 0.85, Verdict::Hold),
        (240, 0.95, Verdict::Hold),
        (300, 0.79, Verdict::Clear),
        (360, 0.85, Verdict::Hold),
    ] {
        let now = Timestamp::from_seconds(seconds);
        let verdict = memory.look(&warning(value, 120), None, now);
        assert_eq!(verdict, expected, "at {seconds} s");
    }
    assert!(memory.is_empty());
}

#[test]
fn a_dip_below_the_upper_limit_starts_the_wait_anew() {
    let mut memory = Memory::default();
    for (seconds, value, expected) in [
        (0, 0.95, Verdict::Hold),
        (60, 0.85, Verdict::Hold),
        (120, 0.95, Verdict::Hold),
        (240, 0.95, Verdict::Fire(Severity::Warning)),
    ] {
        let now = Timestamp::from_seconds(seconds);
        let verdict = memory.look(&warning(value, 120), None, now);
        assert_eq!(verdict, expected, "at {seconds} s");
    }
}

#[test]
fn a_long_time_out_of_sight_starts_the_wait_anew_and_a_short_one_does_not() {
    for (unseen, expected) in [(10, Verdict::Fire(Severity::Warning)), (100, Verdict::Hold)] {
        let mut memory = Memory::default();
        let at = Timestamp::from_seconds;
        memory.look(&warning(0.95, 120), None, at(0));
        memory.look_away(at(120 - unseen));
        let verdict = memory.look(&warning(0.95, 120), None, at(120));
        assert_eq!(verdict, expected, "unseen for {unseen} s");
    }
}

#[test]
fn the_worst_severity_counts_and_each_has_its_own_hysteresis() {
    let both = |value| {
        Levels::only(Severity::Warning, level(value, 0.85, 0.80, 0))
            .with(Severity::Critical, Some(level(value, 0.95, 0.92, 0)))
    };
    let mut memory = Memory::default();
    for (seconds, value, expected) in [
        (0, 0.86, Verdict::Fire(Severity::Warning)),
        (1, 0.96, Verdict::Change(Severity::Critical)),
        (2, 0.93, Verdict::Hold),
        (3, 0.91, Verdict::Change(Severity::Warning)),
        (4, 0.81, Verdict::Hold),
        (5, 0.79, Verdict::Clear),
        (6, 0.99, Verdict::Fire(Severity::Critical)),
        (7, 0.10, Verdict::Clear),
    ] {
        let now = Timestamp::from_seconds(seconds);
        assert_eq!(
            memory.look(&both(value), None, now),
            expected,
            "at {seconds} s"
        );
    }
}

#[test]
fn an_alert_open_before_a_restart_does_not_fire_again() {
    let since = Timestamp::from_seconds(0);
    let mut memory = Memory::of_open_alert(Severity::Warning, since);
    for (seconds, value, expected) in [
        (10, 0.95, Verdict::Hold),
        (20, 0.85, Verdict::Hold),
        (30, 0.70, Verdict::Clear),
    ] {
        let now = Timestamp::from_seconds(seconds);
        assert_eq!(memory.look(&warning(value, 300), None, now), expected);
    }
}

proptest! {
    #[test]
    fn it_fires_at_most_once_per_crossing(
        values in prop::collection::vec(0.0..1.0_f64, 1..200),
        dwell in 0_u64..50,
    ) {
        let mut memory = Memory::default();
        let mut firing = false;
        let mut low_since_clear = true;
        for (index, value) in values.into_iter().enumerate() {
            let now = Timestamp::from_seconds(10 * i64::try_from(index).expect("small"));
            let verdict = memory.look(&warning(value, dwell), None, now);
            match verdict {
                Verdict::Fire(_) => {
                    prop_assert!(!firing, "fired twice");
                    prop_assert!(value >= RAISE, "fired below the limit");
                    prop_assert!(low_since_clear, "fired again without a crossing");
                    firing = true;
                    low_since_clear = false;
                }
                Verdict::Clear => {
                    prop_assert!(firing, "cleared what did not fire");
                    prop_assert!(value < CLEAR, "cleared above the lower limit");
                    firing = false;
                }
                Verdict::Change(_) => prop_assert!(false, "there is one severity"),
                Verdict::Hold => {}
            }
            if value < CLEAR {
                low_since_clear = true;
            }
            prop_assert_eq!(memory.firing().is_some(), firing);
        }
    }
}
