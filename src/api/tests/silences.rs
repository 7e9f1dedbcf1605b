//! Silences, maintenance windows and calendars through their doors.

use actix_web::http::Method;
use serde_json::json;

use super::*;

const HOUR: i64 = 3_600_000;

fn ask(method: Method, path: &str, body: Option<&Value>) -> TestRequest {
    let request = TestRequest::default()
        .method(method)
        .uri(path)
        .peer_addr("127.0.0.1:50000".parse().unwrap());
    match body {
        Some(body) => request
            .insert_header(("content-type", "application/json"))
            .set_payload(body.to_string()),
        None => request,
    }
}

#[actix_web::test]
async fn a_silence_is_tried_out_made_extended_and_ended() {
    let house = House::open().await;
    house.show(fleet(), &[]);
    house.alert().await;
    let scope = json!({ "tags": ["web"] });
    let preview = json!({ "scope": scope });
    let preview = ask(Method::POST, "/api/hp/silences/preview", Some(&preview));
    let preview = house.ask(preview).await.body;
    assert_eq!(preview["alerts"].as_array().unwrap().len(), 1, "{preview}");
    assert!(preview["resource_count"].as_u64().unwrap() >= 1);

    let until = clock::now().millis() + HOUR;
    let new = json!({ "scope": scope, "until": until, "note": "painting" });
    let made = house
        .ask(ask(Method::POST, "/api/hp/silences", Some(&new)))
        .await;
    assert_eq!(made.status, 201, "{}", made.body);
    assert_eq!(made.body["created_by"], "localhost");
    assert_eq!(made.body["scope"]["tags"], json!(["web"]));
    assert_eq!(house.shared.parts.silences.present().silences.len(), 1);

    let path = format!("/api/hp/silences/{}", made.body["id"].as_str().unwrap());
    let end = json!({ "until": until + HOUR });
    let longer = house.ask(ask(Method::PATCH, &path, Some(&end))).await.body;
    assert_eq!(longer["until"], until + HOUR);
    let listed = house.ask(get("/api/hp/silences")).await.body;
    assert_eq!(listed["silences"][0]["until"], until + HOUR);
    assert_eq!(
        house.ask(ask(Method::DELETE, &path, None)).await.status,
        204
    );
    assert_eq!(
        house.ask(ask(Method::DELETE, &path, None)).await.status,
        404
    );
    assert!(house.shared.parts.silences.present().silences.is_empty());
}

#[actix_web::test]
async fn one_alert_is_snoozed() {
    let house = House::open().await;
    let alert = house.alert().await;
    let path = format!("/api/hp/alerts/{}/snooze", alert.id);
    let body = json!({ "until": clock::now().millis() + HOUR });
    let made = house.ask(ask(Method::POST, &path, Some(&body))).await;
    assert_eq!(made.status, 201, "{}", made.body);
    assert_eq!(made.body["scope"]["alerts"], json!([alert.id.as_str()]));
}

#[actix_web::test]
async fn windows_are_kept_and_their_times_listed() {
    let house = House::open().await;
    let weekly = json!({
        "name": "Sunday maintenance",
        "scope": { "nodes": ["pve1"] },
        "schedule": {
            "kind": "weekly", "days": ["sun"], "start": "02:30", "minutes": 90,
            "zone": "Europe/Berlin"
        }
    });
    let made = house
        .ask(ask(
            Method::POST,
            "/api/hp/maintenance/windows",
            Some(&weekly),
        ))
        .await;
    assert_eq!(made.status, 201, "{}", made.body);
    assert_eq!(made.body["schedule"], weekly["schedule"]);
    assert_eq!(made.body["enabled"], true);
    let again = house
        .ask(ask(
            Method::POST,
            "/api/hp/maintenance/windows",
            Some(&weekly),
        ))
        .await;
    assert_eq!(again.status, 409);

    let from = 1_795_000_000_000_i64;
    let to = from + 21 * 24 * HOUR;
    let list = format!("/api/hp/maintenance/calendar?from={from}&to={to}");
    let times = house.ask(get(&list)).await.body;
    assert_eq!(times["times"].as_array().unwrap().len(), 3, "{times}");
    assert_eq!(times["times"][0]["source"], "window");

    let path = format!(
        "/api/hp/maintenance/windows/{}",
        made.body["id"].as_str().unwrap()
    );
    let mut once = weekly.clone();
    once["schedule"] = json!({ "kind": "once", "from": from, "until": from + HOUR });
    let changed = house.ask(ask(Method::PUT, &path, Some(&once))).await;
    assert_eq!(changed.status, 200, "{}", changed.body);
    let times = house.ask(get(&list)).await.body;
    assert_eq!(times["times"][0]["until"], from + HOUR);
    assert_eq!(
        house.ask(ask(Method::DELETE, &path, None)).await.status,
        204
    );
    assert_eq!(house.ask(get(&list)).await.body["times"], json!([]));
}

#[actix_web::test]
async fn a_calendar_is_kept_without_ever_showing_its_address() {
    let house = House::open().await;
    let new = json!({
        "name": "family", "url": "webcal://calendar.example.org/private-123/basic.ics",
        "scope": { "everything": true }, "zone": "Europe/Berlin"
    });
    let made = house
        .ask(ask(
            Method::POST,
            "/api/hp/maintenance/calendars",
            Some(&new),
        ))
        .await;
    assert_eq!(made.status, 201, "{}", made.body);
    assert_eq!(made.body["host"], "calendar.example.org");
    let path = format!(
        "/api/hp/maintenance/calendars/{}",
        made.body["id"].as_str().unwrap()
    );
    let mut renamed = new.clone();
    renamed["name"] = json!("home");
    renamed.as_object_mut().unwrap().remove("url");
    let changed = house.ask(ask(Method::PUT, &path, Some(&renamed))).await;
    assert_eq!(changed.body["name"], "home");
    assert_eq!(
        changed.body["host"], "calendar.example.org",
        "the address stays"
    );
    let listed = house.ask(get("/api/hp/maintenance/calendars")).await.body;
    assert!(!listed.to_string().contains("private"), "{listed}");
    assert_eq!(
        house.ask(ask(Method::DELETE, &path, None)).await.status,
        204
    );
}

#[actix_web::test]
async fn what_makes_no_sense_is_refused_with_its_field() {
    let house = House::open().await;
    let until = clock::now().millis() + HOUR;
    let window = |schedule: Value| json!({ "name": "x", "scope": { "everything": true }, "schedule": schedule });
    let calendar = |url: &str, zone: &str| json!({ "name": "x", "url": url, "zone": zone, "scope": { "everything": true } });
    for (path, body, field) in [
        ("silences", json!({ "scope": {}, "until": until }), "scope"),
        (
            "silences",
            json!({ "scope": { "everything": true }, "until": 1 }),
            "until",
        ),
        (
            "silences",
            json!({ "scope": { "resources": ["guest-100"] }, "until": until }),
            "scope.resources",
        ),
        (
            "silences/preview",
            json!({ "scope": { "everything": true, "tags": ["a"] } }),
            "scope",
        ),
        (
            "maintenance/windows",
            window(
                json!({ "kind": "weekly", "days": ["mon"], "start": "2:30", "minutes": 5, "zone": "UTC" }),
            ),
            "start",
        ),
        (
            "maintenance/windows",
            window(json!({ "kind": "once", "from": 5, "until": 5 })),
            "until",
        ),
        ("maintenance/calendars", calendar("ftp://x/", "UTC"), "url"),
        (
            "maintenance/calendars",
            calendar("https://x/", "Mars/Base"),
            "zone",
        ),
    ] {
        let path = format!("/api/hp/{path}");
        let refused = house.ask(ask(Method::POST, &path, Some(&body))).await;
        assert_eq!(refused.status, 400, "{path} {body}: {}", refused.body);
        assert_eq!(refused.body["error"]["field"], field, "{}", refused.body);
    }
    for path in ["from=5&to=5", "from=0&to=9999999999999"] {
        let path = format!("/api/hp/maintenance/calendar?{path}");
        assert_eq!(house.ask(get(&path)).await.status, 400);
    }
}
