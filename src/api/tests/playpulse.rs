//! The servers of Playpulse.

use super::peon::{game, house_of};
use super::*;
use crate::model::resource::GameStatus;

#[actix_web::test]
async fn status_is_in_per_cent_and_unknown_is_null() {
    let house = house_of(vec![game("midgard", GameStatus::Running)]).await;
    for path in [
        "/api/v3/servers/midgard/status",
        "/v3/servers/midgard/status",
    ] {
        let answered = house.ask(get(path)).await;
        assert_eq!(answered.status, 200, "{path}");
        assert_eq!(answered.body["success"], true);
        let data = &answered.body["data"];
        assert!(data["id"].as_str().unwrap().starts_with("srv_"));
        assert_eq!(data["status"], "online");
        assert_eq!(data["performance"]["cpu_usage"], 45.2);
        assert_eq!(data["performance"]["memory_usage"], 50.0);
        assert_eq!(data["performance"]["disk_usage"], Value::Null);
        assert_eq!(
            data["players"],
            serde_json::json!({ "online": 3, "max": 10 })
        );
    }
}

#[actix_web::test]
async fn analytics_come_from_history_and_say_what_they_do_not_know() {
    let one = game("midgard", GameStatus::Running);
    let house = house_of(vec![one.clone()]).await;
    let now = clock::now();
    let sample = |metric: &'static str, ago: u64, value: f64| Sample {
        resource: one.id.clone(),
        metric: MetricKey::known(metric),
        at: now - Duration::from_secs(ago),
        value,
    };
    let mut samples = Vec::new();
    for ago in [40, 30, 20, 10] {
        samples.push(sample("cpu", ago, if ago == 10 { 0.8 } else { 0.4 }));
        samples.push(sample("up", ago, if ago == 40 { 0.0 } else { 1.0 }));
        samples.push(sample("players", ago, 5.0));
        samples.push(sample("net_in", ago, 1024.0));
    }
    house.shared.parts.history.append(&samples, now);
    let path = "/api/v3/servers/midgard/analytics?timeframe=24h&metrics=cpu,users,memory,network";
    let answered = house.ask(get(path)).await;
    assert_eq!(answered.status, 200, "{}", answered.body);
    let data = &answered.body["data"];
    let metrics = &data["metrics"];
    assert_eq!(metrics["cpu"]["average"], 50.0);
    assert_eq!(metrics["cpu"]["peak"], 80.0);
    assert_eq!(
        metrics["cpu"]["trend"],
        Value::Null,
        "four samples have none"
    );
    assert_eq!(metrics["uptime_percentage"], 75.0);
    assert_eq!(metrics["network"]["total_in"], 40_960.0);
    assert_eq!(metrics["users"]["peak_concurrent"], 5.0);
    assert_eq!(metrics["users"]["total_sessions"], Value::Null);
    assert_eq!(metrics["memory"], Value::Null);
    assert_eq!(data["reasons"]["memory"], "no samples in this timeframe");
    assert!(data["data_points"].as_u64().unwrap() >= 1);
    assert!(data["series"]["cpu"].is_array());
}

#[actix_web::test]
async fn what_makes_no_sense_is_refused_by_name() {
    let house = house_of(vec![game("midgard", GameStatus::Running)]).await;
    for (query, field) in [
        ("timeframe=1h", "timeframe"),
        ("granularity=second", "granularity"),
        ("metrics=cpu,luck", "metrics"),
    ] {
        let path = format!("/api/v3/servers/midgard/analytics?{query}");
        let answered = house.ask(get(&path)).await;
        assert_eq!(answered.status, 422, "{query}");
        assert_eq!(answered.body["error"]["details"]["field"], field);
    }
    let request = get("/api/v3/servers/midgard/status").insert_header(("x-api-version", "v2"));
    let answered = house.ask(request).await;
    assert_eq!(
        (answered.status.as_u16(), &answered.body["error"]["code"]),
        (400, &"API_VERSION_UNKNOWN".into())
    );
    let plan = serde_json::json!({ "name": "x", "plan": "galaxy", "type": "valheim" });
    let answered = house.ask(post("/api/v3/servers").set_json(&plan)).await;
    assert_eq!(answered.body["error"]["details"]["field"], "plan");
}

#[test]
fn the_family_serves_what_is_documented_of_servers_and_backups() {
    let document: Value = serde_json::from_str(&crate::api::openapi()).unwrap();
    for (method, path) in [
        ("post", "/api/v3/servers"),
        ("get", "/api/v3/servers/{server_id}/status"),
        ("get", "/api/v3/servers/{server_id}/analytics"),
        ("post", "/api/v3/backups"),
        ("post", "/api/v3/backups/{backup_id}/restore"),
        ("get", "/v3"),
    ] {
        let operation = &document["paths"][path][method];
        assert_eq!(operation["tags"][0], "playpulse", "{method} {path}");
    }
}
