//! Reminders and escalation.

use std::time::Duration;

use serde_json::{Value, json};

use super::scene::{Arrived, Scene};
use crate::model::alert::{Hold, HoldReason};
use crate::notify::message::Occasion;
use crate::notify::tests::another;

const NOON: &str = "2026-11-20T12:00:00Z";

fn minutes(count: u64) -> Duration {
    Duration::from_secs(60 * count)
}

fn every_ten_minutes() -> Value {
    json!({"default": {"remind_minutes": 10}})
}

fn occasions(arrived: &[Arrived]) -> Vec<Occasion> {
    arrived.iter().map(|one| one.message.occasion).collect()
}

#[tokio::test]
async fn reminders_come_until_somebody_takes_the_alert_on() {
    for restarts in [false, true] {
        let mut scene = Scene::routed(NOON, &["mail"], every_ten_minutes()).await;
        scene.tell(&another(1)).await;
        let arrived = scene.pass(minutes(15)).await;
        assert_eq!(occasions(&arrived), [Occasion::Fired, Occasion::Reminder]);
        if restarts {
            scene = scene.restart().await;
        }
        let arrived = scene.pass(minutes(10)).await;
        assert_eq!(occasions(&arrived), [Occasion::Reminder]);
        scene.acknowledge(&another(1)).await;
        assert!(scene.pass(minutes(60)).await.is_empty());
        scene.resolve(&another(1)).await;
        let arrived = scene.pass(minutes(1)).await;
        assert_eq!(occasions(&arrived), [Occasion::Resolved]);
        assert!(scene.pass(minutes(60)).await.is_empty());
    }
}

#[tokio::test]
async fn reminders_stop_while_the_alert_is_held_back_and_when_it_is_over() {
    let mut scene = Scene::routed(NOON, &["mail"], every_ten_minutes()).await;
    scene.tell(&another(1)).await;
    scene.pass(minutes(1)).await;
    let hold = Hold {
        reason: HoldReason::Silenced,
        by: "sil_one".into(),
        since: scene.now,
        until: None,
    };
    scene.hold(&another(1), Some(hold)).await;
    assert!(scene.pass(minutes(60)).await.is_empty());
    scene.hold(&another(1), None).await;
    let arrived = scene.pass(minutes(5)).await;
    assert_eq!(occasions(&arrived), [Occasion::Reminder]);
    scene.resolve(&another(1)).await;
    let arrived = scene.pass(minutes(60)).await;
    assert_eq!(occasions(&arrived), [Occasion::Resolved]);
}

#[tokio::test]
async fn a_reminder_that_could_not_be_sent_in_time_is_not_sent_after_the_end() {
    let mut scene = Scene::routed(NOON, &["mail"], every_ten_minutes()).await;
    scene.tell(&another(1)).await;
    scene.pass(minutes(1)).await;
    // A reminder waits in a channel that is told something else every moment.
    scene.pass(Duration::from_secs(530)).await;
    scene.tell(&another(2)).await;
    scene.pass(Duration::from_secs(9)).await;
    let arrived = scene.pass(Duration::from_secs(5)).await;
    assert!(arrived.is_empty(), "it is being gathered");
    scene.resolve(&another(1)).await;
    let arrived = scene.pass(minutes(5)).await;
    let of_one: Vec<_> = arrived
        .iter()
        .flat_map(|one| {
            let lead = (one.message.occasion, &one.message.alert);
            let others = one.message.others.iter();
            std::iter::once(lead).chain(others.map(|news| (news.occasion, &news.alert)))
        })
        .filter(|(_, alert)| alert.id == another(1).id)
        .map(|(occasion, _)| occasion)
        .collect();
    assert_eq!(of_one, [Occasion::Resolved]);
}

fn to_the_boss() -> Value {
    json!({"default": {
        "channels": ["mail"],
        "escalate": [
            {"after_minutes": 15, "channels": ["phone"]},
            {"after_minutes": 30, "channels": ["boss", "phone"]},
        ],
    }})
}

#[tokio::test]
async fn an_escalation_reaches_exactly_the_channels_it_names() {
    for restarts in [false, true] {
        let channels = ["boss", "mail", "other", "phone"];
        let mut scene = Scene::routed(NOON, &channels, to_the_boss()).await;
        scene.tell(&another(1)).await;
        let arrived = scene.pass(minutes(14)).await;
        assert_eq!(arrived.len(), 1);
        assert_eq!(arrived[0].told(), ("mail", Occasion::Fired));
        let arrived = scene.pass(minutes(2)).await;
        assert_eq!(arrived.len(), 1);
        assert_eq!(arrived[0].told(), ("phone", Occasion::Escalated));
        if restarts {
            scene = scene.restart().await;
        }
        let arrived = scene.pass(minutes(60)).await;
        let mut told: Vec<_> = arrived.iter().map(|one| one.told().0).collect();
        told.sort_unstable();
        assert_eq!(told, ["boss", "phone"], "each step once");
        scene.resolve(&another(1)).await;
        let arrived = scene.pass(minutes(5)).await;
        let mut told: Vec<_> = arrived.iter().map(|one| one.told().0).collect();
        told.sort_unstable();
        assert_eq!(
            told,
            ["boss", "mail", "phone"],
            "who was told hears the end"
        );
    }
}

#[tokio::test]
async fn an_alert_that_is_taken_on_is_not_escalated() {
    let channels = ["boss", "mail", "phone"];
    let mut scene = Scene::routed(NOON, &channels, to_the_boss()).await;
    scene.tell(&another(1)).await;
    scene.pass(minutes(20)).await;
    scene.acknowledge(&another(1)).await;
    assert!(scene.pass(minutes(120)).await.is_empty());
}

#[tokio::test]
async fn routes_choose_channels_and_the_rest_goes_by_the_default() {
    let routing = json!({
        "routes": [
            {
                "name": "one guest",
                "when": {"resources": ["guest1"]},
                "continue": true,
                "tell": {"channels": ["phone"]},
            },
            {"name": "all guests", "when": {"kinds": ["guest"]}, "tell": {"channels": ["mail"]}},
            {"name": "never reached", "tell": {"channels": ["boss"]}},
        ],
    });
    let mut scene = Scene::routed(NOON, &["boss", "mail", "phone"], routing).await;
    scene.tell(&another(1)).await;
    scene.tell(&another(2)).await;
    let arrived = scene.pass(minutes(5)).await;
    let told: Vec<_> = arrived
        .iter()
        .map(|one| (one.told().0, one.names()))
        .collect();
    let expected = [
        ("phone", vec!["guest1"]),
        ("mail", vec!["guest1", "guest2"]),
    ];
    for one in &expected {
        assert!(told.contains(one), "{told:?}");
    }
    assert_eq!(told.len(), 2);
}
