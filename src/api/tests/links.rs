//! Links in messages.

use super::*;
use crate::model::id::{ChannelId, DeliveryId};
use crate::notify::links::{Action, Grant};
use crate::notify::{NewChannel, outbox};

const PAGE: (&str, &str) = ("accept", "text/html,application/xhtml+xml");

impl House {
    /// A channel that is told of an alert, and the message.
    async fn message(&self) -> (Alert, ChannelId, DeliveryId) {
        let new = NewChannel {
            kind: "webhook".into(),
            name: "chat".into(),
            config: serde_json::json!({"url": "http://127.0.0.1:9/"}),
            secrets: Default::default(),
            enabled: true,
        };
        let parts = &self.shared.parts;
        let channel = parts.channels.add(new, NOON).await.unwrap();
        let alert = self.alert().await;
        let (told, audience) = (alert.clone(), parts.channels.enabled());
        let queued = self
            .db
            .writer
            .run(move |tx| outbox::enqueue(tx, [&told], &audience, clock::now()));
        assert_eq!(queued.await.unwrap(), 1);
        let delivery = parts.deliveries.recent(1).await.unwrap().remove(0);
        (alert, channel.id, delivery.id)
    }

    fn link(&self, action: Action, channel: &ChannelId, message: &DeliveryId) -> String {
        let grant = Grant {
            action,
            message: message.clone(),
            channel: channel.clone(),
            expires_at: clock::now() + Duration::from_secs(60),
        };
        format!("/a/{}", self.shared.parts.links.key().token(&grant))
    }

    async fn acknowledged_by(&self, alert: &Alert) -> Option<String> {
        let alert = self.shared.parts.ledger.find(&alert.id).await.unwrap();
        alert.acknowledged_by
    }
}

#[actix_web::test]
async fn looking_at_a_link_changes_nothing_and_following_it_works_once() {
    let house = House::locked().await;
    let (alert, channel, message) = house.message().await;
    let path = house.link(Action::Acknowledge, &channel, &message);
    for _ in 0..3 {
        let page = house.ask(get(&path).insert_header(PAGE)).await;
        assert_eq!(page.status, 200);
        assert!(
            page.body
                .as_str()
                .unwrap()
                .contains("<form method=\"post\">")
        );
        assert!(page.header("content-type").starts_with("text/html"));
        assert_eq!(page.header("cache-control"), "no-store");
    }
    assert_eq!(house.acknowledged_by(&alert).await, None);

    let form = post(&path)
        .insert_header(PAGE)
        .insert_header(("content-type", "application/x-www-form-urlencoded"));
    let done = house.ask(form).await;
    assert_eq!(done.status, 200);
    assert!(done.body.as_str().unwrap().contains("Taken on"));
    let by = house.acknowledged_by(&alert).await;
    assert_eq!(by.as_deref(), Some("a link in chat"));

    let again = house.ask(post(&path)).await;
    assert_eq!(again.status, 409);
    assert_eq!(again.body["error"]["code"], "link_used");
    let page = house.ask(get(&path).insert_header(PAGE)).await;
    assert!(!page.body.as_str().unwrap().contains("<form"));
}

#[actix_web::test]
async fn a_phone_follows_a_link_with_one_request() {
    let house = House::locked().await;
    let (alert, channel, message) = house.message().await;
    let path = house.link(Action::Acknowledge, &channel, &message);
    let done = house.ask(post(&path)).await;
    assert_eq!(done.status, 200, "{}", done.body);
    assert_eq!(done.body["done"], "acknowledged");
    assert_eq!(done.body["alerts"][0]["id"], alert.id.as_str());
}

#[actix_web::test]
async fn a_link_about_something_that_is_over_says_so_kindly() {
    let house = House::locked().await;
    let (alert, channel, message) = house.message().await;
    let over = Transition::Clear {
        rule: "threshold",
        subject: alert.subject.clone(),
        resource: alert.resource.clone(),
        value: None,
        at: clock::now(),
        message: "it is fine <again>".into(),
    };
    let cleared = house.db.writer.run(move |tx| alerts::apply(tx, &[over]));
    let cleared: Result<_, AlertError> = cleared.await;
    assert_eq!(cleared.unwrap().len(), 1);
    let path = house.link(Action::Acknowledge, &channel, &message);
    let page = house.ask(get(&path).insert_header(PAGE)).await;
    assert_eq!(page.status, 200);
    let html = page.body.as_str().unwrap();
    assert!(
        html.contains("settled") && !html.contains("<form"),
        "{html}"
    );
    assert!(html.contains("fine &lt;again&gt;"), "{html}");
    assert_eq!(house.ask(post(&path)).await.status, 200);
    assert_eq!(house.acknowledged_by(&alert).await, None);
}

#[actix_web::test]
async fn a_snooze_silences_the_alert_for_as_long_as_was_chosen() {
    let house = House::locked().await;
    let (alert, channel, message) = house.message().await;
    let path = house.link(Action::Snooze, &channel, &message);
    let page = house.ask(get(&path).insert_header(PAGE)).await;
    assert!(page.body.as_str().unwrap().contains("For how long?"));
    for body in ["minutes=1", "minutes=soon", "{\"minutes\": 99999}"] {
        let answered = house.ask(post(&path).set_payload(body)).await;
        assert_eq!(answered.status, 400, "{body}");
    }
    let answered = house.ask(post(&path).set_payload("minutes=30")).await;
    assert_eq!(answered.status, 200, "{}", answered.body);
    assert_eq!(answered.body["done"], "snoozed");
    let silences = house
        .shared
        .parts
        .silences
        .list(clock::now())
        .await
        .unwrap();
    assert_eq!(silences[0].scope.alerts, [alert.id]);
    assert_eq!(silences[0].created_by, "a link in chat");
    let left = silences[0].until.since(clock::now());
    assert!(left > Duration::from_secs(29 * 60) && left <= Duration::from_secs(30 * 60));
    assert_eq!(house.ask(post(&path)).await.status, 409);
}

#[actix_web::test]
async fn bad_links_are_refused_and_soon_not_even_read() {
    let house = House::locked().await;
    let (alert, channel, message) = house.message().await;
    let good = house.link(Action::Acknowledge, &channel, &message);
    let far = |path: &str| {
        let request = TestRequest::post().uri(path).insert_header(PAGE);
        request.peer_addr("192.0.2.7:50000".parse().unwrap())
    };
    let bad = format!("{}x", &good[..good.len() - 1]);
    for n in 0..10 {
        let answered = house.ask(far(&bad)).await;
        assert_eq!(answered.status, 404, "attempt {n}");
    }
    let answered = house.ask(far(&good)).await;
    assert_eq!(answered.status, 429, "even a good one has to wait now");
    assert!(answered.headers.contains_key("retry-after"));
    assert_eq!(house.acknowledged_by(&alert).await, None);
}

#[actix_web::test]
async fn another_site_cannot_follow_a_link_for_its_reader() {
    let house = House::locked().await;
    let (alert, channel, message) = house.message().await;
    let path = house.link(Action::Acknowledge, &channel, &message);
    let foreign = post(&path).insert_header(("origin", "https://evil.example"));
    assert_eq!(house.ask(foreign).await.status, 403);
    let strange = house.ask_as("evil.example", get(&path)).await;
    assert_eq!(strange.status, 421);
    assert_eq!(house.acknowledged_by(&alert).await, None);
    let own = post(&path).insert_header(("origin", "http://localhost:7655"));
    assert_eq!(house.ask(own).await.status, 200);
}
