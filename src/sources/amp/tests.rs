use std::time::Duration;

use serde_json::json;
use simulator::{PanelGame, PanelKind, PanelServer};

use super::KIND;
use crate::model::resource::{GameStatus, PlayerTrust};
use crate::sources::games::host::{HostError, StopOrder};
use crate::sources::panel::fake::{NOON, host, look, misbehaves, source};

async fn panel() -> PanelServer {
    let mut failed = PanelGame::running("i-2", "Broken", "Palworld", 8211);
    failed.state = "crashed".into();
    let games = vec![PanelGame::running("i-1", "Attic", "Valheim", 2456), failed];
    PanelServer::start(PanelKind::Amp, games)
        .await
        .expect("the simulator starts")
}

fn user() -> serde_json::Value {
    json!({ "user": PanelServer::USER })
}

#[tokio::test]
async fn one_question_tells_of_every_instance_but_amps_own() {
    let panel = panel().await;
    let mut source = source(&KIND, &panel, &user());
    let games = look(&mut source, NOON).await.expect("it answers");
    assert_eq!(games.len(), 2);
    let up = &games[0];
    assert_eq!(
        (up.name.as_str(), up.game.as_deref()),
        ("Attic", Some("valheim"))
    );
    assert_eq!(up.status, GameStatus::Running);
    assert_eq!(
        (up.players(), up.player_trust),
        (Some(2), PlayerTrust::Unreliable)
    );
    assert_eq!(up.memory.used, Some(1536 << 20));
    assert_eq!(up.memory.total, Some(4 << 30));
    assert_eq!(up.ports[0].port, 2456, "players before tools");
    assert_eq!(games[1].status, GameStatus::Crashed);
    assert_eq!(panel.requests().len(), 2, "a log-in and one question");
}

#[tokio::test]
async fn a_session_that_ran_out_is_renewed_once_and_unseen() {
    let panel = panel().await;
    let mut source = source(&KIND, &panel, &user());
    look(&mut source, NOON).await.expect("it answers");
    panel.end_sessions();
    let again = look(&mut source, NOON + Duration::from_secs(20)).await;
    assert_eq!(again.expect("it logs in again").len(), 2);
    assert_eq!(panel.logins(), 2);
}

#[tokio::test]
async fn orders_go_to_the_instance_with_a_session_of_its_own() {
    let panel = panel().await;
    let host = host(&KIND, &panel, &user());
    let order = StopOrder {
        grace_s: 60,
        signal: None,
    };
    host.command("i-1", "save").await.expect("it is up");
    host.stop("i-1", &order).await.expect("it stops");
    let game = panel.game("i-1").expect("a server");
    assert_eq!(
        (game.state.as_str(), game.console),
        ("offline", vec!["save".into()])
    );
    host.start("i-2").await.expect("it starts");
    assert_eq!(panel.logins(), 2, "one for each instance");
    let log = host.log("i-1", 10).await.expect("a log");
    assert_eq!(log, ["Loading", "Game is up"]);
    host.backup("i-1", "nightly").await.expect("room");
    let backups = host.backups("i-1").await.expect("a list");
    assert_eq!(backups[0].at, Some(1_795_334_400_000));
    host.restore("i-1", &backups[0].id)
        .await
        .expect("it is there");
    let gone = host.restore("i-1", "none").await.expect_err("none");
    assert!(
        matches!(&gone, HostError::Refused(told) if told == "No such backup"),
        "{gone}"
    );
}

#[tokio::test]
async fn every_misbehaviour_is_told_apart() {
    misbehaves(&KIND, &panel().await, &user()).await;
}
