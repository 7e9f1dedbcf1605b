//! Arbitrary series through commits, blocks and restarts: what goes in comes out.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::history::{Format, Selection};

#[derive(Clone, Debug)]
enum Step {
    /// Time passes, then a sample of a series comes, this late.
    Sample {
        after: u16,
        late: u16,
        series: u8,
        value: f64,
    },
    /// Somebody sets the clock, forth or back.
    SetClock {
        by: i64,
    },
    Commit,
    KeepHouse,
    Restart,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let value = prop_oneof![Just(0.25), 0.0..1.0_f64, 0.0..5e12_f64, Just(f64::NAN)];
    let sample = (
        prop_oneof![Just(10_u16), 0..30_u16, 0..4000_u16],
        prop_oneof![9 => Just(0_u16), 1 => 0..700_u16],
        0..4_u8,
        value,
    )
        .prop_map(|(after, late, series, value)| Step::Sample {
            after,
            late,
            series,
            value,
        });
    let step = prop_oneof![
        40 => sample,
        4 => Just(Step::Commit),
        1 => Just(Step::KeepHouse),
        1 => (-90_000..90_000_i64).prop_map(|by| Step::SetClock { by }),
        1 => Just(Step::Restart),
    ];
    prop::collection::vec(step, 0..250)
}

const SERIES: [(u32, &str, f64); 4] = [
    (100, "cpu", 0.001),
    (100, "memory", 1_048_576.0),
    (101, "net_in", 1024.0),
    (102, "own.figure", f64::NAN),
];

/// What came out, by series and second.
async fn exported(history: &History) -> BTreeMap<(String, i64), f64> {
    let span = window(START - seconds(86_400), seconds(86_400 * 400));
    let mut export = history.export(&Selection::default(), span, Format::JsonLines);
    let mut all = BTreeMap::new();
    let mut last = BTreeMap::new();
    while let Some(piece) = export.next().await.expect("it is read") {
        for line in String::from_utf8(piece).expect("it is text").lines() {
            let line: serde_json::Value = serde_json::from_str(line).expect("it is JSON");
            let key = format!("{} {}", line["resource"], line["metric"]);
            let at = line["at"].as_i64().expect("a time") / 1000;
            let before = last.insert(key.clone(), at);
            assert!(before < Some(at), "{key} is in order");
            all.insert((key, at), line["value"].as_f64().expect("a figure"));
        }
    }
    all
}

async fn play(steps: Vec<Step>) {
    let mut place = Place::new().await;
    let mut now = START;
    let mut is_set_back = false;
    let mut expected: BTreeMap<(String, i64), f64> = BTreeMap::new();
    for step in steps {
        match step {
            Step::Sample {
                after,
                late,
                series,
                value,
            } => {
                now = now + seconds(u64::from(after));
                let at = now - seconds(u64::from(late));
                let (number, metric, _) = SERIES[usize::from(series)];
                let resource = guest(number);
                let accepted = place.history.append(
                    &[sample(&resource, &MetricKey::parse(metric), at, value)],
                    now,
                );
                let key = (format!("\"{resource}\" \"{metric}\""), at.seconds());
                let is_new = late <= 600 && value.is_finite() && !expected.contains_key(&key);
                // Of a second that is packed already, the first sample stays all the same.
                let may_be_packed = is_set_back && expected.contains_key(&key);
                assert!(
                    accepted.stored == u64::from(is_new) || may_be_packed,
                    "{accepted:?}"
                );
                if is_new {
                    expected.insert(key, value);
                }
            }
            Step::SetClock { by } => {
                is_set_back |= by < 0;
                let by = Timestamp(now.millis() + by * 1000);
                // The year-long window of the export begins a day before the start.
                now = by.max(START - seconds(80_000));
            }
            Step::Commit => place.commit(now).await,
            Step::KeepHouse => place
                .history
                .shared
                .keep_house(now)
                .await
                .expect("it is kept"),
            Step::Restart => {
                place.commit(now).await;
                place = place.reopen(now).await;
            }
        }
    }
    let found = exported(&place.history).await;
    assert_eq!(
        found.keys().collect::<Vec<_>>(),
        expected.keys().collect::<Vec<_>>()
    );
    for (key, value) in &expected {
        let quantum = SERIES
            .iter()
            .find(|row| key.0.contains(row.1))
            .map_or(f64::NAN, |row| row.2);
        let error = (found[key] - value).abs();
        let limit = if quantum.is_nan() {
            value.abs() / 1e6
        } else {
            // Figures beyond what a scale can hold become its largest.
            quantum / 2.0 * 1.000_001
        };
        let is_saturated = *value > quantum * f64::from(i32::MAX);
        assert!(
            error <= limit || is_saturated,
            "{key:?}: {} for {value}",
            found[key]
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn what_goes_in_comes_out_within_the_quantum_and_in_order(steps in steps()) {
        tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime")
            .block_on(play(steps));
    }
}
