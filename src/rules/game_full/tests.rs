use serde_json::json;

use crate::model::id::ResourceKind;
use crate::model::known::Known;
use crate::model::resource::{GameAnswer, PlayerTrust, Resource};
use crate::rules::tests::lab::{Lab, game, only, said};

fn with(players: Option<u32>, trust: PlayerTrust) -> Vec<Resource> {
    let mut game = game();
    game.player_trust = trust;
    game.answer = Known::Is(GameAnswer {
        players,
        max_players: Some(10),
        ..GameAnswer::default()
    });
    vec![Resource::Game(game)]
}

#[test]
fn a_server_that_stays_full_is_told_and_one_that_was_for_a_moment_is_not() {
    let settings = only(
        ResourceKind::Game,
        "game_full",
        json!({"dwell_seconds": 300}),
    );
    let mut lab = Lab::with(settings, &[]);
    let sure = PlayerTrust::Exact;
    assert!(lab.see(0, with(Some(10), sure)).is_empty());
    assert!(lab.see(60, with(Some(4), sure)).is_empty());
    assert!(lab.see(120, with(Some(10), sure)).is_empty());
    let told = lab.see(420, with(Some(10), sure));
    assert!(
        said(&told).contains("10 of 10 places taken for 5 min"),
        "{told:?}"
    );
    assert!(
        lab.see(480, with(None, sure)).is_empty(),
        "unknown is not free"
    );
    let told = lab.see(540, with(Some(3), sure));
    assert!(said(&told).contains("has places again"), "{told:?}");
}

#[test]
fn a_count_that_cannot_be_believed_fills_nothing() {
    let settings = only(ResourceKind::Game, "game_full", json!({"dwell_seconds": 0}));
    let mut lab = Lab::with(settings, &[]);
    assert!(
        lab.see(0, with(Some(10), PlayerTrust::Unreliable))
            .is_empty()
    );
}
