use std::time::Duration;

use proptest::prelude::*;

use super::Fleet;
use crate::model::id::{ResourceId, TargetId};
use crate::model::observation::{Coverage, Observation, Outcome};
use crate::model::resource::{Guest, Resource};
use crate::model::target::{Failure, FailureKind, Reachability, RequestBudget, TargetSummary};
use crate::model::time::Timestamp;

pub(in crate::state) fn summary(id: &TargetId) -> TargetSummary {
    TargetSummary {
        id: id.clone(),
        name: "lab".into(),
        kind: "pve".into(),
        address: "https://192.0.2.1:8006".into(),
        reachability: Reachability::Pending,
        cluster: None,
        version: None,
        quorate: None,
        clock_skew_ms: None,
        missing: Vec::new(),
        requests: RequestBudget::default(),
        look_ms: None,
        verifies_certificate: true,
        last_seen: None,
    }
}

pub(in crate::state) fn guest(target: &TargetId, vmid: u32, name: &str, cpu: f64) -> Resource {
    Resource::Guest(Guest {
        name: name.into(),
        tags: vec!["prod".into()],
        cpu: Some(cpu),
        cpus: Some(2.0),
        ..Guest::bare(target, vmid)
    })
}

pub(in crate::state) fn at(second: i64, target: &TargetId, outcome: Outcome) -> Observation {
    Observation {
        target: target.clone(),
        at: Timestamp::from_seconds(second),
        took: Duration::from_millis(20),
        outcome,
    }
}

pub(in crate::state) fn seen(
    target: &TargetId,
    coverage: Coverage,
    resources: Vec<Resource>,
) -> Outcome {
    Outcome::Seen {
        summary: Box::new(summary(target)),
        coverage,
        resources,
        samples: Vec::new(),
        facts: Box::default(),
        past: Vec::new(),
    }
}

fn failed() -> Outcome {
    Outcome::Failed {
        failure: Failure {
            kind: FailureKind::Timeout,
            message: "no answer".into(),
            fix: None,
        },
    }
}

fn configured(target: &TargetId) -> Fleet {
    let outcome = Outcome::Configured {
        summary: Box::new(summary(target)),
    };
    Fleet::default()
        .merge(at(0, target, outcome), Timestamp(0))
        .0
}

fn step(fleet: &Fleet, observation: Observation) -> (Fleet, super::Diff) {
    let now = observation.at;
    fleet.merge(observation, now)
}

#[test]
fn what_a_complete_look_does_not_mention_is_gone_and_a_partial_one_keeps_it() {
    let target = TargetId::random();
    let both = vec![guest(&target, 1, "a", 0.1), guest(&target, 2, "b", 0.1)];
    let (fleet, _) = step(
        &configured(&target),
        at(10, &target, seen(&target, Coverage::Complete, both)),
    );
    let one = vec![guest(&target, 1, "a", 0.2)];
    let (partial, diff) = step(
        &fleet,
        at(20, &target, seen(&target, Coverage::Partial, one.clone())),
    );
    assert_eq!(
        (
            partial.resources().count(),
            diff.gone.len(),
            diff.changed.len()
        ),
        (2, 0, 1)
    );
    let (complete, diff) = step(
        &fleet,
        at(20, &target, seen(&target, Coverage::Complete, one)),
    );
    assert_eq!(complete.resources().count(), 1);
    assert_eq!(diff.gone, [ResourceId::guest(&target, 2)]);
}

#[test]
fn an_unchanged_resource_is_shared_between_versions() {
    let target = TargetId::random();
    let look = || {
        seen(
            &target,
            Coverage::Complete,
            vec![guest(&target, 1, "a", 0.1)],
        )
    };
    let (first, _) = step(&configured(&target), at(10, &target, look()));
    let (second, diff) = step(&first, at(20, &target, look()));
    assert!(diff.changed.is_empty());
    let id = ResourceId::guest(&target, 1);
    let (a, b) = (
        first.resource(&id).expect("there"),
        second.resource(&id).expect("there"),
    );
    assert!(std::sync::Arc::ptr_eq(a, b));
}

#[test]
fn a_failing_target_keeps_what_was_seen_and_counts_its_failures() {
    let target = TargetId::random();
    let look = seen(
        &target,
        Coverage::Complete,
        vec![guest(&target, 1, "a", 0.1)],
    );
    let (fleet, _) = step(&configured(&target), at(10, &target, look));
    let (fleet, _) = step(&fleet, at(20, &target, failed()));
    let (fleet, diff) = step(&fleet, at(30, &target, failed()));
    assert!(diff.target_changed && diff.gone.is_empty());
    assert_eq!(fleet.resources().count(), 1);
    match &fleet.target(&target).expect("there").summary.reachability {
        Reachability::Failing {
            since, attempts, ..
        } => {
            assert_eq!((*since, *attempts), (Timestamp::from_seconds(20), 2));
        }
        other => panic!("it is {other:?}"),
    }
}

#[test]
fn a_guest_that_the_host_forgot_the_name_of_keeps_it() {
    let target = TargetId::random();
    let named = seen(
        &target,
        Coverage::Complete,
        vec![guest(&target, 1, "web", 0.1)],
    );
    let (fleet, _) = step(&configured(&target), at(10, &target, named));
    let nameless = seen(
        &target,
        Coverage::Complete,
        vec![guest(&target, 1, "", 0.1)],
    );
    let (fleet, _) = step(&fleet, at(20, &target, nameless));
    let guest = fleet.guests().next().expect("there");
    assert_eq!((guest.name.as_str(), guest.tags.len()), ("web", 1));
}

#[test]
fn a_beginning_that_wanders_by_seconds_is_no_change_and_a_restart_is_one() {
    let target = TargetId::random();
    let began = |second| {
        let mut resource = guest(&target, 1, "web", 0.1);
        if let Resource::Guest(guest) = &mut resource {
            guest.started_at = Some(Timestamp::from_seconds(second));
        }
        seen(&target, Coverage::Complete, vec![resource])
    };
    let (fleet, _) = step(&configured(&target), at(1000, &target, began(100)));
    let (fleet, diff) = step(&fleet, at(1010, &target, began(110)));
    assert!(diff.changed.is_empty());
    let (fleet, diff) = step(&fleet, at(1020, &target, began(1015)));
    assert_eq!(diff.changed.len(), 1);
    let started = fleet.guests().next().expect("there").started_at;
    assert_eq!(started, Some(Timestamp::from_seconds(1015)));
}

#[test]
fn an_observation_of_an_unknown_target_changes_nothing() {
    let target = TargetId::random();
    let look = seen(
        &target,
        Coverage::Complete,
        vec![guest(&target, 1, "a", 0.1)],
    );
    let (fleet, diff) = step(&Fleet::default(), at(10, &target, look));
    assert_eq!(fleet.resources().count(), 0);
    assert!(diff.changed.is_empty());
}

#[test]
fn every_name_of_a_guest_leads_to_it() {
    let target = TargetId::random();
    let look = seen(
        &target,
        Coverage::Complete,
        vec![guest(&target, 100, "web", 0.1)],
    );
    let (fleet, _) = step(&configured(&target), at(10, &target, look));
    let id = ResourceId::guest(&target, 100);
    for alias in [id.as_str(), "100", "lab-pve1-100"] {
        assert_eq!(fleet.resolve(alias), Some(id.clone()), "{alias}");
    }
    for stranger in ["101", "lab-pve2-100", "other-pve1-100", "", "guest:x:100"] {
        assert_eq!(fleet.resolve(stranger), None, "{stranger}");
    }
}

proptest! {
    /// Whoever applies every diff to a copy has the same resources as the Fleet itself.
    #[test]
    fn diffs_tell_everything(looks in prop::collection::vec(
        (any::<bool>(), prop::collection::btree_map(0_u32..6, 0_u8..4, 0..6)), 1..12,
    )) {
        let target: TargetId = "tgt_test".parse().expect("an id");
        let mut fleet = configured(&target);
        let mut copy = std::collections::BTreeMap::new();
        for (second, (complete, guests)) in looks.into_iter().enumerate() {
            let coverage = if complete { Coverage::Complete } else { Coverage::Partial };
            let resources = guests
                .into_iter()
                .map(|(vmid, cpu)| guest(&target, vmid, "g", f64::from(cpu)))
                .collect();
            let second = i64::try_from(second).expect("few");
            let (next, diff) = step(&fleet, at(second, &target, seen(&target, coverage, resources)));
            for id in &diff.gone {
                copy.remove(id);
            }
            for id in &diff.changed {
                copy.insert(id.clone(), next.resource(id).expect("changed ones are there").clone());
            }
            fleet = next;
            let real: std::collections::BTreeMap<_, _> =
                fleet.resources().map(|r| (r.id().clone(), r.clone())).collect();
            prop_assert_eq!(&copy, &real);
        }
    }
}
