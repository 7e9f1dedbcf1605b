//! Game servers from the socket that is asked to the API.

use serde_json::json;
use simulator::{GameProtocol, GameServer, GameState, Role};

use crate::appliance::{Appliance, Lab};

#[tokio::test]
async fn a_game_server_that_is_added_is_asked_and_its_players_come_and_go() {
    let lab = Lab::start(1, 1).await;
    let server = GameServer::start(GameProtocol::Mumble, GameState::default())
        .await
        .expect("a game server");
    let config = lab.config(&[lab.target("lab", Role::Auditor)]);
    let appliance = Appliance::start(&config, &lab.data_dir());
    appliance
        .wait_for("/api/hp/targets", |answer| {
            (answer["targets"][0]["state"] == "online").then_some(())
        })
        .await;
    let target = json!({
        "name": "playroom",
        "kind": "game",
        "config": {"interval_s": 10, "servers": [{
            "name": "Voice",
            "host": "127.0.0.1",
            "port": server.address().port(),
            "protocol": "mumble",
        }]},
    });
    let added = appliance
        .request(reqwest::Method::POST, "/api/hp/targets")
        .json(&target)
        .send()
        .await
        .expect("an answer");
    assert_eq!(added.status(), 201);
    let shown = appliance
        .wait_for("/api/hp/games", |answer| {
            let game = answer["games"].get(0)?;
            (game["status"] == "running").then(|| game.clone())
        })
        .await;
    assert_eq!(
        (&shown["players"], &shown["players_max"]),
        (&json!(2), &json!(16))
    );
    server.update(|state| state.players.clear());
    // No more than two questions later.
    appliance
        .wait_for("/api/hp/games", |answer| {
            (answer["games"][0]["players"] == 0).then_some(())
        })
        .await;
}
