use std::collections::BTreeMap;
use std::time::Duration;

use secrecy::SecretString;
use serde_json::json;
use simulator::{WebhookFault, WebhookSink};
use tokio_util::sync::CancellationToken;

use super::{ChannelChange, ChannelError, ChannelState, NewChannel, SecretChange};
use crate::model::id::ChannelId;
use crate::notify::outbox::DeliveryState;
use crate::notify::tests::{NOW, PATIENCE, Post, alert, all};
use crate::notify::{Heartbeats, Secrets};
use crate::secret::Place;
use crate::telemetry::clock;

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

/// The code in a test message that the sink has got.
fn code(sink: &WebhookSink) -> String {
    let requests = sink.requests();
    let request = requests.last().expect("a test message");
    let text = request.json()["alert"]["message"].to_string();
    let (_, code) = text.split_once("its code is ").expect("a code");
    code.chars().take(4).collect()
}

async fn proof() -> (Post, WebhookSink, ChannelId) {
    let sink = WebhookSink::start().await.expect("a sink");
    let post = Post::new().await;
    let new = webhook("hook", &sink.url("/hook"));
    let id = post.channels.add(new, NOW).await.expect("it is set up").id;
    (post, sink, id)
}

async fn state(post: &Post) -> ChannelState {
    post.channels.list().await.expect("a list")[0].state()
}

#[tokio::test]
async fn a_channel_is_proven_by_the_code_that_came_by_it_once() {
    let (post, sink, id) = proof().await;
    assert_eq!(state(&post).await, ChannelState::Unproven);
    let early = post.channels.prove(&id, "1234", NOW).await;
    assert!(matches!(early, Err(ChannelError::NoCode)), "{early:?}");
    post.channels.test(&id, NOW).await.expect("it arrives");
    let code = code(&sink);
    for wrong in ["12", "12345", "abcd", "１２３４"] {
        let error = post.channels.prove(&id, wrong, NOW).await;
        assert!(matches!(error, Err(ChannelError::Invalid(_))), "{error:?}");
    }
    let spaced = format!(" {} {} ", &code[..2], &code[2..]);
    let proven = post.channels.prove(&id, &spaced, NOW).await;
    proven.expect("that is the code");
    assert_eq!(state(&post).await, ChannelState::Proven);
    assert_eq!(post.channels.enabled()[0].proven_at, Some(NOW));
    let again = post.channels.prove(&id, &code, NOW).await;
    assert!(matches!(again, Err(ChannelError::NoCode)), "{again:?}");
}

#[tokio::test]
async fn a_code_stands_five_guesses_and_a_quarter_of_an_hour() {
    let (post, sink, id) = proof().await;
    post.channels.test(&id, NOW).await.expect("it arrives");
    let right = code(&sink);
    let wrong = if right == "0000" { "0001" } else { "0000" };
    for left in (0..5).rev() {
        let error = post.channels.prove(&id, wrong, NOW).await;
        let Err(ChannelError::WrongCode { left: said }) = error else {
            panic!("{error:?}");
        };
        assert_eq!(said, left);
    }
    let late = post.channels.prove(&id, &right, NOW).await;
    assert!(matches!(late, Err(ChannelError::NoCode)), "{late:?}");

    post.channels.test(&id, NOW).await.expect("it arrives");
    let later = NOW + Duration::from_secs(15 * 60);
    let old = post.channels.prove(&id, &code(&sink), later).await;
    assert!(matches!(old, Err(ChannelError::NoCode)), "{old:?}");
}

#[tokio::test]
async fn another_address_or_secret_has_to_be_proven_anew_and_other_words_do_not() {
    for (change, is_proven) in [
        (json!({"text_template": "{{ sentence }}"}), true),
        (json!({"method": "PUT"}), false),
        (json!(null), false),
    ] {
        let (post, sink, id) = proof().await;
        post.channels.test(&id, NOW).await.expect("it arrives");
        let proven = post.channels.prove(&id, &code(&sink), NOW).await;
        proven.expect("that is the code");
        post.channels.test(&id, NOW).await.expect("it arrives");
        let mut config = json!({"url": sink.url("/hook")});
        let mut secrets = BTreeMap::new();
        match change.as_object() {
            Some(fields) => config
                .as_object_mut()
                .expect("fields")
                .extend(fields.clone()),
            None => {
                let other = SecretChange::Replace(SecretString::from("other"));
                secrets.insert("signing_secret".into(), other);
            }
        }
        let update = ChannelChange {
            config: Some(config),
            secrets,
            ..ChannelChange::default()
        };
        let changed = post.channels.update(&id, update, NOW).await;
        let changed = changed.expect("it is changed");
        assert_eq!(changed.proven_at.is_some(), is_proven, "{change}");
        let old = post.channels.prove(&id, &code(&sink), NOW).await;
        assert_eq!(old.is_ok(), is_proven, "{change}");
    }
}

#[tokio::test]
async fn test_messages_are_no_flood() {
    let (post, sink, id) = proof().await;
    for _ in 0..10 {
        post.channels.test(&id, NOW).await.expect("it arrives");
    }
    let error = post.channels.test(&id, NOW).await;
    assert!(
        matches!(error, Err(ChannelError::TooMany { .. })),
        "{error:?}"
    );
    assert_eq!(sink.requests().len(), 10);
    let later = NOW + Duration::from_secs(61);
    post.channels
        .test(&id, later)
        .await
        .expect("a minute later");
}

#[tokio::test]
async fn a_secret_of_an_older_database_still_opens() {
    let sink = WebhookSink::start().await.expect("a sink");
    let post = Post::new().await;
    let new = webhook("hook", &sink.url("/hook"));
    let id = post.channels.add(new, NOW).await.expect("it is set up").id;
    // As it was sealed when a channel had one secret.
    let sealed = post
        .vault
        .seal(
            &Place::new("channels", "secret", id.as_str()),
            &SecretString::from("key"),
        )
        .expect("it is sealed");
    let channel = id.clone();
    let put = post
        .db
        .writer
        .run(move |tx| -> Result<(), crate::db::DbError> {
            tx.execute(
                "UPDATE channel_secrets SET sealed = ?2 WHERE channel = ?1",
                (channel.as_str(), sealed),
            )?;
            Ok(())
        });
    put.await.expect("it is put there");
    post.channels.test(&id, NOW).await.expect("it arrives");
    assert!(sink.requests()[0].header("x-webhook-signature").is_some());
}

#[tokio::test]
async fn a_heartbeat_is_not_told_alerts_and_is_proven_by_being_taken() {
    let sink = WebhookSink::start().await.expect("a sink");
    let post = Post::new().await;
    let new = NewChannel {
        kind: "healthchecks".into(),
        name: "dead man".into(),
        config: json!({"every_seconds": 20}),
        secrets: Secrets::from([("url".into(), sink.url("/ping/uuid").into())]),
        enabled: true,
    };
    let id = post.channels.add(new, NOW).await.expect("it is set up").id;
    assert!(post.channels.enabled().is_empty());
    assert_eq!(post.tell(alert()).await, 0);
    post.channels.test(&id, NOW).await.expect("it is taken");
    assert_eq!(state(&post).await, ChannelState::Proven);
    let status = post.channels.get(&id).await.expect("it is there");
    assert_eq!(status.last_sent_at, Some(NOW));

    let heartbeats = Heartbeats::new(post.channels.clone(), clock::now, || false);
    let stop = CancellationToken::new();
    let running = tokio::spawn(heartbeats.run(stop.clone()));
    let requests = sink.wait_for(2, PATIENCE).await.expect("a heartbeat");
    stop.cancel();
    running.await.expect("it ends");
    assert_eq!(requests[1].path, "/ping/uuid/fail", "nothing is well here");

    sink.set_fault(WebhookFault::Status(500));
    post.channels.test(&id, NOW).await.expect_err("refused");
    assert_eq!(state(&post).await, ChannelState::Failing);
}
