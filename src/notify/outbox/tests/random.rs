//! Whatever happens in whatever order: nothing is lost, nothing comes twice, ends follow beginnings.

use std::collections::BTreeMap;
use std::time::Duration;

use proptest::prelude::*;
use serde_json::json;

use super::scene::{Arrived, Scene};
use crate::model::alert::{Alert, Severity};
use crate::notify::message::Occasion;
use crate::notify::tests::another;

const ALERTS: u32 = 6;

#[derive(Clone, Debug)]
enum Happening {
    Fire(u32),
    Worsen(u32),
    Resolve(u32),
    Acknowledge(u32),
    Break,
    Mend,
    Pass(u64),
    Restart,
}

fn happening() -> impl Strategy<Value = Happening> {
    prop_oneof![
        4 => (0..ALERTS).prop_map(Happening::Fire),
        1 => (0..ALERTS).prop_map(Happening::Worsen),
        3 => (0..ALERTS).prop_map(Happening::Resolve),
        1 => (0..ALERTS).prop_map(Happening::Acknowledge),
        1 => Just(Happening::Break),
        1 => Just(Happening::Mend),
        4 => (1_u64..90).prop_map(Happening::Pass),
        1 => Just(Happening::Restart),
    ]
}

/// What was done, and what arrived.
struct Course {
    scene: Scene,
    alerts: BTreeMap<u32, Alert>,
    over: Vec<u32>,
    arrived: Vec<Arrived>,
}

impl Course {
    async fn go(mut self, happening: Happening) -> Self {
        match happening {
            Happening::Fire(number) if !self.alerts.contains_key(&number) => {
                let alert = another(number);
                self.scene.tell(&alert).await;
                self.alerts.insert(number, alert);
            }
            Happening::Worsen(number) if self.is_open(number) => {
                let alert = self.alerts.get_mut(&number).expect("it is open");
                alert.severity = Severity::Critical;
                self.scene.tell(&alert.clone()).await;
            }
            Happening::Acknowledge(number) if self.is_open(number) => {
                let now = self.scene.now;
                let alert = self.alerts.get_mut(&number).expect("it is open");
                alert.acknowledged_at = Some(now);
                let alert = alert.clone();
                self.scene.acknowledge(&alert).await;
            }
            Happening::Resolve(number) if self.is_open(number) => {
                let alert = self.alerts[&number].clone();
                self.scene.resolve(&alert).await;
                self.over.push(number);
            }
            Happening::Break => {
                self.scene.down.insert("chat".into());
            }
            Happening::Mend => self.scene.down.clear(),
            Happening::Pass(steps) => {
                let span = Duration::from_secs(5 * steps);
                self.arrived.extend(self.scene.pass(span).await);
            }
            Happening::Restart => self.scene = self.scene.restart().await,
            _ => {}
        }
        self
    }

    fn is_open(&self, number: u32) -> bool {
        self.alerts.contains_key(&number) && !self.over.contains(&number)
    }

    /// What a channel, or the one in its place, was told of an alert, in order.
    fn told(&self, channels: &[&str], alert: &Alert) -> Vec<Occasion> {
        let to = self
            .arrived
            .iter()
            .filter(|one| channels.contains(&one.channel.as_str()));
        to.flat_map(|one| {
            let lead = (one.message.occasion, &one.message.alert);
            let others = one.message.others.iter();
            std::iter::once(lead).chain(others.map(|news| (news.occasion, &news.alert)))
        })
        .filter(|(_, told)| told.id == alert.id)
        .map(|(occasion, _)| occasion)
        .collect()
    }
}

async fn course(happenings: Vec<Happening>) -> Course {
    let routing = json!({
        "default": {"channels": ["chat", "mail"], "remind_minutes": 20},
        "channels": {
            "chat": {"fallback": "spare", "fallback_minutes": 5},
            "mail": {"rate": {"per_hour": 60, "burst": 2}},
        },
    });
    let channels = ["chat", "mail", "spare"];
    let mut course = Course {
        scene: Scene::routed("2026-11-20T12:00:00Z", &channels, routing).await,
        alerts: BTreeMap::new(),
        over: Vec::new(),
        arrived: Vec::new(),
    };
    for happening in happenings {
        course = course.go(happening).await;
    }
    // In the end everything can be reached, for long enough.
    course = course.go(Happening::Mend).await;
    for alert in course.alerts.values() {
        course.scene.acknowledge(alert).await;
    }
    for number in 0..ALERTS {
        if course.is_open(number) {
            course = course.go(Happening::Resolve(number)).await;
        }
    }
    course.go(Happening::Pass(12 * 60)).await
}

fn check(course: &Course) -> Result<(), TestCaseError> {
    let mut ids: Vec<_> = course.arrived.iter().map(|one| &one.message.id).collect();
    ids.sort();
    let count = ids.len();
    ids.dedup();
    prop_assert_eq!(ids.len(), count, "no message arrives twice under one id");
    for alert in course.alerts.values() {
        for channels in [&["chat", "spare"][..], &["mail"][..]] {
            let told = course.told(channels, alert);
            let beginnings = told
                .iter()
                .filter(|occasion| **occasion == Occasion::Fired)
                .count();
            prop_assert_eq!(
                beginnings,
                1,
                "{:?} to {:?}: {:?}",
                alert.id,
                channels,
                told
            );
            prop_assert_eq!(told[0], Occasion::Fired, "{:?}", told);
            prop_assert_eq!(told.last(), Some(&Occasion::Resolved), "{:?}", told);
        }
        // Of two channels that stand in for each other, one may hear the beginning and the other
        // the end; none hears the end twice, or anything after it.
        for channel in ["chat", "mail", "spare"] {
            let told = course.told(&[channel], alert);
            let end = told
                .iter()
                .position(|occasion| *occasion == Occasion::Resolved);
            prop_assert!(
                end.is_none_or(|end| end + 1 == told.len()),
                "{:?} to {}: {:?}",
                alert.id,
                channel,
                told
            );
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn nothing_is_lost_and_nothing_comes_twice(
        happenings in prop::collection::vec(happening(), 1..25),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime");
        let course = runtime.block_on(course(happenings));
        check(&course)?;
    }
}
