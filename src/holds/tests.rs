//! A cluster of two nodes, alerts about what is in it, and what keeps people from being told.

mod lab;

use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::model::alert::Severity;
use crate::model::id::ResourceId;
use crate::model::known::Known;
use crate::model::resource::{GuestStatus, NodeStatus, Resource, StorageStatus};
use crate::model::shared::Shared;
use crate::model::silence::Scope;
use crate::model::task::TaskOutcome;
use lab::*;

const GRACE: Duration = Duration::from_secs(120);
const RECOVERY: Duration = Duration::from_secs(180);
const SETTLE: Duration = Duration::from_secs(60);

fn reason(subject: &Standing, lab: &Lab, now: Timestamp) -> Option<HoldReason> {
    hold_of(subject, &lab.context(), now).map(|hold| hold.reason)
}

#[test]
fn nothing_holds_an_alert_of_a_healthy_cluster() {
    let lab = Lab::new();
    for subject in [
        cpu(100),
        cpu(101),
        off(100),
        node_off("pve1"),
        unreachable(),
    ] {
        assert_eq!(hold_of(&subject, &lab.context(), NOON), None);
    }
}

#[test]
fn a_silence_holds_what_it_means_from_its_beginning_to_its_end() {
    let mut lab = Lab::new();
    lab.silence(Scope {
        tags: vec!["web".into()],
        ..Scope::default()
    });
    let silence = lab.suppressions.silences[0].clone();
    for (at, is_held) in [
        (silence.from - Duration::from_millis(1), false),
        (silence.from, true),
        (silence.until - Duration::from_millis(1), true),
        (silence.until, false),
    ] {
        assert_eq!(hold_of(&cpu(100), &lab.context(), at).is_some(), is_held);
    }
    assert_eq!(reason(&cpu(101), &lab, NOON), None, "it has no such tag");
    let hold = hold_of(&cpu(100), &lab.context(), NOON).expect("held");
    assert_eq!(hold.by, silence.id.as_str());
    assert_eq!(hold.until, Some(silence.until));
}

#[test]
fn every_list_of_a_scope_narrows_it() {
    let alert = cpu(100).alert;
    let lab = Lab::new();
    let hits = |scope: Scope| covers(&scope, &alert, &lab.fleet);
    let only = |change: fn(&mut Scope)| {
        let mut scope = Scope::default();
        change(&mut scope);
        scope
    };
    assert!(!hits(Scope::default()), "saying nothing means nothing");
    assert!(hits(only(|s| s.everything = true)));
    assert!(hits(only(|s| s.nodes = vec!["pve9".into(), "pve1".into()])));
    assert!(hits(only(|s| s.pools = vec!["home".into()])));
    assert!(hits(only(|s| s.subjects = vec!["cpu".into()])));
    assert!(hits(only(|s| s.severities = vec![Severity::Warning])));
    assert!(hits(only(|s| s.targets = vec![target()])));
    assert!(hits(only(
        |s| s.resources = vec![ResourceId::guest(&target(), 100)]
    )));
    assert!(!hits(only(|s| {
        s.nodes = vec!["pve1".into()];
        s.subjects = vec!["disk".into()];
    })));
    assert!(!hits(only(|s| s.severities = vec![Severity::Critical])));
}

#[test]
fn one_alert_of_a_target_or_node_explains_everything_under_it() {
    for (cause, explained) in [
        (
            unreachable(),
            vec![cpu(100), off(101), node_off("pve1"), node_cpu("pve2")],
        ),
        (
            node_off("pve1"),
            vec![cpu(100), off(100), node_cpu("pve1"), storage("local@pve1")],
        ),
    ] {
        let mut lab = Lab::new();
        lab.standing = vec![cause.clone()];
        for subject in explained {
            let hold = hold_of(&subject, &lab.context(), NOON).expect("explained");
            assert_eq!(hold.reason, HoldReason::Inhibited);
            assert_eq!(hold.by, cause.alert.id.as_str());
        }
        assert_eq!(
            hold_of(&cause, &lab.context(), NOON),
            None,
            "the cause is told"
        );
    }
    let mut lab = Lab::new();
    lab.standing = vec![node_off("pve1")];
    assert_eq!(
        reason(&off(101), &lab, NOON),
        None,
        "that is on another node"
    );
    assert_eq!(reason(&storage("nas"), &lab, NOON), None, "that is shared");
}

#[test]
fn a_game_server_is_explained_by_its_guest_its_node_and_their_host() {
    let mut lab = Lab::new();
    assert_eq!(reason(&game_silent(), &lab, NOON), None);
    for cause in [off(100), node_off("pve1"), unreachable()] {
        let id = cause.alert.id.clone();
        lab.standing = vec![cause];
        let hold = hold_of(&game_silent(), &lab.context(), NOON).expect("explained");
        assert_eq!(hold.reason, HoldReason::Inhibited);
        assert_eq!(hold.by, id.as_str());
    }
    for other in [off(101), node_off("pve2")] {
        lab.standing = vec![other];
        assert_eq!(reason(&game_silent(), &lab, NOON), None);
    }
}

#[test]
fn a_late_backup_of_a_game_server_waits_for_what_the_server_stands_on() {
    for cause in [off(100), node_off("pve1"), unreachable()] {
        let mut lab = Lab::new();
        assert_eq!(reason(&game_backup_late(), &lab, NOON), None, "it is told");
        let id = cause.alert.id.clone();
        lab.standing = vec![cause];
        let hold = hold_of(&game_backup_late(), &lab.context(), NOON).expect("explained");
        assert_eq!(
            (hold.reason, &*hold.by),
            (HoldReason::Inhibited, id.as_str())
        );
    }
    let mut lab = Lab::new();
    // A server that is silent may well be backed up, and one elsewhere says nothing of this one.
    lab.standing = vec![game_silent(), off(101), node_off("pve2")];
    assert_eq!(reason(&game_backup_late(), &lab, NOON), None);
}

#[test]
fn a_guest_that_moved_away_from_a_dead_node_is_told_again() {
    let mut lab = Lab::new();
    lab.standing = vec![node_off("pve1")];
    lab.see(|resource| {
        if let Resource::Guest(guest) = resource
            && guest.vmid == 100
        {
            guest.node = "pve2".into();
        }
    });
    assert_eq!(reason(&off(100), &lab, NOON), None);
}

#[test]
fn a_storage_that_is_down_explains_guests_on_it_and_only_what_it_can() {
    let mut lab = Lab::new();
    let mut down = storage("nas");
    down.alert.rule = "threshold".into();
    down.alert.subject = "disk".into();
    down.alert.severity = Severity::Critical;
    lab.standing = vec![down.clone()];
    assert_eq!(reason(&off(100), &lab, NOON), Some(HoldReason::Inhibited));
    assert_eq!(reason(&cpu(100), &lab, NOON), None);
    assert_eq!(
        reason(&off(101), &lab, NOON),
        None,
        "its disks are elsewhere"
    );
    lab.standing[0].alert.severity = Severity::Warning;
    assert_eq!(reason(&off(100), &lab, NOON), None, "there is room left");
}

#[test]
fn what_fires_before_its_cause_waits_for_it_but_not_for_ever() {
    for status in [NodeStatus::Offline, NodeStatus::Unknown] {
        let mut lab = Lab::new();
        lab.see(|resource| {
            if let Resource::Node(node) = resource
                && node.name == "pve1"
            {
                node.status = status;
            }
        });
        let early = cpu(100);
        let hold = hold_of(&early, &lab.context(), NOON).expect("it waits");
        assert_eq!(hold.by, ResourceId::node(&target(), "pve1").as_str());
        assert_eq!(hold.until, Some(NOON + GRACE));
        assert_eq!(
            reason(&early, &lab, NOON + GRACE),
            None,
            "it has waited enough"
        );

        lab.standing = vec![node_off("pve1")];
        let hold = hold_of(&early, &lab.context(), NOON + GRACE).expect("explained");
        assert_eq!(hold.by, lab.standing[0].alert.id.as_str());
    }
    let mut lab = Lab::new();
    lab.fail();
    assert_eq!(reason(&cpu(100), &lab, NOON), Some(HoldReason::Inhibited));
    assert_eq!(hold_of(&unreachable(), &lab.context(), NOON), None);
}

#[test]
fn what_was_explained_gets_time_to_come_back() {
    let mut lab = Lab::new();
    let mut cause = node_off("pve1").alert;
    let mut subject = off(100);
    subject.alert.hold = held(HoldReason::Inhibited, cause.id.as_str());
    cause.resolved_at = Some(NOON);
    lab.ended = vec![cause];
    let hold = hold_of(&subject, &lab.context(), NOON).expect("still held");
    assert_eq!(hold.until, Some(NOON + RECOVERY));
    assert_eq!(
        reason(&subject, &lab, NOON + RECOVERY),
        None,
        "it did not come back"
    );
}

#[test]
fn a_lock_explains_load_and_absence_but_never_a_full_disk() {
    for lock in [
        "backup",
        "migrate",
        "snapshot",
        "snapshot-delete",
        "rollback",
        "clone",
    ] {
        let mut lab = Lab::new();
        lab.lock(100, Some(lock));
        let hold = hold_of(&cpu(100), &lab.context(), NOON).expect("held");
        assert_eq!((hold.reason, hold.by.as_str()), (HoldReason::Locked, lock));
        assert_eq!(reason(&off(100), &lab, NOON), Some(HoldReason::Locked));
        let mut full = cpu(100);
        full.alert.subject = "disk".into();
        assert_eq!(reason(&full, &lab, NOON), None);
        assert_eq!(reason(&cpu(101), &lab, NOON), None);
        let yesterday = Standing {
            entered_at: NOON - Duration::from_secs(86_400),
            ..cpu(100)
        };
        assert_eq!(
            reason(&yesterday, &lab, NOON),
            None,
            "such a lock was left behind"
        );
    }
    let mut lab = Lab::new();
    lab.lock(100, Some("suspended"));
    assert_eq!(reason(&cpu(100), &lab, NOON), None, "that is no work");
}

#[test]
fn figures_may_settle_after_a_lock_and_then_the_truth_is_told() {
    let mut lab = Lab::new();
    let mut subject = cpu(100);
    lab.lock(100, Some("backup"));
    subject.alert.hold = hold_of(&subject, &lab.context(), NOON);
    lab.lock(100, None);
    subject.alert.hold = hold_of(&subject, &lab.context(), NOON);
    let hold = subject.alert.hold.clone().expect("it settles");
    assert_eq!(hold.until, Some(NOON + SETTLE));
    assert_eq!(reason(&subject, &lab, NOON + SETTLE), None);
    subject.alert.hold = None;
    assert_eq!(
        reason(&subject, &lab, NOON),
        None,
        "what was not held does not settle"
    );
}

#[test]
fn a_running_backup_task_explains_the_guest_and_the_disks_of_its_node() {
    let mut lab = Lab::new();
    lab.tasks(vec![task("vzdump", Some("100"), TaskOutcome::Running)]);
    assert_eq!(reason(&cpu(100), &lab, NOON), Some(HoldReason::Locked));
    assert_eq!(reason(&cpu(101), &lab, NOON), None);
    let mut wait = node_cpu("pve1");
    assert_eq!(
        reason(&wait, &lab, NOON),
        None,
        "backups do not explain a node's CPU"
    );
    wait.alert.subject = "iowait".into();
    assert_eq!(reason(&wait, &lab, NOON), Some(HoldReason::Locked));
    lab.tasks(vec![task("vzdump", Some("100"), TaskOutcome::Ok)]);
    assert_eq!(reason(&wait, &lab, NOON), None);
}

#[test]
fn a_guest_that_somebody_switched_off_is_not_told_until_it_runs_again() {
    let mut lab = Lab::new();
    lab.tasks(vec![task("qmshutdown", Some("100"), TaskOutcome::Ok)]);
    let mut subject = off(100);
    let hold = hold_of(&subject, &lab.context(), NOON).expect("planned");
    assert_eq!(hold.by, "qmshutdown by ada@pve");
    assert_eq!(reason(&off(101), &lab, NOON), None, "that one crashed");
    assert_eq!(
        reason(&cpu(100), &lab, NOON),
        None,
        "that is something else"
    );

    subject.alert.hold = Some(hold);
    lab.tasks(Vec::new());
    let next_week = NOON + Duration::from_secs(7 * 86_400);
    assert_eq!(reason(&subject, &lab, next_week), Some(HoldReason::Planned));
}

#[test]
fn a_task_long_ago_or_one_that_failed_explains_nothing() {
    let mut lab = Lab::new();
    let mut old = task("qmstop", Some("100"), TaskOutcome::Ok);
    old.began_at = NOON - Duration::from_secs(3600);
    old.ended_at = Some(NOON - Duration::from_secs(3500));
    lab.tasks(vec![old]);
    assert_eq!(reason(&off(100), &lab, NOON), None);
    lab.tasks(vec![task(
        "qmstop",
        Some("100"),
        TaskOutcome::Failed("no".into()),
    )]);
    assert_eq!(reason(&off(100), &lab, NOON), None);
}

#[test]
fn while_tasks_are_not_read_yet_an_absence_waits() {
    let mut lab = Lab::new();
    lab.facts(|facts| facts.tasks = Known::default());
    assert_eq!(reason(&off(100), &lab, NOON), Some(HoldReason::Planned));
    assert_eq!(reason(&off(100), &lab, NOON + GRACE), None);
    let mut subject = off(100);
    subject.alert.hold = hold_of(&subject, &lab.context(), NOON);
    lab.facts(|facts| facts.tasks = Known::Is(Shared::default()));
    assert_eq!(reason(&subject, &lab, NOON), None, "nobody switched it off");
}

#[test]
fn a_node_in_maintenance_holds_what_is_on_it() {
    let mut lab = Lab::new();
    lab.see(|resource| {
        if let Resource::Node(node) = resource
            && node.name == "pve1"
        {
            node.ha_state = Some("maintenance".into());
        }
    });
    for subject in [cpu(100), node_off("pve1"), storage("local@pve1")] {
        assert_eq!(
            reason(&subject, &lab, NOON),
            Some(HoldReason::NodeMaintenance)
        );
    }
    assert_eq!(reason(&cpu(101), &lab, NOON), None);
}

#[test]
fn what_comes_and_goes_is_held_until_it_stays() {
    let lab = Lab::new();
    let minutes = |minutes: u64| Duration::from_secs(minutes * 60);
    let starts = |count: u64| {
        (0..count)
            .map(|n| NOON - minutes(n * 10))
            .collect::<Vec<_>>()
    };
    let flapping = |count, was_flapping| Standing {
        starts: starts(count),
        was_flapping,
        ..cpu(100)
    };
    assert_eq!(reason(&flapping(3, false), &lab, NOON), None);
    assert_eq!(
        reason(&flapping(4, false), &lab, NOON),
        Some(HoldReason::Flapping)
    );
    assert_eq!(
        reason(&flapping(3, true), &lab, NOON),
        Some(HoldReason::Flapping)
    );
    assert_eq!(
        reason(&flapping(1, true), &lab, NOON),
        None,
        "it was quiet for an hour"
    );
    let subject = flapping(4, false);
    let hold = hold_of(&subject, &lab.context(), NOON).expect("held");
    assert_eq!(hold.by, "began 4 times within 60 min");
    assert_eq!(
        reason(&subject, &lab, NOON + minutes(15)),
        None,
        "it stays: that is the truth"
    );
}

#[test]
fn people_say_what_flapping_is_and_how_long_is_waited() {
    let mut lab = Lab::new();
    let subject = Standing {
        starts: vec![NOON, NOON - Duration::from_secs(1200)],
        ..cpu(100)
    };
    assert_eq!(reason(&subject, &lab, NOON), None);
    lab.suppressions.waits = Waits {
        flapping_count: Some(2),
        flapping_minutes: 30,
        steady_minutes: 5,
        ..Waits::default()
    };
    let hold = hold_of(&subject, &lab.context(), NOON).expect("held");
    assert_eq!(hold.by, "began 2 times within 30 min");
    assert_eq!(hold.until, Some(NOON + Duration::from_secs(300)));
    lab.suppressions.waits.flapping_minutes = 20;
    assert_eq!(reason(&subject, &lab, NOON), None, "too long ago");
    lab.suppressions.waits.flapping_count = None;
    assert_eq!(reason(&subject, &lab, NOON), None, "nothing flaps");
}

#[test]
fn after_a_start_what_was_held_by_evidence_stays_so_until_somebody_has_looked() {
    for (reason, stays) in [
        (HoldReason::Locked, true),
        (HoldReason::Planned, true),
        (HoldReason::NodeMaintenance, true),
        (HoldReason::Inhibited, true),
        (HoldReason::Silenced, false),
        (HoldReason::Maintenance, false),
    ] {
        let lab = Lab::unseen();
        let mut subject = off(100);
        subject.alert.hold = held(reason, "something");
        let hold = hold_of(&subject, &lab.context(), NOON);
        let kept = subject.alert.hold.filter(|_| stays);
        assert_eq!(hold, kept, "{reason:?}");
    }
}

#[test]
fn a_hold_remembers_since_when() {
    let mut lab = Lab::new();
    lab.lock(100, Some("backup"));
    let mut subject = cpu(100);
    subject.alert.hold = hold_of(&subject, &lab.context(), NOON);
    let later = NOON + Duration::from_secs(30);
    let hold = hold_of(&subject, &lab.context(), later);
    assert_eq!(hold, subject.alert.hold);
    lab.silence(Scope {
        everything: true,
        ..Scope::default()
    });
    let hold = hold_of(&subject, &lab.context(), later).expect("held");
    assert_eq!((hold.reason, hold.since), (HoldReason::Silenced, later));
}

proptest! {
    /// Whatever holds an alert, judging it again at the same moment changes nothing; and nothing
    /// that rests on no evidence holds an alert for ever.
    #[test]
    fn judging_again_changes_nothing_and_every_wait_ends(
        lock in proptest::option::of("backup|migrate|suspended"),
        node_status in 0_u8..3,
        guest_runs: bool,
        maintenance: bool,
        fails: bool,
        starts in 1_u64..8,
        was_flapping: bool,
        kind in 0_u8..4,
        storage_down: bool,
        knows_tasks: bool,
    ) {
        let mut lab = Lab::new();
        lab.lock(100, lock.as_deref());
        lab.see(|resource| match resource {
            Resource::Node(node) if node.name == "pve1" => {
                node.status = [NodeStatus::Online, NodeStatus::Offline, NodeStatus::Unknown][node_status as usize];
                node.ha_state = maintenance.then(|| "maintenance".into());
            }
            Resource::Guest(guest) if !guest_runs => guest.status = GuestStatus::Stopped,
            Resource::Storage(storage) if storage_down => storage.status = StorageStatus::Unknown,
            _ => {}
        });
        if !knows_tasks {
            lab.facts(|facts| facts.tasks = Known::default());
        }
        if fails {
            lab.fail();
        }
        let mut subject = match kind {
            0 => cpu(100),
            1 => off(100),
            2 => node_cpu("pve1"),
            _ => storage("nas"),
        };
        subject.starts = (0..starts).map(|n| NOON - Duration::from_secs(n * 300)).collect();
        subject.was_flapping = was_flapping;
        let first = hold_of(&subject, &lab.context(), NOON);
        subject.alert.hold.clone_from(&first);
        prop_assert_eq!(&hold_of(&subject, &lab.context(), NOON), &first);

        // A day later only what can be seen on the spot still holds it.
        let later = NOON + Duration::from_secs(86_400);
        let hold = hold_of(&subject, &lab.context(), later);
        prop_assert!(hold.is_none() || maintenance, "{:?}", hold);
    }
}
