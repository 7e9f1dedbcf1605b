//! Exports, figures in a few numbers, what is gone, and how long all that is kept.

use actix_web::http::Method;
use serde_json::json;

use super::*;
use crate::model::id::ResourceId;
use crate::state::Fleet;

/// A house whose guest has six samples, ten seconds apart, and the moment of the first.
async fn recorded() -> (House, Timestamp) {
    let house = House::open().await;
    house.show(fleet(), &[]);
    let at = clock::now().floor_to(Duration::from_secs(60)) - Duration::from_secs(300);
    let figures = [0.1, 0.2, 0.3, 0.4, 0.5, 0.9];
    let figures: Vec<(Timestamp, f64)> = (0..)
        .map(|index| at + Duration::from_secs(10 * index))
        .zip(figures)
        .collect();
    house.record("cpu", &figures);
    (house, at)
}

fn put(path: &str, body: &Value) -> TestRequest {
    TestRequest::default()
        .method(Method::PUT)
        .uri(path)
        .peer_addr("127.0.0.1:50000".parse::<SocketAddr>().unwrap())
        .set_json(body)
}

#[actix_web::test]
async fn samples_are_exported_as_they_were_kept() {
    let (house, at) = recorded().await;
    let csv = get("/api/hp/history/export?resource=100&metrics=cpu");
    let csv = house.ask(csv).await;
    assert_eq!(csv.status, 200);
    assert_eq!(csv.header("content-type"), "text/csv; charset=utf-8");
    assert_eq!(
        csv.header("content-disposition"),
        "attachment; filename=\"homepulse-guest-100.csv\""
    );
    let text = csv.body.as_str().unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 7);
    assert_eq!(
        lines[1],
        format!(
            "guest:tgt_home:100,cpu,{},{},0.1,",
            at.rfc3339(),
            at.millis()
        )
    );

    let path = format!(
        "/api/hp/history/export?format=jsonl&from={}&to={}",
        at.millis() + 50_000,
        at.millis() + 60_000
    );
    let jsonl = house.ask(get(&path)).await;
    assert_eq!(jsonl.header("content-type"), "application/x-ndjson");
    assert_eq!(
        jsonl.body,
        json!({
            "resource": "guest:tgt_home:100", "metric": "cpu",
            "at": at.millis() + 50_000, "value": 0.9,
        })
    );
}

#[actix_web::test]
async fn a_span_comes_in_a_few_numbers() {
    let (house, at) = recorded().await;
    let path = format!(
        "/api/hp/history/aggregate?resource=100&metrics=cpu&above=0.35&from={}",
        at.millis()
    );
    let body = house.ask(get(&path)).await.body;
    let cpu = &body["metrics"][0];
    assert_eq!(cpu["count"], 6);
    let figure = |name: &str| (cpu[name].as_f64().unwrap() * 1e6).round() / 1e6;
    let found = ["avg", "min", "max", "p50", "p95", "p99"].map(figure);
    assert_eq!(found, [0.4, 0.1, 0.9, 0.3, 0.9, 0.9]);
    assert_eq!(cpu["max_at"], at.millis() + 50_000);
    assert_eq!(cpu["above_seconds"], 30);
    assert_eq!(cpu["unit"], "ratio");

    let never = house.ask(get("/api/hp/history/aggregate?resource=101&metrics=cpu"));
    let never = never.await.body;
    assert_eq!(never["metrics"][0]["count"], 0);
    assert_eq!(never["metrics"][0]["avg"], Value::Null);
    assert_eq!(never["metrics"][0]["above_seconds"], Value::Null);
}

#[actix_web::test]
async fn what_is_gone_is_listed_with_its_span() {
    let (house, at) = recorded().await;
    let gone = Sample {
        resource: ResourceId::guest(&lab::target(), 999),
        metric: MetricKey::known("cpu"),
        at,
        value: 0.5,
    };
    house.shared.parts.history.append(&[gone], clock::now());
    let body = house
        .ask(get("/api/hp/history/resources?removed=true"))
        .await
        .body;
    assert_eq!(
        body,
        json!({"resources": [{
            "resource": "guest:tgt_home:999", "kind": "guest", "name": null, "removed": true,
            "metrics": ["cpu"], "first_at": at.millis(), "last_at": at.millis(),
        }]})
    );
    let body = house.ask(get("/api/hp/history/resources?removed=false&kind=guest"));
    let body = body.await.body;
    assert_eq!(body["resources"][0]["name"], "guest-100");
    let chart = house.ask(get(
        "/api/hp/history?resource=guest:tgt_home:999&metrics=cpu",
    ));
    assert_eq!(chart.await.status, 200, "its past can be asked for");
}

#[actix_web::test]
async fn a_host_that_has_not_answered_yet_has_lost_nothing() {
    let house = House::open().await;
    house.record("cpu", &[(clock::now(), 0.5)]);
    let configured = Observation {
        target: lab::target(),
        at: NOON,
        took: Duration::ZERO,
        outcome: crate::model::observation::Outcome::Configured {
            summary: Box::new(lab::summary()),
        },
    };
    house.show(Fleet::default().merge(configured, NOON).0, &[]);
    let body = house
        .ask(get("/api/hp/history/resources?removed=true"))
        .await
        .body;
    assert_eq!(body["resources"], json!([]));
}

#[actix_web::test]
async fn questions_about_the_past_name_the_field_that_is_wrong() {
    let (house, _) = recorded().await;
    for (path, status, field) in [
        ("export?resource=nobody", 404, json!("resource")),
        ("export?resource=100&metrics=charm", 400, json!("metrics")),
        ("export?resource=100&from=9&to=8", 400, json!("from")),
        ("export?format=xlsx", 400, Value::Null),
        ("aggregate?resource=nobody", 404, json!("resource")),
        ("aggregate?resource=100&above=1", 400, json!("above")),
        (
            "aggregate?resource=100&metrics=cpu&above=nan",
            400,
            json!("above"),
        ),
        (
            "aggregate?resource=100&metrics=charm",
            400,
            json!("metrics"),
        ),
    ] {
        let answered = house.ask(get(&format!("/api/hp/history/{path}"))).await;
        assert_eq!(answered.status, status, "{path}: {}", answered.body);
        assert_eq!(answered.body["error"]["field"], field, "{path}");
    }
}

fn days(body: &Value, kind: &str) -> Value {
    let classes = body["classes"].as_array().unwrap();
    let class = classes.iter().find(|class| class["kind"] == kind);
    class.unwrap()["days"].clone()
}

#[actix_web::test]
async fn days_to_keep_are_changed_at_once_and_for_good() {
    let (house, _) = recorded().await;
    let before = house.ask(get("/api/hp/retention")).await.body;
    assert_eq!(days(&before, "guest"), 365);
    assert_eq!(before["classes"].as_array().unwrap().len(), 7);
    assert_eq!(before["bytes"], Value::Null, "no hour is packed yet");

    let tried = house
        .ask(get("/api/hp/retention?days=guest:90,node:730"))
        .await
        .body;
    assert_eq!(
        (days(&tried, "guest"), days(&tried, "node")),
        (json!(90), json!(730))
    );
    let tried = house.ask(get("/api/hp/retention?days=30")).await.body;
    assert_eq!(days(&tried, "disk"), 30);
    let same = house.ask(get("/api/hp/retention")).await.body;
    assert_eq!(same["classes"], before["classes"], "trying changes nothing");

    let change = json!({"days": {"guest": 90}});
    let after = house.ask(put("/api/hp/retention", &change)).await;
    assert_eq!(after.status, 200, "{}", after.body);
    assert_eq!(
        (days(&after.body, "guest"), days(&after.body, "node")),
        (json!(90), json!(365))
    );
    let history = &house.shared.parts.history;
    let of_guests = crate::model::id::ResourceKind::Guest;
    assert_eq!(history.keep().days_of(of_guests), 90, "recording obeys");

    let settings = crate::services::settings::Settings::new(house.db.clone());
    history.set_keep(crate::history::Keep::default());
    let again = Retention::open(history.clone(), settings).await.unwrap();
    assert_eq!(again.days()[&of_guests], 90, "and so does the next process");
}

#[actix_web::test]
async fn days_that_make_no_sense_change_nothing_and_are_named() {
    let (house, _) = recorded().await;
    for (body, field) in [
        (
            json!({"days": {"node": 30, "guest": 0}}),
            json!("days.guest"),
        ),
        (json!({"days": {"guest": 3651}}), json!("days.guest")),
        (json!({"days": {"wolf": 3}}), json!("days.wolf")),
        (json!({"days": {"target": 3}}), json!("days.target")),
        (json!({"day": 3}), Value::Null),
        (json!({"days": {"guest": -1}}), Value::Null),
    ] {
        let answered = house.ask(put("/api/hp/retention", &body)).await;
        assert_eq!(answered.status, 400, "{body}: {}", answered.body);
        assert_eq!(answered.body["error"]["field"], field, "{body}");
    }
    for query in [
        "days=",
        "days=guest",
        "days=guest:x",
        "days=wolf:3",
        "days=0",
    ] {
        let answered = house.ask(get(&format!("/api/hp/retention?{query}"))).await;
        assert_eq!(answered.status, 400, "{query}");
    }
    let same = house.ask(get("/api/hp/retention")).await.body;
    assert_eq!(days(&same, "node"), 365);
}
