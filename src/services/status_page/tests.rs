use super::uptime::count;
use super::*;
use crate::history::Points;
use crate::model::metric::MetricKey;

const START: Timestamp = Timestamp(1_795_046_400_000);
const HOUR: i64 = 3_600_000;

fn hours(figures: &[f64]) -> Points {
    Points {
        metric: MetricKey::known("memory"),
        step_ms: HOUR,
        at: (0..)
            .zip(figures)
            .map(|(hour, _)| Timestamp(START.millis() + hour * HOUR))
            .collect(),
        avg: figures.to_vec(),
        min: figures.to_vec(),
        max: figures.to_vec(),
        imported_step_ms: None,
    }
}

fn state(minutes: i64, word: &str) -> (Timestamp, String) {
    (
        Timestamp(START.millis() + minutes * 60_000),
        word.to_owned(),
    )
}

fn first_day(figures: &[f64], states: &[(Timestamp, String)]) -> Option<f64> {
    let now = Timestamp(START.millis() + 100 * HOUR);
    let uptime = count(&hours(figures), states, true, START, now);
    assert_eq!(uptime.days().len(), DAYS);
    assert_eq!(uptime.days()[1], None, "nothing was measured");
    assert_eq!(uptime.overall(), uptime.days()[0]);
    uptime.days()[0]
}

#[test]
fn hours_without_figures_count_neither_way() {
    let gap = f64::NAN;
    assert_eq!(first_day(&[gap, gap], &[]), None);
    assert_eq!(first_day(&[1.0, gap, gap, 1.0], &[]), Some(1.0));
    assert_eq!(first_day(&[1.0, 0.0, gap, 1.0, 1.0], &[]), Some(0.75));
}

#[test]
fn recorded_states_count_by_the_minute() {
    let states = [
        state(0, "running"),
        state(60, "stopped"),
        state(90, "running"),
    ];
    assert_eq!(first_day(&[1.0, 1.0], &states), Some(0.75));
    let unknown = [state(0, "running"), state(60, "unknown")];
    assert_eq!(first_day(&[1.0, 1.0], &unknown), Some(1.0));
    let later = [state(60, "stopped")];
    assert_eq!(first_day(&[1.0, 1.0], &later), Some(0.5), "figures before");
}

#[test]
fn what_makes_no_sense_is_refused_with_its_field() {
    let guest = |name: &str| Item {
        resource: "guest:tgt_lab:100".parse().unwrap(),
        name: name.to_owned(),
    };
    let good = Setting {
        items: vec![guest("  Web  ")],
        ..Setting::default()
    };
    assert_eq!(check::check(good.clone()).unwrap().items[0].name, "Web");
    for (setting, expected) in [
        (
            Setting {
                slug: "../x".into(),
                ..good.clone()
            },
            "slug",
        ),
        (
            Setting {
                slug: "style.css".into(),
                ..good.clone()
            },
            "slug",
        ),
        (
            Setting {
                title: " ".into(),
                ..good.clone()
            },
            "title",
        ),
        (
            Setting {
                items: vec![guest("")],
                ..good.clone()
            },
            "items.0.name",
        ),
        (
            Setting {
                items: vec![guest("a"), guest("b")],
                ..good.clone()
            },
            "items.1.resource",
        ),
        (
            Setting {
                items: vec![Item {
                    resource: "disk:tgt_lab:x".parse().unwrap(),
                    name: "x".into(),
                }],
                ..good.clone()
            },
            "items.0.resource",
        ),
    ] {
        match check::check(setting).unwrap_err() {
            StatusPageError::Invalid { field, .. } => assert_eq!(field, expected),
            other => panic!("{other}"),
        }
    }
}
