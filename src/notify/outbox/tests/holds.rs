//! Messages that are queued when something begins to keep people from being told.

use std::time::Duration;

use serde_json::{Value, json};

use super::scene::Scene;
use crate::model::alert::{Alert, Hold, HoldReason, Severity};
use crate::notify::message::Occasion;
use crate::notify::tests::another;

const NOON: &str = "2026-11-20T12:00:00Z";
const MINUTE: Duration = Duration::from_secs(60);

/// What is news waits a minute for more of it.
fn gathered() -> Value {
    json!({"default": {"wait_seconds": 60}})
}

async fn scene() -> Scene {
    Scene::routed(NOON, &["mail"], gathered()).await
}

fn window(scene: &Scene) -> Option<Hold> {
    Some(Hold {
        reason: HoldReason::Maintenance,
        by: "win_night".into(),
        since: scene.now,
        until: None,
    })
}

#[tokio::test]
async fn what_was_queued_just_before_a_hold_waits_for_its_end() {
    for restarts in [false, true] {
        let mut scene = scene().await;
        let alert = another(1);
        scene.tell(&alert).await;
        scene.tell(&another(2)).await;
        scene.hold(&alert, window(&scene)).await;
        if restarts {
            scene = scene.restart().await;
        }
        let arrived = scene.pass(10 * MINUTE).await;
        let names: Vec<_> = arrived.iter().flat_map(|one| one.names()).collect();
        assert_eq!(names, ["guest2"], "the other one is told in time");
        scene.hold(&alert, None).await;
        let arrived = scene.pass(2 * MINUTE).await;
        assert_eq!(arrived.len(), 1, "once: {arrived:?}");
        assert_eq!(arrived[0].names(), ["guest1"]);
        scene.resolve(&alert).await;
        let arrived = scene.pass(2 * MINUTE).await;
        assert_eq!(arrived[0].told(), ("mail", Occasion::Resolved));
    }
}

#[tokio::test]
async fn what_ends_within_the_hold_was_nobodys_concern() {
    let mut scene = scene().await;
    let alert = another(1);
    scene.tell(&alert).await;
    scene.hold(&alert, window(&scene)).await;
    assert!(scene.pass(10 * MINUTE).await.is_empty());
    scene.resolve(&alert).await;
    let arrived = scene.pass(10 * MINUTE).await;
    assert!(arrived.is_empty(), "{arrived:?}");
}

#[tokio::test]
async fn the_end_of_what_was_told_before_the_hold_is_told_within_it() {
    let mut scene = scene().await;
    let alert = another(1);
    scene.tell(&alert).await;
    assert_eq!(scene.pass(2 * MINUTE).await.len(), 1);
    let worse = Alert {
        severity: Severity::Critical,
        ..alert.clone()
    };
    scene.tell(&worse).await;
    scene.hold(&worse, window(&scene)).await;
    assert!(scene.pass(10 * MINUTE).await.is_empty(), "it waits");
    scene.resolve(&worse).await;
    let arrived = scene.pass(10 * MINUTE).await;
    let told: Vec<_> = arrived.iter().map(|one| one.told()).collect();
    assert_eq!(told, [("mail", Occasion::Resolved)]);
}

#[tokio::test]
async fn what_was_tried_in_vain_before_the_hold_waits_too() {
    let mut scene = scene().await;
    scene.down.insert("mail".into());
    let alert = another(1);
    scene.tell(&alert).await;
    assert!(scene.pass(2 * MINUTE).await.is_empty());
    scene.hold(&alert, window(&scene)).await;
    scene.down.clear();
    assert!(scene.pass(60 * MINUTE).await.is_empty());
    scene.hold(&alert, None).await;
    let arrived = scene.pass(2 * MINUTE).await;
    assert_eq!(arrived.len(), 1, "{arrived:?}");
}
