use std::time::Duration;

use super::*;
use crate::model::backup::{Backup, BackupPlace, Backups, Verification};
use crate::model::facts::Facts;
use crate::model::id::TargetId;
use crate::model::known::Known;
use crate::model::observation::{Coverage, Observation, Outcome};
use crate::model::resource::Resource;
use crate::model::shared::Shared;
use crate::model::target::TargetSummary;
use crate::model::task::{Task, TaskOutcome};

/// 2026-11-22 12:00 UTC.
const NOON: Timestamp = Timestamp(1_795_348_800_000);
const DAY: Duration = Duration::from_secs(86_400);

fn guest(target: &TargetId, vmid: u32, name: &str) -> Resource {
    Resource::Guest(Guest {
        name: name.into(),
        ..Guest::bare(target, vmid)
    })
}

fn backup(vmid: u32, at: Timestamp, notes: Option<&str>) -> Backup {
    Backup {
        name: format!("vm/{vmid}/{}", at.seconds()),
        kind: BackupKind::Vm,
        subject: vmid.to_string(),
        vmid: Some(vmid),
        at,
        size: Some(5),
        format: None,
        verification: None,
        protected: false,
        encrypted: None,
        notes: notes.map(str::to_owned),
        owner: None,
    }
}

fn facts(target: &TargetId, name: &str, backups: Vec<Backup>) -> Facts {
    Facts {
        backups: Shared::new(Backups {
            places: vec![BackupPlace {
                resource: ResourceId::storage(target, name, None),
                name: name.into(),
                node: None,
                namespace: None,
                read_at: None,
                backups: Known::Is(Shared::new(backups)),
            }],
        }),
        ..Facts::default()
    }
}

fn with(fleet: Fleet, target: &TargetId, resources: Vec<Resource>, facts: Facts) -> Fleet {
    let summary = || {
        let name = target.to_string();
        Box::new(TargetSummary::configured(
            target.clone(),
            name,
            "pve",
            String::new(),
            true,
        ))
    };
    let observed = |outcome| Observation {
        target: target.clone(),
        at: NOON,
        took: Duration::ZERO,
        outcome,
    };
    let configured = Outcome::Configured { summary: summary() };
    let fleet = fleet.merge(observed(configured), NOON).0;
    let seen = Outcome::Seen {
        summary: summary(),
        coverage: Coverage::Complete,
        resources,
        samples: Vec::new(),
        facts: Box::new(facts),
        past: Vec::new(),
    };
    fleet.merge(observed(seen), NOON).0
}

fn id(text: &str) -> TargetId {
    text.parse().expect("an id")
}

fn calendar() -> Calendar {
    Calendar::ending_at(NOON, 3, 0)
}

#[test]
fn a_backup_seen_through_two_doors_is_one_in_two_places() {
    let (cluster, vault) = (id("tgt_a"), id("tgt_b"));
    let one = backup(100, NOON - DAY, None);
    let verified = Backup {
        verification: Some(Verification::Ok),
        ..one.clone()
    };
    let guests = vec![guest(&cluster, 100, "web")];
    let fleet = with(
        Fleet::default(),
        &cluster,
        guests,
        facts(&cluster, "pbs", vec![one]),
    );
    let fleet = with(
        fleet,
        &vault,
        Vec::new(),
        facts(&vault, "main", vec![verified]),
    );
    let seen = overview(&fleet, &calendar());
    let copies = &seen.guests[0].copies;
    assert_eq!((copies.len(), copies[0].locations.len()), (1, 2));
    assert_eq!(copies[0].verification(), Some(&Verification::Ok));
    assert!(seen.strays.is_empty());
    let states: Vec<DayState> = seen.guests[0].days.iter().map(|day| day.state).collect();
    assert_eq!(states, [DayState::None, DayState::Ok, DayState::None]);
}

#[test]
fn of_two_guests_with_one_number_the_notes_tell_whose_a_backup_is() {
    let (first, second, vault) = (id("tgt_a"), id("tgt_b"), id("tgt_c"));
    let fleet = with(
        Fleet::default(),
        &first,
        vec![guest(&first, 100, "web")],
        Facts::default(),
    );
    let fleet = with(
        fleet,
        &second,
        vec![guest(&second, 100, "mail")],
        Facts::default(),
    );
    let backups = vec![
        backup(100, NOON, Some("mail")),
        backup(100, NOON - DAY, None),
        backup(555, NOON, None),
    ];
    let fleet = with(fleet, &vault, Vec::new(), facts(&vault, "main", backups));
    let seen = overview(&fleet, &calendar());
    let counts: Vec<_> = seen
        .guests
        .iter()
        .map(|one| (one.guest.name.as_str(), one.copies.len()))
        .collect();
    assert_eq!(counts, [("web", 0), ("mail", 1)]);
    let strays: Vec<_> = seen
        .strays
        .iter()
        .map(|stray| (stray.subject, stray.owner))
        .collect();
    assert_eq!(strays, [("100", Owner::Several), ("555", Owner::Gone)]);
}

#[test]
fn a_failed_backup_shows_unless_a_later_one_worked() {
    let cluster = id("tgt_a");
    let failed = |at: Timestamp| Task {
        id: format!("UPID:{}", at.seconds()),
        node: Some("pve1".into()),
        kind: "vzdump".into(),
        subject: Some("100".into()),
        user: None,
        began_at: at,
        ended_at: Some(at),
        outcome: TaskOutcome::Failed("job errors".into()),
    };
    let mut facts = facts(&cluster, "nas", vec![backup(100, NOON, None)]);
    facts.tasks = Known::Is(Shared::new(vec![
        failed(NOON - Duration::from_secs(60)),
        failed(NOON - DAY),
    ]));
    let fleet = with(
        Fleet::default(),
        &cluster,
        vec![guest(&cluster, 100, "web")],
        facts,
    );
    let seen = overview(&fleet, &calendar());
    let states: Vec<DayState> = seen.guests[0].days.iter().map(|day| day.state).collect();
    assert_eq!(
        states,
        [DayState::None, DayState::Failed, DayState::Unverified]
    );
}

#[test]
fn days_are_those_of_the_readers_clock() {
    // 23:30 UTC is the next day where clocks are an hour ahead.
    let late = Timestamp(NOON.millis() + 11 * 3_600_000 + 1_800_000);
    let utc = Calendar::ending_at(late, 2, 0);
    let ahead = Calendar::ending_at(late, 2, 60);
    let starts: Vec<i64> = ahead.starts().map(|at| at.seconds() % 86_400).collect();
    assert_eq!(starts, [82_800, 82_800], "midnight there is 23:00 UTC");
    assert!(ahead.from > utc.from);
}
