//! Telling guests what to do, and who did what.

use super::*;

fn action(body: Value) -> TestRequest {
    post("/api/hp/guests/100/actions").set_json(body)
}

#[actix_web::test]
async fn an_action_is_checked_before_anything_else_happens() {
    let house = House::open().await;
    // The control service asks the present itself.
    for (body, status, code, field) in [
        (
            serde_json::json!({"action": "explode"}),
            400,
            "invalid_parameter",
            "action",
        ),
        (
            serde_json::json!({"action": "snapshot"}),
            400,
            "invalid_parameter",
            "params.name",
        ),
        (
            serde_json::json!({"action": "snapshot", "params": {"name": "../x"}}),
            400,
            "invalid_parameter",
            "params.name",
        ),
        (
            serde_json::json!({"action": "start", "params": {"name": "x1"}}),
            400,
            "invalid_parameter",
            "params",
        ),
        (
            serde_json::json!({"action": "backup", "params": {"storage": "nas", "mode": "odd"}}),
            400,
            "invalid_parameter",
            "params.mode",
        ),
        (
            serde_json::json!({"action": "shutdown", "params": {"timeout_seconds": 0}}),
            400,
            "invalid_parameter",
            "params.timeout_seconds",
        ),
        (
            serde_json::json!({"action": "start"}),
            404,
            "resource_not_found",
            "",
        ),
    ] {
        let answered = house.ask(action(body.clone())).await;
        assert_eq!(answered.status, status, "{body}: {}", answered.body);
        assert_eq!(answered.body["error"]["code"], code, "{body}");
        let named = answered.body["error"]["field"].as_str().unwrap_or_default();
        assert_eq!(named, field, "{body}");
    }
    let unknown = action(serde_json::json!({"action": "start", "force": true}));
    assert_eq!(house.ask(unknown).await.status, 400);
    let jobs = house.ask(get("/api/hp/jobs")).await.body;
    assert_eq!(jobs["total"], 0);
    assert_eq!(house.ask(get("/api/hp/jobs/job_none")).await.status, 404);
    let cancel = house.ask(post("/api/hp/jobs/job_none/cancel")).await;
    assert_eq!(cancel.body["error"]["code"], "job_not_found");
}

#[actix_web::test]
async fn control_is_switched_on_and_off_by_target() {
    let house = House::open().await;
    let add = |name: &str, kind: &str, port: u16| {
        post("/api/hp/targets").set_json(serde_json::json!({
            "name": name, "kind": kind, "address": format!("https://127.0.0.1:{port}"),
            "token_id": "a@pve!b", "token_secret": "hush",
        }))
    };
    let added = house.ask(add("lab", "pve", 1)).await.body;
    assert_eq!(added["control"], false);
    let set = |id: &Value, body: Value| {
        TestRequest::put()
            .uri(&format!("/api/hp/targets/{}/control", id.as_str().unwrap()))
            .peer_addr("127.0.0.1:50000".parse::<SocketAddr>().unwrap())
            .set_json(body)
    };
    for on in [true, false, true] {
        let answered = house
            .ask(set(&added["id"], serde_json::json!({"enabled": on})))
            .await;
        assert_eq!(answered.status, 200, "{}", answered.body);
        let listed = house.ask(get("/api/hp/targets")).await.body;
        assert_eq!(listed["targets"][0]["control"], on);
    }
    let vault = house.ask(add("vault", "pbs", 2)).await.body;
    let refused = house
        .ask(set(&vault["id"], serde_json::json!({"enabled": true})))
        .await;
    assert_eq!(refused.status, 400);
    assert_eq!(refused.body["error"]["field"], "control");
    let odd = house
        .ask(set(&added["id"], serde_json::json!({"on": 1})))
        .await;
    assert_eq!(odd.status, 400);
}

#[actix_web::test]
async fn every_change_is_in_the_audit_and_no_secret_is() {
    let house = House::open().await;
    let target = serde_json::json!({
        "name": "lab", "address": "http://wrong", "token_id": "a@pve!b", "token_secret": "hush",
    });
    house.ask(post("/api/hp/targets").set_json(target)).await;
    house.ask(get("/api/hp/targets")).await;
    house.ask(post("/api/hp/alerts/alt_none/acknowledge")).await;
    let body = house.ask(get("/api/hp/audit")).await.body;
    let entries = body["entries"].as_array().unwrap();
    let told: Vec<_> = entries
        .iter()
        .map(|entry| {
            (
                entry["action"].as_str().unwrap(),
                entry["outcome"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            ("POST /api/hp/alerts/alt_none/acknowledge", "failed"),
            ("POST /api/hp/targets", "failed"),
        ]
    );
    assert_eq!(entries[0]["actor"], "localhost");
    assert_eq!(entries[0]["peer"], "127.0.0.1");
    assert!(!body.to_string().contains("hush"));
    let page = house.ask(get("/api/hp/audit?limit=1")).await.body;
    assert_eq!(page["next"], 2);
    let second = house.ask(get("/api/hp/audit?limit=1&before=2")).await.body;
    assert_eq!(second["entries"][0]["seq"], 1);
    assert_eq!(second["next"], Value::Null);
    let verdict = house.ask(get("/api/hp/audit/verify")).await.body;
    assert_eq!(
        (&verdict["intact"], &verdict["entries"]),
        (&true.into(), &2.into())
    );
    assert_eq!(verdict["head"], entries[0]["hash"]);
    let csv = house.ask(get("/api/hp/audit.csv")).await;
    assert_eq!(csv.header("content-type"), "text/csv; charset=utf-8");
    let text = csv.body.as_str().unwrap().to_owned();
    assert_eq!(text.lines().count(), 3, "{text}");
}
