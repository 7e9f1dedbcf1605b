use serde_json::json;

use crate::model::backup::{BackupJob, Selection};
use crate::model::facts::Facts;
use crate::model::id::ResourceKind;
use crate::model::known::Known;
use crate::model::shared::Shared;
use crate::rules::tests::backups::facts;
use crate::rules::tests::lab::{Lab, guest, only, said};

fn lab() -> Lab {
    let values = json!({"dwell_seconds": 0});
    Lab::with(only(ResourceKind::Guest, "backup_coverage", values), &[])
}

#[test]
fn a_guest_in_no_job_is_told_until_one_takes_it() {
    let mut lab = lab();
    assert!(
        lab.see_facts(0, guest(None), Facts::default()).is_empty(),
        "unknown"
    );
    let told = lab.see_facts(10, guest(None), facts(Vec::new(), false));
    assert_eq!(
        said(&told),
        "web1 (guest 100 on pve1): no backup job takes it"
    );
    assert!(
        lab.see_facts(20, guest(None), Facts::default()).is_empty(),
        "unknown again"
    );
    let told = lab.see_facts(30, guest(None), facts(Vec::new(), true));
    assert!(said(&told).contains("takes it now"), "{told:?}");
}

#[test]
fn where_the_host_does_not_count_the_jobs_tell() {
    let job = |guests| BackupJob {
        id: "nightly".into(),
        enabled: true,
        schedule: None,
        next_run: None,
        storage: None,
        node: None,
        selection: Selection::Guests(guests),
        mode: None,
        keep: Vec::new(),
        comment: None,
    };
    let jobs = |guests| Facts {
        backup_jobs: Known::Is(Shared::new(vec![job(guests)])),
        ..Facts::default()
    };
    let mut lab = lab();
    assert!(lab.see_facts(0, guest(None), jobs(vec![100])).is_empty());
    assert_eq!(lab.see_facts(10, guest(None), jobs(vec![101])).len(), 1);
}

#[test]
fn where_nobody_uses_backup_jobs_guests_are_told_only_if_wanted() {
    let nobody = || Facts {
        backup_jobs: Known::Is(Shared::default()),
        ..facts(Vec::new(), false)
    };
    let mut usual = lab();
    assert!(usual.see_facts(0, guest(None), nobody()).is_empty());
    let values = json!({"dwell_seconds": 0, "without_jobs": true});
    let mut strict = Lab::with(only(ResourceKind::Guest, "backup_coverage", values), &[]);
    assert_eq!(strict.see_facts(0, guest(None), nobody()).len(), 1);
}
