//! Long spans, which are read from headers and summaries.

use super::*;

/// Two days and a half of a sample a minute, with a night without any.
async fn record(place: &Place) {
    for minute in 0..3600_u64 {
        let at = START + seconds(60 * minute);
        if !(900..1300).contains(&minute) {
            let value = (minute % 977) as f64 / 1000.0;
            let samples = [
                sample(&guest(100), &CPU, at, value),
                sample(&guest(100), &MetricKey::known("memory"), at, 4e9),
                sample(&guest(101), &MetricKey::parse("app.queue"), at, value * 1e6),
            ];
            assert_eq!(place.history.append(&samples, at).stored, 3);
        }
        if minute % 60 == 59 {
            place.history.flush().await.expect("it commits");
        }
    }
}

async fn all(place: &Place, points: usize) -> Vec<crate::history::Points> {
    let span = window(START, seconds(3600 * 60));
    let mut found = Vec::new();
    for (number, metric) in [(100, "cpu"), (100, "memory"), (101, "app.queue")] {
        let metric = MetricKey::parse(metric);
        let points = place
            .history
            .range(&guest(number), &metric, span, points)
            .await;
        found.push(points.expect("the range is read"));
    }
    found
}

/// Compares, taking one gap for another and sums for equal that differ by rounding.
fn assert_same(found: &[crate::history::Points], expected: &[crate::history::Points], when: &str) {
    for (found, expected) in found.iter().zip(expected) {
        assert_eq!(found.at, expected.at, "{when}");
        let pairs = [
            (&found.avg, &expected.avg),
            (&found.min, &expected.min),
            (&found.max, &expected.max),
        ];
        for (a, b) in pairs {
            for (a, b) in a.iter().zip(b) {
                let same = (a.is_nan() && b.is_nan()) || (a - b).abs() <= b.abs() * 1e-9;
                assert!(same, "{when}: {} {a} {b}", found.metric);
            }
        }
    }
}

#[tokio::test]
async fn summaries_blocks_and_memory_tell_the_same() {
    let place = Place::new().await;
    record(&place).await;
    let blocks = all(&place, 21).await;
    assert_eq!(blocks[0].step_ms, 3 * 3_600_000);
    assert!(
        blocks[0].avg.iter().any(|value| value.is_nan()),
        "the night is a gap"
    );
    place.history.keep_house().await.expect("the house is kept");
    assert_same(&all(&place, 21).await, &blocks, "with summaries");
    let fine = all(&place, 1000).await;
    let place = place.reopen(START + seconds(3600 * 60)).await;
    assert_same(&all(&place, 21).await, &blocks, "reopened");
    assert_same(&all(&place, 1000).await, &fine, "reopened, from samples");
}

#[tokio::test]
async fn a_day_that_changes_after_its_summary_is_summed_up_again() {
    let place = Place::new().await;
    record(&place).await;
    place.history.keep_house().await.expect("the house is kept");
    // The clock is set back into the first day.
    let at = START + seconds(90);
    place
        .history
        .append(&[sample(&guest(100), &CPU, at, 1.5)], at);
    assert_eq!(all(&place, 21).await[0].max[0], 1.5, "from memory");
    place.commit(START + seconds(3600 * 60)).await;
    assert_eq!(all(&place, 21).await[0].max[0], 1.5, "from the block");
    place
        .history
        .shared
        .keep_house(START + seconds(3600 * 60))
        .await
        .expect("the house is kept");
    assert_eq!(all(&place, 21).await[0].max[0], 1.5, "from the summary");
}
