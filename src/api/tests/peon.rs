//! PEON: servers numbered by game, in the envelope and bare beside it.

use std::collections::BTreeSet;

use actix_web::http::Method;

use super::lab::target;
use super::*;
use crate::model::id::{ResourceId, ResourceKind};
use crate::model::known::Known;
use crate::model::resource::{
    GameAbility, GameAnswer, GamePort, GameServer, GameStatus, PlayerTrust, Rates, Resource, Usage,
};
use crate::model::shared::Shared as Kept;

/// A server with three players that was up for four hours.
pub(super) fn game(name: &str, status: GameStatus) -> GameServer {
    GameServer {
        id: ResourceId::other(ResourceKind::Game, &target(), name),
        name: name.into(),
        game: Some("valheim".into()),
        status,
        problem: None,
        runtime: None,
        guest: None,
        query: None,
        answer: Known::Is(GameAnswer {
            at: Some(NOON),
            players: Some(3),
            max_players: Some(10),
            names: Some(Kept::new(vec!["Player1".into()])),
            password: Some(true),
            ..GameAnswer::default()
        }),
        silent_for: 0,
        player_trust: PlayerTrust::Exact,
        cpu: Some(0.452),
        cpus: Some(2.0),
        memory: Usage {
            used: Some(2 << 30),
            total: Some(4 << 30),
        },
        disk: Usage::default(),
        rates: Rates::default(),
        started_at: Some(clock::now() - Duration::from_secs(14_400)),
        ports: Kept::new(vec![GamePort {
            role: "game".into(),
            host: Some("192.168.1.100".into()),
            port: 2456,
            protocol: "udp".into(),
        }]),
        can: Kept::new(vec![GameAbility::Power]),
        newer_version: None,
    }
}

pub(super) async fn house_of(games: Vec<GameServer>) -> House {
    let house = House::open().await;
    let resources = games.into_iter().map(Resource::Game).collect();
    house.present(seen(&fleet(), resources, NOON));
    house
}

#[actix_web::test]
async fn servers_are_listed_bare_and_in_the_envelope() {
    let house = house_of(vec![
        game("midgard", GameStatus::Running),
        game("asgard", GameStatus::Unresponsive),
    ])
    .await;
    let answered = house.ask(get("/api/v1/servers")).await;
    assert_eq!(answered.status, 200);
    let body = &answered.body;
    assert_eq!(
        (&body["success"], &body["total"]),
        (&true.into(), &2.into())
    );
    assert_eq!(body["servers"], body["data"]["servers"]);
    assert_eq!(body["servers"][0]["name"], "asgard");
    assert_eq!(body["servers"][0]["status"], "error", "the monitor's word");
    let midgard = &body["servers"][1];
    assert_eq!(midgard["id"], "valheim_002", "numbered as they were seen");
    assert_eq!(
        (&midgard["players"], &midgard["max_players"]),
        (&3.into(), &10.into())
    );
    assert_eq!(midgard["created_at"], Value::Null, "we did not make it");
}

#[actix_web::test]
async fn one_server_is_found_by_any_of_its_ids() {
    let house = house_of(vec![game("midgard", GameStatus::Running)]).await;
    let first = house.ask(get("/api/v1/servers/midgard")).await.body;
    assert_eq!(first["id"], "valheim_001");
    assert_eq!(first["players"]["current"], 3);
    assert_eq!(first["players"]["list"][0], "Player1");
    assert_eq!(first["connection"]["host"], "192.168.1.100");
    assert_eq!(first["connection"]["password"], "required");
    assert_eq!(first["resources"]["cpu_percent"], 45.2);
    assert_eq!(first["resources"]["memory_mb"], 2048.0);
    assert_eq!(first["resources"]["disk_gb"], Value::Null, "not measured");
    assert!(first["uptime"].as_u64().unwrap() >= 14_400);
    let id = ResourceId::other(ResourceKind::Game, &target(), "midgard");
    let short = crate::services::game_names::short(&id);
    for id in ["valheim_001", short.as_str(), id.as_str()] {
        let answered = house.ask(get(&format!("/api/v1/servers/{id}"))).await;
        assert_eq!(answered.body["name"], "midgard", "{id}");
    }
}

#[actix_web::test]
async fn the_last_backup_is_the_newest_whole_one() {
    let house = house_of(vec![game("midgard", GameStatus::Running)]).await;
    let shown =
        async || house.ask(get("/api/v1/servers/midgard")).await.body["last_backup"].clone();
    assert_eq!(shown().await, Value::Null);
    let id = ResourceId::other(ResourceKind::Game, &target(), "midgard");
    for (backup, at, damage) in [
        ("gbk_one", NOON, None),
        ("gbk_two", NOON + Duration::from_secs(60), Some("bit rot")),
    ] {
        let server = id.clone();
        let written = house
            .db
            .writer
            .run(move |tx| -> Result<(), crate::db::DbError> {
                tx.execute(
                    "INSERT INTO game_backups (id, server, server_name, game, path, bytes, files,
                     sha256, encrypted, healthy, reason, made_at, made_by, damage)
                 VALUES (?1, ?2, 'midgard', 'valheim', '/one', 1, 1, '', 0, 1, 'asked', ?3,
                     'anna', ?4)",
                    (backup, server.as_str(), at.millis(), damage),
                )?;
                Ok(())
            });
        written.await.expect("kept");
    }
    assert_eq!(shown().await, NOON.rfc3339());
}

#[actix_web::test]
async fn refusals_have_the_documented_form_and_codes() {
    let house = house_of(Vec::new()).await;
    let answered = house.ask(get("/api/v1/servers/valheim_009")).await;
    assert_eq!(answered.status, 404);
    assert_eq!(answered.body["success"], false);
    assert_eq!(answered.body["error"]["code"], "SERVER_NOT_FOUND");
    assert!(answered.body["timestamp"].is_string());
    let chess = serde_json::json!({ "name": "x", "game": "chess" });
    let answered = house.ask(post("/api/v1/servers").set_json(&chess)).await;
    assert_eq!(answered.status, 422);
    assert_eq!(answered.body["error"]["code"], "INVALID_GAME");
    let known = &answered.body["error"]["details"]["supported_games"];
    for game in ["valheim", "palworld", "cs2"] {
        assert!(known.as_array().unwrap().contains(&game.into()), "{game}");
    }
    let nowhere = serde_json::json!({ "name": "x", "game": "valheim" });
    let answered = house.ask(post("/api/v1/servers").set_json(&nowhere)).await;
    assert_eq!(
        (answered.status.as_u16(), &answered.body["error"]["code"]),
        (409, &"NO_HOST".into())
    );
    let request = post("/api/v1/servers").insert_header(("content-type", "application/json"));
    let answered = house.ask(request.set_payload("{")).await;
    assert_eq!(
        (answered.status.as_u16(), &answered.body["error"]["code"]),
        (400, &"INVALID_JSON".into())
    );
    let answered = house.ask(get("/api/v1/servers/a/nothing")).await;
    assert_eq!(
        (answered.status.as_u16(), &answered.body["success"]),
        (404, &false.into())
    );
    let locked = House::locked().await.ask(get("/api/v1/games")).await;
    assert_eq!(
        (locked.status.as_u16(), &locked.body["success"]),
        (401, &false.into())
    );
}

#[actix_web::test]
async fn the_hundred_and_first_request_within_a_minute_waits() {
    let house = house_of(Vec::new()).await;
    for _ in 0..100 {
        assert_eq!(house.ask(get("/api/v1/system/health")).await.status, 200);
    }
    // Places come back while a slow machine asks.
    let answered = loop {
        let answered = house.ask(get("/api/v1/system/health")).await;
        if answered.status != 200 {
            break answered;
        }
    };
    assert_eq!(answered.status, 429);
    assert_eq!(answered.header("retry-after"), "1");
    assert_eq!(answered.header("x-ratelimit-limit"), "100");
    assert_eq!(answered.body["error"]["code"], "RATE_LIMITED");
    assert_eq!(
        house.ask(get("/api/hp/fleet")).await.status,
        200,
        "our own has no such pace"
    );
}

#[actix_web::test]
async fn games_and_their_settings_are_worded_as_documented() {
    let house = house_of(Vec::new()).await;
    let games = house.ask(get("/api/v1/games")).await.body;
    let valheim = games["games"]
        .as_array()
        .unwrap()
        .iter()
        .find(|game| game["id"] == "valheim");
    assert_eq!(valheim.unwrap()["name"], "Valheim");
    assert_eq!(valheim.unwrap()["config_schema"]["world"]["type"], "string");
    let config = house.ask(get("/api/v1/games/cs2/config")).await.body;
    assert_eq!(config["game_id"], "cs2");
    assert_eq!(config["config_schema"]["max_players"]["type"], "integer");
    assert!(config["config_schema"]["max_players"]["min"].is_number());
    let none = house.ask(get("/api/v1/games/chess/config")).await;
    assert_eq!(
        (none.status.as_u16(), &none.body["error"]["code"]),
        (404, &"INVALID_GAME".into())
    );
}

#[actix_web::test]
async fn status_and_health_count_what_is_watched() {
    let house = house_of(vec![
        game("midgard", GameStatus::Running),
        game("asgard", GameStatus::Stopped),
    ])
    .await;
    let status = house.ask(get("/api/v1/system/status")).await.body;
    assert_eq!(
        status["servers"],
        serde_json::json!({ "total": 2, "running": 1, "stopped": 1 })
    );
    assert_eq!(
        status["resources"]["cpu_cores"],
        Value::Null,
        "no node is watched"
    );
    let health = house.ask(get("/api/v1/system/health")).await.body;
    assert_eq!(health["status"], "healthy");
    let house = House::open().await;
    house.present(fleet());
    let status = house.ask(get("/api/v1/system/status")).await.body;
    assert_eq!(status["resources"]["cpu_cores"], 8);
    assert_eq!(status["resources"]["memory_total_gb"], 32.0);
}

/// What the document names.
const DOCUMENTED: &[(&str, &str)] = &[
    ("GET", "/api/v1/servers"),
    ("POST", "/api/v1/servers"),
    ("GET", "/api/v1/servers/{server_id}"),
    ("DELETE", "/api/v1/servers/{server_id}"),
    ("POST", "/api/v1/servers/{server_id}/start"),
    ("POST", "/api/v1/servers/{server_id}/stop"),
    ("POST", "/api/v1/servers/{server_id}/restart"),
    ("POST", "/api/v1/servers/{server_id}/backup"),
    ("GET", "/api/v1/games"),
    ("GET", "/api/v1/games/{game_id}/config"),
    ("GET", "/api/v1/system/status"),
    ("GET", "/api/v1/system/health"),
];

#[actix_web::test]
async fn no_documented_endpoint_is_missing_or_wants_another_verb() {
    let house = house_of(vec![game("midgard", GameStatus::Running)]).await;
    for (method, path) in DOCUMENTED {
        let path = path
            .replace("{server_id}", "midgard")
            .replace("{game_id}", "valheim");
        let method: Method = method.parse().unwrap();
        let mut request = TestRequest::default().method(method.clone()).uri(&path);
        if method == Method::POST {
            request = request.set_json(serde_json::json!({}));
        }
        let request = request.peer_addr("127.0.0.1:50000".parse().unwrap());
        let answered = house.ask(request).await;
        let status = answered.status.as_u16();
        // The server is seen here, but nobody has set its host up.
        let is_answer = answered.body["error"]["code"] == "TARGET_NOT_FOUND";
        assert!(
            is_answer || !matches!(status, 404 | 405 | 500),
            "{method} {path}: {}",
            answered.body
        );
    }
}

#[test]
fn every_endpoint_of_the_family_is_documented() {
    let document: Value = serde_json::from_str(&crate::api::openapi()).unwrap();
    let mut served = BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            if operation["tags"][0] == "peon" {
                served.insert(format!("{} {path}", method.to_uppercase()));
            }
        }
    }
    let listed = DOCUMENTED
        .iter()
        .map(|(method, path)| format!("{method} {path}"));
    assert_eq!(served, listed.collect());
}
