use serde_json::json;

use crate::model::facts::Facts;
use crate::model::id::ResourceKind;
use crate::model::known::Known;
use crate::model::resource::{Guest, GuestStatus};
use crate::model::shared::Shared;
use crate::model::task::{Task, TaskOutcome};
use crate::model::time::Timestamp;
use crate::rules::tests::lab::{Lab, guest, only, said};

fn lab() -> Lab {
    let settings = only(
        ResourceKind::Guest,
        "guest_off",
        json!({"dwell_seconds": 60}),
    );
    Lab::with(settings, &[])
}

fn with(status: GuestStatus) -> Guest {
    Guest {
        status,
        ..guest(None)
    }
}

/// The list of tasks, with one that somebody started on a guest.
fn tasks(kind: &str, subject: &str, at: i64) -> Facts {
    let task = Task {
        id: format!("UPID:{kind}:{at}"),
        node: Some("pve1".into()),
        kind: kind.into(),
        subject: Some(subject.into()).filter(|subject: &String| !subject.is_empty()),
        user: Some("root@pam".into()),
        began_at: Timestamp::from_seconds(at),
        ended_at: Some(Timestamp::from_seconds(at + 5)),
        outcome: TaskOutcome::Ok,
    };
    Facts {
        tasks: Known::Is(Shared::new(vec![task])),
        ..Facts::default()
    }
}

fn no_tasks() -> Facts {
    Facts {
        tasks: Known::Is(Shared::default()),
        ..Facts::default()
    }
}

#[test]
fn a_guest_that_stops_without_a_task_is_told_until_it_runs_again() {
    let mut lab = lab();
    assert!(
        lab.see_facts(0, with(GuestStatus::Running), no_tasks())
            .is_empty()
    );
    assert!(
        lab.see_facts(10, with(GuestStatus::Stopped), no_tasks())
            .is_empty()
    );
    let told = lab.see_facts(70, with(GuestStatus::Stopped), no_tasks());
    assert_eq!(
        said(&told),
        "web1 (guest 100 on pve1): off for 1 min, and no task shows that somebody switched it off"
    );
    let told = lab.see_facts(130, with(GuestStatus::Running), no_tasks());
    assert_eq!(
        said(&told),
        "web1 (guest 100 on pve1): runs again after 2 min"
    );
}

#[test]
fn a_task_that_ends_it_explains_it() {
    for (kind, subject) in [("qmshutdown", "100"), ("qmstop", "100"), ("stopall", "")] {
        let mut lab = lab();
        lab.see_facts(1000, with(GuestStatus::Running), no_tasks());
        for seconds in [1010, 1080, 5000] {
            let facts = tasks(kind, subject, 1005);
            let told = lab.see_facts(seconds, with(GuestStatus::Stopped), facts);
            assert!(told.is_empty(), "{kind}: {told:?}");
        }
    }
}

#[test]
fn a_task_of_another_guest_or_of_long_ago_explains_nothing() {
    for (subject, at) in [("101", 9000), ("100", 10)] {
        let mut lab = lab();
        lab.see_facts(
            9000,
            with(GuestStatus::Running),
            tasks("qmshutdown", subject, at),
        );
        let stopped = || with(GuestStatus::Stopped);
        lab.see_facts(9010, stopped(), tasks("qmshutdown", subject, at));
        let told = lab.see_facts(9080, stopped(), tasks("qmshutdown", subject, at));
        assert_eq!(told.len(), 1, "{subject} at {at}");
    }
}

#[test]
fn what_was_never_seen_running_and_what_has_no_list_of_tasks_is_unknown() {
    let mut off_before = lab();
    let mut unread = lab();
    unread.see_facts(0, with(GuestStatus::Running), Facts::default());
    for seconds in [10, 80, 500] {
        let told = off_before.see_facts(seconds, with(GuestStatus::Stopped), no_tasks());
        assert!(told.is_empty(), "{told:?}");
        let told = unread.see_facts(seconds, with(GuestStatus::Stopped), Facts::default());
        assert!(told.is_empty(), "{told:?}");
    }
}

#[test]
fn a_lock_holds_it_back() {
    let mut lab = lab();
    lab.see_facts(0, with(GuestStatus::Running), no_tasks());
    let locked = || Guest {
        lock: Some("backup".into()),
        ..with(GuestStatus::Stopped)
    };
    assert!(lab.see_facts(10, locked(), no_tasks()).is_empty());
    assert!(lab.see_facts(600, locked(), no_tasks()).is_empty());
    lab.see_facts(610, with(GuestStatus::Stopped), no_tasks());
    assert_eq!(
        lab.see_facts(680, with(GuestStatus::Stopped), no_tasks())
            .len(),
        1
    );
}
