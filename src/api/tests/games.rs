//! Game servers: what is shown of them, what may be done by itself, and who may knock.

use base64::Engine as _;
use serde_json::json;

use super::lab::{node, target};
use super::*;
use crate::model::id::{ResourceId, ResourceKind};
use crate::model::known::Known;
use crate::model::resource::{
    GameAbility, GameAnswer, GameQuery, GameServer, GameStatus, PlayerTrust,
};
use crate::model::shared::Shared as Kept;

const ID: &str = "game:tgt_home:world";

fn world() -> GameServer {
    let id = ResourceId::other(ResourceKind::Game, &target(), "world");
    GameServer {
        game: Some("minecraft-java".to_owned()),
        status: GameStatus::Running,
        player_trust: PlayerTrust::Exact,
        query: Some(Kept::new(GameQuery {
            protocol: "minecraft_java".to_owned(),
            host: "192.0.2.20".to_owned(),
            port: 25565,
        })),
        can: Kept::new(vec![GameAbility::Power]),
        answer: Known::Is(GameAnswer {
            at: Some(NOON),
            round_trip_ms: Some(12.5),
            players: Some(3),
            max_players: Some(20),
            names: Some(Kept::new(vec!["Pixelfox".to_owned()])),
            ..GameAnswer::default()
        }),
        ..GameServer::new(id, "Survival \"world\"")
    }
}

fn with_games() -> Fleet {
    let silent = GameServer {
        status: GameStatus::Unresponsive,
        silent_for: 3,
        ..GameServer::new(
            ResourceId::other(ResourceKind::Game, &target(), "arena"),
            "Arena",
        )
    };
    let resources = vec![
        Resource::Node(node()),
        Resource::Game(world()),
        Resource::Game(silent),
    ];
    seen(&fleet(), resources, NOON + Duration::from_secs(10))
}

#[actix_web::test]
async fn a_server_is_shown_in_lists_details_frames_and_figures() {
    let house = House::open().await;
    house.present(with_games());
    let listed = house.ask(get("/api/hp/games")).await.body;
    assert_eq!(listed["games"][0]["name"], "Arena");
    assert_eq!(
        listed["games"][0]["players"],
        Value::Null,
        "unknown is not zero"
    );
    assert_eq!(listed["games"][1]["players"], 3);
    let detail = house.ask(get(&format!("/api/hp/games/{ID}"))).await.body;
    assert_eq!(detail["game"]["status"], "running");
    assert_eq!(detail["answer"]["value"]["answered_at"], NOON.millis());
    assert_eq!(detail["query"]["port"], 25565);
    assert_eq!(detail["runtime"], Value::Null);
    let fleet = house.ask(get("/api/hp/fleet")).await.body;
    assert_eq!(fleet["games"].as_array().map(Vec::len), Some(2));
    let missing = house.ask(get("/api/hp/games/game:tgt_home:none")).await;
    assert_eq!(missing.status, 404);
    let other = house.ask(get("/api/hp/games/node:tgt_home:pve1")).await;
    assert_eq!(other.status, 404, "a node is no game server");
    let text = house.ask(get("/metrics")).await.body;
    let text = text.as_str().expect("text");
    for line in [
        "homepulse_game_up{target=\"home\",id=\"arena\",name=\"Arena\",game=\"\"} 0",
        "homepulse_game_players{target=\"home\",id=\"world\",name=\"Survival \\\"world\\\"\",game=\"minecraft-java\"} 3",
        "homepulse_game_latency_seconds{target=\"home\",id=\"world\"",
    ] {
        assert!(text.contains(line), "{line} in\n{text}");
    }
    assert!(!text.contains("homepulse_game_players{target=\"home\",id=\"arena\""));
}

#[actix_web::test]
async fn a_week_of_players_has_168_hours_and_gaps_where_nobody_knows() {
    let house = House::open().await;
    house.present(with_games());
    let sample = Sample {
        resource: world().id,
        metric: MetricKey::known("players"),
        at: clock::now(),
        value: 7.0,
    };
    house.shared.parts.history.append(&[sample], clock::now());
    let strip = house.ask(get(&format!("/api/hp/games/{ID}/players"))).await;
    let hours = strip.body["max"].as_array().expect("hours");
    assert_eq!(hours.len(), 168, "{}", strip.body);
    assert_eq!(hours[167], 7.0);
    assert_eq!(hours[0], Value::Null);
    assert_eq!(strip.body["peak"], 7.0);
    let quiet = house
        .ask(get(&format!("/api/hp/games/{ID}/quiet")))
        .await
        .body;
    assert_eq!(quiet["known"], false);
    assert_eq!(quiet["weeks_needed"], 3);
    let zone = format!("/api/hp/games/{ID}/quiet?zone=Nowhere/Land");
    let refused = house.ask(get(&zone)).await;
    assert_eq!(
        (refused.status.as_u16(), &refused.body["error"]["field"]),
        (400, &json!("zone"))
    );
}

#[actix_web::test]
async fn the_catalogue_tells_settings_and_reads_eggs() {
    let house = House::open().await;
    let listed = house.ask(get("/api/hp/games/catalog")).await.body;
    let games = listed["games"].as_array().expect("games");
    assert!(games.len() >= 20, "{}", games.len());
    let settings = house
        .ask(get("/api/hp/games/catalog/minecraft-java/schema"))
        .await
        .body;
    assert_eq!(settings["schema"]["additionalProperties"], false);
    assert!(settings["defaults"].is_object());
    let entry = house.ask(get("/api/hp/games/catalog/valheim")).await.body;
    assert_eq!(entry["id"], "valheim");
    let unknown = house.ask(get("/api/hp/games/catalog/chess")).await;
    assert_eq!(unknown.body["error"]["code"], "game_not_found");
    let egg = json!({
        "meta": {"version": "PTDL_v2"}, "name": "Pong", "author": "eggs@example.org",
        "docker_images": {"Pong": "ghcr.io/example/pong:1"}, "startup": "./pong",
        "config": {"stop": "^C", "startup": "{\"done\": \"ready\"}"}, "variables": [],
    });
    let request = post("/api/hp/games/catalog/import").set_json(egg);
    let imported = house.ask(request).await;
    assert_eq!(imported.status, 200, "{}", imported.body);
    assert_eq!(imported.body["entry"]["name"], "Pong");
    let request = post("/api/hp/games/catalog/import").set_json(json!({"name": "no egg"}));
    assert_eq!(house.ask(request).await.status, 400);
}

#[actix_web::test]
async fn a_policy_is_kept_shown_and_taken_back() {
    let house = House::open().await;
    house.present(with_games());
    let path = format!("/api/hp/games/{ID}/policy");
    let none = house.ask(get(&path)).await.body;
    assert_eq!(
        (&none["is_set"], &none["empty_since"]),
        (&json!(false), &Value::Null)
    );
    let body = json!({"stop_when_empty_minutes": 30, "wake_addresses": ["MC.example.org"]});
    let set = house.ask(put(&path).set_json(body)).await;
    assert_eq!(set.status, 200, "{}", set.body);
    assert_eq!(
        set.body["policy"]["wake_addresses"],
        json!(["mc.example.org"])
    );
    let body = json!({"stop_when_empty_minutes": 1});
    let refused = house.ask(put(&path).set_json(body)).await;
    assert_eq!(refused.body["error"]["field"], "stop_when_empty_minutes");
    let gone = house.ask(delete(&path)).await;
    assert_eq!(gone.status, 204);
    assert_eq!(house.ask(get(&path)).await.body["is_set"], false);
}

#[actix_web::test]
async fn only_who_has_the_token_may_knock_and_basic_is_fine() {
    let house = House::locked().await;
    house.present(with_games());
    let knock = |header: Option<String>| {
        let request = post("/api/hp/game-door/calls")
            .set_json(json!({"action": "down", "serverAddress": "mc.example.org", "backend": ""}));
        match header {
            Some(header) => request.insert_header(("authorization", header)),
            None => request,
        }
    };
    assert_eq!(house.ask(knock(None)).await.status, 401);
    let admin = ("authorization", "Bearer right");
    let opened = put("/api/hp/game-door").insert_header(admin);
    let token = house.ask(opened).await.body["token"].clone();
    let token = token.as_str().expect("a token").to_owned();
    assert_eq!(
        house
            .ask(knock(Some("Bearer wrong".to_owned())))
            .await
            .status,
        401
    );
    // The right token, but no policy has the address.
    let basic = base64::engine::general_purpose::STANDARD.encode(format!("router:{token}"));
    for header in [format!("Bearer {token}"), format!("Basic {basic}")] {
        let answered = house.ask(knock(Some(header))).await;
        assert_eq!(
            answered.body["error"]["code"], "address_unknown",
            "{}",
            answered.body
        );
    }
    let shown = house
        .ask(get("/api/hp/game-door").insert_header(admin))
        .await;
    assert_eq!(
        (&shown.body["open"], &shown.body["token"]),
        (&json!(true), &Value::Null)
    );
}
