use serde_json::json;

use crate::model::alert::Severity;
use crate::model::backup::Verification;
use crate::model::facts::Facts;
use crate::model::id::ResourceKind;
use crate::rules::tests::backups::{backup, facts, place};
use crate::rules::tests::lab::{DAY, Lab, guest, only, said, severity};

fn seen(newest: Option<Verification>, older: Option<Verification>) -> Facts {
    let backups = vec![backup(10, newest), backup(5, older)];
    facts(vec![place("pbs", Some(backups))], true)
}

fn lab(values: serde_json::Value) -> Lab {
    Lab::with(only(ResourceKind::Guest, "backup_unverified", values), &[])
}

#[test]
fn a_broken_newest_backup_is_critical_until_another_is_the_newest() {
    let mut lab = lab(json!({}));
    assert!(lab.see_facts(0, guest(None), Facts::default()).is_empty());
    assert!(
        lab.see_facts(11 * DAY, guest(None), seen(None, None))
            .is_empty()
    );
    let broken = || seen(Some(Verification::Failed), Some(Verification::Ok));
    let told = lab.see_facts(12 * DAY, guest(None), broken());
    assert_eq!(severity(&told), Some(Severity::Critical));
    assert_eq!(
        said(&told),
        "web1 (guest 100 on pve1): its newest backup on pbs is broken, verifying it failed"
    );
    let told = lab.see_facts(13 * DAY, guest(None), seen(Some(Verification::Ok), None));
    assert!(said(&told).ends_with("no longer in doubt"), "{told:?}");
}

#[test]
fn what_nobody_verifies_for_days_is_told_where_that_is_wanted() {
    let mut quiet = lab(json!({"unverified_days": null}));
    let mut strict = lab(json!({"unverified_days": 14}));
    let late = || seen(None, Some(Verification::Ok));
    assert!(quiet.see_facts(30 * DAY, guest(None), late()).is_empty());
    assert!(strict.see_facts(18 * DAY, guest(None), late()).is_empty());
    let told = strict.see_facts(19 * DAY, guest(None), late());
    assert_eq!(
        said(&told),
        "web1 (guest 100 on pve1): no backup on pbs has been verified for 14 d"
    );
}

#[test]
fn a_backup_on_a_plain_storage_cannot_be_verified() {
    let mut lab = lab(json!({"unverified_days": 1}));
    let mut plain = backup(1, None);
    plain.format = Some("vma.zst".into());
    let facts = facts(vec![place("nas", Some(vec![plain]))], true);
    assert!(lab.see_facts(50 * DAY, guest(None), facts).is_empty());
}
