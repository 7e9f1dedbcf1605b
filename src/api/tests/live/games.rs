//! What happens to game servers, told to live clients of Playpulse and Pulse.

use super::super::lab::{NOON, resources, seen, target};
use super::super::peon::game;
use super::*;
use crate::changes::{self, Attribute};
use crate::model::id::{ResourceId, ResourceKind};
use crate::model::resource::GameStatus;

/// The fleet after `before`, with a server or without.
fn with(before: &Fleet, status: Option<GameStatus>) -> Fleet {
    let mut all = resources();
    all.extend(status.map(|status| Resource::Game(game("midgard", status))));
    seen(before, all, NOON)
}

#[actix_web::test]
async fn who_subscribed_is_told_of_a_servers_states_until_it_is_gone() {
    let house = Running::start(ServeConfig::default()).await;
    let up = with(&fleet(), Some(GameStatus::Running));
    house.show(up.clone(), Vec::new());
    let mut client = house.connect_to("/v3/", &[]).await.unwrap();
    let channels = r#"{"type":"subscribe","channels":["server.*.status","tickets.1.updates"]}"#;
    client.say(channels).await;
    let answer = client.next_of("subscribed").await;
    assert_eq!(answer["channels"][0], "server.*.status");
    assert_eq!(answer["refused"][0], "tickets.1.updates");
    let down = with(&up, Some(GameStatus::Stopped));
    house.show(down.clone(), Vec::new());
    // That it was up may be news to the client as well.
    let mut told = client.next_of("server.status_change").await;
    while told["status"] != "offline" {
        told = client.next_of("server.status_change").await;
    }
    let id = told["server_id"].as_str().unwrap();
    assert!(id.starts_with("srv_"), "{told}");
    house.show(with(&down, None), Vec::new());
    let gone = client.next_of("server.status_change").await;
    assert_eq!(
        (&gone["server_id"], &gone["status"]),
        (&told["server_id"], &"deleted".into())
    );
    assert_eq!(gone["previous_status"], "offline");
    house.end().await;
}

#[actix_web::test]
async fn pulses_clients_get_events_of_servers_in_the_documented_words() {
    let house = Running::start(ServeConfig::default()).await;
    let up = with(&fleet(), Some(GameStatus::Running));
    house.show(up.clone(), Vec::new());
    let mut client = house.connect(&[]).await.unwrap();
    client.next_of("initialState").await;
    let events = tokio::spawn(house.events.clone().run(house.stop.clone()));
    let server = ResourceId::other(ResourceKind::Game, &target(), "midgard");
    let told = async {
        loop {
            // What is recorded before the task begins is nobody's news, so that it is said again.
            let crashed = changes::Change {
                at: NOON,
                resource: server.clone(),
                attribute: Attribute::Status,
                before: Some("running".into()),
                after: "crashed".into(),
            };
            let noted = house.db.writer.run(move |tx| changes::note(tx, &[crashed]));
            noted.await.unwrap();
            let mut diff = crate::state::Diff::default();
            diff.changed.push(server.clone());
            house.writer.publish(Change {
                fleet: Arc::new(up.clone()),
                diff,
                alerts: Vec::new(),
            });
            let waited = tokio::time::timeout(Duration::from_millis(100), client.0.next());
            if let Ok(Some(Ok(Message::Text(text)))) = waited.await {
                let message: Value = serde_json::from_str(&text).unwrap();
                if message["type"] == "server.crashed" {
                    return message;
                }
            }
        }
    };
    let told = tokio::time::timeout(Duration::from_secs(60), told).await;
    let told = told.expect("it is told");
    assert_eq!(
        told["data"],
        serde_json::json!({
            "server_id": "valheim_001", "name": "midgard", "game": "valheim", "status": "error",
        })
    );
    house.end().await;
    events.await.unwrap();
}
