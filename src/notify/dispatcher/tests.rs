use std::time::Duration;

use serde_json::json;
use simulator::{WebhookFault, WebhookSink};

use crate::notify::Pace;
use crate::notify::channels::ChannelChange;
use crate::notify::outbox::{self, DeliveryState};
use crate::notify::tests::{HASTE, NOW, PATIENCE, Post, alert, all, another, resolved};

async fn post_and_sink() -> (Post, WebhookSink) {
    let sink = WebhookSink::start().await.expect("a sink");
    let post = Post::new().await;
    let config = json!({"url": sink.url("/hook")});
    post.add("webhook", config, None).await;
    (post, sink)
}

fn events(sink: &WebhookSink) -> Vec<String> {
    let requests = sink.requests();
    let events = requests
        .iter()
        .map(|request| request.json()["type"].to_string());
    events.collect()
}

#[tokio::test]
async fn what_is_queued_is_sent_at_once_and_in_order() {
    let (post, sink) = post_and_sink().await;
    let running = post.dispatch(HASTE);
    post.tell(alert()).await;
    sink.wait_for(1, PATIENCE).await.expect("the beginning");
    post.tell(resolved(alert())).await;
    post.wait_for(|log| log.len() == 2 && all(DeliveryState::Sent)(log))
        .await;
    assert_eq!(events(&sink), [r#""alert.fired""#, r#""alert.resolved""#]);
    running.stop().await;
}

#[tokio::test]
async fn what_was_queued_before_the_start_is_sent_after_it() {
    let (post, sink) = post_and_sink().await;
    post.tell(alert()).await;
    post.tell(resolved(alert())).await;
    let running = post.dispatch(HASTE);
    sink.wait_for(2, PATIENCE).await.expect("both messages");
    running.stop().await;
    assert!(all(DeliveryState::Sent)(&post.log().await));
}

#[tokio::test]
async fn an_endpoint_that_is_down_gets_the_same_message_once_it_is_up() {
    let (post, sink) = post_and_sink().await;
    sink.set_fault(WebhookFault::Status(503));
    let running = post.dispatch(HASTE);
    post.tell(alert()).await;
    sink.wait_for(3, PATIENCE).await.expect("three attempts");
    sink.set_fault(WebhookFault::None);
    let log = post.wait_for(all(DeliveryState::Sent)).await;
    running.stop().await;
    assert!(log[0].attempts >= 4, "{log:?}");
    let error = log[0].last_error.as_deref().expect("why it failed");
    assert!(error.contains("503"), "{error}");
    let requests = sink.requests();
    for request in &requests {
        assert_eq!(request.header("webhook-id"), Some(log[0].id.as_str()));
        assert_eq!(request.body, requests[0].body);
    }
}

#[tokio::test]
async fn an_endpoint_that_is_gone_for_good_is_not_tried_again() {
    let (post, sink) = post_and_sink().await;
    sink.set_fault(WebhookFault::Status(410));
    let running = post.dispatch(HASTE);
    post.tell(alert()).await;
    let log = post.wait_for(all(DeliveryState::Dead)).await;
    running.stop().await;
    assert_eq!((log[0].attempts, sink.requests().len()), (1, 1));
}

#[tokio::test]
async fn a_message_is_given_up_after_the_last_attempt() {
    let (post, sink) = post_and_sink().await;
    sink.set_fault(WebhookFault::Cut);
    let running = post.dispatch(Pace {
        attempts: 3,
        ..HASTE
    });
    post.tell(alert()).await;
    let log = post.wait_for(all(DeliveryState::Dead)).await;
    running.stop().await;
    assert_eq!(log[0].attempts, 3);
    assert!(log[0].last_error.is_some());
}

#[tokio::test]
async fn a_wish_to_be_left_alone_is_granted() {
    let (post, sink) = post_and_sink().await;
    sink.set_fault(WebhookFault::RetryAfter(600));
    let running = post.dispatch(HASTE);
    post.tell(alert()).await;
    let log = post.wait_for(|log| log[0].last_error.is_some()).await;
    running.stop().await;
    assert_eq!(sink.requests().len(), 1);
    let first = &sink.requests()[0];
    assert!(log[0].due_at.millis() >= first.at + 590_000, "{log:?}");
}

#[tokio::test]
async fn a_message_in_doubt_is_sent_again_as_it_was() {
    let (post, sink) = post_and_sink().await;
    sink.set_fault(WebhookFault::Cut);
    let running = post.dispatch(HASTE);
    post.tell(alert()).await;
    post.tell(another(2)).await;
    sink.wait_for(2, PATIENCE).await.expect("two attempts");
    sink.set_fault(WebhookFault::None);
    post.wait_for(all(DeliveryState::Sent)).await;
    running.stop().await;
    let requests = sink.requests();
    let key =
        |request: &simulator::WebhookRequest| request.header("idempotency-key").map(str::to_owned);
    let of_first: Vec<_> = requests
        .iter()
        .filter(|request| key(request) == key(&requests[0]))
        .collect();
    assert!(of_first.len() > 1, "it was in doubt");
    assert!(of_first.iter().all(|one| one.body == requests[0].body));
}

#[tokio::test]
async fn a_server_that_speaks_no_tls_gets_nothing_until_the_address_is_right() {
    let sink = WebhookSink::start().await.expect("a sink");
    let post = Post::new().await;
    let wrong = json!({"url": sink.url("/hook").replace("http:", "https:")});
    let id = post.add("webhook", wrong, None).await.id;
    let running = post.dispatch(HASTE);
    post.tell(alert()).await;
    let log = post.wait_for(|log| log[0].last_error.is_some()).await;
    assert_ne!(log[0].state, DeliveryState::Dead, "it may be mended");
    let change = ChannelChange {
        config: Some(json!({"url": sink.url("/hook")})),
        ..ChannelChange::default()
    };
    let changed = post.channels.update(&id, change, NOW).await;
    changed.expect("it is changed");
    post.wait_for(all(DeliveryState::Sent)).await;
    running.stop().await;
}

#[tokio::test]
async fn every_attempt_is_a_row() {
    let (post, sink) = post_and_sink().await;
    sink.set_fault(WebhookFault::Status(503));
    let running = post.dispatch(HASTE);
    post.tell(alert()).await;
    sink.wait_for(2, PATIENCE).await.expect("two attempts");
    sink.set_fault(WebhookFault::None);
    let log = post.wait_for(all(DeliveryState::Sent)).await;
    running.stop().await;
    let (_, attempts) = outbox::attempts(&post.db, log[0].id.clone())
        .await
        .expect("a log");
    assert_eq!(attempts.len(), log[0].attempts as usize);
    let first = &attempts[0];
    assert_eq!(
        (first.outcome.as_deref(), first.status),
        (Some("failed"), Some(503))
    );
    assert!(first.latency_ms.is_some() && first.error.is_some());
    let last = attempts.last().expect("a success");
    assert_eq!(
        (last.outcome.as_deref(), last.status),
        (Some("sent"), Some(204))
    );
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let (post, sink) = post_and_sink().await;
    let trap = WebhookSink::start().await.expect("another sink");
    sink.set_fault(WebhookFault::Redirect(trap.url("/trap")));
    let running = post.dispatch(HASTE);
    post.tell(alert()).await;
    sink.wait_for(2, PATIENCE).await.expect("it is tried again");
    running.stop().await;
    assert!(trap.requests().is_empty());
}

#[tokio::test]
async fn a_channel_that_hangs_does_not_keep_others_from_being_told() {
    let (post, slow) = post_and_sink().await;
    slow.set_fault(WebhookFault::Delay(PATIENCE));
    let quick = WebhookSink::start().await.expect("another sink");
    let config = json!({"url": quick.url("/hook")});
    post.add("webhook", config, None).await;
    let running = post.dispatch(HASTE);
    post.tell(alert()).await;
    slow.wait_for(1, PATIENCE)
        .await
        .expect("the slow one has it");
    quick
        .wait_for(1, PATIENCE)
        .await
        .expect("the quick one, too");
    post.wait_for(|log| log.iter().any(|row| row.state == DeliveryState::Sent))
        .await;
    drop(running);
}

#[tokio::test]
async fn stopping_lets_the_current_message_arrive() {
    let (post, sink) = post_and_sink().await;
    sink.set_fault(WebhookFault::Delay(Duration::from_millis(200)));
    let running = post.dispatch(HASTE);
    post.tell(alert()).await;
    sink.wait_for(1, PATIENCE).await.expect("it is on its way");
    running.stop().await;
    assert!(all(DeliveryState::Sent)(&post.log().await));
    assert_eq!(sink.requests().len(), 1);
}

#[tokio::test]
async fn a_corrected_channel_is_tried_at_once() {
    let sink = WebhookSink::start().await.expect("a sink");
    let post = Post::new().await;
    let wrong = json!({"url": "http://127.0.0.1:9/"});
    let id = post.add("webhook", wrong, None).await.id;
    let running = post.dispatch(Pace::default());
    post.tell(alert()).await;
    post.wait_for(|log| log[0].last_error.is_some()).await;
    let change = ChannelChange {
        config: Some(json!({"url": sink.url("/hook")})),
        ..ChannelChange::default()
    };
    let changed = post.channels.update(&id, change, NOW).await;
    changed.expect("it is changed");
    sink.wait_for(1, PATIENCE).await.expect("it arrives");
    running.stop().await;
}

#[tokio::test]
async fn a_dispatcher_killed_at_any_moment_loses_nothing() {
    let (post, sink) = post_and_sink().await;
    for round in 0..30_u32 {
        post.tell(another(round)).await;
        let running = post.dispatch(HASTE);
        if round % 3 == 0 {
            sink.wait_for(round as usize / 3, PATIENCE)
                .await
                .expect("some");
        } else {
            tokio::task::yield_now().await;
        }
        running.crash().await;
    }
    let running = post.dispatch(HASTE);
    let log = post
        .wait_for(|log| log.len() == 30 && all(DeliveryState::Sent)(log))
        .await;
    running.stop().await;
    let requests = sink.requests();
    for delivery in log {
        let id = delivery.batch.as_ref().map(|batch| batch.as_str());
        let arrived = |request: &&simulator::WebhookRequest| request.header("webhook-id") == id;
        assert!(requests.iter().any(|request| arrived(&request)), "{id:?}");
    }
}
