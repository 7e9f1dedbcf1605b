use std::collections::BTreeMap;

use secrecy::SecretString;
use serde_json::json;
use simulator::{WebhookFault, WebhookSink};

use super::{ChannelChange, ChannelError, NewChannel, SecretChange};
use crate::model::id::ChannelId;
use crate::notify::Secrets;
use crate::notify::outbox::DeliveryState;
use crate::notify::tests::{NOW, PATIENCE, Post, alert, all};

fn webhook(name: &str, url: &str) -> NewChannel {
    NewChannel {
        kind: "webhook".into(),
        name: name.into(),
        config: json!({"url": url}),
        secrets: Secrets::from([("signing_secret".into(), "planted secret".into())]),
        enabled: true,
    }
}

#[tokio::test]
async fn a_secret_goes_in_sealed_and_never_comes_out() {
    let post = Post::new().await;
    let new = webhook("hook", "https://example.org/");
    let channel = post.channels.add(new, NOW).await.expect("it is set up");
    assert_eq!(channel.secrets, ["signing_secret"]);
    let list = post.channels.list().await.expect("a list");
    let shown = serde_json::to_string(&list).expect("JSON");
    assert!(!shown.contains("planted"), "{shown}");
    let files = std::fs::read(post.db.path()).expect("the database");
    let wal = post.db.path().with_extension("db-wal");
    let wal = std::fs::read(wal).unwrap_or_default();
    for bytes in [files, wal] {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        assert!(!text.contains("planted"), "a secret lies open on disk");
    }
}

#[tokio::test]
async fn two_channels_cannot_have_one_name() {
    let post = Post::new().await;
    let add = |url| post.channels.add(webhook("hook", url), NOW);
    add("https://example.org/").await.expect("the first");
    let error = add("https://example.net/").await.expect_err("the second");
    assert!(matches!(error, ChannelError::NameTaken { .. }), "{error}");
}

#[tokio::test]
async fn a_mistake_is_named_by_its_field() {
    let post = Post::new().await;
    for (kind, config, field) in [
        ("webhook", json!({}), "url"),
        ("webhook", json!({"url": "ftp://example.org"}), "url"),
        ("webhook", json!({"url": "https://a:b@example.org"}), "url"),
        ("webhook", json!({"url": "https://a", "tpyo": 1}), "tpyo"),
        ("email", json!({"host": "a b"}), "host"),
    ] {
        let mut new = webhook("hook", "");
        (new.kind, new.config) = (kind.into(), config);
        new.secrets.clear();
        match post.channels.add(new, NOW).await {
            Err(ChannelError::Invalid(error)) => assert_eq!(error.field, field),
            other => panic!("{field}: {other:?}"),
        }
    }
    let mut new = webhook("hook", "https://example.org/");
    new.kind = "pigeon".into();
    let error = post.channels.add(new, NOW).await.expect_err("no pigeons");
    assert!(matches!(error, ChannelError::KindUnknown { .. }), "{error}");
}

#[tokio::test]
async fn a_secret_is_kept_replaced_or_dropped_by_name() {
    let sink = WebhookSink::start().await.expect("a sink");
    let post = Post::new().await;
    let new = webhook("hook", &sink.url("/hook"));
    let id = post.channels.add(new, NOW).await.expect("it is set up").id;
    let mut signatures = Vec::new();
    for (index, secret) in [
        SecretChange::Keep,
        SecretChange::Replace(SecretString::from("another")),
        SecretChange::Drop,
    ]
    .into_iter()
    .enumerate()
    {
        let change = ChannelChange {
            secrets: BTreeMap::from([("signing_secret".into(), secret)]),
            ..ChannelChange::default()
        };
        let changed = post.channels.update(&id, change, NOW).await;
        assert_eq!(
            changed.expect("it is changed").secrets.len(),
            usize::from(index < 2)
        );
        post.channels.test(&id, NOW).await.expect("it arrives");
        let requests = sink.wait_for(index + 1, PATIENCE).await.expect("a request");
        let signature = requests[index].header("x-webhook-signature");
        signatures.push(signature.map(str::to_owned));
    }
    assert!(signatures[0].is_some() && signatures[1].is_some());
    assert_eq!(signatures[2], None);
}

#[tokio::test]
async fn a_test_says_what_the_other_side_answered() {
    let sink = WebhookSink::start().await.expect("a sink");
    let post = Post::new().await;
    let new = webhook("hook", &sink.url("/hook"));
    let id = post.channels.add(new, NOW).await.expect("it is set up").id;
    let receipt = post.channels.test(&id, NOW).await.expect("it arrives");
    assert_eq!(receipt.to_string(), "204 No Content");
    sink.set_fault(WebhookFault::Status(500));
    let error = post.channels.test(&id, NOW).await.expect_err("it does not");
    assert!(matches!(error, ChannelError::Delivery(_)), "{error}");
    assert_eq!(sink.requests()[0].json()["type"], "alert.test");
}

#[tokio::test]
async fn removing_a_channel_gives_up_what_waits_for_it() {
    let post = Post::new().await;
    let new = webhook("hook", "http://127.0.0.1:9/");
    let id = post.channels.add(new, NOW).await.expect("it is set up").id;
    post.tell(alert()).await;
    post.channels.remove(&id, NOW).await.expect("it is removed");
    let log = post.log().await;
    assert!(all(DeliveryState::Dead)(&log), "{log:?}");
    assert_eq!(
        log[0].last_error.as_deref(),
        Some("the channel was removed")
    );
    let missing = ChannelId::random();
    let error = post.channels.remove(&missing, NOW).await;
    assert!(matches!(error, Err(ChannelError::NotFound { .. })));
}
