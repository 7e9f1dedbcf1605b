use std::collections::HashMap;
use std::sync::Arc;

use serde_json::json;

use crate::model::id::ResourceKind;
use crate::model::resource::{GameStatus, Resource};
use crate::model::time::Timestamp;
use crate::rules::tests::lab::{Lab, game, only, said};
use crate::rules::{Forecast, Forecasts};

fn foresee(lab: &mut Lab, made_at: i64, full_at: i64) {
    let forecast = Forecast {
        per_day: 24.0 * 1_073_741_824.0,
        full_at: Timestamp::from_seconds(full_at),
        made_at: Timestamp::from_seconds(made_at),
    };
    lab.judge.foresee(Arc::new(Forecasts {
        leaking: HashMap::from([(game().id, forecast)]),
        made_at: Some(Timestamp::from_seconds(made_at)),
        ..Forecasts::default()
    }));
}

fn with(started_at: i64) -> Vec<Resource> {
    let mut game = game();
    game.status = GameStatus::Running;
    game.started_at = Some(Timestamp::from_seconds(started_at));
    vec![Resource::Game(game)]
}

#[test]
fn a_leak_is_told_with_the_time_that_is_left_and_a_restart_ends_it() {
    let settings = only(
        ResourceKind::Game,
        "game_leak",
        json!({"warning": 12, "critical": null}),
    );
    let mut lab = Lab::with(settings, &[]);
    foresee(&mut lab, 1000, 1000 + 6 * 3600);
    assert!(lab.see(1000, with(0)).is_empty());
    let told = lab.see(2800, with(0));
    let text = said(&told);
    assert!(text.contains("1 GiB an hour since its start"), "{text}");
    let told = lab.see(3000, with(2900));
    assert!(said(&told).contains("no longer"), "{told:?}");
}
