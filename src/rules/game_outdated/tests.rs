use serde_json::json;

use crate::model::id::ResourceKind;
use crate::model::resource::Resource;
use crate::rules::tests::lab::{Lab, game, only, said};

#[test]
fn a_newer_version_is_told_after_a_while_and_over_once_it_runs() {
    let settings = only(
        ResourceKind::Game,
        "game_outdated",
        json!({"dwell_seconds": 600}),
    );
    let mut lab = Lab::with(settings, &[]);
    let with = |newer: Option<&str>| {
        let mut game = game();
        game.newer_version = newer.map(str::to_owned);
        vec![Resource::Game(game)]
    };
    assert!(lab.see(0, with(Some("1.21.9"))).is_empty());
    let told = lab.see(600, with(Some("1.21.9")));
    assert!(said(&told).contains("there is 1.21.9"), "{told:?}");
    let told = lab.see(900, with(None));
    assert!(said(&told).contains("runs the newest"), "{told:?}");
}
