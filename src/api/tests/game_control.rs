//! Telling game servers what to do, and making them.

use super::*;

#[actix_web::test]
async fn what_makes_no_sense_is_refused_with_its_field_before_anything_happens() {
    let house = House::open().await;
    let act = |body: Value| post("/api/hp/games/survival/actions").set_json(body);
    for (body, status, code, field) in [
        (
            serde_json::json!({"action": "explode"}),
            400,
            "invalid_parameter",
            "action",
        ),
        (
            serde_json::json!({"action": "create"}),
            400,
            "invalid_parameter",
            "action",
        ),
        (
            serde_json::json!({"action": "start", "params": {"data": true}}),
            400,
            "invalid_parameter",
            "params",
        ),
        (
            serde_json::json!({"action": "restore"}),
            400,
            "invalid_parameter",
            "params.backup",
        ),
        (
            serde_json::json!({"action": "stop", "params": {"warn_seconds": 30}}),
            404,
            "resource_not_found",
            "",
        ),
    ] {
        let answered = house.ask(act(body.clone())).await;
        assert_eq!(answered.status, status, "{body}: {}", answered.body);
        assert_eq!(answered.body["error"]["code"], code, "{body}");
        let named = answered.body["error"]["field"].as_str().unwrap_or_default();
        assert_eq!(named, field, "{body}");
    }
    let new = serde_json::json!({
        "target": "tgt_0000000000000000", "game": "minecraft-java", "name": "survival",
    });
    let nowhere = house.ask(post("/api/hp/games").set_json(&new)).await;
    assert_eq!(nowhere.status, 404, "{}", nowhere.body);
    assert_eq!(nowhere.body["error"]["code"], "target_not_found");
    let mut odd = new;
    odd["nonsense"] = true.into();
    let refused = house.ask(post("/api/hp/games").set_json(odd)).await;
    assert_eq!(refused.status, 400);
    let none = house.ask(get("/api/hp/games/survival/log")).await;
    assert_eq!(none.status, 404);
    let all = house.ask(get("/api/hp/game-backups")).await.body;
    assert_eq!(all["backups"], serde_json::json!([]));
    let gone = house.ask(
        TestRequest::delete()
            .uri("/api/hp/game-backups/gbk_0000000000000000")
            .peer_addr("127.0.0.1:50000".parse::<SocketAddr>().unwrap()),
    );
    let gone = gone.await;
    assert_eq!(
        gone.body["error"]["code"], "backup_not_found",
        "{}",
        gone.body
    );
}

#[actix_web::test]
async fn a_host_that_runs_no_game_servers_says_so() {
    let house = House::open().await;
    let target = serde_json::json!({
        "name": "lab", "address": "https://127.0.0.1:1", "token_id": "a@pve!b",
        "token_secret": "hush", "control": true,
    });
    let target = house
        .ask(post("/api/hp/targets").set_json(target))
        .await
        .body;
    let new = serde_json::json!({
        "target": target["id"], "game": "minecraft-java", "name": "survival",
    });
    let refused = house.ask(post("/api/hp/games").set_json(new)).await;
    assert_eq!(
        refused.body["error"]["code"], "control_unsupported",
        "{}",
        refused.body
    );
    let audit = house.ask(get("/api/hp/audit")).await.body;
    let actions: Vec<&Value> = audit["entries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| &entry["action"])
        .collect();
    assert!(
        actions.contains(&&Value::from("game.create")),
        "{actions:?}"
    );
}
