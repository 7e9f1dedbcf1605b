//! Setting channels up, trying and proving them.

use actix_web::test::TestRequest;
use serde_json::json;
use simulator::WebhookSink;

use super::*;

fn send(request: TestRequest, body: &Value) -> TestRequest {
    request.set_json(body)
}

fn change(path: &str) -> TestRequest {
    let request = TestRequest::patch().uri(path);
    request.peer_addr("127.0.0.1:50000".parse::<SocketAddr>().unwrap())
}

fn delete(path: &str) -> TestRequest {
    let request = TestRequest::delete().uri(path);
    request.peer_addr("127.0.0.1:50000".parse::<SocketAddr>().unwrap())
}

async fn sink() -> WebhookSink {
    WebhookSink::start().await.unwrap()
}

/// A webhook channel that leads to the sink, with a secret.
fn hook(sink: &WebhookSink) -> Value {
    json!({
        "kind": "webhook", "name": "hook",
        "config": {"url": sink.url("/hook")},
        "secrets": {"signing_secret": "planted"},
    })
}

async fn add(house: &House, new: &Value) -> Value {
    let answered = house.ask(send(post("/api/hp/channels"), new)).await;
    assert_eq!(answered.status, 201, "{}", answered.body);
    answered.body
}

#[actix_web::test]
async fn every_kind_says_what_has_to_be_filled_in() {
    let answered = House::open().await.ask(get("/api/hp/channel-kinds")).await;
    let kinds = answered.body["kinds"].as_array().unwrap();
    let names: Vec<&str> = kinds
        .iter()
        .map(|kind| kind["name"].as_str().unwrap())
        .collect();
    insta::assert_json_snapshot!("channel_kinds", names);
    let ntfy = kinds.iter().find(|kind| kind["name"] == "ntfy").unwrap();
    insta::assert_json_snapshot!("channel_kind_ntfy", ntfy);
    let email = kinds.iter().find(|kind| kind["name"] == "email").unwrap();
    assert_eq!(email["presets"].as_array().unwrap().len(), 14);
}

#[actix_web::test]
async fn a_channel_is_set_up_changed_switched_off_and_removed() {
    let (house, sink) = (House::open().await, sink().await);
    let added = add(&house, &hook(&sink)).await;
    assert_eq!(added["state"], "unproven");
    assert_eq!(added["secrets"]["signing_secret"], json!({"set": true}));
    assert_eq!(added["secrets"]["token"], json!({"set": false}));
    assert_eq!(added["counts"], json!({"sent": 0, "due": 0, "dead": 0}));
    assert!(!added.to_string().contains("planted"));
    let path = format!("/api/hp/channels/{}", added["id"].as_str().unwrap());

    // What was shown can be sent back: secrets that come back as shown are kept.
    let same = json!({"config": added["config"], "secrets": added["secrets"]});
    let kept = house.ask(send(change(&path), &same)).await;
    assert_eq!(kept.status, 200, "{}", kept.body);
    assert_eq!(kept.body, added);
    let off = house
        .ask(send(
            change(&path),
            &json!({"enabled": false, "name": "other"}),
        ))
        .await;
    assert_eq!(off.body["state"], "disabled");
    assert_eq!(off.body["name"], "other");
    let dropped = json!({"secrets": {"signing_secret": null}});
    let dropped = house.ask(send(change(&path), &dropped)).await;
    assert_eq!(
        dropped.body["secrets"]["signing_secret"],
        json!({"set": false})
    );
    assert_eq!(house.ask(get(&path)).await.body, dropped.body);
    let list = house.ask(get("/api/hp/channels")).await.body;
    assert_eq!(list["channels"], json!([dropped.body]));
    assert_eq!(list["summary"]["disabled"], 1);

    assert_eq!(house.ask(delete(&path)).await.status, 204);
    assert_eq!(house.ask(delete(&path)).await.status, 404);
    assert_eq!(house.ask(get(&path)).await.status, 404);
    assert_eq!(house.ask(send(change(&path), &json!({}))).await.status, 404);
}

#[actix_web::test]
async fn bad_input_names_its_field_and_leaves_nothing_half_done() {
    let (house, sink) = (House::open().await, sink().await);
    let added = add(&house, &hook(&sink)).await;
    let path = format!("/api/hp/channels/{}", added["id"].as_str().unwrap());
    let url = sink.url("/x");
    for (new, status, field) in [
        (json!({"kind": "pigeon", "name": "x"}), 400, "kind"),
        (json!({"kind": "webhook", "name": ""}), 400, "name"),
        (
            json!({"kind": "webhook", "name": "a\nb", "config": {"url": url}}),
            400,
            "name",
        ),
        (json!({"kind": "webhook", "name": "x"}), 400, "url"),
        (
            json!({"kind": "webhook", "name": "x", "config": []}),
            400,
            "config",
        ),
        (
            json!({"kind": "webhook", "name": "x", "config": {"url": url, "tpyo": 1}}),
            400,
            "tpyo",
        ),
        (
            json!({"kind": "webhook", "name": "x", "config": {"url": "http://169.254.169.254/"}}),
            400,
            "url",
        ),
        (
            json!({"kind": "webhook", "name": "x", "config": {"url": url}, "secrets": {"pin": "1"}}),
            400,
            "pin",
        ),
        (
            json!({"kind": "webhook", "name": "x", "config": {"url": url, "token": "t"}}),
            400,
            "token",
        ),
        (
            json!({"kind": "webhook", "name": "hook", "config": {"url": url}}),
            409,
            "name",
        ),
        (
            json!({"kind": "telegram", "name": "x", "config": {"chat_id": 5}}),
            400,
            "token",
        ),
        (json!({"url": "pigeon://coop", "name": "x"}), 400, "url"),
    ] {
        let answered = house.ask(send(post("/api/hp/channels"), &new)).await;
        assert_eq!(answered.status, status, "{new}: {}", answered.body);
        assert_eq!(answered.body["error"]["field"], field, "{new}");
    }
    for (bad, field) in [
        (json!({"config": {}}), "url"),
        (
            json!({"config": {"url": url, "method": "DROP"}, "name": "new"}),
            "method",
        ),
        (json!({"secrets": {"pin": "1"}, "enabled": false}), "pin"),
        (json!({"name": " ", "enabled": false}), "name"),
    ] {
        let answered = house.ask(send(change(&path), &bad)).await;
        assert_eq!(answered.status, 400, "{bad}: {}", answered.body);
        assert_eq!(answered.body["error"]["field"], field, "{bad}");
    }
    assert_eq!(
        house.ask(get(&path)).await.body,
        added,
        "nothing has changed"
    );
    let list = house.ask(get("/api/hp/channels")).await.body;
    assert_eq!(list["channels"].as_array().unwrap().len(), 1);
}

#[actix_web::test]
async fn a_channel_is_proven_by_giving_its_code_back() {
    let (house, sink) = (House::open().await, sink().await);
    let added = add(&house, &hook(&sink)).await;
    let path = |what: &str| format!("/api/hp/channels/{}{what}", added["id"].as_str().unwrap());
    let prove = |code: &str| send(post(&path("/prove")), &json!({"code": code}));
    assert_eq!(house.ask(prove("0000")).await.status, 409);
    let tested = house.ask(post(&path("/test"))).await;
    assert_eq!(tested.status, 200, "{}", tested.body);
    assert_eq!(
        tested.body,
        json!({"receipt": "204 No Content", "is_proven": false})
    );
    let text = sink.requests()[0].json()["alert"]["message"].to_string();
    let code: String = text
        .split("its code is ")
        .nth(1)
        .unwrap()
        .chars()
        .take(4)
        .collect();
    let wrong = house
        .ask(prove(if code == "0000" { "0001" } else { "0000" }))
        .await;
    assert_eq!(
        (wrong.status.as_u16(), &wrong.body["error"]["field"]),
        (400, &json!("code"))
    );
    let proven = house.ask(prove(&code)).await;
    assert_eq!(proven.body["state"], "proven", "{}", proven.body);
    let session = house.ask(get("/api/hp/session")).await.body;
    assert_eq!(
        session["channels"],
        json!({"proven": 1, "unproven": 0, "failing": 0, "disabled": 0})
    );
    let stranger = House::locked().await.ask(get("/api/hp/session")).await.body;
    assert_eq!(stranger["channels"], Value::Null);
}

#[actix_web::test]
async fn a_channel_can_be_tried_before_it_is_set_up() {
    let (house, sink) = (House::open().await, sink().await);
    let tried = house
        .ask(send(post("/api/hp/channels/test"), &hook(&sink)))
        .await;
    assert_eq!(tried.status, 200, "{}", tried.body);
    assert_eq!(sink.requests().len(), 1);
    sink.set_fault(simulator::WebhookFault::Status(500));
    let tried = house
        .ask(send(post("/api/hp/channels/test"), &hook(&sink)))
        .await;
    assert_eq!(
        (tried.status.as_u16(), &tried.body["error"]["code"]),
        (502, &json!("not_delivered"))
    );
    let list = house.ask(get("/api/hp/channels")).await.body;
    assert_eq!(list["channels"], json!([]));
}

#[actix_web::test]
async fn a_preview_shows_a_sample_or_an_alert_and_sends_nothing() {
    let (house, sink) = (House::open().await, sink().await);
    let added = add(&house, &hook(&sink)).await;
    let alert = house.alert().await;
    let preview = |body: Value| send(post("/api/hp/channels/preview"), &body);
    let sample = house
        .ask(preview(json!({
            "kind": "ntfy",
            "config": {"server": sink.url(""), "topic": "lab", "title_template": "{{ name }}!"},
            "secrets": {"token": "planted"},
            "occasion": "resolved",
        })))
        .await;
    assert_eq!(sample.status, 200, "{}", sample.body);
    assert_eq!(sample.body["title"], "web1!");
    assert_eq!(
        sample.body["request"]["headers"]["authorization"],
        "Bearer HIDDEN"
    );
    let own = json!({
        "id": added["id"], "alert": alert.id,
        "config": {"url": sink.url("/hook"), "body_template": "{\"x\": {{ sentence }}}"},
    });
    let own = house.ask(preview(own)).await;
    assert_eq!(
        own.body["request"]["body"], r#"{"x":"CPU of guest-100 is at 95 %"}"#,
        "{}",
        own.body
    );
    let bad = house
        .ask(preview(
            json!({"id": added["id"], "config": {"url": sink.url("/"), "text_template": "{{"}}),
        ))
        .await;
    assert_eq!(
        (bad.status.as_u16(), &bad.body["error"]["field"]),
        (400, &json!("text_template"))
    );
    assert!(sink.requests().is_empty());
}

#[actix_web::test]
async fn an_address_of_another_tool_is_read_and_can_be_used() {
    let house = House::open().await;
    let url = "gotify://gotify.lan:8443/Planted.token";
    let parsed = send(post("/api/hp/channels/parse-url"), &json!({"url": url}));
    let parsed = house.ask(parsed).await;
    assert_eq!(
        parsed.body,
        json!({
            "kind": "gotify", "config": {"server": "https://gotify.lan:8443"}, "secrets": ["token"],
        })
    );
    let added = add(
        &house,
        &json!({"url": url, "name": "push", "enabled": false}),
    )
    .await;
    assert_eq!(added["kind"], "gotify");
    assert_eq!(added["secrets"]["token"], json!({"set": true}));
    let bad = send(
        post("/api/hp/channels/parse-url"),
        &json!({"url": "nothing"}),
    );
    let bad = house.ask(bad).await;
    assert_eq!(
        (bad.status.as_u16(), &bad.body["error"]["field"]),
        (400, &json!("url"))
    );
}
