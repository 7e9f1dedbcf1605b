//! Pulse as its clients see it.

use super::*;

#[actix_web::test]
async fn health_and_version_need_no_token() {
    let house = House::locked().await;
    let health = house.ask(get("/api/health")).await;
    assert_eq!(health.status, 200);
    assert_eq!(health.body["status"], "healthy");
    assert!(health.body["timestamp"].is_i64());
    assert!(health.body["uptime"].is_f64());
    let version = house.ask(get("/api/version/")).await.body;
    insta::assert_json_snapshot!(version, {".version" => "[version]"});
    let head = TestRequest::default().method(actix_web::http::Method::HEAD);
    assert_eq!(house.ask(head.uri("/api/health")).await.status, 200);
}

#[actix_web::test]
async fn the_state_has_pulses_shape_and_unknown_is_null() {
    let house = House::open().await;
    house.show(fleet(), &[]);
    house.alert().await;
    let answered = house.ask(get("/api/state")).await;
    assert_eq!(answered.status, 200);
    insta::assert_json_snapshot!(answered.body, {
        ".**.uptime" => "[seconds]",
        ".stats.startTime" => "[time]",
        ".stats.version" => "[version]",
        ".performance.pollingStartTime" => "[time]",
    });
}

#[actix_web::test]
async fn an_empty_house_still_has_every_list() {
    let state = House::open().await.ask(get("/api/state")).await.body;
    for list in [
        "nodes",
        "vms",
        "containers",
        "storage",
        "pbs",
        "pbsBackups",
        "metrics",
        "activeAlerts",
        "recentlyResolved",
    ] {
        assert_eq!(state[list], serde_json::json!([]), "{list}");
    }
}

#[actix_web::test]
async fn errors_speak_the_form_of_pulses_document() {
    let house = House::open().await;
    for (request, status) in [
        (get("/api/nothing"), 404),
        (get("/api/"), 404),
        (post("/api/health"), 405),
        (get("/api/alerts/history?limit=many"), 400),
        (post("/api/alerts/none/acknowledge"), 404),
    ] {
        let answered = house.ask(request).await;
        assert_eq!(answered.status, status, "{}", answered.body);
        assert!(answered.body["error"].is_string(), "{}", answered.body);
    }
    let locked = House::locked().await.ask(get("/api/state")).await;
    assert_eq!(locked.status, 401);
    assert!(locked.body["error"].is_string());
    let answered = house.ask(post("/api/health")).await;
    assert_eq!(answered.header("allow"), "GET, HEAD");
}

#[actix_web::test]
async fn an_alert_is_taken_on_by_pulses_id() {
    let house = House::open().await;
    house.show(fleet(), &[]);
    house.alert().await;
    let active = house.ask(get("/api/alerts/active")).await.body;
    assert_eq!(active[0]["id"], "home-pve1-100-cpu");
    assert_eq!(active[0]["value"], 95.0);
    let answered = house
        .ask(post("/api/alerts/home-pve1-100-cpu/acknowledge"))
        .await;
    assert_eq!(answered.body, serde_json::json!({"success": true}));
    let active = house.ask(get("/api/alerts/active")).await.body;
    assert_eq!(active[0]["acknowledged"], true);
    assert_eq!(active[0]["ackUser"], "localhost");
    let history = house.ask(get("/api/alerts/history?limit=5")).await.body;
    assert_eq!(history.as_array().map(Vec::len), Some(1));
}

#[actix_web::test]
async fn charts_are_percent_and_start_with_the_present_figure() {
    let house = House::open().await;
    house.show(fleet(), &[]);
    let charts = house.ask(get("/api/charts/?range=5m")).await.body;
    let value = |series: &Value| series[0]["value"].clone();
    let guest = &charts["data"]["home-pve1-100"];
    assert_eq!(value(&guest["cpu"]), 50.0);
    assert_eq!(value(&guest["memory"]), 25.0);
    assert_eq!(value(&guest["netin"]), 2048.0);
    assert_eq!(guest["disk"], serde_json::json!([]), "unknown is no point");
    assert_eq!(value(&charts["nodeData"]["home-pve1"]["disk"]), 10.0);
    assert_eq!(charts["nodeData"]["home-pve1"].get("netin"), None);
    assert_eq!(
        value(&charts["storageData"]["home-shared-nas"]["disk"]),
        25.0
    );
    assert_eq!(charts["stats"]["oldestDataTimestamp"], charts["timestamp"]);
}

#[actix_web::test]
async fn charts_show_what_was_recorded() {
    let house = House::open().await;
    house.show(fleet(), &[]);
    let then = clock::now() - Duration::from_secs(120);
    house.record("cpu", &[(then, 0.75)]);
    let gib = 1_073_741_824.0;
    house.record("memory", &[(then, gib)]);
    house.record("memory_total", &[(then, 2.0 * gib)]);
    let charts = house.ask(get("/api/charts?range=5m")).await.body;
    let guest = &charts["data"]["home-pve1-100"];
    assert_eq!(guest["cpu"][0]["value"], 75.0);
    assert_eq!(guest["memory"][0]["value"], 50.0, "of what it had then");
    let oldest = charts["stats"]["oldestDataTimestamp"].as_i64().unwrap();
    assert!(oldest <= then.millis());
}
