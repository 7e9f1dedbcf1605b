use std::time::Duration;

use serde_json::json;
use simulator::{PanelGame, PanelKind, PanelServer};

use super::KIND;
use crate::model::resource::{GameStatus, PlayerTrust};
use crate::sources::games::host::StopOrder;
use crate::sources::panel::fake::{NOON, host, look, misbehaves, source};

const ID: &str = "6f7f1c1e-6d7a-4c3e-8a55-0c5a5a1b2c3d";

async fn panel() -> PanelServer {
    let mut crashed = PanelGame::running("7-crashed", "Broken", "minecraft-bedrock", 19_132);
    crashed.state = "crashed".into();
    let games = vec![
        PanelGame::running(ID, "Attic", "minecraft-java", 25_565),
        crashed,
    ];
    PanelServer::start(PanelKind::Crafty, games)
        .await
        .expect("the simulator starts")
}

#[tokio::test]
async fn players_come_from_crafty_itself() {
    let panel = panel().await;
    let mut source = source(&KIND, &panel, &json!({}));
    let look_at = source.poll(NOON).await.expect("it answers");
    assert_eq!(look_at.summary.version.as_deref(), Some("4.5.3"));
    let games = look(&mut source, NOON + Duration::from_secs(10)).await;
    let games = games.expect("it answers");
    let up = &games[0];
    assert_eq!(up.name, "Attic");
    assert_eq!(up.status, GameStatus::Running);
    assert_eq!(up.game.as_deref(), Some("minecraft-java"));
    assert_eq!(
        (up.players(), up.player_trust),
        (Some(2), PlayerTrust::Exact)
    );
    let answer = up.answer.value().expect("an answer");
    assert_eq!(answer.max_players, Some(20));
    let names = answer.names.as_deref().expect("names");
    assert_eq!(*names, ["alice", "bob"]);
    assert_eq!(up.memory.used, Some(1_610_612_736));
    let crashed = &games[1];
    assert_eq!(crashed.status, GameStatus::Crashed);
    assert_eq!(crashed.players(), None);
    assert_eq!(
        panel.requests().len(),
        4,
        "a list, two servers and the version, once in 20 s"
    );
}

#[tokio::test]
async fn orders_and_the_log_go_through() {
    let panel = panel().await;
    let host = host(&KIND, &panel, &json!({}));
    host.command(ID, "say hello").await.expect("it is up");
    let log = host.log(ID, 1).await.expect("a log");
    assert_eq!(log, ["[08:00:09] Done (9.1s)!"]);
    let order = StopOrder {
        grace_s: 60,
        signal: None,
    };
    host.stop(ID, &order).await.expect("it stops");
    let game = panel.game(ID).expect("a server");
    assert_eq!(
        (game.state.as_str(), game.console),
        ("offline", vec!["say hello".into()])
    );
    host.start(ID).await.expect("it starts");
    assert_eq!(panel.game(ID).expect("a server").state, "running");
}

#[tokio::test]
async fn every_misbehaviour_is_told_apart() {
    misbehaves(&KIND, &panel().await, &json!({})).await;
}
