//! Alerts, thresholds, e-mail and webhooks of Pulse on the one model.

use serde_json::json;
use simulator::{SmtpOptions, SmtpSink, WebhookSink};

use super::*;

async fn set(house: &House, request: TestRequest, body: &Value) -> Answered {
    house.ask(request.set_json(body)).await
}

#[actix_web::test]
async fn a_threshold_that_is_set_is_the_one_that_is_judged_by() {
    let house = House::open().await;
    house.show(fleet(), &[]);
    let wish = json!({"guestDefaults": {"cpu": {"trigger": 70, "clear": 60}}});
    let done = set(&house, post("/api/notifications/thresholds"), &wish).await;
    assert_eq!(done.body, json!({"status": "success"}));
    let shown = house.ask(get("/api/notifications/thresholds")).await.body;
    assert_eq!(shown["guestDefaults"]["cpu"]["trigger"], 70.0);
    let wish = json!({"home-pve1-100": {"memory": {"trigger": 99, "clear": 95}}});
    let done = set(
        &house,
        post("/api/notifications/thresholds/overrides"),
        &wish,
    )
    .await;
    assert_eq!(done.status, 200, "{}", done.body);
    let all = house
        .ask(get("/api/notifications/thresholds/overrides"))
        .await;
    assert_eq!(all.body["home-pve1-100"]["memory"]["clear"], 95.0);

    let rules = house.shared.parts.rules.settings();
    let kept = &rules.resources[&guest(100).id].metrics[&MetricKey::known("memory")];
    assert_eq!(kept.unwrap().warning.unwrap().raise, 0.99);
    for (body, text) in [
        (
            json!({"guestDefaults": {"cpu": {"trigger": 50, "clear": 60}}}),
            "guestDefaults.cpu",
        ),
        (json!({"cpuDefaults": {}}), "cpuDefaults"),
    ] {
        let refused = set(&house, post("/api/notifications/thresholds"), &body).await;
        assert_eq!(refused.status, 400);
        assert!(refused.body["error"].as_str().unwrap().contains(text));
    }
    let gone = json!({"home-pve1-999": {"cpu": 50}});
    let refused = set(
        &house,
        post("/api/notifications/thresholds/overrides"),
        &gone,
    )
    .await;
    assert_eq!(refused.status, 400);
    assert_eq!(
        house.shared.parts.rules.settings(),
        rules,
        "nothing changed"
    );
}

#[actix_web::test]
async fn the_configuration_of_alerts_is_read_as_it_was_written() {
    let house = House::open().await;
    house.show(fleet(), &[]);
    let mut config = house.ask(get("/api/alerts/config")).await.body;
    config["nodeDefaults"]["memory"] = json!({"trigger": 88.0, "clear": 80.0});
    config["schedule"] = json!({"cooldown": 7, "quietHours": {"enabled": true}});
    config["customRules"] = json!([{"id": "r1"}]);
    config["overrides"] = json!({
        "home-shared-nas": {"usage": {"trigger": 60.0, "clear": 50.0}},
        "gone-node-7": {"cpu": {"trigger": 60.0, "clear": 50.0}},
    });
    let done = set(&house, put("/api/alerts/config"), &config).await;
    assert_eq!(done.status, 200, "{}", done.body);
    let again = house.ask(get("/api/alerts/config")).await.body;
    assert_eq!(again, config);
    let inert = again["inert"].as_array().unwrap();
    assert!(
        inert.contains(&json!("schedule")),
        "and says what does nothing"
    );
    let off = json!({"enabled": false});
    assert_eq!(
        set(&house, put("/api/alerts/config"), &off).await.status,
        400
    );
}

#[actix_web::test]
async fn alerts_are_taken_on_given_back_and_cleared_from_the_history() {
    let house = House::open().await;
    house.show(fleet(), &[]);
    house.alert().await;
    let id = "home-pve1-100-cpu";
    let several = json!({"alertIds": [id, "none"]});
    let done = set(&house, post("/api/alerts/bulk/acknowledge"), &several).await;
    assert_eq!(done.body["results"][0]["success"], true);
    assert_eq!(done.body["results"][1]["success"], false);
    let active = house.ask(get("/api/alerts/active")).await.body;
    assert_eq!(active[0]["acknowledged"], true);
    let back = post("/api/alerts/home-pve1-100-cpu/unacknowledge");
    assert_eq!(house.ask(back).await.status, 200);
    let active = house.ask(get("/api/alerts/active")).await.body;
    assert_eq!(active[0]["acknowledged"], false);
    let over = house.db.writer.run(|tx| {
        let end = finding();
        let over = Transition::Clear {
            rule: end.rule,
            subject: end.subject,
            resource: end.resource,
            value: None,
            at: NOON + Duration::from_secs(60),
            message: "it is calm again".into(),
        };
        alerts::apply(tx, &[over])
    });
    let over: Result<_, AlertError> = over.await;
    assert_eq!(over.unwrap().len(), 1);
    let listed = house.ask(get("/api/notifications/alerts")).await.body;
    assert_eq!(listed.as_array().map(Vec::len), Some(1));
    let cleared = house.ask(post("/api/notifications/alerts/clear")).await;
    assert_eq!(cleared.body, json!({"status": "success"}));
    for path in ["/api/notifications/alerts", "/api/alerts/history"] {
        assert_eq!(house.ask(get(path)).await.body, json!([]), "{path}");
    }
}

#[actix_web::test]
async fn mail_is_set_up_tested_and_its_password_never_shown() {
    let house = House::open().await;
    let sink = SmtpSink::start(SmtpOptions::default()).await.unwrap();
    let early = house.ask(post("/api/notifications/email/test")).await;
    assert_eq!(early.status, 400, "nothing is set up");
    let mut email = json!({
        "enabled": true,
        "provider": "Custom SMTP Server",
        "server": sink.addr().ip().to_string(),
        "port": sink.addr().port(),
        "username": "",
        "password": "hunter2hunter2",
        "from": "homepulse@example.org",
        "to": ["admin@example.org"],
        "tls": false,
        "startTLS": false,
    });
    let done = set(&house, post("/api/notifications/email"), &email).await;
    assert_eq!(done.status, 200, "{}", done.body);
    email["password"] = json!("");
    assert_eq!(house.ask(get("/api/notifications/email")).await.body, email);
    let sent = house.ask(post("/api/notifications/email/test")).await;
    assert_eq!(sent.status, 200, "{}", sent.body);
    assert_eq!(sent.header("x-ratelimit-limit"), "10");
    assert!(sink.wait_for(1, Duration::from_secs(10)).await.is_some());
    let kept = house.shared.parts.channels.list().await.unwrap();
    let secret = house.shared.parts.channels.carried(&kept[0].channel.id);
    let secrets = secret.await.unwrap().1;
    let secret = &secrets["password"];
    assert_eq!(
        secrecy::ExposeSecret::expose_secret(secret),
        "hunter2hunter2"
    );
    // An empty password keeps the old one; a wrong field changes nothing.
    assert_eq!(
        set(&house, put("/api/notifications/email"), &email)
            .await
            .status,
        200
    );
    let mut wrong = email.clone();
    wrong["from"] = json!("nobody");
    let refused = set(&house, put("/api/notifications/email"), &wrong).await;
    assert_eq!(refused.status, 400);
    assert_eq!(house.ask(get("/api/notifications/email")).await.body, email);
    let providers = house
        .ask(get("/api/notifications/email-providers"))
        .await
        .body;
    assert_eq!(providers[0]["smtpHost"], "smtp.gmail.com");
}

#[actix_web::test]
async fn webhooks_are_kept_whole_and_say_what_of_them_does_nothing() {
    let house = House::open().await;
    let sink = WebhookSink::start().await.unwrap();
    let hook = json!({
        "name": "room",
        "url": sink.url("/hook"),
        "method": "POST",
        "headers": {"X-Room": "4"},
        "enabled": true,
        "service": "generic",
        "template": "{{.Message}}",
    });
    let added = set(&house, post("/api/notifications/webhooks"), &hook).await;
    assert_eq!(added.status, 200, "{}", added.body);
    let id = added.body["id"].as_str().unwrap().to_owned();
    let listed = house.ask(get("/api/notifications/webhooks")).await.body;
    for (key, value) in hook.as_object().unwrap() {
        assert_eq!(&listed[0][key], value, "{key}");
    }
    assert_eq!(listed[0]["inert"], json!(["template"]), "it is no JSON");
    let tested = set(&house, post("/api/notifications/webhooks/test"), &hook).await;
    assert_eq!(tested.body["success"], true, "{}", tested.body);
    let body = json!({"method": "webhook", "webhookId": id});
    let tested = set(&house, post("/api/notifications/test"), &body).await;
    assert_eq!(tested.status, 200, "{}", tested.body);
    let sent = sink.requests();
    assert_eq!(sent[0].header("x-room"), Some("4"));
    let mut told = hook.clone();
    told["template"] = json!(r#"{"text": "{{.Level}}: {{.Message}}", "value": {{.Value}}}"#);
    told["method"] = json!("PUT");
    let path = format!("/api/notifications/webhooks/{id}");
    let changed = set(&house, put(&path), &told).await;
    assert_eq!(changed.status, 200, "{}", changed.body);
    assert_eq!(changed.body["inert"], Value::Null, "all of it is told");
    let tested = set(&house, post("/api/notifications/webhooks/test"), &told).await;
    assert_eq!(tested.body["success"], true, "{}", tested.body);
    let sent = sink.requests();
    let last = sent.last().expect("a request");
    assert_eq!(last.method, "PUT");
    assert!(
        last.json()["text"]
            .as_str()
            .is_some_and(|text| text.contains(": "))
    );
    let phone = json!({"name": "phone", "url": "https://ntfy.sh/home", "service": "ntfy"});
    let added = set(&house, post("/api/notifications/webhooks"), &phone).await;
    assert_eq!(added.body["service"], "ntfy", "{}", added.body);
    assert_eq!(added.body["url"], "https://ntfy.sh/home");
    let fax = json!({"name": "fax", "url": sink.url("/hook"), "service": "fax"});
    let refused = set(&house, post("/api/notifications/webhooks"), &fax).await;
    assert_eq!(refused.status, 400);
    let error = refused.body["error"].as_str().unwrap();
    assert!(error.contains("discord"), "it names what is known: {error}");
    let path = format!("/api/notifications/webhooks/{id}");
    assert_eq!(house.ask(delete(&path)).await.status, 200);
    assert_eq!(house.ask(delete(&path)).await.status, 404);
}
