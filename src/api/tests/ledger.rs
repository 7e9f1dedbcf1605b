//! The ledger through its doors: filters, pages, incidents, posts, bulk changes and the table.

use serde_json::json;

use super::*;
use crate::model::alert::{Finding, Severity};
use crate::model::id::ResourceId;

fn send(request: TestRequest, body: &Value) -> TestRequest {
    request
        .insert_header(("content-type", "application/json"))
        .set_payload(body.to_string())
}

impl House {
    /// Enters an alert about each of these guests, a minute apart.
    async fn alerts(&self, vmids: impl IntoIterator<Item = u32>) {
        let fire = |vmid: u32| {
            Transition::Fire(Finding {
                resource: ResourceId::guest(&lab::target(), vmid),
                resource_name: format!("guest-{vmid}"),
                tags: vec![
                    if vmid.is_multiple_of(2) {
                        "even"
                    } else {
                        "odd"
                    }
                    .to_owned(),
                ],
                severity: if vmid.is_multiple_of(3) {
                    Severity::Critical
                } else {
                    Severity::Warning
                },
                since: NOON + Duration::from_secs(u64::from(vmid) * 60),
                ..finding()
            })
        };
        let all: Vec<Transition> = vmids.into_iter().map(fire).collect();
        let entered: Result<_, AlertError> =
            self.db.writer.run(move |tx| alerts::apply(tx, &all)).await;
        entered.unwrap();
    }

    async fn names(&self, query: &str) -> Vec<String> {
        let answered = self.ask(get(&format!("/api/hp/alerts?{query}"))).await;
        assert_eq!(answered.status, 200, "{query}: {}", answered.body);
        let alerts = answered.body["alerts"].as_array().unwrap();
        let names = alerts
            .iter()
            .map(|alert| alert["resource_name"].as_str().unwrap());
        names.map(str::to_owned).collect()
    }

    async fn post(&self, body: Value) -> Answered {
        self.ask(send(post("/api/hp/alerts"), &body)).await
    }
}

#[actix_web::test]
async fn the_list_is_filtered_sorted_and_paged() {
    let house = House::open().await;
    house.show(fleet(), &[]);
    house.alerts(1..=7).await;
    for (query, expected) in [
        ("severity=critical", vec![6, 3]),
        ("severity=info", vec![]),
        ("tag=odd&sort=oldest", vec![1, 3, 5, 7]),
        (
            "tag=odd&severity=critical,warning&sort=severity",
            vec![3, 7, 5, 1],
        ),
        ("sort=resource&limit=2", vec![1, 2]),
        ("node=pve1&limit=1", vec![7]),
        ("node=pve9", vec![]),
        ("rule=threshold&limit=1", vec![7]),
        ("resource=guest:tgt_home:4", vec![4]),
        ("text=GUEST-5", vec![5]),
        ("text=%25", vec![7, 6, 5, 4, 3, 2, 1]),
        ("text=_uest-5", vec![]),
        ("state=resolved", vec![]),
        ("state=acknowledged", vec![]),
        ("state=held", vec![]),
        ("hold=silenced", vec![]),
        ("state=open&to=1795000150000", vec![2, 1]),
    ] {
        let expected: Vec<String> = expected.iter().map(|n| format!("guest-{n}")).collect();
        assert_eq!(house.names(query).await, expected, "{query}");
    }
}

#[actix_web::test]
async fn pages_hold_everything_once_though_the_ledger_grows() {
    for sort in ["newest", "oldest", "severity", "resource"] {
        let house = House::open().await;
        house.alerts(10..30).await;
        let mut seen = Vec::new();
        let mut cursor = String::new();
        loop {
            let path = format!("/api/hp/alerts?state=all&sort={sort}&limit=3{cursor}");
            let body = house.ask(get(&path)).await.body;
            let alerts = body["alerts"].as_array().unwrap().iter();
            seen.extend(alerts.map(|alert| alert["resource_name"].clone()));
            let Some(next) = body["next"].as_str() else {
                break;
            };
            if cursor.is_empty() {
                house.alerts([99]).await;
            }
            cursor = format!("&cursor={next}");
        }
        seen.retain(|name| name != "guest-99");
        let count = seen.len();
        seen.sort_by_key(ToString::to_string);
        seen.dedup();
        assert_eq!((seen.len(), count), (20, 20), "{sort}");
    }
    let house = House::open().await;
    for cursor in ["x", "e30", "bnVsbA"] {
        let answered = house
            .ask(get(&format!("/api/hp/alerts?cursor={cursor}")))
            .await;
        assert_eq!(answered.status, 400, "{cursor}");
        assert_eq!(answered.body["error"]["field"], "cursor");
    }
}

#[actix_web::test]
async fn an_alert_is_posted_renewed_and_resolved() {
    let house = House::open().await;
    house.show(fleet(), &[]);
    let first = house
        .post(json!({
            "subject": "nightly sync", "severity": "warning", "message": "it did not run\nat all",
            "value": 3, "key": "sync"
        }))
        .await;
    assert_eq!(first.status, 200, "{}", first.body);
    assert_eq!(first.body["rule"], "posted");
    assert_eq!(first.body["resource_name"], "nightly sync");
    assert_eq!(first.body["message"], "it did not run at all");
    let again = house
        .post(json!({
            "subject": "nightly sync", "severity": "critical", "message": "still not", "key": "sync"
        }))
        .await;
    assert_eq!(again.body["id"], first.body["id"], "it is the same alert");
    assert_eq!(again.body["severity"], "critical");

    let id = first.body["id"].as_str().unwrap();
    let done = json!({ "message": "it ran" });
    let path = format!("/api/hp/alerts/{id}/resolve");
    let resolved = house.ask(send(post(&path), &done)).await;
    assert_eq!(resolved.body["state"], "resolved");
    assert_eq!(resolved.body["message"], "it ran");
    assert_eq!(house.ask(post(&path)).await.status, 409);

    let judged = house.alert().await.id;
    let path = format!("/api/hp/alerts/{judged}/resolve");
    let refused = house.ask(post(&path)).await;
    assert_eq!(refused.status, 409);
    assert_eq!(refused.body["error"]["code"], "alert_judged");
}

#[actix_web::test]
async fn a_post_that_makes_no_sense_is_refused_with_its_field() {
    let house = House::open().await;
    house.show(fleet(), &[]);
    let good = json!({ "subject": "x", "severity": "info", "message": "y" });
    for (field, value) in [
        ("subject", json!("")),
        ("subject", json!("x".repeat(121))),
        ("message", json!(" \n")),
        ("key", json!("")),
        ("resource", json!("no-such-thing")),
        ("expires_at", json!(5)),
    ] {
        let mut body = good.clone();
        body[field] = value;
        let refused = house.post(body.clone()).await;
        assert_eq!(refused.status, 400, "{body}");
        assert_eq!(refused.body["error"]["field"], field);
    }
    for (field, value) in [("severity", json!("bad")), ("colour", json!("red"))] {
        let mut body = good.clone();
        body[field] = value;
        assert_eq!(house.post(body).await.status, 400, "{field}");
    }
    assert!(
        house.names("state=all").await.is_empty(),
        "nothing half-done"
    );
}

#[actix_web::test]
async fn an_incident_shows_what_happened_and_who_was_told() {
    let house = House::open().await;
    house.show(fleet(), &[]);
    let alert = house.alert().await;
    let taken = send(
        post(&format!("/api/hp/alerts/{}/acknowledge", alert.id)),
        &json!({ "note": "on my way" }),
    );
    assert_eq!(house.ask(taken).await.status, 200);
    let details = house
        .ask(get(&format!("/api/hp/alerts/{}", alert.id)))
        .await
        .body;
    assert_eq!(details["alert"]["id"], alert.id.as_str());
    let events: Vec<&str> = details["log"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["event"].as_str().unwrap())
        .collect();
    assert_eq!(events, ["fired", "acknowledged"]);
    assert_eq!(details["log"][1]["note"], "on my way");
    assert_eq!(details["log"][1]["who"], "localhost");
    assert_eq!(details["figures"]["metric"], "cpu");
    assert_eq!(details["affected"], json!([]));
    assert_eq!(details["deliveries"], json!([]));
    let missing = house.ask(get("/api/hp/alerts/alt_none")).await;
    assert_eq!(missing.status, 404);
}

#[actix_web::test]
async fn many_alerts_are_changed_at_once_and_back() {
    let house = House::open().await;
    house.alerts(1..=3).await;
    let all = house.ask(get("/api/hp/alerts")).await.body;
    let ids: Vec<&str> = all["alerts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|alert| alert["id"].as_str().unwrap())
        .collect();
    let bulk = |body: Value| house.ask(send(post("/api/hp/alerts/bulk"), &body));

    let mut with_stranger = ids.clone();
    with_stranger.push("alt_none");
    let done = bulk(json!({ "action": "acknowledge", "alerts": with_stranger }))
        .await
        .body;
    assert_eq!(done["failed"][0]["code"], "alert_not_found");
    assert_eq!(done["undo"]["alerts"].as_array().unwrap().len(), 3);
    assert_eq!(house.names("state=acknowledged").await.len(), 3);
    let again = bulk(json!({ "action": "acknowledge", "alerts": ids }))
        .await
        .body;
    assert_eq!(again["undo"], Value::Null, "nothing changed");
    let undone = bulk(done["undo"].clone()).await;
    assert_eq!(undone.status, 200, "{}", undone.body);
    assert!(house.names("state=acknowledged").await.is_empty());

    let until = clock::now() + Duration::from_secs(3600);
    let body = json!({ "action": "snooze", "alerts": ids, "until": until.millis() });
    let snoozed = bulk(body).await.body;
    assert_eq!(snoozed["silence"]["scope"]["alerts"], json!(ids));
    assert_eq!(house.shared.parts.silences.present().silences.len(), 1);
    let undone = bulk(snoozed["undo"].clone()).await;
    assert_eq!(undone.status, 200, "{}", undone.body);
    assert_eq!(undone.body["undo"]["action"], "snooze");
    assert!(house.shared.parts.silences.present().silences.is_empty());

    for (body, field) in [
        (json!({ "action": "acknowledge", "alerts": [] }), "alerts"),
        (
            json!({ "action": "acknowledge", "alerts": ["x"] }),
            "alerts",
        ),
        (json!({ "action": "snooze", "alerts": ids }), "until"),
        (
            json!({ "action": "snooze", "alerts": ids, "until": 5 }),
            "until",
        ),
        (json!({ "action": "unsnooze" }), "silences"),
    ] {
        let refused = bulk(body).await;
        assert_eq!(refused.status, 400, "{}", refused.body);
        assert_eq!(refused.body["error"]["field"], field);
    }
}

#[actix_web::test]
async fn the_table_holds_every_alert_and_no_formula() {
    let house = House::open().await;
    house.alerts(1..=1200).await;
    let hostile = Finding {
        resource: ResourceId::guest(&lab::target(), 9000),
        resource_name: "=HYPERLINK(\"http://evil\",\"x\")".into(),
        ..finding()
    };
    let entered = self::House::enter(&house, hostile).await;
    assert_eq!(entered, 1);
    let answered = house.ask(get("/api/hp/alerts/export.csv?state=all")).await;
    assert_eq!(answered.status, 200);
    assert_eq!(answered.header("content-type"), "text/csv; charset=utf-8");
    let table = answered.body.as_str().unwrap();
    assert_eq!(table.matches("\r\n").count(), 1202);
    assert!(table.starts_with("id,state,severity,"));
    assert!(
        table.contains(",\"'=HYPERLINK(\"\"http://evil\"\",\"\"x\"\")\","),
        "quoted"
    );
    let some = house
        .ask(get("/api/hp/alerts/export.csv?text=guest-1200"))
        .await;
    assert_eq!(some.body.as_str().unwrap().matches("\r\n").count(), 2);
}

impl House {
    async fn enter(house: &Self, finding: Finding) -> usize {
        let entered: Result<_, AlertError> = house
            .db
            .writer
            .run(move |tx| alerts::apply(tx, &[Transition::Fire(finding)]))
            .await;
        entered.unwrap().len()
    }
}

#[actix_web::test]
async fn how_long_alerts_are_kept_can_be_set() {
    let house = House::open().await;
    let days = |answered: Answered| answered.body["days"].clone();
    assert_eq!(days(house.ask(get("/api/hp/alerts/retention")).await), 365);
    let put = |days: u32| {
        let request = TestRequest::put()
            .uri("/api/hp/alerts/retention")
            .peer_addr("127.0.0.1:50000".parse().unwrap());
        send(request, &json!({ "days": days }))
    };
    assert_eq!(days(house.ask(put(30)).await), 30);
    assert_eq!(days(house.ask(get("/api/hp/alerts/retention")).await), 30);
    let refused = house.ask(put(0)).await;
    assert_eq!(
        (
            refused.status.as_u16(),
            refused.body["error"]["field"].clone()
        ),
        (400, json!("days"))
    );
}
