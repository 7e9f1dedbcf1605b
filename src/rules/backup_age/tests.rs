use serde_json::json;

use crate::model::alert::Severity;
use crate::model::id::ResourceKind;
use crate::rules::tests::backups::{backup, facts, place};
use crate::rules::tests::lab::{DAY, Lab, guest, only, said, severity};

fn lab() -> Lab {
    let values = json!({"warning": 8, "critical": 30});
    Lab::with(only(ResourceKind::Guest, "backup_age", values), &[])
}

#[test]
fn it_warns_gets_critical_and_ends_with_a_new_backup() {
    let mut lab = lab();
    let old = || facts(vec![place("nas", Some(vec![backup(10, None)]))], true);
    assert!(lab.see_facts(17 * DAY, guest(None), old()).is_empty());
    let told = lab.see_facts(18 * DAY, guest(None), old());
    assert_eq!(severity(&told), Some(Severity::Warning));
    assert_eq!(
        said(&told),
        "web1 (guest 100 on pve1): newest backup on nas is 8 d old, limit 8 d"
    );
    let told = lab.see_facts(41 * DAY, guest(None), old());
    assert_eq!(severity(&told), Some(Severity::Critical));
    let new = facts(
        vec![place("nas", Some(vec![backup(41, None), backup(10, None)]))],
        true,
    );
    let told = lab.see_facts(42 * DAY, guest(None), new);
    assert!(said(&told).ends_with("backed up again"), "{told:?}");
}

#[test]
fn a_place_that_was_not_read_makes_an_old_backup_unknown_but_not_a_fresh_one() {
    let mut lab = lab();
    let partly = |day| {
        let read = place("nas", Some(vec![backup(day, None)]));
        facts(vec![read, place("pbs", None)], true)
    };
    assert!(lab.see_facts(60 * DAY, guest(None), partly(1)).is_empty());
    let whole = facts(vec![place("nas", Some(vec![backup(1, None)]))], true);
    assert_eq!(lab.see_facts(60 * DAY + 10, guest(None), whole).len(), 1);
    assert!(
        lab.see_facts(60 * DAY + 20, guest(None), partly(1))
            .is_empty()
    );
    let told = lab.see_facts(60 * DAY + 30, guest(None), partly(59));
    assert!(said(&told).ends_with("backed up again"), "{told:?}");
}

#[test]
fn a_guest_without_any_backup_counts_once_a_job_takes_it_and_a_night_has_passed() {
    let none = |is_taken| facts(vec![place("nas", Some(Vec::new()))], is_taken);
    let mut lab = lab();
    for day in 0..4 {
        assert!(
            lab.see_facts(day * DAY, guest(None), none(false))
                .is_empty()
        );
    }
    for hour in 0..24 {
        let told = lab.see_facts(5 * DAY + hour * 3600, guest(None), none(true));
        assert!(told.is_empty(), "{told:?}");
    }
    let told = lab.see_facts(6 * DAY, guest(None), none(true));
    assert!(said(&told).ends_with("has no backup at all"), "{told:?}");
}
