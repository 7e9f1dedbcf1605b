use std::sync::Arc;

use super::*;
use crate::model::facts::Facts;
use crate::model::known::Known;
use crate::model::observation::{Coverage, Observation, Outcome};
use crate::model::resource::{GuestKind, GuestStatus, Rates, Usage};
use crate::model::shared::Shared;
use crate::model::target::TargetSummary;
use crate::model::task::{Task, TaskOutcome};
use crate::state::Fleet;

const START: Timestamp = Timestamp(1_795_000_000_000);

fn at(minutes: u64) -> Timestamp {
    START + Duration::from_secs(minutes * 60)
}

fn guest(vmid: u32) -> Guest {
    let target: TargetId = "tgt_lab".parse().unwrap();
    Guest {
        id: ResourceId::guest(&target, vmid),
        vmid,
        name: format!("guest-{vmid}"),
        node: "pve1".into(),
        kind: GuestKind::Vm,
        status: GuestStatus::Running,
        status_word: None,
        template: false,
        lock: None,
        tags: Vec::new(),
        pool: None,
        ha_state: None,
        cpu: Some(0.1),
        cpus: Some(1.0),
        memory: Usage::default(),
        memory_source: None,
        disk: Usage::default(),
        disk_source: None,
        rates: Rates::default(),
        started_at: Some(START),
        facts: Shared::default(),
    }
}

struct Watch {
    fleet: Fleet,
    noticed: Noticed,
}

impl Watch {
    fn new() -> Self {
        let mut watch = Self {
            fleet: Fleet::default(),
            noticed: Noticed::after(HashMap::new()),
        };
        let summary = TargetSummary::configured(
            "tgt_lab".parse().unwrap(),
            "lab".into(),
            "pve",
            "x".into(),
            true,
        );
        let outcome = Outcome::Configured {
            summary: Box::new(summary),
        };
        assert_eq!(watch.observe(outcome, at(0)), []);
        watch
    }

    fn see(&mut self, guests: Vec<Guest>, tasks: Vec<Task>, now: Timestamp) -> Vec<Change> {
        let summary = TargetSummary::configured(
            "tgt_lab".parse().unwrap(),
            "lab".into(),
            "pve",
            "x".into(),
            true,
        );
        let facts = Facts {
            tasks: Known::Is(Shared::new(tasks)),
            ..Facts::default()
        };
        let outcome = Outcome::Seen {
            summary: Box::new(summary),
            coverage: Coverage::Complete,
            resources: guests.into_iter().map(Resource::Guest).collect(),
            samples: Vec::new(),
            facts: Box::new(facts),
            past: Vec::new(),
        };
        self.observe(outcome, now)
    }

    /// What the look adds, first sightings left out.
    fn observe(&mut self, outcome: Outcome, now: Timestamp) -> Vec<Change> {
        let target: TargetId = "tgt_lab".parse().unwrap();
        let before = self.fleet.target(&target).cloned();
        let observation = Observation {
            target: target.clone(),
            at: now,
            took: Duration::ZERO,
            outcome,
        };
        let (fleet, diff) = self.fleet.merge(observation, now);
        self.fleet = fleet;
        let after = self.fleet.target(&target).map(Arc::clone);
        self.noticed
            .look(before.as_deref(), after.as_deref(), &diff, now);
        let mut all = std::mem::take(&mut self.noticed.changes);
        all.retain(|change| change.before.is_some());
        all
    }
}

fn told(changes: &[Change]) -> Vec<(Attribute, &str, &str)> {
    let told = changes.iter().map(|change| {
        let before = change.before.as_deref().unwrap_or_default();
        (change.attribute, before, change.after.as_str())
    });
    told.collect()
}

#[test]
fn the_first_look_is_no_change_and_a_later_guest_is_one() {
    let mut watch = Watch::new();
    assert_eq!(watch.see(vec![guest(100)], vec![], at(0)), []);
    let changes = watch.see(vec![guest(100), guest(101)], vec![], at(1));
    assert_eq!(told(&changes), [(Attribute::Presence, ABSENT, HERE)]);
    let changes = watch.see(vec![guest(100)], vec![], at(2));
    assert_eq!(told(&changes), [(Attribute::Presence, HERE, ABSENT)]);
    let changes = watch.see(vec![guest(100), guest(101)], vec![], at(3));
    assert_eq!(told(&changes), [(Attribute::Presence, ABSENT, HERE)]);
}

#[test]
fn figures_are_no_changes_and_a_move_is_one() {
    let mut watch = Watch::new();
    watch.see(vec![guest(100)], vec![], at(0));
    let busy = Guest {
        cpu: Some(0.9),
        // Hosts tell uptimes that are some seconds old.
        started_at: Some(START + Duration::from_secs(40)),
        ..guest(100)
    };
    assert_eq!(watch.see(vec![busy], vec![], at(1)), []);
    let moved = Guest {
        node: "pve2".into(),
        tags: vec!["a".into(), "b".into()],
        started_at: Some(at(2)),
        ..guest(100)
    };
    let changes = watch.see(vec![moved], vec![], at(2));
    let boot = (START.millis().to_string(), at(2).millis().to_string());
    assert_eq!(
        told(&changes),
        [
            (Attribute::Node, "pve1", "pve2"),
            (Attribute::Tags, "", "a;b"),
            (Attribute::Boot, &*boot.0, &*boot.1),
        ]
    );
}

#[test]
fn what_changed_while_nobody_looked_is_noticed_with_the_first_look() {
    let mut watch = Watch::new();
    watch.see(vec![guest(100)], vec![], at(0));
    let recorded = watch.noticed.recorded.clone();
    let mut again = Watch::new();
    again.noticed = Noticed::after(recorded);
    let renamed = Guest {
        name: "other".into(),
        ..guest(100)
    };
    let changes = again.see(vec![renamed], vec![], at(60));
    assert_eq!(told(&changes), [(Attribute::Name, "guest-100", "other")]);
}

#[test]
fn a_host_that_invents_names_cannot_fill_the_disk() {
    let mut watch = Watch::new();
    watch.see((1..=1000).map(guest).collect(), vec![], at(0));
    let mut noted = 0;
    for look in 1..20 {
        let guests = (1..=1000).map(|vmid| Guest {
            name: format!("{}{look}", "x".repeat(1000)),
            ..guest(vmid)
        });
        let changes = watch.see(guests.collect(), vec![], at(look));
        let longest = changes.iter().map(|change| change.after.len()).max();
        assert!(longest.is_none_or(|length| length <= VALUE_LENGTH));
        noted += changes.len();
    }
    // A name that is cut is always the same.
    assert_eq!(noted, 1000);
    for look in 20..40 {
        let guests = (1..=1000).map(|vmid| Guest {
            name: format!("{look}"),
            ..guest(vmid)
        });
        noted += watch.see(guests.collect(), vec![], at(look)).len();
    }
    assert_eq!(noted, HOURLY);
    let guests = (1..=1000).map(guest).collect();
    assert_eq!(watch.see(guests, vec![], at(61)).len(), 1000);
}

#[test]
fn a_task_is_kept_when_it_has_ended() {
    let mut watch = Watch::new();
    let task = |id: &str, ended: bool| Task {
        id: id.to_owned(),
        node: Some("pve1".into()),
        kind: "vzdump".into(),
        subject: None,
        user: None,
        began_at: START,
        ended_at: ended.then(|| at(1)),
        outcome: TaskOutcome::Unknown,
    };
    let ids = |watch: &mut Watch| -> Vec<String> {
        let tasks = std::mem::take(&mut watch.noticed.tasks);
        tasks.into_iter().map(|ended| ended.task.id).collect()
    };
    watch.see(vec![], vec![task("1", true), task("2", false)], at(0));
    assert_eq!(ids(&mut watch), ["1"]);
    watch.see(vec![], vec![task("1", true), task("2", true)], at(1));
    assert_eq!(ids(&mut watch), ["2"]);
}
