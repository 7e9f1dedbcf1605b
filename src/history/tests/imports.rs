use super::*;

async fn read(place: &Place) -> crate::history::Points {
    let span = window(START - seconds(7200), seconds(14_400));
    let points = place.history.range(&guest(100), &CPU, span, 24).await;
    points.expect("the range is read")
}

async fn import(place: &Place, resolution: u64, from: Timestamp, count: u64, value: f64) -> u64 {
    let points: Vec<(Timestamp, f64)> = (0..count)
        .map(|index| (from + seconds(index * resolution), value))
        .collect();
    place
        .history
        .import(&guest(100), &CPU, seconds(resolution), &points)
        .await
        .expect("it is imported")
}

#[tokio::test]
async fn imported_points_lie_under_what_was_measured_the_finest_on_top() {
    let place = Place::new().await;
    for index in 0..360 {
        let at = START + seconds(10 * index);
        place
            .history
            .append(&[sample(&guest(100), &CPU, at, 0.5)], at);
    }
    let begin = START - seconds(7200);
    assert_eq!(import(&place, 1800, begin, 8, 0.1).await, 8);
    assert_eq!(import(&place, 60, START - seconds(1200), 40, 0.2).await, 40);
    for round in 0..3 {
        let points = read(&place).await;
        assert_eq!(points.avg[..10], [0.1; 10], "coarse, {round}");
        assert_eq!(points.avg[10..12], [0.2; 2], "fine, {round}");
        assert_eq!(points.avg[12..18], [0.5; 6], "measured, {round}");
        assert_eq!(points.avg[18..], [0.1; 6], "coarse again, {round}");
        assert_eq!(points.imported_step_ms, Some(1_800_000));
        place.commit(START + seconds(4200 * round)).await;
    }
}

#[tokio::test]
async fn importing_again_adds_only_what_is_new() {
    let place = Place::new().await;
    let begin = START - seconds(7200);
    assert_eq!(import(&place, 1800, begin, 4, 0.1).await, 4);
    assert_eq!(import(&place, 1800, begin, 8, 0.3).await, 4);
    assert_eq!(import(&place, 1800, begin, 8, 0.4).await, 0);
    let place = place.reopen(START).await;
    let points = read(&place).await;
    assert_eq!(points.avg[..12], [0.1; 12]);
    assert_eq!(points.avg[12..], [0.3; 12]);
}

#[tokio::test]
async fn a_minute_that_was_measured_does_not_stand_for_the_day_around_it() {
    let place = Place::new().await;
    for index in 0..6 {
        let at = START + seconds(10 * index);
        place
            .history
            .append(&[sample(&guest(100), &CPU, at, 1.0)], at);
    }
    assert_eq!(
        import(&place, 300, START - seconds(86_400), 288, 0.1).await,
        288
    );
    let span = window(START - seconds(86_400), seconds(86_400 + 3600));
    let points = place.history.range(&guest(100), &CPU, span, 1).await;
    let points = points.expect("the range is read");
    assert!((0.1..0.11).contains(&points.avg[0]), "{:?}", points.avg);
    assert_eq!((points.min[0], points.max[0]), (0.1, 1.0));
}
