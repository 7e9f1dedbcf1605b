use std::time::Duration;

use serde_json::{Value, json};
use simulator::WebhookSink;

use super::*;
use crate::notify::happening::{FIELD, Happening, check};
use crate::notify::outbox::{self, DeliveryState};
use crate::notify::tests::{HASTE, NOW, PATIENCE, Post, alert};

/// What happened to the sample server a while after now, so that each moment tells an event apart.
fn event(news: ServerNews, later: u64) -> ServerEvent {
    ServerEvent {
        news,
        at: NOW + Duration::from_secs(later),
        server: "game:tgt_lab:valheim".parse().expect("an id"),
        numbered: "valheim_001".into(),
        short: "srv_7d2f8b1a9c3e".into(),
        name: Some("Viking Adventures".into()),
        game: Some("valheim".into()),
        before: Some(GameStatus::Starting),
        after: Some(GameStatus::Running),
        uptime_s: Some(0),
        cpu: Some(12.54),
        memory: Some(45.0),
    }
}

async fn tell(post: &Post, events: Vec<ServerEvent>) -> usize {
    let events: Vec<Happening> = events.into_iter().map(Happening::from).collect();
    let audience = post.channels.enabled();
    let queued = post
        .db
        .writer
        .run(move |tx| outbox::enqueue_happenings(tx, &events, &audience, NOW))
        .await
        .expect("queued");
    post.channels.bell().ring();
    queued
}

#[test]
fn events_have_the_documented_forms() {
    let body = Happening::from(event(ServerNews::Started, 0)).body();
    let data = json!({
        "server_id": "valheim_001", "name": "Viking Adventures", "game": "valheim",
        "status": "running",
    });
    let timestamp = NOW.rfc3339();
    assert_eq!(
        body,
        json!({ "event": "server.started", "timestamp": timestamp, "data": data })
    );
    let body = Happening::from(event(ServerNews::StatusChanged, 0)).body();
    let data = json!({
        "server_id": "srv_7d2f8b1a9c3e", "previous_status": "starting", "current_status": "online",
        "uptime": 0, "performance": { "cpu_usage": 12.5, "memory_usage": 45 },
    });
    assert_eq!(
        body,
        json!({ "event": "server.status_changed", "timestamp": timestamp, "data": data })
    );
    assert!(body.to_string().contains("\"memory_usage\":45}"), "{body}");
    let gone = ServerEvent {
        after: None,
        name: None,
        ..event(ServerNews::Deleted, 0)
    };
    assert_eq!(gone.data()["status"], "deleted");
    assert_eq!(gone.data()["name"], Value::Null);
}

#[test]
fn unknown_words_are_named() {
    assert!(check("server.created, server.stopped\nserver.*").is_ok());
    assert!(check("").is_ok());
    let error = check("server.created, server.exploded").expect_err("refused");
    assert_eq!(error.field, FIELD);
    assert!(error.to_string().contains("server.exploded"), "{error}");
    let opened = crate::notify::tests::open(
        "webhook",
        &json!({ "url": "http://127.0.0.1:9/", "server_events": "server.exploded" }),
        None,
    );
    assert_eq!(
        opened.err().map(|error| error.field).as_deref(),
        Some(FIELD)
    );
}

#[tokio::test]
async fn a_webhook_gets_what_it_asked_for_one_by_one_in_order_and_signed() {
    let sink = WebhookSink::start().await.expect("a sink");
    let post = Post::new().await;
    let other = WebhookSink::start().await.expect("another sink");
    post.add("webhook", json!({ "url": other.url("/alerts") }), None)
        .await;
    let config = json!({
        "url": sink.url("/peon-webhook"),
        "server_events": "server.created server.started, server.status_changed",
    });
    post.add("webhook", config, Some("webhook_secret_key"))
        .await;
    let queued = tell(
        &post,
        vec![
            event(ServerNews::Created, 0),
            event(ServerNews::Started, 1),
            event(ServerNews::StatusChanged, 1),
            event(ServerNews::Stopped, 2),
        ],
    );
    assert_eq!(queued.await, 3, "nobody wants to know that it stopped");
    post.tell(alert()).await;
    let running = post.dispatch(HASTE);
    let requests = sink.wait_for(4, PATIENCE).await.expect("all arrive");
    post.wait_for(|log| log.iter().all(|row| row.state == DeliveryState::Sent))
        .await;
    running.stop().await;
    let of_servers: Vec<_> = requests
        .iter()
        .filter(|request| request.json()["data"].is_object())
        .collect();
    let words: Vec<_> = of_servers
        .iter()
        .map(|request| request.json()["event"].clone())
        .collect();
    assert_eq!(
        words,
        ["server.created", "server.started", "server.status_changed"]
    );
    for request in &of_servers {
        let signature = request.header("x-webhook-signature");
        assert!(signature.is_some_and(|text| text.starts_with("sha256=")));
    }
    assert_eq!(of_servers[1].json().get("signature"), None);
    let mut body = of_servers[2].json();
    let inside = body.as_object_mut().expect("an object").remove("signature");
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, b"webhook_secret_key");
    let expected = ring::hmac::sign(&key, body.to_string().as_bytes());
    let expected = format!("sha256={}", crate::secret::hex(expected.as_ref()));
    assert_eq!(inside, Some(expected.into()));
    let elsewhere: Vec<_> = other
        .requests()
        .iter()
        .map(|one| one.json()["type"].clone())
        .collect();
    assert_eq!(elsewhere, ["alert.fired"], "nothing of servers");
}
