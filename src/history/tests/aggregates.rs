use super::*;

#[tokio::test]
async fn figures_of_a_span_count_every_sample_on_disk_and_in_memory() {
    let place = Place::new().await;
    for index in 0..500_u64 {
        let at = START + seconds(10 * index);
        let value = ((index * 7) % 500) as f64 / 1000.0;
        place
            .history
            .append(&[sample(&guest(100), &CPU, at, value)], at);
    }
    for sealed in [false, true] {
        if sealed {
            place.commit(START + seconds(5000)).await;
        }
        let span = window(START, seconds(5000));
        let found = place
            .history
            .aggregate(&guest(100), &CPU, span, Some(0.4))
            .await;
        let found = found.expect("it is read").expect("there are samples");
        assert_eq!((found.count, found.min, found.max), (500, 0.0, 0.499));
        assert_eq!((found.p50, found.p95, found.p99), (0.249, 0.474, 0.494));
        assert!((found.avg - 0.2495).abs() < 1e-9);
        assert_eq!(found.max_at, START + seconds(10 * 357));
        assert_eq!(found.above, seconds(10 * 99));
    }
}

#[tokio::test]
async fn time_above_a_limit_does_not_run_through_gaps() {
    let place = Place::new().await;
    for minute in (0..10).chain(30..40) {
        let at = START + seconds(60 * minute);
        place
            .history
            .append(&[sample(&guest(100), &CPU, at, 0.9)], at);
    }
    let span = window(START, seconds(3600));
    let found = place
        .history
        .aggregate(&guest(100), &CPU, span, Some(0.8))
        .await;
    let found = found.expect("it is read").expect("there are samples");
    assert_eq!(found.above, seconds(20 * 60));
}

#[tokio::test]
async fn a_series_without_samples_has_no_figures() {
    let place = Place::new().await;
    let span = window(START, seconds(60));
    let found = place.history.aggregate(&guest(1), &CPU, span, None).await;
    assert_eq!(found.expect("it is read"), None);
}
