//! Our own API.

use super::*;

#[actix_web::test]
async fn errors_name_code_message_and_field() {
    let house = House::open().await;
    let json = |text: &'static str| {
        post("/api/hp/targets")
            .insert_header(("content-type", "application/json"))
            .set_payload(text)
    };
    let deep = "[".repeat(200);
    for (request, status, code) in [
        (get("/api/hp/nothing"), 404, "not_found"),
        (get("/api/v1/nothing"), 404, "not_found"),
        (post("/api/hp/metrics"), 405, "method_not_allowed"),
        (json("{"), 400, "invalid_json"),
        (
            post("/api/hp/targets").set_payload("{}"),
            400,
            "content_type",
        ),
        (
            post("/api/hp/targets")
                .insert_header(("content-type", "application/json"))
                .set_payload(deep),
            400,
            "invalid_json",
        ),
        (
            post("/api/hp/targets")
                .insert_header(("content-type", "application/json"))
                .set_payload(vec![b' '; 2 << 20]),
            413,
            "body_too_large",
        ),
        (get("/api/hp/alerts?state=odd"), 400, "invalid_query"),
        (post("/api/hp/alerts/odd!/acknowledge"), 400, "invalid_path"),
        (
            post("/api/hp/alerts/alt_none/acknowledge"),
            404,
            "alert_not_found",
        ),
    ] {
        let answered = house.ask(request).await;
        assert_eq!(answered.status, status, "{}", answered.body);
        assert_eq!(answered.body["error"]["code"], code);
        assert!(answered.body["error"]["message"].is_string());
        assert!(answered.body["error"].get("field").is_some());
    }
}

#[actix_web::test]
async fn how_the_product_is_exposed_is_told_to_whoever_may_read_settings() {
    let told = House::open().await.ask(get("/api/hp/security")).await;
    assert_eq!(told.status, 200, "{}", told.body);
    assert_eq!(told.body["open_locally"], true);
    assert!(told.body["file"].is_null());
    assert!(told.body["settings"].is_array());
    let house = House::locked().await;
    let refused = house.ask(get("/api/hp/security")).await;
    assert_eq!(refused.status, 401);
}

#[actix_web::test]
async fn the_session_tells_who_is_asking() {
    let open = House::open().await.ask(get("/api/hp/session")).await.body;
    assert_eq!(open["authenticated"], true);
    assert_eq!(open["open_access"], true);
    assert_eq!(open["principal"], "localhost");
    let house = House::locked().await;
    let stranger = house.ask(get("/api/hp/session")).await;
    assert_eq!(stranger.status, 200);
    assert_eq!(stranger.body["authenticated"], false);
    assert_eq!(stranger.body["principal"], Value::Null);
    let known = get("/api/hp/session").insert_header(("x-api-token", "right"));
    assert_eq!(house.ask(known).await.body["authenticated"], true);
    let wrong = get("/api/hp/session").insert_header(("x-api-token", "wrong"));
    assert_eq!(house.ask(wrong).await.status, 401);
}

#[actix_web::test]
async fn the_fleet_is_the_full_frame() {
    let house = House::open().await;
    house.show(fleet(), &[]);
    house.alert().await;
    let answered = house.ask(get("/api/hp/fleet")).await;
    insta::assert_json_snapshot!(answered.body, {
        ".boot" => "[boot]",
        ".alerts[].id" => "[id]",
    });
}

#[actix_web::test]
async fn the_catalogue_names_units_and_kinds() {
    let metrics = House::open().await.ask(get("/api/hp/metrics")).await.body;
    assert_eq!(
        metrics[1],
        serde_json::json!({
            "key": "memory", "label": "Memory", "unit": "bytes", "kind": "gauge",
            "direction": "higher_is_worse", "total": "memory_total", "of": ["node", "guest", "game"],
            "thresholds": metrics[1]["thresholds"],
        })
    );
    let raised = metrics[1]["thresholds"][0]["raise"].as_f64().unwrap();
    assert!(
        (0.0..=1.0).contains(&raised),
        "limits of a metric with a whole are shares"
    );
}

#[actix_web::test]
async fn an_alert_is_taken_on_and_given_back() {
    let house = House::open().await;
    let alert = house.alert().await;
    let path = format!("/api/hp/alerts/{}/acknowledge", alert.id);
    let taken = house.ask(post(&path)).await;
    assert_eq!(taken.status, 200);
    assert_eq!(taken.body["acknowledged_by"], "localhost");
    assert_eq!(taken.body["unit"], "ratio");
    let firing = house.ask(get("/api/hp/alerts")).await.body;
    assert_eq!(firing["alerts"][0]["id"], alert.id.as_str());
    let delete = TestRequest::delete().uri(&path);
    let delete = delete.peer_addr("127.0.0.1:50000".parse().unwrap());
    let given_back = house.ask(delete).await;
    assert_eq!(given_back.body["acknowledged_by"], Value::Null);
    let all = house
        .ask(get("/api/hp/alerts?state=all&limit=1"))
        .await
        .body;
    assert_eq!(all["alerts"].as_array().map(Vec::len), Some(1));
}

#[actix_web::test]
async fn a_target_is_added_listed_and_removed_and_its_secret_never_shown() {
    let house = House::open().await;
    let new = serde_json::json!({
        "name": "home", "address": "https://127.0.0.1:1", "verify": false,
        "token_id": "homepulse@pve!monitor", "token_secret": "planted-secret",
    });
    let added = house.ask(post("/api/hp/targets").set_json(&new)).await;
    assert_eq!(added.status, 201, "{}", added.body);
    assert_eq!(added.body["state"], "pending");
    assert_eq!(added.body["verifies_certificate"], false);
    let again = house.ask(post("/api/hp/targets").set_json(&new)).await;
    assert_eq!(again.status, 409);
    assert_eq!(again.body["error"]["field"], "name");
    let list = house.ask(get("/api/hp/targets")).await.body;
    assert!(!list.to_string().contains("planted-secret"));
    let id = list["targets"][0]["id"].as_str().unwrap();
    let remove = |id: &str| {
        let request = TestRequest::delete().uri(&format!("/api/hp/targets/{id}"));
        request.peer_addr("127.0.0.1:50000".parse().unwrap())
    };
    assert_eq!(house.ask(remove(id)).await.status, 204);
    assert_eq!(house.ask(remove(id)).await.status, 404);
}

#[actix_web::test]
async fn a_kept_secret_goes_nowhere_else_unless_it_is_given_again() {
    let house = House::open().await;
    let new = serde_json::json!({
        "kind": "pterodactyl", "name": "panel", "secret": "ptlc_planted",
        "config": { "address": "http://127.0.0.1:1" },
    });
    let added = house.ask(post("/api/hp/targets").set_json(&new)).await;
    assert_eq!(added.status, 201, "{}", added.body);
    let path = format!("/api/hp/targets/{}", added.body["id"].as_str().unwrap());
    let put = |change: Value| {
        let request = TestRequest::put().uri(&path).set_json(&change);
        request.peer_addr("127.0.0.1:50000".parse().unwrap())
    };

    let elsewhere = serde_json::json!({ "address": "http://127.0.0.1:2" });
    for change in [
        serde_json::json!({ "config": elsewhere }),
        elsewhere.clone(),
        serde_json::json!({ "config": { "address": "http://127.0.0.1:1" }, "address": "http://127.0.0.1:2" }),
    ] {
        let refused = house.ask(put(change.clone())).await;
        assert_eq!(refused.status, 400, "{change}: {}", refused.body);
        assert_eq!(refused.body["error"]["code"], "secret_needed");
        assert_eq!(refused.body["error"]["field"], "secret");
    }
    let same = serde_json::json!({ "name": "p", "config": { "address": "http://127.0.0.1:1", "control": true } });
    let changed = house.ask(put(same)).await;
    assert_eq!(changed.status, 200, "{}", changed.body);
    assert_eq!(changed.body["config"]["control"], true);
    assert!(!changed.body.to_string().contains("ptlc_planted"));
    let moved = serde_json::json!({ "config": elsewhere, "secret": "ptlc_other" });
    let moved = house.ask(put(moved)).await;
    assert_eq!(moved.status, 200, "{}", moved.body);
    assert_eq!(moved.body["config"], elsewhere);
}

#[actix_web::test]
async fn a_bad_setting_names_its_field() {
    let new = serde_json::json!({
        "name": "", "address": "https://127.0.0.1:1", "token_id": "a@b!c", "token_secret": "s",
    });
    let answered = House::open()
        .await
        .ask(post("/api/hp/targets").set_json(&new))
        .await;
    assert_eq!(answered.status, 400);
    assert_eq!(answered.body["error"]["field"], "name");
}

#[actix_web::test]
async fn trying_a_dead_host_is_a_report_and_not_an_error() {
    let new = serde_json::json!({
        "name": "dead", "address": "https://127.0.0.1:1", "verify": false,
        "token_id": "homepulse@pve!monitor", "token_secret": "s",
    });
    let answered = House::open()
        .await
        .ask(post("/api/hp/targets/test").set_json(&new))
        .await;
    assert_eq!(answered.status, 200, "{}", answered.body);
    assert_eq!(answered.body["ok"], false);
    assert_eq!(answered.body["failure"]["kind"], "unreachable");
}

#[actix_web::test]
async fn diagnostics_tell_what_the_product_costs() {
    let house = House::open().await;
    house.show(fleet(), &[]);
    let body = house.ask(get("/api/hp/diagnostics")).await.body;
    assert!(body["process"]["rss_bytes"].as_u64() > Some(0));
    assert!(body["database"]["size_bytes"].as_u64() > Some(0));
    assert_eq!(body["targets"][0]["requests_last_cycle"], 2);
    assert_eq!(body["websocket_clients"], 0);
}

#[actix_web::test]
async fn history_is_cut_into_buckets_with_gaps_and_peaks() {
    let house = House::open().await;
    house.show(fleet(), &[]);
    let now = clock::now().floor_to(Duration::from_secs(60)) - Duration::from_secs(300);
    house.record("cpu", &[(now, 0.25), (now + Duration::from_secs(10), 0.75)]);
    let from = now.millis();
    let path = format!(
        "/api/hp/history?resource=home-pve1-100&metrics=cpu&from={from}&to={}&points=2",
        from + 120_000
    );
    let body = house.ask(get(&path)).await.body;
    assert_eq!(
        body,
        serde_json::json!({
            "resource": "guest:tgt_home:100", "from": from, "to": from + 120_000,
            "series": [{
                "metric": "cpu", "unit": "ratio", "step_ms": 60_000,
                "imported_step_ms": null, "at": [from, from + 60_000],
                "avg": [0.5, null], "min": [0.25, null], "max": [0.75, null],
            }],
        })
    );
    let path = format!("/api/hp/history/all?metric=cpu&kind=guest&from={from}&points=5");
    let body = house.ask(get(&path)).await.body;
    let resources = body["resources"].as_array().unwrap();
    assert_eq!(resources.len(), 2);
    assert_eq!(resources[0]["resource"], "guest:tgt_home:100");
}

#[actix_web::test]
async fn history_names_what_it_does_not_know() {
    let house = House::open().await;
    house.show(fleet(), &[]);
    for (path, status, field) in [
        ("/api/hp/history?resource=nobody", 404, "resource"),
        ("/api/hp/history?resource=100&metrics=charm", 400, "metrics"),
        ("/api/hp/history?resource=100&from=9&to=8", 400, "from"),
        ("/api/hp/history?resource=100&points=0", 400, "points"),
        ("/api/hp/history/all?metric=charm", 400, "metric"),
    ] {
        let answered = house.ask(get(path)).await;
        assert_eq!(answered.status, status, "{path}");
        assert_eq!(answered.body["error"]["field"], field, "{path}");
    }
}

#[actix_web::test]
async fn deliveries_and_channels_are_lists_even_when_empty() {
    let house = House::open().await;
    for list in ["deliveries", "channels", "targets", "alerts"] {
        let answered = house.ask(get(&format!("/api/hp/{list}"))).await;
        assert_eq!(answered.body[list], serde_json::json!([]));
    }
}

#[actix_web::test]
async fn a_terminal_gets_a_summary_instead_of_the_page() {
    let house = House::open().await;
    house.show(fleet(), &[]);
    house.alert().await;
    let curl = get("/")
        .insert_header(("user-agent", "curl/8.5.0"))
        .insert_header(("accept", "*/*"));
    let text = house.ask(curl).await.body;
    let text = text.as_str().unwrap();
    assert!(
        text.contains("1/1 nodes online, 2/2 guests running"),
        "{text}"
    );
    assert!(
        text.contains("warning: CPU of guest-100 is at 95 %"),
        "{text}"
    );
}
