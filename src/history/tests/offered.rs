use super::*;
use crate::history::{Accepted, Recording};

fn one(place: &Place, at: Timestamp, now: Timestamp, value: f64) -> Accepted {
    place
        .history
        .append(&[sample(&guest(100), &CPU, at, value)], now)
}

async fn minutes(place: &Place, count: u64) -> Vec<f64> {
    let span = window(START, seconds(count * 60));
    let points = place
        .history
        .range(&guest(100), &CPU, span, count as usize)
        .await;
    points.expect("the range is read").avg
}

#[tokio::test]
async fn late_samples_are_kept_for_ten_minutes_and_then_counted() {
    let place = Place::new().await;
    let now = START + seconds(1200);
    assert_eq!(one(&place, now, now, 0.3).stored, 1);
    assert_eq!(one(&place, now - seconds(600), now, 0.1).stored, 1);
    assert_eq!(one(&place, now - seconds(300), now, 0.2).stored, 1);
    assert_eq!(one(&place, now - seconds(601), now, 0.9).late, 1);
    let found: Vec<f64> = minutes(&place, 21).await;
    let found: Vec<f64> = found.into_iter().filter(|value| !value.is_nan()).collect();
    assert!(
        found.starts_with(&[0.1]) && found.ends_with(&[0.3]),
        "{found:?}"
    );
    assert_eq!(place.history.stats().counters.samples.late, 1);
}

#[tokio::test]
async fn the_first_sample_of_a_second_stays_and_the_next_is_a_duplicate() {
    let place = Place::new().await;
    assert_eq!(one(&place, START, START, 0.5).stored, 1);
    assert_eq!(
        one(&place, START + Duration::from_millis(400), START, 0.7).duplicate,
        1
    );
    place.history.flush().await.expect("it commits");
    assert_eq!(one(&place, START, START, 0.9).duplicate, 1);
    assert_eq!(minutes(&place, 1).await, [0.5]);
}

#[tokio::test]
async fn samples_from_the_future_are_dropped_and_counted() {
    let place = Place::new().await;
    assert_eq!(one(&place, START + seconds(61), START, 0.5).future, 1);
    assert_eq!(one(&place, START + seconds(60), START, 0.5).stored, 1);
}

#[tokio::test]
async fn what_is_not_a_number_is_a_gap_and_gaps_stay() {
    let place = Place::new().await;
    for minute in 0..6 {
        let at = START + seconds(60 * minute);
        let value = match minute {
            2 => f64::NAN,
            3 => f64::INFINITY,
            _ => 0.25,
        };
        one(&place, at, at, value);
    }
    assert_eq!(place.history.stats().counters.samples.unknown, 2);
    for sealed in [false, true] {
        if sealed {
            place.commit(START + seconds(4200)).await;
        }
        let gaps: Vec<bool> = minutes(&place, 6)
            .await
            .iter()
            .map(|v| v.is_nan())
            .collect();
        assert_eq!(
            gaps,
            [false, false, true, true, false, false],
            "sealed: {sealed}"
        );
    }
}

#[tokio::test]
async fn a_bucket_shorter_than_the_distance_of_samples_shows_the_sample_before() {
    let place = Place::new().await;
    for minute in [0, 1, 2, 3, 5, 6, 7] {
        let at = START + seconds(60 * minute);
        one(&place, at, at, minute as f64 / 10.0);
    }
    let span = window(START, seconds(480));
    let points = place.history.range(&guest(100), &CPU, span, 24).await;
    let found = points.expect("the range is read").avg;
    assert_eq!(found[..3], [0.0; 3]);
    assert_eq!(found[3..6], [0.1; 3]);
    assert_eq!(found[9..12], [0.3; 3]);
    assert!(
        found[12..15].iter().all(|value| value.is_nan()),
        "{found:?}"
    );
    assert_eq!(found[15..18], [0.5; 3]);
}

#[tokio::test]
async fn samples_that_come_a_little_late_leave_no_gaps_and_missing_ones_do() {
    let place = Place::new().await;
    // Due at 9, 19, 29 …; those at 30 and 61 are a second or two late, the one at 49 is missing.
    for second in [9, 19, 30, 39, 61, 69] {
        let at = START + seconds(second);
        one(&place, at, at, second as f64 / 1000.0);
    }
    let span = window(START, seconds(70));
    let points = place.history.range(&guest(100), &CPU, span, 7).await;
    let found = points.expect("the range is read").avg;
    let expected = [0.009, 0.019, 0.019, 0.039, f64::NAN, f64::NAN, 0.065];
    for (index, (found, expected)) in found.iter().zip(expected).enumerate() {
        let same = (found.is_nan() && expected.is_nan()) || (found - expected).abs() < 0.01;
        assert!(same, "bucket {index}: {found} for {expected}");
    }
}

#[tokio::test]
async fn a_clock_that_is_set_back_costs_nothing_that_was_recorded() {
    let place = Place::new().await;
    for index in 0..60 {
        let at = START + seconds(60 * index);
        one(&place, at, at, 0.1);
    }
    // The clock jumps a day ahead: what came before is sealed early.
    let ahead = START + seconds(86_400 + 1800);
    assert_eq!(one(&place, ahead, ahead, 0.9).stored, 1);
    place.commit(ahead).await;
    // It is set right: samples come again for an hour that has its block.
    for index in 0..60 {
        let at = START + seconds(60 * index + 30);
        assert_eq!(one(&place, at, at, 0.3).stored, 1);
    }
    let both = minutes(&place, 60).await;
    assert!(
        both.iter().all(|value| (value - 0.2).abs() < 1e-9),
        "{both:?}"
    );
    place.commit(START + seconds(4200)).await;
    assert_eq!(minutes(&place, 60).await, both);
    let place = place.reopen(START + seconds(4200)).await;
    assert_eq!(minutes(&place, 60).await, both);
}

#[tokio::test]
async fn too_many_series_are_refused_and_counted() {
    let settings = Settings {
        most_series: 2,
        ..Settings::default()
    };
    let place = Place::with(settings).await;
    for number in 0..3 {
        let accepted = place
            .history
            .append(&[sample(&guest(number), &CPU, START, 0.5)], START);
        assert_eq!(accepted.refused, u64::from(number == 2));
    }
}

#[tokio::test]
async fn the_recording_task_commits_by_itself_and_at_the_end() {
    let place = Place::new().await;
    let stop = tokio_util::sync::CancellationToken::new();
    let task = tokio::spawn(place.history.clone().run(stop.clone()));
    one(&place, START, START, 0.5);
    stop.cancel();
    task.await.expect("the task ends");
    let stats = place.history.stats();
    assert_eq!((stats.waiting, stats.recording), (0, Recording::Running));
    let place = place.reopen(START).await;
    assert_eq!(minutes(&place, 1).await, [0.5]);
}

#[tokio::test]
async fn removed_resources_are_still_listed() {
    let place = Place::new().await;
    one(&place, START, START, 0.5);
    let place = {
        place.history.flush().await.expect("it commits");
        place.reopen(START + seconds(86_400)).await
    };
    let listed = place.history.recorded();
    assert_eq!(listed.len(), 1);
    assert_eq!(listed[0].resource, guest(100));
    assert_eq!(listed[0].metrics, [CPU]);
    assert_eq!((listed[0].first_at, listed[0].last_at), (START, START));
}
