//! Webhooks of every service of Pulse become channels of their kinds, and nothing of them that
//! is secret comes back.

use secrecy::ExposeSecret as _;
use serde_json::json;
use simulator::WebhookSink;

use super::*;

const HOOKS: &str = "/api/notifications/webhooks";
const MASK: &str = "***REDACTED***";

async fn send(house: &House, request: TestRequest, body: &Value) -> Answered {
    house.ask(request.set_json(body)).await
}

fn hook(service: &str, url: &str) -> Value {
    json!({"name": service, "service": service, "url": url, "enabled": true})
}

#[actix_web::test]
async fn every_service_becomes_a_channel_and_shows_no_secret() {
    let house = House::open().await;
    let mut pushover = hook("pushover", "https://api.pushover.net/1/messages.json");
    pushover["customFields"] = json!({"app_token": "sEcrEtapp", "user_token": "sEcrEtuser"});
    let mut pagerduty = hook("pagerduty", "https://events.eu.pagerduty.com/v2/enqueue");
    pagerduty["headers"] = json!({"routing_key": "sEcrEtrouting"});
    let mut ntfy = hook("ntfy", "https://ntfy.example.org/home");
    ntfy["headers"] = json!({"Authorization": "Bearer sEcrEt"});
    for (given, kind, shown) in [
        (
            hook("discord", "https://discord.com/api/webhooks/1/sEcrEt"),
            "discord",
            format!("https://discord.com/{MASK}"),
        ),
        (
            hook("slack", "https://hooks.slack.com/services/T/B/sEcrEt"),
            "slack",
            format!("https://hooks.slack.com/{MASK}"),
        ),
        (
            hook("teams", "https://x.logic.azure.com/workflows/1?sig=sEcrEt"),
            "teams",
            format!("https://x.logic.azure.com/{MASK}"),
        ),
        (
            hook("teams-adaptive", "https://y.logic.azure.com/w?sig=sEcrEt"),
            "teams",
            format!("https://y.logic.azure.com/{MASK}"),
        ),
        (
            hook("mattermost", "https://chat.example.org/hooks/sEcrEt"),
            "mattermost",
            format!("https://chat.example.org/{MASK}"),
        ),
        (
            hook(
                "telegram",
                "https://api.telegram.org/bot12:sEcrEt/sendMessage?chat_id=-100200&message_thread_id=7",
            ),
            "telegram",
            format!(
                "https://api.telegram.org/bot{MASK}/sendMessage?chat_id=-100200&message_thread_id=7"
            ),
        ),
        (
            hook("gotify", "https://push.example.org/g/message?token=sEcrEt"),
            "gotify",
            format!("https://push.example.org/g/message?token={MASK}"),
        ),
        (
            pushover,
            "pushover",
            "https://api.pushover.net/1/messages.json".to_owned(),
        ),
        (
            pagerduty,
            "pagerduty",
            "https://events.eu.pagerduty.com/v2/enqueue".to_owned(),
        ),
        (ntfy, "ntfy", "https://ntfy.example.org/home".to_owned()),
    ] {
        let service = given["service"].as_str().unwrap().to_owned();
        let added = send(&house, post(HOOKS), &given).await;
        assert_eq!(added.status, 200, "{service}: {}", added.body);
        assert_eq!(added.body["url"], shown, "{service}");
        assert_eq!(added.body["service"], service);
        assert!(!added.body.to_string().contains("sEcrEt"), "{}", added.body);
        let id: crate::model::id::ChannelId = added.body["id"].as_str().unwrap().parse().unwrap();
        let channels = &house.shared.parts.channels;
        let (channel, before) = channels.carried(&id).await.unwrap();
        assert_eq!(channel.kind, kind, "{service}");
        assert!(!channel.config.to_string().contains("sEcrEt"), "{service}");
        // What was read is written back: everything stays.
        let path = format!("{HOOKS}/{id}");
        let kept = send(&house, put(&path), &added.body).await;
        assert_eq!(kept.status, 200, "{service}: {}", kept.body);
        assert_eq!(kept.body, added.body, "{service}");
        let (again, after) = channels.carried(&id).await.unwrap();
        assert_eq!(again.config, channel.config, "{service}");
        let texts = |secrets: crate::notify::Secrets| -> Vec<(String, String)> {
            let all = secrets.iter();
            all.map(|(name, it)| (name.clone(), it.expose_secret().to_owned()))
                .collect()
        };
        let (before, after) = (texts(before), texts(after));
        assert!(!before.is_empty(), "{service} has a secret");
        assert_eq!(after, before, "{service}");
    }
    let listed = house.ask(get(HOOKS)).await.body;
    assert_eq!(listed.as_array().unwrap().len(), 10);
    assert!(!listed.to_string().contains("sEcrEt"), "{listed}");
    let known = house
        .ask(get("/api/notifications/webhook-templates"))
        .await
        .body;
    assert!(known.as_array().unwrap().len() >= 10, "{known}");
}

#[actix_web::test]
async fn secret_headers_arrive_and_a_mask_keeps_them_on_the_same_server_only() {
    let house = House::open().await;
    let sink = WebhookSink::start().await.unwrap();
    let mut given = hook("generic", &sink.url("/hook"));
    given["headers"] = json!({"X-Room": "4", "Authorization": "Bearer sEcrEt"});
    let added = send(&house, post(HOOKS), &given).await.body;
    assert_eq!(added["headers"]["Authorization"], MASK, "{added}");
    assert_eq!(added["headers"]["X-Room"], "4");
    let path = format!("{HOOKS}/{}", added["id"].as_str().unwrap());
    let mut renamed = added.clone();
    renamed["name"] = json!("other");
    assert_eq!(send(&house, put(&path), &renamed).await.status, 200);
    let body = json!({"method": "webhook", "webhookId": added["id"]});
    let tested = send(&house, post("/api/notifications/test"), &body).await;
    assert_eq!(tested.status, 200, "{}", tested.body);
    let shown = send(&house, post(&format!("{HOOKS}/test")), &renamed).await;
    assert_eq!(shown.body["success"], true, "{}", shown.body);
    for sent in sink.requests() {
        assert_eq!(sent.header("authorization"), Some("Bearer sEcrEt"));
        assert_eq!(sent.header("x-room"), Some("4"));
    }
    let before = house.ask(get(HOOKS)).await.body;
    let thief = WebhookSink::start().await.unwrap();
    let mut elsewhere = renamed.clone();
    elsewhere["url"] = json!(thief.url("/hook"));
    let refused = send(&house, put(&path), &elsewhere).await;
    assert_eq!(refused.status, 400, "{}", refused.body);
    let mut split = renamed.clone();
    split["headers"] = json!({"X-Key": "a\nHost: elsewhere"});
    assert_eq!(send(&house, put(&path), &split).await.status, 400);
    let mut sealed = hook("gotify", &format!("{}?token=sEcrEt", sink.url("/message")));
    let kept = send(&house, post(HOOKS), &sealed).await.body;
    let gotify = format!("{HOOKS}/{}", kept["id"].as_str().unwrap());
    sealed["url"] = json!(format!("{}?token={MASK}", thief.url("/message")));
    assert_eq!(send(&house, put(&gotify), &sealed).await.status, 400);
    let fresh = hook("discord", &format!("https://discord.com/{MASK}"));
    assert_eq!(send(&house, post(HOOKS), &fresh).await.status, 400);
    assert!(thief.requests().is_empty());
    let after = house.ask(get(HOOKS)).await.body;
    assert!(after.as_array().unwrap().contains(&before[0]), "{after}");
}
