use serde_json::json;

use crate::model::alert::Transition;
use crate::model::id::ResourceKind;
use crate::model::resource::{GameStatus, Resource};
use crate::rules::tests::lab::{Lab, game, only, said};

fn lab() -> Lab {
    let settings = only(
        ResourceKind::Game,
        "game_offline",
        json!({"dwell_seconds": 0}),
    );
    Lab::with(settings, &[])
}

fn see(lab: &mut Lab, seconds: i64, status: GameStatus, silent_for: u32) -> Vec<Transition> {
    let mut game = game();
    game.status = status;
    game.silent_for = silent_for;
    lab.see(seconds, vec![Resource::Game(game)])
}

#[test]
fn silence_is_told_once_and_ends_with_an_answer() {
    let mut lab = lab();
    assert!(see(&mut lab, 0, GameStatus::Running, 2).is_empty());
    let told = see(&mut lab, 30, GameStatus::Unresponsive, 3);
    assert!(said(&told).contains("has not answered"), "{told:?}");
    assert!(see(&mut lab, 60, GameStatus::Starting, 4).is_empty());
    assert!(see(&mut lab, 90, GameStatus::Unknown, 0).is_empty());
    let told = see(&mut lab, 120, GameStatus::Running, 0);
    assert!(said(&told).contains("answers again"), "{told:?}");
}

#[test]
fn what_is_off_asleep_or_crashed_need_not_answer() {
    for status in [
        GameStatus::Stopped,
        GameStatus::Stopping,
        GameStatus::Sleeping,
        GameStatus::Crashed,
    ] {
        let mut lab = lab();
        assert!(see(&mut lab, 0, status, 0).is_empty());
        assert_eq!(see(&mut lab, 30, GameStatus::Unresponsive, 3).len(), 1);
        assert_eq!(see(&mut lab, 60, status, 0).len(), 1, "{status:?} ends it");
    }
}
