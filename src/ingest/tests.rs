//! From observations to what people are told, with the real judge, ledger and outbox, and a clock
//! that the test sets.

mod full_disk;
mod invariants;
mod lab;

use std::time::Duration;

use crate::alerts::{self, Ledger, Post};
use crate::model::alert::{AlertState, HoldReason, Severity};
use crate::model::id::{ResourceId, ResourceKind};
use crate::model::resource::NodeStatus;
use lab::{House, seconds, target};

#[tokio::test]
async fn only_observations_tell_the_watchdog_that_any_come() {
    let mut house = House::new().await;
    house.forget_progress();
    house.silence(5, 60);
    house.tick(10).await;
    house.tick(20).await;
    assert!(!house.has_observed(), "time has passed, nobody has looked");
    house.look(30).await;
    assert!(house.has_observed());
}

#[tokio::test]
async fn a_pushed_figure_is_judged_when_it_comes() {
    let mut house = House::new().await;
    house.look(0).await;
    house.set_rules(serde_json::json!({"kinds": {"pushed": {"metrics": {
        "sensor.t0": {"warning": {"raise": 30.0, "clear": 25.0, "dwell_seconds": 0}}
    }}}}));
    house.push("room", "sensor.t0", 21.0, 10).await;
    assert!(house.open().await.is_empty());
    house.push("room", "sensor.t0", 31.0, 20).await;
    assert_eq!(house.told().await, ["fired threshold"]);
    house.push("room", "sensor.t0", 20.0, 30).await;
    assert_eq!(
        house.told().await,
        ["fired threshold", "resolved threshold"]
    );
}

#[tokio::test]
async fn a_channel_that_fails_is_told_on_the_others_alone() {
    let mut house = House::new().await;
    house.second_channel("phone").await;
    house.break_channel("phone").await;
    house.look_inward(0).await;
    house.look_inward(200).await;
    assert_eq!(
        house.told_by_channel().await,
        ["sink: fired channel_failing"],
        "the one that fails is not told that it fails"
    );
    house.mend_channel("phone").await;
    house.look_inward(300).await;
    assert_eq!(
        house.told_by_channel().await,
        [
            "sink: fired channel_failing",
            "sink: resolved channel_failing"
        ]
    );
}

#[tokio::test]
async fn node_loss_with_thirty_guests_is_one_message() {
    let mut house = House::new().await;
    house.guests(30, 0.95);
    house.look(0).await;
    // The node hangs first: its guests fire before its own alert may.
    house.node(NodeStatus::Unknown);
    house.look(300).await;
    assert_eq!(house.open().await.len(), 30, "everything is recorded");
    assert_eq!(house.told().await, Vec::<String>::new());

    house.node(NodeStatus::Offline);
    house.look(310).await;
    house.restart().await;
    house.look(320).await;
    house.look(350).await;
    assert_eq!(house.told().await, ["fired node_offline"]);
    let open = house.open().await;
    let node = open
        .iter()
        .find(|a| a.rule == "node_offline")
        .expect("the cause");
    let affected = Ledger::new(house.db.clone()).affected(&node.id).await;
    assert_eq!(
        affected.expect("a list").len(),
        30,
        "one incident with its list"
    );

    // It comes back, and its guests take a while to calm down.
    house.node(NodeStatus::Online);
    house.look(400).await;
    assert_eq!(
        house.told().await,
        ["fired node_offline", "resolved node_offline"]
    );
    house.restart().await;
    house.guests(29, 0.1);
    house.look(450).await;
    house.look(570).await;
    assert_eq!(house.told().await.len(), 2, "it may still recover");
    house.look(581).await;
    assert_eq!(
        house.told().await,
        [
            "fired node_offline",
            "resolved node_offline",
            "fired threshold"
        ],
        "what did not recover is told then"
    );
}

#[tokio::test]
async fn a_node_that_only_hesitates_does_not_swallow_its_guests_alerts() {
    let mut house = House::new().await;
    house.guests(1, 0.95);
    house.look(0).await;
    house.node(NodeStatus::Unknown);
    house.look(300).await;
    assert!(house.told().await.is_empty());
    house.tick(419).await;
    assert!(house.told().await.is_empty());
    house.tick(420).await;
    assert_eq!(house.told().await, ["fired threshold"], "the wait is over");
}

#[tokio::test]
async fn a_backup_is_no_noise_and_then_comes_the_truth() {
    for calms in [true, false] {
        let mut house = House::new().await;
        house.guests(1, 0.95);
        house.lock(Some("backup"));
        house.look(0).await;
        house.look(300).await;
        house.restart().await;
        house.look(600).await;
        let held = house.open().await.remove(0).hold.expect("held");
        assert_eq!(held.reason, HoldReason::Locked);
        house.lock(None);
        house.look(610).await;
        if calms {
            house.guests(1, 0.1);
        }
        house.look(640).await;
        house.tick(671).await;
        let expected: &[&str] = if calms { &[] } else { &["fired threshold"] };
        assert_eq!(house.told().await, expected);
        assert_eq!(house.open().await.is_empty(), calms);
    }
}

#[tokio::test]
async fn what_still_holds_when_a_silence_ends_is_told_then() {
    let mut house = House::new().await;
    house.silence(0, 1000);
    house.guests(1, 0.95);
    house.look(0).await;
    house.look(300).await;
    assert_eq!(house.open().await.len(), 1);
    house.restart().await;
    house.look(900).await;
    assert!(house.told().await.is_empty());
    // Nobody looks at anything: time alone ends the silence.
    house.tick(1000).await;
    assert_eq!(house.told().await, ["fired threshold"]);
    house.guests(1, 0.1);
    house.look(1010).await;
    assert_eq!(
        house.told().await,
        ["fired threshold", "resolved threshold"]
    );
}

#[tokio::test]
async fn an_end_is_told_to_those_who_know_of_the_beginning_and_to_nobody_else() {
    let mut house = House::new().await;
    house.guests(1, 0.95);
    house.look(0).await;
    house.look(300).await;
    assert_eq!(house.told().await, ["fired threshold"]);
    house.silence(310, 9000);
    house.tick(310).await;
    house.guests(1, 0.1);
    house.look(320).await;
    assert_eq!(
        house.told().await,
        ["fired threshold", "resolved threshold"]
    );

    house.guests(1, 0.95);
    house.look(330).await;
    house.look(640).await;
    house.guests(1, 0.1);
    house.look(650).await;
    assert_eq!(house.told().await.len(), 2, "nobody knew of that one");
    assert_eq!(house.ledger().await.len(), 2, "but it is in the ledger");
}

#[tokio::test]
async fn a_silence_is_in_force_at_once_and_so_is_its_end() {
    let mut house = House::new().await;
    house.guests(1, 0.95);
    house.look(0).await;
    house.silence(0, 1000);
    house.look(300).await;
    assert!(house.told().await.is_empty());
    house.unsilence();
    house.tick(301).await;
    assert_eq!(house.told().await, ["fired threshold"]);
}

#[tokio::test]
async fn what_somebody_took_on_is_not_told_when_its_hold_ends() {
    let mut house = House::new().await;
    house.silence(0, 1000);
    house.guests(1, 0.95);
    house.look(0).await;
    house.look(300).await;
    let id = house.open().await.remove(0).id;
    let ledger = Ledger::new(house.db.clone());
    ledger
        .acknowledge(&id, "ada", seconds(310))
        .await
        .expect("taken on");
    house.restart().await;
    house.look(1001).await;
    assert!(house.told().await.is_empty());
    assert!(house.open().await[0].hold.is_none());
}

#[tokio::test]
async fn what_comes_and_goes_is_told_three_times_and_then_when_it_stays() {
    let mut house = House::new().await;
    let mut at = 0;
    for _ in 0..6 {
        house.guests(1, 0.95);
        house.look(at).await;
        house.look(at + 300).await;
        house.guests(1, 0.1);
        house.look(at + 310).await;
        at += 320;
    }
    assert_eq!(house.ledger().await.len(), 6, "every time is recorded");
    let told = house.told().await;
    assert_eq!(told.len(), 6, "three beginnings with their ends: {told:?}");
    house.restart().await;
    house.guests(1, 0.95);
    house.look(at).await;
    house.look(at + 300).await;
    let held = house.open().await.remove(0).hold.expect("held");
    assert_eq!(held.reason, HoldReason::Flapping);
    assert_eq!(house.told().await.len(), 6);
    house.look(at + 300 + 900).await;
    assert_eq!(
        house.told().await.len(),
        7,
        "it has stayed for a quarter of an hour"
    );
}

#[tokio::test]
async fn an_alert_from_outside_outlives_every_look_and_ends_when_nobody_renews_it() {
    let mut house = House::new().await;
    house.look(0).await;
    let post = Post {
        resource: ResourceId::other(ResourceKind::Pushed, &target(), "sync"),
        resource_name: "nightly sync".into(),
        node: None,
        tags: Vec::new(),
        key: "sync".into(),
        severity: Severity::Warning,
        message: "it did not run".into(),
        value: None,
        expires_at: Some(seconds(7200)),
    };
    house.post(post, 10).await;
    assert_eq!(house.told().await, ["fired posted"]);
    house.settle(20).await;
    house.look(400).await;
    house.look(1000).await;
    house.restart().await;
    house.look(2000).await;
    assert_eq!(house.open().await.len(), 1, "no rule ends it");
    house.tick(7200).await;
    assert_eq!(house.told().await, ["fired posted", "resolved posted"]);
    assert_eq!(house.ledger().await[0].state, AlertState::Resolved);
}

#[tokio::test]
async fn a_disk_that_was_full_tells_nothing_that_was_silenced() {
    let house = House::new().await;
    let (fire, clear) = lab::short_alert();
    let circumstances = house.circumstances(seconds(100), true);
    let entered = house
        .db
        .writer
        .run(move |tx| super::enter(tx, &[fire, clear], &circumstances))
        .await;
    let (events, open) = entered.expect("entered");
    assert_eq!((events.len(), open.standing.len()), (2, 0));
    assert!(house.told().await.is_empty());
    let standing = house
        .db
        .reader
        .run(|c| alerts::standing(c, Duration::from_secs(3600)))
        .await;
    assert!(standing.expect("a list").is_empty());
}
