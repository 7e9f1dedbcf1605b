use serde_json::json;

use crate::model::alert::Transition;
use crate::model::facts::Facts;
use crate::model::id::ResourceKind;
use crate::model::target::{MissingPrivilege, TargetSummary};
use crate::rules::tests::lab::{Lab, only, open, said, summary};

fn with(missing: &[bool]) -> TargetSummary {
    let privilege = |optional: &bool| MissingPrivilege {
        path: "/".into(),
        privilege: "Sys.Audit".into(),
        hides: "nodes and tasks".into(),
        fix: "pveum acl modify / …".into(),
        optional: *optional,
    };
    TargetSummary {
        missing: missing.iter().map(privilege).collect(),
        ..summary()
    }
}

#[test]
fn what_the_token_has_never_had_is_no_alert_until_it_was_there() {
    let settings = || {
        let values = json!({"dwell_seconds": 0});
        only(ResourceKind::Target, "permission_lost", values)
    };
    let mut lab = Lab::with(settings(), &[]);
    let mut see = |seconds, missing| lab.see_target(seconds, with(missing), Facts::default());
    assert!(see(0, &[false]).is_empty(), "first contact");
    assert!(see(10, &[false]).is_empty());
    assert!(see(20, &[]).is_empty(), "somebody granted it");
    let told = see(30, &[false]);
    assert!(said(&told).contains("has lost Sys.Audit"), "{told:?}");
    // After a restart the alert that is open says that it was there once.
    let [Transition::Fire(finding)] = &told[..] else {
        panic!("it fires: {told:?}");
    };
    let mut lab = Lab::with(settings(), &[open(finding)]);
    let mut see = |seconds, missing| lab.see_target(seconds, with(missing), Facts::default());
    assert!(see(40, &[false]).is_empty(), "it goes on");
    assert!(said(&see(50, &[])).contains("may see everything again"));
}

#[test]
fn a_privilege_that_something_needs_is_told_with_the_command_that_grants_it() {
    let settings = only(
        ResourceKind::Target,
        "permission_lost",
        json!({"dwell_seconds": 0}),
    );
    let mut lab = Lab::with(settings, &[]);
    let mut see = |seconds, missing| lab.see_target(seconds, with(missing), Facts::default());
    assert!(see(0, &[]).is_empty());
    assert!(see(10, &[true]).is_empty(), "only details are missing");
    assert_eq!(
        said(&see(20, &[true, false])),
        "homelab: the token has lost Sys.Audit on /, so nodes and tasks is not watched. Run: \
         pveum acl modify / …"
    );
    assert!(said(&see(30, &[])).contains("may see everything again"));
}
