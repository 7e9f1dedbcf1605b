//! What holds whatever happens, over random histories: monitoring is never suppressed, an end is
//! told exactly to those who were told the beginning, and what still holds at last is told.

use proptest::prelude::*;

use super::lab::House;
use crate::model::alert::{Alert, AlertState};
use crate::model::resource::NodeStatus;

#[derive(Clone, Copy, Debug)]
enum Step {
    Burn(bool),
    Lock(bool),
    Silence(bool),
    Node(u8),
    Wait(i64),
    Restart,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        3 => any::<bool>().prop_map(Step::Burn),
        1 => any::<bool>().prop_map(Step::Lock),
        1 => any::<bool>().prop_map(Step::Silence),
        2 => (0_u8..3).prop_map(Step::Node),
        4 => prop_oneof![Just(10_i64), Just(60), Just(300), Just(700)].prop_map(Step::Wait),
        1 => Just(Step::Restart),
    ];
    proptest::collection::vec(step, 1..24)
}

/// Lives through the steps, with everything that may hold alerts back or without, and says when
/// it was over.
async fn live(steps: &[Step], with_holds: bool) -> (House, i64) {
    let mut house = House::new().await;
    let mut now = 0;
    house.guests(2, 0.1);
    house.look(now).await;
    for step in steps {
        match step {
            Step::Burn(burns) => house.guests(2, if *burns { 0.95 } else { 0.1 }),
            Step::Lock(locks) if with_holds => house.lock(locks.then_some("backup")),
            Step::Silence(true) if with_holds => house.silence(0, 1_000_000),
            Step::Silence(false) => house.unsilence(),
            Step::Node(status) => house.node(
                [NodeStatus::Online, NodeStatus::Offline, NodeStatus::Unknown][*status as usize],
            ),
            Step::Wait(seconds) => {
                now += 10;
                house.look(now).await;
                now += seconds;
                house.look(now).await;
            }
            Step::Restart => house.restart().await,
            Step::Lock(_) | Step::Silence(true) => {}
        }
    }
    (house, now)
}

fn what_happened(alerts: &[Alert]) -> Vec<(String, String, i64, Option<i64>)> {
    let mut happened: Vec<_> = alerts
        .iter()
        .map(|alert| {
            let ended = alert.resolved_at.map(|at| at.millis());
            let began = alert.started_at.millis();
            (alert.rule.clone(), alert.resource.to_string(), began, ended)
        })
        .collect();
    happened.sort();
    happened
}

async fn check(steps: Vec<Step>) -> Result<(), TestCaseError> {
    let (mut house, mut now) = live(&steps, true).await;
    let (plain, _) = live(&steps, false).await;
    prop_assert_eq!(
        what_happened(&house.ledger().await),
        what_happened(&plain.ledger().await),
        "monitoring and recording are never suppressed"
    );

    // Everything that held alerts back goes away, and time passes without any other change.
    house.unsilence();
    house.lock(None);
    house.node(NodeStatus::Online);
    for wait in [10, 10, 200, 900] {
        now += wait;
        house.look(now).await;
        house.tick(now + 1).await;
    }
    for alert in house.ledger().await {
        let told = house.told_of(&alert).await;
        let count = |event: &str| told.iter().filter(|told| *told == event).count();
        prop_assert!(count("fired") <= 1 && count("resolved") <= 1, "{:?}", told);
        match alert.state {
            AlertState::Firing => {
                prop_assert_eq!(&alert.hold, &None);
                prop_assert_eq!(count("fired"), 1, "what still holds is told at last");
            }
            AlertState::Resolved => prop_assert_eq!(
                count("fired"),
                count("resolved"),
                "an end is told to those who were told the beginning: {:?}",
                alert
            ),
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, max_shrink_iters: 200, ..ProptestConfig::default() })]

    #[test]
    fn telling_is_suppressed_and_monitoring_never(steps in steps()) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.expect("a runtime").block_on(check(steps))?;
    }
}
