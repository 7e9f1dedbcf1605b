use serde_json::json;

use crate::model::facts::Facts;
use crate::model::id::ResourceKind;
use crate::model::known::Known;
use crate::model::resource::{NodeStatus, Resource};
use crate::model::shared::Shared;
use crate::model::task::{Task, TaskOutcome};
use crate::rules::tests::backups::{backup, facts, place, run};
use crate::rules::tests::lab::{DAY, Lab, guest, node, only, said, summary};

fn tasks(tasks: Vec<Task>) -> Facts {
    Facts {
        tasks: Known::Is(Shared::new(tasks)),
        ..Facts::default()
    }
}

fn failed() -> TaskOutcome {
    TaskOutcome::Failed("job errors".into())
}

fn lab(kind: ResourceKind) -> Lab {
    Lab::with(only(kind, "backup_failed", json!({})), &[])
}

#[test]
fn the_latest_backup_of_a_guest_counts() {
    let mut lab = lab(ResourceKind::Guest);
    assert!(lab.see_facts(0, guest(None), Facts::default()).is_empty());
    let told = lab.see_facts(
        100,
        guest(None),
        tasks(vec![run(Some("100"), 50, failed())]),
    );
    assert_eq!(
        said(&told),
        "web1 (guest 100 on pve1): backup failed — job errors"
    );
    // The task is no longer on the host's list, or the list cannot be read.
    assert!(
        lab.see_facts(200, guest(None), tasks(Vec::new()))
            .is_empty()
    );
    assert!(lab.see_facts(300, guest(None), Facts::default()).is_empty());
    let later = vec![
        run(Some("100"), 400, TaskOutcome::Warnings(1)),
        run(Some("100"), 50, failed()),
    ];
    let told = lab.see_facts(500, guest(None), tasks(later));
    assert!(said(&told).ends_with("backed up again"), "{told:?}");
}

#[test]
fn a_newer_backup_outweighs_a_failure() {
    let mut lab = lab(ResourceKind::Guest);
    let mut known = facts(vec![place("nas", Some(vec![backup(2, None)]))], true);
    known.tasks = Known::Is(Shared::new(vec![run(Some("100"), DAY, failed())]));
    assert!(lab.see_facts(3 * DAY, guest(None), known).is_empty());
}

#[test]
fn a_run_over_several_guests_is_the_nodes() {
    let mut lab = lab(ResourceKind::Node);
    let resources = || -> Vec<Resource> { vec![node(NodeStatus::Online)] };
    let told = lab.look(
        100,
        summary(),
        resources(),
        tasks(vec![run(None, 50, failed())]),
    );
    assert_eq!(said(&told), "pve1 (node): backup failed — job errors");
    let running = vec![
        run(None, 150, TaskOutcome::Running),
        run(None, 50, failed()),
    ];
    assert!(
        lab.look(200, summary(), resources(), tasks(running))
            .is_empty()
    );
    let worked = tasks(vec![run(None, 150, TaskOutcome::Ok)]);
    assert_eq!(lab.look(300, summary(), resources(), worked).len(), 1);
}
