use super::*;

/// `count` samples at 10 s with the values 0.000, 0.001, 0.002 …
async fn record(place: &Place, count: u64) {
    for index in 0..count {
        let at = START + seconds(10 * index);
        let accepted = place
            .history
            .append(&[sample(&guest(100), &CPU, at, index as f64 / 1000.0)], at);
        assert_eq!(accepted.stored, 1, "sample {index}");
    }
}

async fn averages(place: &Place, length: u64, points: usize) -> Vec<f64> {
    let span = window(START, seconds(length));
    let points = place.history.range(&guest(100), &CPU, span, points).await;
    points.expect("the range is read").avg
}

#[tokio::test]
async fn what_was_appended_is_there_before_and_after_the_commit_and_a_restart() {
    let place = Place::new().await;
    record(&place, 30).await;
    let expected: Vec<f64> = (0..30).map(|index| f64::from(index) / 1000.0).collect();
    assert_eq!(averages(&place, 300, 30).await, expected, "in memory");
    place.history.flush().await.expect("it commits");
    assert_eq!(averages(&place, 300, 30).await, expected, "committed");
    let place = place.reopen(START + seconds(300)).await;
    assert_eq!(averages(&place, 300, 30).await, expected, "reopened");
}

#[tokio::test]
async fn an_hour_that_is_over_becomes_a_block_and_reads_the_same() {
    let place = Place::new().await;
    record(&place, 500).await;
    let before = averages(&place, 5000, 500).await;
    place.commit(START + seconds(4200)).await;
    let stats = place.history.stats();
    assert_eq!((stats.counters.blocks, stats.head_samples), (1, 140));
    assert_eq!(averages(&place, 5000, 500).await, before);
    let place = place.reopen(START + seconds(5000)).await;
    assert_eq!(place.history.stats().head_samples, 140);
    assert_eq!(averages(&place, 5000, 500).await, before);
}

#[tokio::test]
async fn buckets_keep_the_smallest_and_the_largest_sample() {
    let place = Place::new().await;
    record(&place, 720).await;
    place.commit(START + seconds(7200)).await;
    let span = window(START, seconds(7200));
    let points = place.history.range(&guest(100), &CPU, span, 2).await;
    let points = points.expect("the range is read");
    assert_eq!(points.step_ms, 3_600_000);
    assert_eq!(points.at, [START, START + seconds(3600)]);
    assert_eq!((points.min[0], points.max[0]), (0.0, 0.359));
    assert_eq!((points.min[1], points.max[1]), (0.36, 0.719));
    assert!((points.avg[0] - 0.1795).abs() < 1e-9);
}

#[tokio::test]
async fn one_metric_of_all_resources_and_all_metrics_of_one_can_be_read() {
    let place = Place::new().await;
    let net = MetricKey::known("net_in");
    for number in 100..170 {
        place.history.append(
            &[
                sample(&guest(number), &CPU, START, 0.5),
                sample(&guest(number), &net, START, 1024.0),
            ],
            START,
        );
    }
    place.commit(START + seconds(4200)).await;
    let span = window(START, seconds(10));
    let all = place.history.range_of_metric(&net, None, span, 1).await;
    let all = all.expect("the range is read");
    assert_eq!(all.len(), 70);
    assert!(all.iter().all(|(_, points)| points.avg == [1024.0]));
    let metrics = [net, CPU, MetricKey::known("disk")];
    let one = place
        .history
        .range_of_resource(&guest(133), &metrics, span, 1)
        .await
        .expect("the range is read");
    let keys: Vec<_> = one.iter().map(|points| points.metric.as_str()).collect();
    assert_eq!(keys, ["net_in", "cpu", "disk"]);
    assert_eq!(one[1].max, [0.5]);
    assert!(one[2].max[0].is_nan(), "never recorded is a gap");
}
