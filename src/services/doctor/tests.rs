//! What the doctor says of installations that are ill in one way.

use std::time::Duration;

use secrecy::SecretString;

use super::checks;
use super::facts::{self, BackupFacts, DatabaseFacts, DiskFacts, PortFacts, UNIT, UnitFacts};
use super::report::{Report, Verdict};
use super::scrub::Scrub;
use crate::db::Inspection;
use crate::model::id::TargetId;
use crate::model::target::{Failure, FailureKind, MissingPrivilege, Reachability, TargetSummary};
use crate::model::time::Timestamp;

const NOON: Timestamp = Timestamp(1_795_000_000_000);

fn target() -> TargetSummary {
    let id: TargetId = "tgt_home".parse().expect("an id");
    let mut target = TargetSummary::configured(
        id,
        "home".into(),
        "pve",
        "https://pve1.lan:8006".into(),
        true,
    );
    target.reachability = Reachability::Online { since: NOON };
    target
}

fn database(inspected: Option<Result<Inspection, String>>) -> DatabaseFacts {
    DatabaseFacts {
        inspected,
        newest: 8,
        bytes: 3 << 20,
    }
}

fn inspection(schema: u32, problems: &[&str]) -> Inspection {
    Inspection {
        schema,
        problems: problems.iter().map(|it| (*it).to_owned()).collect(),
    }
}

#[test]
fn a_database_is_sound_damaged_too_new_or_not_there() {
    for (facts, verdict, says) in [
        (database(None), Verdict::Note, "none yet"),
        (
            database(Some(Ok(inspection(8, &[])))),
            Verdict::Ok,
            "schema 8, 3 MiB",
        ),
        (
            database(Some(Ok(inspection(8, &["row 3 missing", "page 2"])))),
            Verdict::Problem,
            "row 3 missing (2 findings)",
        ),
        (
            database(Some(Ok(inspection(9, &[])))),
            Verdict::Problem,
            "knows schemas up to 8",
        ),
        (
            database(Some(Err("not a database".into()))),
            Verdict::Problem,
            "not a database",
        ),
    ] {
        let check = checks::database(&facts);
        assert_eq!(check.verdict, verdict, "{check:?}");
        assert!(check.found.contains(says), "{check:?}");
    }
}

#[test]
fn little_room_is_told_before_there_is_none() {
    for (free, verdict) in [
        (Some(8 << 30), Verdict::Ok),
        (Some(300 << 20), Verdict::Warning),
        (Some(1 << 20), Verdict::Problem),
        (None, Verdict::Unknown),
    ] {
        let facts = DiskFacts {
            directory: "/var/lib/homepulse".into(),
            free_bytes: free,
        };
        assert_eq!(checks::disk(&facts).verdict, verdict, "{free:?}");
    }
}

#[test]
fn it_is_our_clock_that_is_off_when_all_others_agree() {
    let skews = |all: &[(&str, i64)]| -> Vec<(String, i64)> {
        all.iter()
            .map(|(name, skew)| ((*name).into(), *skew))
            .collect()
    };
    let fix = |all: &[(&str, i64)]| checks::clock(&skews(all)).fix.concat();
    assert!(fix(&[("a", 9000), ("b", 9100)]).contains("this machine's clock"));
    assert!(fix(&[("a", 9000), ("b", 100)]).contains("on the host"));
    assert!(fix(&[("a", 9000), ("b", -9000)]).contains("on the host"));
    assert_eq!(checks::clock(&skews(&[("a", 400)])).verdict, Verdict::Ok);
    assert_eq!(checks::clock(&[]).verdict, Verdict::Unknown);
}

#[test]
fn a_target_is_told_with_the_commands_that_put_it_right() {
    let mut ill = target();
    let privilege = |name: &str, optional| MissingPrivilege {
        path: "/".into(),
        privilege: name.into(),
        hides: "everything".into(),
        fix: format!("pveum acl modify / --roles {name}"),
        optional,
    };
    ill.missing = vec![
        privilege("Sys.Audit", false),
        privilege("VM.GuestAgent.Audit", true),
    ];
    ill.verifies_certificate = false;
    let found = checks::target(&ill, NOON);
    let said: Vec<(&str, Verdict)> = found.iter().map(|it| (it.id, it.verdict)).collect();
    assert_eq!(
        said,
        [
            ("target", Verdict::Ok),
            ("certificate", Verdict::Warning),
            ("privileges", Verdict::Warning),
            ("privileges", Verdict::Note),
        ]
    );
    assert_eq!(found[2].fix, ["pveum acl modify / --roles Sys.Audit"]);

    ill.reachability = Reachability::Failing {
        since: NOON - Duration::from_secs(600),
        attempts: 7,
        failure: Failure {
            kind: FailureKind::CertificateChanged,
            message: "another certificate".into(),
            fix: Some("compare it".into()),
        },
    };
    let found = checks::target(&ill, NOON);
    assert_eq!(
        (found[0].id, found[0].verdict),
        ("certificate", Verdict::Problem)
    );
    assert!(found[0].found.contains("7 looks in a row, 10 min"));
}

#[test]
fn a_port_that_somebody_else_has_is_found_by_trying() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("its address");
    let taken = checks::port(&facts::port(address));
    assert_eq!(taken.verdict, Verdict::Problem);
    assert!(taken.fix[0].contains(&address.port().to_string()));
    drop(listener);
    assert!(matches!(facts::port(address), PortFacts::Free(_)));
}

#[test]
fn a_unit_that_was_changed_in_place_is_told_from_one_with_a_drop_in() {
    let root = tempfile::tempdir().expect("a directory");
    assert!(matches!(facts::unit(root.path()), UnitFacts::None));
    let folder = root.path().join("etc/systemd/system");
    std::fs::create_dir_all(folder.join("homepulse.service.d")).expect("folders");
    let path = folder.join("homepulse.service");
    // As install.sh writes it.
    let moved = UNIT.replace("ExecStart=/usr/bin/", "ExecStart=/usr/local/bin/");
    std::fs::write(&path, &moved).expect("a unit");
    std::fs::write(folder.join("homepulse.service.d/10-install.conf"), "").expect("a drop-in");
    let same = checks::unit(&facts::unit(root.path()));
    assert_eq!(same.verdict, Verdict::Ok);
    assert!(same.found.contains("10-install.conf"), "{same:?}");
    std::fs::write(&path, moved.replace("NoNewPrivileges=yes", "")).expect("a unit");
    let other = checks::unit(&facts::unit(root.path()));
    assert_eq!(other.verdict, Verdict::Warning);
    assert!(other.found.contains("NoNewPrivileges"), "{other:?}");
}

#[test]
fn backups_that_fail_or_stay_away_are_told() {
    let good = BackupFacts {
        planned: true,
        due: Some(NOON + Duration::from_secs(60)),
        newest_good: Some(NOON - Duration::from_secs(3 * 86_400)),
        last_problem: None,
    };
    let verdict = |facts: &BackupFacts| checks::backups(facts, NOON).verdict;
    assert_eq!(verdict(&good), Verdict::Ok);
    let failed = BackupFacts {
        last_problem: Some("no room".into()),
        ..good.clone()
    };
    assert_eq!(verdict(&failed), Verdict::Problem);
    let overdue = BackupFacts {
        due: Some(NOON - Duration::from_secs(3 * 86_400)),
        ..good.clone()
    };
    assert_eq!(verdict(&overdue), Verdict::Problem);
    let unplanned = BackupFacts {
        planned: false,
        ..good
    };
    assert_eq!(verdict(&unplanned), Verdict::Warning);
}

#[test]
fn a_report_is_as_bad_as_the_worst_in_it() {
    let report = |checks| Report { at: NOON, checks };
    let ok = checks::container(None, false, false);
    assert_eq!(report(vec![ok.clone()]).worst(), Verdict::Ok);
    assert_eq!(
        report(vec![checks::no_targets(), ok]).worst(),
        Verdict::Warning
    );
    assert_eq!(report(Vec::new()).worst(), Verdict::Unknown);
}

#[test]
fn no_secret_is_left_in_a_text_whether_known_or_not() {
    let scrub = Scrub::of(vec![
        SecretString::from("hunter2"),
        SecretString::from("quoted\"secret\\word"),
        SecretString::from("x"),
    ]);
    for (text, clean) in [
        (
            "the password hunter2 is wrong",
            "the password [removed] is wrong",
        ),
        (
            r#"{"error":"quoted\"secret\\word"}"#,
            r#"{"error":"[removed]"}"#,
        ),
        (
            "POST https://hooks.example.org/services/T1/B2/abc failed",
            "POST https://hooks.example.org/[removed] failed",
        ),
        (
            "https://ada:pw@example.org/?token=1",
            "https://example.org/[removed]",
        ),
        (
            "Authorization: Bearer abcdef",
            "Authorization: Bearer [removed]",
        ),
        ("token=abc&x=1", "token=[removed]"),
        (
            "secret 12345678-1234-1234-1234-123456789abc",
            "secret [removed]",
        ),
        ("key 9f86d081884c7d659a2feaa0c55ad015", "key [removed]"),
        ("mail to ada@example.org", "mail to [removed]@example.org"),
        (
            "CPU of guest-100 is at 95 % on pve1.lan:8006",
            "CPU of guest-100 is at 95 % on pve1.lan:8006",
        ),
        ("2026-11-22T17:00:00.000Z", "2026-11-22T17:00:00.000Z"),
        ("user@pve", "user@pve"),
    ] {
        assert_eq!(scrub.clean(text), clean, "{text}");
    }
}
