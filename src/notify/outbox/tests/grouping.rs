//! Several alerts in one message.

use std::time::Duration;

use serde_json::json;

use super::scene::Scene;
use crate::model::alert::{Alert, Hold, HoldReason, Severity};
use crate::model::id::{ResourceId, TargetId};
use crate::notify::message::Occasion;
use crate::notify::tests::{alert, another};

const NOON: &str = "2026-11-20T12:00:00Z";

fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

fn lost_node() -> Alert {
    let target: TargetId = "tgt_lab".parse().expect("an id");
    Alert {
        id: "alt_node".parse().expect("an id"),
        rule: "node_offline".into(),
        subject: "online".into(),
        resource: ResourceId::node(&target, "pve1"),
        resource_name: "pve1".into(),
        severity: Severity::Critical,
        ..alert()
    }
}

fn explained_by(cause: &Alert) -> Hold {
    Hold {
        reason: HoldReason::Inhibited,
        by: cause.id.to_string(),
        since: cause.started_at,
        until: None,
    }
}

#[tokio::test]
async fn a_storm_is_one_message_that_begins_with_the_gravest() {
    let mut scene = Scene::new(NOON, &["mail"]).await;
    for number in 0..30 {
        scene.tell(&another(number)).await;
    }
    let worst = Alert {
        severity: Severity::Critical,
        ..another(30)
    };
    scene.tell(&worst).await;
    let arrived = scene.pass(seconds(60)).await;
    assert_eq!(arrived.len(), 1);
    assert_eq!(arrived[0].message.count(), 31);
    assert_eq!(arrived[0].names()[0], "guest30");
}

#[tokio::test]
async fn the_first_message_goes_at_once_and_gathers_what_follows() {
    let mut scene = Scene::new(NOON, &["mail"]).await;
    let begin = scene.now;
    scene.tell(&another(1)).await;
    let mut arrived = scene.pass(seconds(4)).await;
    scene.tell(&another(2)).await;
    arrived.extend(scene.pass(seconds(4)).await);
    scene.tell(&another(3)).await;
    arrived.extend(scene.pass(seconds(60)).await);
    let told: Vec<_> = arrived
        .iter()
        .map(|one| (one.at.since(begin).as_secs(), one.names()))
        .collect();
    assert_eq!(told[0], (0, vec!["guest1"]));
    assert_eq!(told.len(), 2, "{told:?}");
    assert_eq!(told[1].1, ["guest2", "guest3"]);
    assert!((20..=25).contains(&told[1].0), "{told:?}");
}

#[tokio::test]
async fn a_channel_that_gathers_nothing_is_told_each_time() {
    let routing = json!({"default": {"group_seconds": 0}});
    let mut scene = Scene::routed(NOON, &["mail"], routing).await;
    for number in 1..=3 {
        scene.tell(&another(number)).await;
        let arrived = scene.moment().await;
        assert_eq!(arrived.len(), 1, "alert {number}");
        assert_eq!(arrived[0].message.count(), 1);
    }
    scene.pass(seconds(30)).await;
}

#[tokio::test]
async fn a_lost_node_with_thirty_guests_is_one_message_that_names_them() {
    for restarts in [false, true] {
        let mut scene = Scene::new(NOON, &["mail", "phone"]).await;
        let node = lost_node();
        let hold = explained_by(&node);
        for number in 0..30 {
            let guest = Alert {
                hold: Some(hold.clone()),
                ..another(number)
            };
            scene.tell(&guest).await;
        }
        scene.tell(&node).await;
        if restarts {
            scene = scene.restart().await;
        }
        let arrived = scene.pass(seconds(300)).await;
        assert_eq!(arrived.len(), 2, "one message to each channel");
        for one in &arrived {
            assert_eq!(one.message.count(), 1);
            assert_eq!(one.message.affected.len(), 30);
            assert!(one.message.affected.contains(&"guest17".to_owned()));
        }
        // The node comes back, and its guests with it.
        for number in 0..30 {
            scene.resolve(&another(number)).await;
        }
        scene.resolve(&node).await;
        let arrived = scene.pass(seconds(300)).await;
        let mut told: Vec<_> = arrived.iter().map(super::scene::Arrived::told).collect();
        told.sort_by_key(|(channel, _)| channel.to_owned());
        let expected = [("mail", Occasion::Resolved), ("phone", Occasion::Resolved)];
        assert_eq!(told, expected);
    }
}

#[tokio::test]
async fn a_guest_that_stays_down_after_its_node_is_back_is_told_then() {
    let mut scene = Scene::new(NOON, &["mail"]).await;
    let node = lost_node();
    let guest = another(1);
    scene.hold(&guest, Some(explained_by(&node))).await;
    scene.tell(&node).await;
    scene.pass(seconds(60)).await;
    scene.resolve(&node).await;
    scene.hold(&guest, None).await;
    let arrived = scene.pass(seconds(60)).await;
    assert_eq!(arrived.len(), 1);
    assert_eq!(arrived[0].names(), ["guest1", "pve1"]);
}

#[tokio::test]
async fn ends_are_gathered_as_beginnings_are() {
    let mut scene = Scene::new(NOON, &["mail"]).await;
    for number in 0..5 {
        scene.tell(&another(number)).await;
    }
    scene.pass(seconds(120)).await;
    for number in 0..5 {
        scene.resolve(&another(number)).await;
    }
    let arrived = scene.pass(seconds(120)).await;
    assert_eq!(arrived.len(), 1);
    assert_eq!(arrived[0].message.occasion, Occasion::Resolved);
    assert_eq!(arrived[0].message.count(), 5);
}

#[tokio::test]
async fn a_digest_that_is_tried_again_says_the_same_under_the_same_id() {
    let mut scene = Scene::new(NOON, &["mail"]).await;
    scene.down.insert("mail".into());
    scene.tell(&another(1)).await;
    scene.tell(&another(2)).await;
    assert!(scene.pass(seconds(10)).await.is_empty());
    let log = scene.post.log().await;
    let first = log[0].batch.clone().expect("it was tried");
    scene.tell(&another(3)).await;
    scene = scene.restart().await;
    scene.down.clear();
    let arrived = scene.pass(seconds(120)).await;
    let digest = arrived
        .iter()
        .find(|one| one.message.id == first)
        .expect("the digest arrives");
    assert_eq!(digest.names(), ["guest1", "guest2"]);
    assert!(digest.message.attempt > 1);
    assert_eq!(arrived.len(), 2);
}

#[tokio::test]
async fn what_the_channel_gave_back_is_there_for_the_next_message_about_the_alert() {
    let mut scene = Scene::new(NOON, &["mail"]).await;
    scene.tell(&another(1)).await;
    let first = scene.pass(seconds(60)).await.remove(0);
    assert_eq!(first.message.remote, None);
    scene.resolve(&another(1)).await;
    let second = scene.pass(seconds(60)).await.remove(0);
    let remote = format!("remote of {}", first.message.id);
    assert_eq!(second.message.remote, Some(remote));
    assert_eq!(second.message.first, first.message.id);
    // A message about two alerts cannot be changed for one of them, but it begins a thread.
    scene.tell(&another(2)).await;
    scene.tell(&another(3)).await;
    let digest = scene.pass(seconds(60)).await.remove(0);
    scene.resolve(&another(3)).await;
    let over = scene.pass(seconds(60)).await.remove(0);
    assert_eq!(over.message.remote, None);
    assert_eq!(over.message.first, digest.message.id);
}
