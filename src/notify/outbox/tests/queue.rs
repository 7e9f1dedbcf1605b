//! One message after the other: what is queued, claimed, noted and given up.

use std::time::Duration;

use serde_json::json;

use super::{LATER, critical, post};
use crate::notify::message::Occasion;
use crate::notify::outbox::{DeliveryState, enqueue, recent};
use crate::notify::pace::Pace;
use crate::notify::tests::{NOW, alert, another, resolved};

#[tokio::test]
async fn the_same_news_is_queued_once_and_worse_news_once_more() {
    let post = post().await;
    assert_eq!(post.tell(alert()).await, 1);
    assert_eq!(post.tell(alert()).await, 0);
    assert_eq!(post.tell(critical()).await, 1);
    assert_eq!(post.tell(critical()).await, 0);
    assert_eq!(post.tell(alert()).await, 0, "better is no news");
    assert_eq!(post.tell(resolved(alert())).await, 1);
    assert_eq!(post.tell(resolved(alert())).await, 0);
}

#[tokio::test]
async fn an_alert_somebody_has_taken_on_is_not_told_to_a_new_channel_nor_is_its_end() {
    let post = post().await;
    let mut taken = alert();
    taken.acknowledged_at = Some(NOW);
    assert_eq!(post.tell(taken).await, 0);
    assert_eq!(post.tell(resolved(alert())).await, 0);
}

#[tokio::test]
async fn a_channel_that_is_switched_off_or_gone_is_not_told() {
    let post = post().await;
    let id = post.channels.enabled()[0].id.clone();
    let stale = post.channels.enabled();
    post.channels.remove(&id, NOW).await.expect("it is removed");
    let queued = post.db.writer.run(move |tx| {
        let alert = alert();
        enqueue(tx, [&alert], &stale, NOW)
    });
    assert_eq!(queued.await.expect("nothing to do"), 0);
}

#[tokio::test]
async fn the_end_of_an_alert_waits_for_its_beginning() {
    let post = post().await;
    post.tell(alert()).await;
    post.tell(resolved(alert())).await;
    let (first, occasion) = post.claim_one(NOW).await.expect("the beginning is due");
    assert_eq!(occasion, Occasion::Fired);
    assert_eq!(post.claim_one(NOW).await, None, "the end has to wait");
    let next = post.next_due().await.expect("the beginning, once more");
    assert!(next > NOW, "{next:?}");
    post.sent(first.clone()).await;
    let claims = post.claim_at(NOW, Vec::new()).await;
    assert_eq!(claims[0].message.occasion, Occasion::Resolved);
    assert_eq!(claims[0].message.first, first);
}

#[tokio::test]
async fn the_end_is_not_told_where_the_beginning_could_not_be() {
    let post = post().await;
    post.tell(alert()).await;
    post.tell(resolved(alert())).await;
    let (first, _) = post.claim_one(NOW).await.expect("the beginning is due");
    post.dead(first).await;
    assert_eq!(
        post.events().await,
        [
            (Occasion::Fired, DeliveryState::Dead),
            (Occasion::Resolved, DeliveryState::Dead),
        ]
    );
    assert_eq!(post.next_due().await, None);
}

#[tokio::test]
async fn an_end_that_comes_after_a_dead_beginning_is_not_queued() {
    let post = post().await;
    post.tell(alert()).await;
    let (first, _) = post.claim_one(NOW).await.expect("the beginning is due");
    post.dead(first).await;
    assert_eq!(post.tell(resolved(alert())).await, 0);
}

#[tokio::test]
async fn a_claim_counts_the_attempt_and_sets_the_next_one_before_anything_is_sent() {
    let post = post().await;
    post.tell(alert()).await;
    let (first, _) = post.claim_one(NOW).await.expect("it is due");
    // The program dies here; nothing is noted.
    assert_eq!(post.next_due().await, Some(NOW + Duration::from_secs(5)));
    let (again, _) = post.claim_one(LATER).await.expect("it is due again");
    assert_eq!(again, first);
    assert_eq!(post.log().await[0].attempts, 2);
}

#[tokio::test]
async fn a_message_that_cannot_be_read_is_given_up_and_the_next_one_sent() {
    let post = post().await;
    post.tell(alert()).await;
    let spoilt = post.db.writer.run(|tx| -> Result<(), crate::db::DbError> {
        tx.execute("UPDATE deliveries SET snapshot = '{}'", [])?;
        Ok(())
    });
    spoilt.await.expect("it is spoilt");
    post.tell(another(2)).await;
    let (_, occasion) = post.claim_one(NOW).await.expect("the other one");
    assert_eq!(occasion, Occasion::Fired);
    assert_eq!(post.log().await[0].state, DeliveryState::Dead);
}

#[tokio::test]
async fn a_message_whose_attempts_never_come_to_an_end_is_given_up() {
    let post = post().await;
    post.tell(alert()).await;
    let day = Duration::from_secs(86_400);
    let mut now = NOW;
    for _ in 0..Pace::default().attempts {
        assert!(post.claim_one(now).await.is_some());
        now = now + day;
    }
    assert_eq!(post.claim_one(now).await, None);
    assert_eq!(post.log().await[0].state, DeliveryState::Dead);
}

#[tokio::test]
async fn a_busy_channel_gets_nothing_and_each_idle_one_gets_one_message() {
    let post = post().await;
    let config = json!({"url": "http://127.0.0.1:9/other"});
    let second = post.add("webhook", config, None).await;
    post.tell(alert()).await;
    post.tell(another(2)).await;
    let claims = post.claim_at(NOW, vec![second.id.clone()]).await;
    assert_eq!(claims.len(), 1);
    assert_ne!(claims[0].channel, second.id);
    let claims = post.claim_at(NOW, Vec::new()).await;
    assert_eq!(claims.len(), 1, "the other one's is on its way");
    assert_eq!(claims[0].channel, second.id);
    assert_eq!(claims[0].message.count(), 2);
}

#[tokio::test]
async fn the_log_keeps_why_an_attempt_failed() {
    let post = post().await;
    post.tell(alert()).await;
    let (id, _) = post.claim_one(NOW).await.expect("it is due");
    post.failed(id, LATER).await;
    let log = recent(&post.db, 1).await.expect("a log");
    assert_eq!(log[0].last_error.as_deref(), Some("no answer"));
    assert_eq!(log[0].due_at, LATER);
    let status = post.channels.list().await.expect("a list");
    assert_eq!(status[0].last_error.as_deref(), Some("no answer"));
    assert_eq!(status[0].last_sent_at, None);
}
