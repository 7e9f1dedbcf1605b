//! What everything stood at, at one moment.

use super::*;

const FRESH: Duration = Duration::from_secs(300);

async fn standing(place: &Place, at: Timestamp) -> Vec<(u32, Option<f64>)> {
    let all = place.history.standing_at(at, FRESH, |_, _| true).await;
    let all = all.expect("the moment is read");
    (100..104)
        .map(|number| {
            let figures = all.get(&guest(number));
            (
                number,
                figures.and_then(|figures| figures.get(&CPU).copied()),
            )
        })
        .collect()
}

/// Four guests, each looked at less often than the one before, with an hour and a half of figures
/// that tell their own minute; the last one stops after half an hour.
async fn record(place: &Place) {
    for second in (0..5400_u64).step_by(10) {
        let at = START + seconds(second);
        let is_due = |number: u32| match number {
            100 => true,
            101 => second % 60 == 0,
            102 => second % 290 == 0,
            _ => second < 1800,
        };
        let samples: Vec<Sample> = (100..104)
            .filter(|number| is_due(*number))
            .map(|number| sample(&guest(number), &CPU, at, (second / 10) as f64 / 1000.0))
            .collect();
        place.history.append(&samples, at);
    }
    place.history.flush().await.expect("it commits");
}

/// What is to be found at a second after the start.
fn expected(second: u64) -> Vec<(u32, Option<f64>)> {
    let figure = |newest: u64| (second - newest <= 300).then_some((newest / 10) as f64 / 1000.0);
    let newest = |step: u64| second / step * step;
    vec![
        (100, figure(newest(10))),
        (101, figure(newest(60))),
        (102, figure(newest(290))),
        (103, figure(newest(10).min(1790))),
    ]
}

#[tokio::test]
async fn a_moment_is_the_same_in_memory_and_in_blocks() {
    let place = Place::new().await;
    record(&place).await;
    // Within an hour, right behind its border, and where one guest has just become too old.
    let moments = [5, 1234, 2090, 2091, 3599, 3600, 3604, 5399];
    for second in moments {
        let found = standing(&place, START + seconds(second)).await;
        assert_eq!(found, expected(second), "in memory, after {second} s");
    }
    // The first hour goes into a block, the second stays in memory.
    place.commit(START + seconds(5400)).await;
    for second in moments {
        let found = standing(&place, START + seconds(second)).await;
        assert_eq!(found, expected(second), "half in a block, after {second} s");
    }
    place.commit(START + seconds(3 * 3600)).await;
    for second in moments {
        let found = standing(&place, START + seconds(second)).await;
        assert_eq!(found, expected(second), "in blocks, after {second} s");
    }
    let none = standing(&place, START - seconds(1)).await;
    assert!(none.iter().all(|(_, value)| value.is_none()), "{none:?}");
}

#[tokio::test]
async fn what_was_imported_counts_where_nothing_was_measured_the_finest_first() {
    let place = Place::new().await;
    record(&place).await;
    let begin = START - seconds(7200);
    for (resolution, value) in [(1800, 0.1), (60, 0.2)] {
        let from = if resolution == 60 {
            START - seconds(600)
        } else {
            begin
        };
        let points: Vec<(Timestamp, f64)> = (0..8)
            .map(|index| (from + seconds(index * resolution), value))
            .collect();
        let length = seconds(resolution);
        let imported = place
            .history
            .import(&guest(100), &CPU, length, &points)
            .await;
        imported.expect("it is imported");
    }
    for (second, value) in [
        (-7200, 0.1),
        (-700, 0.1),
        (-500, 0.2),
        (600, 0.06),
        (6900, 0.1),
    ] {
        let at = Timestamp::from_seconds(START.seconds() + second);
        assert_eq!(standing(&place, at).await[0].1, Some(value), "{second}");
    }
}

#[tokio::test]
async fn only_what_is_asked_for_is_read() {
    let place = Place::new().await;
    record(&place).await;
    let at = START + seconds(60);
    let wanted = |id: &ResourceId, _: &MetricKey| *id == guest(101);
    let all = place.history.standing_at(at, FRESH, wanted).await;
    let all = all.expect("the moment is read");
    assert_eq!(all.len(), 1);
    assert_eq!(all[&guest(101)][&CPU], 0.006);
}
