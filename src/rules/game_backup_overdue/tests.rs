use std::collections::HashMap;
use std::sync::Arc;

use serde_json::json;

use crate::model::alert::Severity;
use crate::model::id::ResourceKind;
use crate::model::resource::Resource;
use crate::model::time::Timestamp;
use crate::rules::explain::{Setting, Standing, explain};
use crate::rules::settings::LevelName;
use crate::rules::tests::lab::{Lab, game, only, said, severity, target};
use crate::rules::{BackupDue, Forecasts, RuleSettings};

const HOUR: i64 = 3600;

fn settings() -> Arc<RuleSettings> {
    let values = json!({"warning": 6, "critical": 72});
    Arc::new(only(ResourceKind::Game, "game_backup_overdue", values))
}

fn lab() -> Lab {
    Lab::with((*settings()).clone(), &[])
}

/// The plan wants a backup at `due_at`, the last good one was made at `last_good`.
fn plan(lab: &mut Lab, due: Option<(i64, Option<i64>)>) {
    let due = due.map(|(due_at, last_good)| BackupDue {
        due_at: Timestamp::from_seconds(due_at),
        last_good: last_good.map(Timestamp::from_seconds),
    });
    lab.judge.foresee(Arc::new(Forecasts {
        backups: Some(due.into_iter().map(|due| (game().id, due)).collect()),
        ..Forecasts::default()
    }));
}

fn seen() -> Vec<Resource> {
    vec![Resource::Game(game())]
}

#[test]
fn a_backup_that_does_not_come_is_told_gets_worse_and_ends_with_a_good_one() {
    let mut lab = lab();
    let due_at = 48 * HOUR;
    plan(&mut lab, Some((due_at, Some(24 * HOUR))));
    assert!(lab.see(due_at - HOUR, seen()).is_empty());
    assert!(lab.see(due_at + 5 * HOUR, seen()).is_empty(), "the grace");
    let told = lab.see(due_at + 7 * HOUR, seen());
    assert_eq!(severity(&told), Some(Severity::Warning));
    let text = said(&told);
    assert!(text.contains("its backup is 7 h late"), "{text}");
    assert!(text.contains("the last good one is 1 d 7 h old"), "{text}");
    let told = lab.see(due_at + 80 * HOUR, seen());
    assert_eq!(severity(&told), Some(Severity::Critical));
    plan(
        &mut lab,
        Some((due_at + 96 * HOUR, Some(due_at + 80 * HOUR))),
    );
    let told = lab.see(due_at + 81 * HOUR, seen());
    assert!(said(&told).contains("has a good backup again"), "{told:?}");
}

#[test]
fn one_that_never_had_a_good_one_is_told_so_and_one_without_a_plan_is_left_alone() {
    let mut lab = lab();
    assert!(
        lab.see(10 * HOUR, seen()).is_empty(),
        "nobody has read the plans"
    );
    plan(&mut lab, Some((HOUR, None)));
    let told = lab.see(10 * HOUR, seen());
    assert!(said(&told).contains("there is no good one"), "{told:?}");
    plan(&mut lab, None);
    let told = lab.see(11 * HOUR, seen());
    assert!(
        said(&told).contains("no plan makes backups of it"),
        "{told:?}"
    );
}

#[test]
fn another_servers_plan_says_nothing_of_this_one() {
    let mut lab = lab();
    let mut other = game();
    other.id = "game:tgt_lab:another".parse().expect("an id");
    let due = BackupDue {
        due_at: Timestamp::from_seconds(0),
        last_good: None,
    };
    lab.judge.foresee(Arc::new(Forecasts {
        backups: Some(HashMap::from([(other.id, due)])),
        ..Forecasts::default()
    }));
    assert!(lab.see(100 * HOUR, seen()).is_empty());
}

#[test]
fn it_explains_how_late_a_backup_is_and_which_level_says_so() {
    let mut lab = lab();
    let due_at = 48 * HOUR;
    let explained = |lab: &Lab, at: i64| {
        let view = lab.fleet.target(&target()).expect("the target");
        let (id, now) = (game().id, Timestamp::from_seconds(at));
        let recall = lab.judge.recall(Some(&id));
        let mut found = explain(&settings(), view, &id, Some("backup"), &recall, now).rules;
        assert_eq!(found.len(), 1, "{found:?}");
        found.remove(0)
    };
    plan(&mut lab, Some((due_at, Some(24 * HOUR))));
    let _ = lab.see(due_at + 5 * HOUR, seen());
    let one = explained(&lab, due_at + 5 * HOUR);
    assert_eq!(
        (one.rule, one.standing),
        ("game_backup_overdue", Standing::Within)
    );
    assert_eq!(one.saw.and_then(|saw| saw.value()), Some(5.0));
    let Setting::Values(values) = &one.setting else {
        panic!("the rule's own settings: {:?}", one.setting);
    };
    let last = values.steps.last().expect("a level");
    assert_eq!(last.level, LevelName::Kind(ResourceKind::Game));
    let _ = lab.see(due_at + 7 * HOUR, seen());
    let one = explained(&lab, due_at + 7 * HOUR);
    assert_eq!(one.saw.and_then(|saw| saw.value()), Some(7.0));
    let severity = Severity::Warning;
    let since = Timestamp::from_seconds(due_at + 7 * HOUR);
    assert_eq!(one.standing, Standing::Firing { severity, since });
    plan(&mut lab, None);
    let _ = lab.see(due_at + 8 * HOUR, seen());
    let why = "no plan makes backups of it";
    assert_eq!(
        explained(&lab, due_at + 8 * HOUR).standing,
        Standing::Moot { why }
    );
}
