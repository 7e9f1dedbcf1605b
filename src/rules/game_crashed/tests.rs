use serde_json::json;

use crate::model::id::ResourceKind;
use crate::model::resource::{GameStatus, Resource};
use crate::model::target::FailureKind;
use crate::rules::tests::lab::{Lab, game, only, said};

#[test]
fn a_crash_is_told_at_once_and_with_its_reason() {
    let settings = only(ResourceKind::Game, "game_crashed", json!({}));
    let mut lab = Lab::with(settings, &[]);
    let with = |status| {
        let mut game = game();
        game.status = status;
        game.problem = Some("it was ended for want of memory".to_owned());
        vec![Resource::Game(game)]
    };
    assert!(lab.see(0, with(GameStatus::Running)).is_empty());
    let told = lab.see(10, with(GameStatus::Crashed));
    let text = said(&told);
    assert!(text.contains("want of memory"), "{text}");
    assert!(lab.see(20, with(GameStatus::Unknown)).is_empty());
    assert!(lab.fail(30, FailureKind::Timeout).is_empty());
    let told = lab.see(70, with(GameStatus::Running));
    assert!(said(&told).contains("runs again 1 min after"), "{told:?}");
}

#[test]
fn a_crashed_server_that_somebody_switches_off_is_no_longer_of_concern() {
    let settings = only(ResourceKind::Game, "game_crashed", json!({}));
    let mut lab = Lab::with(settings, &[]);
    for (seconds, status) in [(0, GameStatus::Crashed), (10, GameStatus::Stopped)] {
        let mut game = game();
        game.status = status;
        let told = lab.see(seconds, vec![Resource::Game(game)]);
        assert_eq!(told.len(), 1, "{status:?}");
    }
}
