//! Registering nodes, settings of the whole, guests' metadata and updates of Pulse.

use serde_json::json;
use simulator::{PveOptions, PveServer, Role, World, WorldConfig};

use super::*;

async fn cluster() -> PveServer {
    let world = World::new(WorldConfig {
        nodes: 1,
        guests: 2,
        ..WorldConfig::default()
    });
    PveServer::start(world, PveOptions::quick()).await.unwrap()
}

/// What Pulse's example sends, for the cluster.
fn registration(cluster: &PveServer) -> Value {
    let token = cluster.token(Role::Auditor);
    let (user, id) = token.id.split_once('!').unwrap();
    json!({
        "type": "pve",
        "host": cluster.url(),
        "name": "Node Name",
        "username": user,
        "tokenId": id,
        "tokenValue": token.secret,
    })
}

impl House {
    async fn make_token(&self, wish: Value) -> Answered {
        let request = post("/api/tokens/generate").set_json(wish);
        self.ask(request.insert_header(("x-api-token", "right")))
            .await
    }

    async fn register(&self, token: &str, body: &Value) -> Answered {
        let request = post("/api/auto-register").set_json(body);
        let request = request.insert_header(("x-registration-token", token));
        let far = request.peer_addr("192.168.1.20:50000".parse().unwrap());
        self.ask_as("192.168.1.5:7655", far).await
    }

    async fn target_names(&self) -> Vec<String> {
        let rows = self.shared.parts.targets.list().await.unwrap();
        rows.into_iter().map(|row| row.name).collect()
    }
}

#[actix_web::test]
async fn a_token_is_shown_once_and_registers_as_often_as_it_may() {
    let (house, cluster) = (House::locked().await, cluster().await);
    let wish = json!({
        "validityMinutes": 30,
        "maxUses": 2,
        "allowedTypes": ["pve"],
        "description": "Production cluster setup",
    });
    let made = house.make_token(wish).await.body;
    let token = made["token"].as_str().unwrap().to_owned();
    assert!(
        token.starts_with("PULSE-REG-") && token.len() == 26,
        "{token}"
    );
    assert_eq!(made["maxUses"], 2);
    let locked = house
        .ask(post("/api/auto-register").set_json(json!({})))
        .await;
    assert_eq!(locked.status, 401);
    let body = registration(&cluster);
    let bad = house.register("PULSE-REG-0000000000000000", &body).await;
    assert_eq!(bad.status, 401);
    let pbs = json!({"type": "pbs"});
    assert_eq!(house.register(&token, &pbs).await.status, 403);

    let first = house.register(&token, &registration(&cluster)).await;
    assert_eq!(first.status, 200, "{}", first.body);
    assert_eq!(first.body["status"], "success");
    let list = get("/api/tokens/list").insert_header(("x-api-token", "right"));
    let list = house.ask(list).await.body;
    assert_eq!(list[0]["usedCount"], 1);
    assert!(!list.to_string().contains(&token));
    let again = house.register(&token, &registration(&cluster)).await;
    assert_eq!(again.body["nodeId"], first.body["nodeId"], "the same node");
    assert_eq!(house.target_names().await, ["Node Name"]);
    let third = house.register(&token, &registration(&cluster)).await;
    assert_eq!(third.status, 401, "used up");
}

#[actix_web::test]
async fn a_registration_that_fails_costs_no_use_and_adds_nothing() {
    let (house, cluster) = (House::locked().await, cluster().await);
    let made = house.make_token(json!({})).await.body;
    let token = made["token"].as_str().unwrap();
    let mut body = registration(&cluster);
    body["tokenValue"] = json!("00000000-0000-4000-8000-000000000000");
    let failed = house.register(token, &body).await;
    assert_eq!(failed.status, 400, "{}", failed.body);
    assert_eq!(house.target_names().await, [""; 0]);
    let good = house.register(token, &registration(&cluster)).await;
    assert_eq!(good.status, 200, "{}", good.body);
    let revoke = delete("/api/tokens/revoke?token=PULSE-REG-FFFF");
    let revoke = house
        .ask(revoke.insert_header(("x-api-token", "right")))
        .await;
    assert_eq!(revoke.status, 404);
}

#[actix_web::test]
async fn guessing_registration_tokens_is_slowed_down() {
    let house = House::locked().await;
    let mut last = house.register("PULSE-REG-1", &json!({"type": "pve"})).await;
    for _ in 0..10 {
        last = house.register("PULSE-REG-1", &json!({"type": "pve"})).await;
    }
    assert_eq!(last.status, 429);
    assert_eq!(last.header("x-ratelimit-limit"), "10");
    assert_eq!(last.header("x-ratelimit-remaining"), "0");
    assert!(last.header("retry-after").parse::<u64>().unwrap() >= 1);
}

#[actix_web::test]
async fn a_setup_script_is_made_by_either_verb_and_its_address_works_alone() {
    let house = House::locked().await;
    let body = json!({"type": "pve", "host": "https://192.168.1.100:8006"});
    let right = ("x-api-token", "right");
    let made = post("/api/setup-script")
        .set_json(&body)
        .insert_header(right);
    let made = house.ask(made).await;
    assert_eq!(made.status, 200);
    assert_eq!(made.header("content-type"), "text/plain; charset=utf-8");
    let text = made.body.as_str().unwrap();
    assert!(text.starts_with("#!/bin/sh\n"));
    assert!(text.contains("HOST='https://192.168.1.100:8006'"));
    assert!(text.contains("URL='http://localhost:7655'"));

    let url = post("/api/setup-script-url")
        .set_json(&body)
        .insert_header(right);
    let url = house.ask(url).await.body;
    let address = url["url"].as_str().unwrap();
    let path = address.strip_prefix("http://localhost:7655").unwrap();
    let far = get(path).peer_addr("192.168.1.20:50000".parse().unwrap());
    let fetched = house.ask_as("192.168.1.5:7655", far).await;
    assert_eq!(fetched.status, 200, "{}", fetched.body);
    assert!(url["command"].as_str().unwrap().ends_with("| sh"));

    for (query, status) in [
        ("type=pve&host=192.168.1.100", 401),
        ("type=pve&host=192.168.1.100&token=PULSE-REG-1", 401),
    ] {
        let path = format!("/api/setup-script?{query}");
        assert_eq!(house.ask(get(&path)).await.status, status, "{query}");
    }
    for (body, text) in [
        (json!({"host": "h"}), "type: is missing"),
        (json!({"type": "pve"}), "host: is missing"),
        (json!({"type": "pve", "host": "ftp://h"}), "host: must be"),
        (json!({"type": "pve", "host": "h'; reboot"}), "host: "),
        (
            json!({"type": "pve", "host": "h", "pulseUrl": "javascript:x"}),
            "pulse_url: ",
        ),
    ] {
        let request = post("/api/setup-script")
            .set_json(&body)
            .insert_header(right);
        let answered = house.ask(request).await;
        assert_eq!(answered.status, 400, "{body}");
        let error = answered.body["error"].as_str().unwrap();
        assert!(error.starts_with(text), "{error}");
    }
}

#[actix_web::test]
async fn settings_say_which_of_them_do_something() {
    let house = House::open().await;
    let before = house.ask(get("/api/config/system")).await.body;
    assert_eq!(before["pollingInterval"], 10);
    let request = post("/api/config/system").set_json(json!({
        "pollingInterval": 30,
        "updateChannel": "rc",
        "autoUpdateEnabled": true,
        "autoUpdateTime": "04:30",
    }));
    let changed = house.ask(request).await;
    assert_eq!(changed.status, 200, "{}", changed.body);
    assert_eq!(changed.body["pollingInterval"], 30);
    let after = house.ask(get("/api/config/system")).await.body;
    assert_eq!(after["pollingInterval"], 30);
    assert_eq!(after["updateChannel"], "rc");
    assert_eq!(after["autoUpdateTime"], "04:30");
    let inert = after["inert"].as_array().unwrap();
    assert!(inert.contains(&json!("autoUpdateEnabled")));
    for (body, status) in [
        (json!({"pollingInterval": 2}), 400),
        (
            json!({"pollingInterval": 20, "pbsPollingInterval": 40}),
            400,
        ),
        (json!({"updateChannel": "nightly"}), 400),
        (json!({"autoUpdateTime": "25:00"}), 400),
        (json!({"pollingInterval": "fast"}), 400),
        (json!({"frontendPort": 9999}), 409),
        (json!({"allowedOrigins": "*"}), 409),
        (json!({"logLevel": "debug"}), 409),
    ] {
        let answered = house.ask(put("/api/config/system").set_json(&body)).await;
        assert_eq!(answered.status, status, "{body}: {}", answered.body);
    }
    // What was read can be written back as it is.
    let again = house.ask(put("/api/config/system").set_json(&after)).await;
    assert_eq!(again.status, 200, "{}", again.body);
    assert_eq!(house.ask(get("/api/config/system")).await.body, after);
}

#[actix_web::test]
async fn what_is_written_down_about_a_guest_follows_it() {
    let house = House::open().await;
    house.show(fleet(), &[]);
    let body = json!({"customUrl": "https://nas.lan:5001", "tags": ["nas"]});
    let kept = put("/api/guests/metadata/home-pve1-100").set_json(body);
    let kept = house.ask(kept).await;
    assert_eq!(kept.status, 200, "{}", kept.body);
    let mut moved = resources();
    if let Resource::Guest(guest) = &mut moved[1] {
        guest.node = "pve2".into();
    }
    house.show(seen(&fleet(), moved, NOON), &[]);
    let all = house.ask(get("/api/guests/metadata")).await.body;
    assert_eq!(all["home-pve2-100"]["customUrl"], "https://nas.lan:5001");
    let change = put("/api/guests/metadata/100").set_json(json!({"description": "files"}));
    let changed = house.ask(change).await.body;
    assert_eq!(changed["tags"], json!(["nas"]), "what is left out stays");
    let evil = json!({"customUrl": "javascript:alert(1)"});
    let refused = house
        .ask(put("/api/guests/metadata/100").set_json(evil))
        .await;
    assert_eq!(refused.status, 400);
    assert_eq!(
        house.ask(delete("/api/guests/metadata/100")).await.status,
        200
    );
    let none = house.ask(get("/api/guests/metadata/100")).await.body;
    assert_eq!(none["customUrl"], "");
    assert_eq!(house.ask(get("/api/guests/metadata/999")).await.status, 404);
}

#[actix_web::test]
async fn updates_are_answered_honestly_and_not_too_often() {
    let house = House::open().await;
    let known = house.ask(get("/api/updates/check")).await;
    assert_eq!(known.body["available"], false);
    assert_eq!(known.body["latestVersion"], Value::Null);
    assert_eq!(known.header("x-ratelimit-remaining"), "9");
    assert_eq!(house.ask(post("/api/updates/apply")).await.status, 409);
    let status = house.ask(get("/api/updates/status")).await.body;
    assert_eq!(status["status"], "idle");
    for _ in 0..9 {
        house.ask(get("/api/updates/check")).await;
    }
    let late = house.ask(get("/api/updates/check")).await;
    assert_eq!(late.status, 429);
    let wait: u64 = late.header("retry-after").parse().unwrap();
    assert!((300..=360).contains(&wait), "{wait}");
}

#[actix_web::test]
async fn diagnostics_and_discovery_say_what_is() {
    let house = House::open().await;
    house.show(fleet(), &[]);
    let shown = house.ask(get("/api/diagnostics")).await.body;
    assert_eq!(shown["nodes"][0]["connected"], true);
    assert_eq!(shown["nodes"][0]["nodeCount"], 1);
    assert!(shown["system"]["memoryMB"].is_u64());
    assert_eq!(shown["system"]["goVersion"], Value::Null);
    assert_eq!(shown["errors"], json!([]));
    let found = house.ask(get("/api/discover")).await.body;
    assert_eq!(found["servers"], json!([]));
    assert_eq!(found["errors"].as_array().map(Vec::len), Some(1));
}
