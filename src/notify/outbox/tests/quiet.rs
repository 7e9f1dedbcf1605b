//! Quiet hours, and the morning after.

use serde_json::{Value, json};

use super::scene::{Arrived, Scene};
use crate::model::alert::{Alert, Severity};
use crate::notify::message::Occasion;
use crate::notify::outbox::{self, DeliveryState};
use crate::notify::tests::another;

// 23:30 in Berlin; the night ends at 06:00 UTC.
const EVENING: &str = "2026-11-20T22:30:00Z";
const MORNING: &str = "2026-11-21T06:00:00Z";

fn nights() -> Value {
    json!({"default": {
        "quiet": [{"from": "22:00", "to": "07:00", "zone": "Europe/Berlin"}],
    }})
}

async fn night() -> Scene {
    Scene::routed(EVENING, &["mail"], nights()).await
}

fn news(message: &Arrived) -> Vec<(Occasion, &str)> {
    let message = &message.message;
    let lead = (message.occasion, message.alert.resource_name.as_str());
    let others = message.others.iter();
    let others = others.map(|news| (news.occasion, news.alert.resource_name.as_str()));
    std::iter::once(lead).chain(others).collect()
}

#[tokio::test]
async fn the_morning_sums_up_what_holds_and_what_came_and_went() {
    for restarts in [false, true] {
        let mut scene = night().await;
        scene.tell(&another(1)).await;
        scene.tell(&another(2)).await;
        assert!(scene.pass_until("2026-11-21T01:00:00Z").await.is_empty());
        scene.resolve(&another(1)).await;
        if restarts {
            scene = scene.restart().await;
        }
        assert!(scene.pass_until("2026-11-21T05:59:55Z").await.is_empty());
        let arrived = scene.pass_until("2026-11-21T08:00:00Z").await;
        assert_eq!(arrived.len(), 1, "one summary");
        let expected = [(Occasion::Fired, "guest2"), (Occasion::Resolved, "guest1")];
        assert_eq!(news(&arrived[0]), expected);
        let quiet = arrived[0].message.quiet.expect("it says what it sums up");
        assert!(quiet.to.rfc3339().starts_with("2026-11-21T06:00:00"));
        assert_eq!(arrived[0].at, quiet.to);
        // The end of what was summed up is told as any other.
        scene.resolve(&another(2)).await;
        let arrived = scene.pass_until("2026-11-21T09:00:00Z").await;
        assert_eq!(news(&arrived[0]), [(Occasion::Resolved, "guest2")]);
        assert_eq!(arrived.len(), 1);
    }
}

#[tokio::test]
async fn what_is_critical_is_told_at_night() {
    let mut scene = night().await;
    let critical = Alert {
        severity: Severity::Critical,
        ..another(1)
    };
    scene.tell(&critical).await;
    let arrived = scene.moment().await;
    assert_eq!(arrived[0].told(), ("mail", Occasion::Fired));
    assert!(scene.pass_until("2026-11-21T08:00:00Z").await.is_empty());
}

#[tokio::test]
async fn what_gets_worse_at_night_is_told_then_and_not_again_in_the_morning() {
    let mut scene = night().await;
    scene.tell(&another(1)).await;
    assert!(scene.pass_until("2026-11-21T01:00:00Z").await.is_empty());
    let worse = Alert {
        severity: Severity::Critical,
        ..another(1)
    };
    scene.tell(&worse).await;
    let arrived = scene.moment().await;
    assert_eq!(arrived[0].told(), ("mail", Occasion::Fired));
    assert!(scene.pass_until("2026-11-21T08:00:00Z").await.is_empty());
    assert_eq!(scene.post.log().await[0].state, DeliveryState::Dropped);
}

#[tokio::test]
async fn the_end_of_what_was_told_before_the_night_is_told_in_the_morning() {
    let mut scene = Scene::routed("2026-11-20T20:00:00Z", &["mail"], nights()).await;
    scene.tell(&another(1)).await;
    assert_eq!(scene.pass_until(EVENING).await.len(), 1);
    scene.resolve(&another(1)).await;
    assert!(scene.pass_until("2026-11-21T05:59:55Z").await.is_empty());
    let arrived = scene.pass_until(MORNING).await;
    assert_eq!(news(&arrived[0]), [(Occasion::Resolved, "guest1")]);
}

#[tokio::test]
async fn what_somebody_took_on_at_night_is_in_the_summary_as_taken_on() {
    let mut scene = night().await;
    scene.tell(&another(1)).await;
    scene.acknowledge(&another(1)).await;
    let arrived = scene.pass_until(MORNING).await;
    assert_eq!(arrived.len(), 1);
    assert!(arrived[0].message.alert.acknowledged_at.is_some());
}

#[tokio::test]
async fn nights_that_are_called_off_end_at_once() {
    let mut scene = night().await;
    scene.tell(&another(1)).await;
    assert!(scene.moment().await.is_empty());
    scene.post.route(json!({})).await;
    let (audience, now) = (scene.post.channels.enabled(), scene.now);
    let rerouted = scene
        .post
        .db
        .writer
        .run(move |tx| outbox::reroute(tx, &audience, now));
    rerouted.await.expect("it is rerouted");
    let arrived = scene.moment().await;
    assert_eq!(news(&arrived[0]), [(Occasion::Fired, "guest1")]);
    assert!(scene.pass_until("2026-11-21T08:00:00Z").await.is_empty());
}

#[tokio::test]
async fn reminders_and_escalations_wait_for_the_morning_too() {
    let mut routing = nights();
    routing["default"]["remind_minutes"] = 30.into();
    routing["default"]["escalate"] = json!([{"after_minutes": 60, "channels": ["boss"]}]);
    routing["default"]["channels"] = json!(["mail"]);
    let begin = "2026-11-20T20:45:00Z";
    let mut scene = Scene::routed(begin, &["boss", "mail"], routing).await;
    scene.tell(&another(1)).await;
    let evening = scene.pass_until("2026-11-21T05:59:55Z").await;
    assert_eq!(evening.len(), 1, "told before the night, and then silence");
    let morning = scene.pass_until("2026-11-21T06:01:00Z").await;
    let mut told: Vec<_> = morning.iter().map(Arrived::told).collect();
    told.sort_by_key(|(channel, _)| channel.to_owned());
    let expected = [("boss", Occasion::Escalated), ("mail", Occasion::Reminder)];
    assert_eq!(told, expected);
}
