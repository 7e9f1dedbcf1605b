//! Routing, its simulation, and messages that were given up.

use serde_json::json;

use super::*;
use crate::notify::NewChannel;

impl House {
    async fn channel(&self, name: &str) {
        let new = NewChannel {
            kind: "webhook".into(),
            name: name.into(),
            config: json!({"url": "http://127.0.0.1:9/"}),
            secrets: Default::default(),
            enabled: true,
        };
        self.shared.parts.channels.add(new, NOON).await.unwrap();
    }
}

fn put(path: &str) -> TestRequest {
    TestRequest::put()
        .uri(path)
        .peer_addr("127.0.0.1:50000".parse::<SocketAddr>().unwrap())
}

#[actix_web::test]
async fn a_routing_is_put_by_names_and_holds_at_once() {
    let house = House::open().await;
    house.show(fleet(), &[]);
    house.channel("mail").await;
    house.channel("phone").await;
    let routing = json!({
        "routes": [{
            "name": "web at night",
            "when": {"tags": ["web"]},
            "tell": {
                "channels": ["mail"],
                "quiet": [{"from": "00:00", "to": "24:00", "zone": "UTC"}],
                "escalate": [{"after_minutes": 15, "channels": ["phone"]}],
            },
        }],
        "channels": {"mail": {"fallback": "phone"}},
    });
    let answered = house.ask(put("/api/hp/routing").set_json(&routing)).await;
    assert_eq!(answered.status, 200, "{}", answered.body);
    assert_eq!(answered.body["default"]["group_seconds"], 20);
    let kept = house.ask(get("/api/hp/routing")).await.body;
    assert_eq!(kept, answered.body);

    let asked = json!({"resource": "100", "severity": "warning", "at": NOON.millis()});
    let answered = house
        .ask(post("/api/hp/routing/simulate").set_json(&asked))
        .await;
    let body = answered.body;
    assert_eq!(body["routes"][0]["matched"], true, "{body}");
    assert_eq!(body["channels"].as_array().map(Vec::len), Some(1));
    assert_eq!(body["channels"][0]["channel"]["name"], "mail");
    assert_eq!(body["channels"][0]["fallback"], "phone");
    assert!(body["channels"][0]["at"].as_i64() > Some(NOON.millis()));
    assert_eq!(body["escalation"][0]["channels"][0]["name"], "phone");

    let critical = json!({"resource": "100", "severity": "critical", "at": NOON.millis()});
    let answered = house
        .ask(post("/api/hp/routing/simulate").set_json(&critical))
        .await;
    assert_eq!(answered.body["channels"][0]["at"], NOON.millis());

    let other =
        json!({"resource": "100", "tags": ["db"], "routing": {"default": {"channels": []}}});
    let answered = house
        .ask(post("/api/hp/routing/simulate").set_json(&other))
        .await;
    assert_eq!(answered.body["channels"], json!([]));
    assert_eq!(answered.body["routes"][0]["route"], "default");
}

#[actix_web::test]
async fn a_mistake_in_a_routing_names_its_field() {
    let house = House::open().await;
    house.channel("mail").await;
    let routing = json!({"default": {"channels": ["mail", "fax"]}});
    let answered = house.ask(put("/api/hp/routing").set_json(&routing)).await;
    assert_eq!(answered.status, 400);
    assert_eq!(answered.body["error"]["field"], "default.channels[1]");
    let text = answered.body["error"]["message"].as_str().unwrap();
    assert!(text.contains("'fax'"), "{text}");
    let nobody = json!({"resource": "nobody"});
    let answered = house
        .ask(post("/api/hp/routing/simulate").set_json(&nobody))
        .await;
    assert_eq!(answered.body["error"]["field"], "resource");
    let gone = json!({"alert": "alt_gone"});
    let answered = house
        .ask(post("/api/hp/routing/simulate").set_json(&gone))
        .await;
    assert_eq!(answered.status, 404);
}

#[actix_web::test]
async fn messages_that_are_not_there_cannot_be_sent_again() {
    let house = House::open().await;
    for deed in ["retry", "discard"] {
        let one = house
            .ask(post(&format!("/api/hp/deliveries/dlv_none/{deed}")))
            .await;
        assert_eq!(one.status, 404);
        assert_eq!(one.body["error"]["code"], "delivery_not_found");
        let all = post(&format!("/api/hp/deliveries/{deed}")).set_json(json!({}));
        assert_eq!(house.ask(all).await.body, json!({"count": 0}));
    }
    let details = house.ask(get("/api/hp/deliveries/dlv_none")).await;
    assert_eq!(details.status, 404);
    let filtered = house
        .ask(get("/api/hp/deliveries?state=dead&limit=5"))
        .await;
    assert_eq!(filtered.body, json!({"deliveries": []}));
}
