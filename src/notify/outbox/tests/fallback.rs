//! Channels that cannot be reached: breakers, fallbacks and dead letters.

use std::time::Duration;

use serde_json::json;

use super::scene::{Arrived, Scene};
use crate::model::time::Timestamp;
use crate::notify::message::Occasion;
use crate::notify::outbox::{self, BreakerState, Dead, DeliveryState, OutboxError};
use crate::notify::tests::another;

const NOON: &str = "2026-11-20T12:00:00Z";

fn minutes(count: u64) -> Duration {
    Duration::from_secs(60 * count)
}

fn told(arrived: &[Arrived]) -> Vec<(&str, Occasion)> {
    arrived.iter().map(Arrived::told).collect()
}

async fn with_fallback() -> Scene {
    let routing = json!({
        "default": {"channels": ["chat"]},
        "channels": {"chat": {"fallback": "mail", "fallback_minutes": 5}},
    });
    Scene::routed(NOON, &["chat", "mail"], routing).await
}

impl Scene {
    async fn breaker(&self) -> BreakerState {
        let all = self.post.channels.list().await.expect("a list");
        all[0].health.breaker(self.now)
    }

    async fn states(&self) -> Vec<DeliveryState> {
        let log = self.post.log().await;
        log.iter().map(|row| row.state).collect()
    }
}

#[tokio::test]
async fn a_breaker_opens_and_the_channel_is_tried_with_one_message_at_a_time() {
    let mut scene = Scene::new(NOON, &["chat"]).await;
    scene.down.insert("chat".into());
    scene.tell(&another(1)).await;
    assert_eq!(scene.breaker().await, BreakerState::Closed);
    scene.pass(minutes(10)).await;
    assert_ne!(scene.breaker().await, BreakerState::Closed);
    for number in 2..20 {
        scene.tell(&another(number)).await;
    }
    let before = attempts(&scene).await;
    scene.pass(minutes(10)).await;
    let tried = attempts(&scene).await - before;
    assert!(tried <= 5, "{tried} attempts while it is open");
    scene.down.clear();
    scene = scene.restart().await;
    let arrived = scene.pass(minutes(90)).await;
    let names: usize = arrived.iter().map(|one| one.names().len()).sum();
    assert_eq!(names, 19, "nothing is lost");
    assert_eq!(scene.breaker().await, BreakerState::Closed);
}

/// Attempts to send any message.
async fn attempts(scene: &Scene) -> i64 {
    let count = scene.post.db.reader.run(|connection| {
        connection
            .query_row("SELECT COUNT(*) FROM delivery_attempts", [], |row| {
                row.get(0)
            })
            .map_err(OutboxError::from)
    });
    count.await.expect("a count")
}

#[tokio::test]
async fn a_channel_out_of_reach_for_too_long_is_stood_in_for() {
    let mut scene = with_fallback().await;
    scene.down.insert("chat".into());
    scene.tell(&another(1)).await;
    let arrived = scene.pass(minutes(30)).await;
    assert_eq!(told(&arrived), [("mail", Occasion::Fired)]);
    assert_eq!(arrived[0].message.stand_in.as_deref(), Some("chat"));
    assert_eq!(
        scene.states().await,
        [DeliveryState::Moved, DeliveryState::Sent]
    );
    // What happens while it is out of reach goes there, too.
    scene = scene.restart().await;
    scene.tell(&another(2)).await;
    let arrived = scene.pass(minutes(2)).await;
    assert_eq!(told(&arrived), [("mail", Occasion::Fired)]);
    // It comes back, is tried with the next message and is not told again what was told in its
    // place; who was told hears the end.
    scene.down.clear();
    scene.resolve(&another(1)).await;
    let arrived = scene.pass(minutes(60)).await;
    assert_eq!(told(&arrived), [("mail", Occasion::Resolved)]);
    scene.tell(&another(3)).await;
    let arrived = scene.pass(minutes(60)).await;
    assert_eq!(told(&arrived), [("chat", Occasion::Fired)]);
    assert_eq!(scene.breaker().await, BreakerState::Closed);
}

#[tokio::test]
async fn what_is_given_up_goes_to_the_fallback_and_its_end_too() {
    let mut scene = with_fallback().await;
    scene.tell(&another(1)).await;
    let claim = scene.post.claim_at(scene.now, Vec::new()).await.remove(0);
    scene.resolve(&another(1)).await;
    scene.post.dead_at(claim.message.id, scene.now).await;
    let arrived = scene.pass(minutes(2)).await;
    let expected = [("mail", Occasion::Fired), ("mail", Occasion::Resolved)];
    assert_eq!(told(&arrived), expected);
}

#[tokio::test]
async fn the_end_is_told_by_the_fallback_where_a_reminder_is_overtaken_on_the_way() {
    let routing = json!({
        "default": {"channels": ["chat"], "remind_minutes": 10},
        "channels": {"chat": {"fallback": "mail", "fallback_minutes": 5}},
    });
    let mut scene = Scene::routed(NOON, &["chat", "mail"], routing).await;
    scene.tell(&another(1)).await;
    scene.pass(minutes(9)).await;
    scene.down.insert("chat".into());
    scene.pass(minutes(9)).await;
    scene.resolve(&another(1)).await;
    let arrived = scene.pass(minutes(30)).await;
    assert_eq!(told(&arrived), [("mail", Occasion::Resolved)]);
}

#[tokio::test]
async fn channels_that_stand_in_for_each_other_make_no_loop() {
    let routing = json!({
        "default": {"channels": ["chat"]},
        "channels": {
            "chat": {"fallback": "mail", "fallback_minutes": 5},
            "mail": {"fallback": "chat", "fallback_minutes": 5},
        },
    });
    let mut scene = Scene::routed(NOON, &["chat", "mail"], routing).await;
    scene.down.extend(["chat".to_owned(), "mail".to_owned()]);
    scene.tell(&another(1)).await;
    scene.pass(minutes(120)).await;
    assert_eq!(
        scene.states().await,
        [DeliveryState::Moved, DeliveryState::Due]
    );
    scene.down.clear();
    let arrived = scene.pass(minutes(240)).await;
    assert_eq!(told(&arrived), [("mail", Occasion::Fired)]);
}

#[tokio::test]
async fn a_dead_letter_is_sent_again_under_its_id_or_discarded() {
    let mut scene = Scene::new(NOON, &["chat"]).await;
    scene.tell(&another(1)).await;
    scene.tell(&another(2)).await;
    let claim = scene.post.claim_at(scene.now, Vec::new()).await.remove(0);
    let id = claim.message.id;
    scene.post.dead(id.clone()).await;
    assert_eq!(scene.states().await, [DeliveryState::Dead; 2]);
    let health = scene.post.channels.list().await.expect("a list")[0].health;
    assert_eq!((health.dead, health.waiting), (2, 0));

    let now = scene.now;
    let other = scene.post.log().await[1].id.clone();
    let run = |job: fn(&rusqlite::Connection, &Dead, Timestamp) -> Result<usize, OutboxError>,
               dead: Dead| {
        let writer = scene.post.db.writer.clone();
        async move { writer.run(move |tx| job(tx, &dead, now)).await }
    };
    let again = run(outbox::send_again, Dead::One(other.clone())).await;
    assert_eq!(again.expect("both rows"), 2);
    let twice = run(outbox::send_again, Dead::One(other.clone())).await;
    assert!(matches!(twice, Err(OutboxError::NotDead { .. })));
    let arrived = scene.pass(minutes(1)).await;
    assert_eq!(arrived[0].message.id, id);
    assert_eq!(arrived[0].names(), ["guest1", "guest2"]);
    assert_eq!(arrived[0].message.attempt, 1, "attempts begin anew");
    let (_, tries) = outbox::attempts(&scene.post.db, other)
        .await
        .expect("a log");
    let outcomes: Vec<_> = tries.iter().map(|one| one.outcome.as_deref()).collect();
    assert_eq!(outcomes, [Some("refused"), Some("sent")]);

    scene.tell(&another(3)).await;
    let scene_now = scene.now;
    let claims = scene
        .post
        .claim_at(scene_now + minutes(5), Vec::new())
        .await;
    scene.post.dead(claims[0].message.id.clone()).await;
    let writer = scene.post.db.writer.clone();
    let discarded = writer.run(move |tx| outbox::discard(tx, &Dead::All, scene_now));
    assert_eq!(discarded.await.expect("one"), 1);
    assert_eq!(scene.states().await[2], DeliveryState::Dropped);
    assert!(scene.pass(minutes(60)).await.is_empty());
}

#[tokio::test]
async fn a_limited_channel_gets_what_it_takes_and_the_rest_later_in_one() {
    let routing = json!({
        "default": {"group_seconds": 0},
        "channels": {"chat": {"rate": {"per_hour": 6, "burst": 2}}},
    });
    let mut scene = Scene::routed(NOON, &["chat"], routing).await;
    let mut arrived = Vec::new();
    for number in 1..=5 {
        scene.tell(&another(number)).await;
        arrived.extend(scene.moment().await);
    }
    assert_eq!(arrived.len(), 2, "the burst");
    scene = scene.restart().await;
    assert!(scene.pass(minutes(9)).await.is_empty());
    let arrived = scene.pass(minutes(2)).await;
    assert_eq!(arrived.len(), 1);
    assert_eq!(arrived[0].names(), ["guest3", "guest4", "guest5"]);
}
