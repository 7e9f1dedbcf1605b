use serde_json::json;

use crate::model::facts::Facts;
use crate::model::id::ResourceKind;
use crate::model::target::{MissingPrivilege, TargetSummary};
use crate::rules::tests::lab::{Lab, only, said, summary};

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
        "homelab: the token lacks Sys.Audit on /, so nodes and tasks is not watched. Run: pveum \
         acl modify / …"
    );
    assert!(said(&see(30, &[])).contains("may see everything again"));
}
