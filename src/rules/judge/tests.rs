use serde_json::json;

use crate::rules::tests::lab::{Lab, guest, node, only, said, storage, target};

use crate::model::alert::{Alert, AlertState, Severity, Transition};
use crate::model::id::{AlertId, ResourceId, ResourceKind, TargetId};
use crate::model::observation::Outcome;
use crate::model::resource::{GuestStatus, NodeStatus, Resource};
use crate::model::target::FailureKind;
use crate::model::time::Timestamp;
use crate::rules::RuleSettings;
use crate::state::Diff;

#[test]
fn a_guest_above_its_limit_fires_once_and_says_so_in_a_sentence() {
    let mut lab = Lab::new();
    assert!(lab.see_cpu(0, 0.93).is_empty());
    assert!(lab.see_cpu(290, 0.93).is_empty());
    let told = lab.see_cpu(300, 0.93);
    assert!(matches!(told[..], [Transition::Fire(_)]), "{told:?}");
    assert_eq!(
        said(&told),
        "web1 (guest 100 on pve1): CPU at 93 % for 5 min, limit 90 %"
    );
    assert!(lab.see_cpu(310, 0.93).is_empty());
    assert!(lab.see_cpu(320, 0.85).is_empty());
    assert_eq!(
        said(&lab.see_cpu(330, 0.6)),
        "web1 (guest 100 on pve1): CPU at 60 % again after 5 min, below 80 %"
    );
    assert!(lab.see_cpu(340, 0.6).is_empty());
}

#[test]
fn what_waits_for_its_dwell_is_known_with_the_moment_it_fires() {
    let mut lab = Lab::new();
    assert_eq!(lab.judge.waiting(), []);
    lab.see_cpu(20, 0.93);
    let waiting = lab.judge.waiting();
    assert_eq!(waiting.len(), 1, "{waiting:?}");
    let finding = &waiting[0].finding;
    assert_eq!(waiting[0].fires_at, Timestamp::from_seconds(320));
    assert_eq!(
        (finding.rule, finding.severity),
        ("threshold", Severity::Warning)
    );
    assert_eq!(finding.value, Some(0.93));
    assert!(
        finding.message.contains("CPU at 93 %"),
        "{}",
        finding.message
    );
    lab.see_cpu(30, 0.5);
    assert_eq!(lab.judge.waiting(), [], "it did not last");
    lab.see_cpu(40, 0.93);
    lab.see_cpu(340, 0.93);
    assert_eq!(lab.judge.waiting(), [], "it fires");
}

#[test]
fn the_dwell_passes_also_while_nothing_changes() {
    let mut lab = Lab::new();
    lab.see_cpu(0, 0.93);
    let at = Timestamp::from_seconds(300);
    let diff = Diff {
        target: Some(target()),
        ..Diff::default()
    };
    let told = lab.judge.evaluate(&lab.fleet, &diff, at);
    assert!(matches!(told[..], [Transition::Fire(_)]), "{told:?}");
}

#[test]
fn an_alert_that_goes_on_is_refreshed_now_and_then() {
    let mut lab = Lab::new();
    lab.set_on_fire();
    assert!(lab.see_cpu(590, 0.95).is_empty());
    let told = lab.see_cpu(600, 0.95);
    assert!(matches!(told[..], [Transition::Update(_)]), "{told:?}");
    assert!(said(&told).contains("95 % for 10 min"), "{told:?}");
}

#[test]
fn an_override_of_one_resource_is_what_counts_for_it() {
    let settings = serde_json::from_value(json!({"resources": {"guest:tgt_lab:100": {"metrics": {
        "cpu": {"warning": {"raise": 0.8, "clear": 0.7, "dwell_seconds": 20}},
    }}}}))
    .expect("settings");
    let mut lab = Lab::with(settings, &[]);
    assert!(lab.see_cpu(0, 0.81).is_empty());
    assert!(said(&lab.see_cpu(20, 0.81)).ends_with("for 20 s, limit 80 %"));
}

#[test]
fn an_unknown_figure_neither_fires_nor_clears() {
    let mut lab = Lab::new();
    let unknown = || vec![Resource::Guest(guest(None))];
    assert!(lab.see(0, unknown()).is_empty());
    lab.set_on_fire();
    assert!(lab.see(310, unknown()).is_empty());
    assert!(lab.see_cpu(400, 0.85).is_empty());
    assert!(said(&lab.see_cpu(410, 0.5)).contains("again"));
}

#[test]
fn a_guest_that_is_stopped_ends_its_alert_and_says_why() {
    let mut lab = Lab::new();
    lab.set_on_fire();
    let mut stopped = guest(Some(0.0));
    stopped.status = GuestStatus::Stopped;
    assert_eq!(
        said(&lab.see(310, vec![Resource::Guest(stopped)])),
        "web1 (guest 100 on pve1): CPU is no longer judged, it is stopped"
    );
}

#[test]
fn a_template_is_not_judged() {
    let mut lab = Lab::new();
    let mut template = guest(Some(0.99));
    template.template = true;
    for seconds in [0, 300, 600] {
        let told = lab.see(seconds, vec![Resource::Guest(template.clone())]);
        assert!(told.is_empty(), "{told:?}");
    }
}

#[test]
fn a_guest_that_is_gone_ends_its_alert() {
    let mut lab = Lab::new();
    lab.set_on_fire();
    assert_eq!(said(&lab.see(310, Vec::new())), "web1 is gone");
}

#[test]
fn a_target_that_is_removed_ends_all_its_alerts() {
    let mut lab = Lab::new();
    lab.set_on_fire();
    let told = lab.observe(310, Outcome::Removed);
    assert!(said(&told).contains("its target was removed"), "{told:?}");
}

#[test]
fn figures_of_a_target_that_does_not_answer_are_not_judged() {
    let mut lab = Lab::new();
    lab.see_cpu(0, 0.93);
    assert!(lab.fail(290, FailureKind::Timeout).is_empty());
    assert!(lab.fail(310, FailureKind::Timeout).is_empty());
    assert!(lab.see_cpu(500, 0.93).is_empty(), "unseen for too long");
    assert_eq!(lab.see_cpu(800, 0.93).len(), 1);
}

#[test]
fn switching_a_limit_off_ends_its_alert() {
    let mut lab = Lab::new();
    lab.set_on_fire();
    let off = json!({"kinds": {"guest": {"metrics": {"cpu": null}}}});
    lab.judge
        .set(serde_json::from_value(off).expect("settings"));
    let told = lab.see_cpu(310, 0.93);
    assert_eq!(said(&told), "web1 is no longer watched for this");
}

#[test]
fn a_storage_that_fills_gets_worse_and_better_as_one_alert() {
    let mut lab = Lab::new();
    let severity = |told: &[Transition]| match told {
        [Transition::Fire(finding) | Transition::Update(finding)] => Some(finding.severity),
        _ => None,
    };
    assert!(lab.see(0, vec![storage(860)]).is_empty());
    let told = lab.see(60, vec![storage(860)]);
    assert_eq!(severity(&told), Some(Severity::Warning));
    assert_eq!(
        said(&told),
        "nas (storage): Disk at 86 % for 1 min, limit 85 %"
    );
    assert!(lab.see(70, vec![storage(960)]).is_empty());
    let told = lab.see(130, vec![storage(960)]);
    assert_eq!(severity(&told), Some(Severity::Critical));
    let told = lab.see(140, vec![storage(910)]);
    assert_eq!(severity(&told), Some(Severity::Warning));
    assert!(matches!(
        lab.see(150, vec![storage(500)])[..],
        [Transition::Clear { .. }]
    ));
}

#[test]
fn a_target_is_unreachable_after_three_failed_looks_and_says_which_way() {
    let mut lab = Lab::new();
    lab.see(0, Vec::new());
    assert!(lab.fail(10, FailureKind::Unauthorized).is_empty());
    assert!(lab.fail(20, FailureKind::Unauthorized).is_empty());
    let told = lab.fail(30, FailureKind::Unauthorized);
    assert_eq!(
        said(&told),
        "homelab (https://10.0.0.1:8006): it has refused our token for 20 s \
         — 401 no such token. Enter the token again."
    );
    assert!(lab.fail(40, FailureKind::Unauthorized).is_empty());
    assert_eq!(
        said(&lab.see(50, Vec::new())),
        "homelab (https://10.0.0.1:8006) answers again after 40 s"
    );
}

#[test]
fn every_class_of_failure_reads_differently() {
    let mut seen = std::collections::BTreeSet::new();
    for kind in [
        FailureKind::NameUnknown,
        FailureKind::Unreachable,
        FailureKind::Timeout,
        FailureKind::CertificateUntrusted,
        FailureKind::CertificateChanged,
        FailureKind::Unauthorized,
        FailureKind::Forbidden,
        FailureKind::ServerError,
        FailureKind::BadAnswer,
    ] {
        let settings = only(ResourceKind::Target, "unreachable", json!({}));
        let mut lab = Lab::with(settings, &[]);
        lab.fail(10, kind);
        lab.fail(20, kind);
        assert!(
            seen.insert(said(&lab.fail(30, kind)).to_owned()),
            "{kind:?}"
        );
    }
}

#[test]
fn another_certificate_is_told_once_and_not_as_unreachable_too() {
    let mut lab = Lab::new();
    let told = lab.fail(10, FailureKind::CertificateChanged);
    assert!(said(&told).contains("another certificate"), "{told:?}");
    for seconds in [20, 30, 40] {
        assert!(
            lab.fail(seconds, FailureKind::CertificateChanged)
                .is_empty()
        );
    }
}

#[test]
fn a_node_that_its_cluster_calls_offline_is_told_after_the_dwell() {
    let mut lab = Lab::new();
    assert!(lab.see(0, vec![node(NodeStatus::Offline)]).is_empty());
    assert!(lab.see(10, vec![node(NodeStatus::Unknown)]).is_empty());
    assert_eq!(
        said(&lab.see(30, vec![node(NodeStatus::Offline)])),
        "pve1 (node): homelab has called it offline for 30 s"
    );
    assert_eq!(
        said(&lab.see(90, vec![node(NodeStatus::Online)])),
        "pve1 (node): online again after 1 min 30 s"
    );
}

fn open_alert(resource: ResourceId) -> Alert {
    Alert {
        id: AlertId::random(),
        rule: "threshold".into(),
        subject: "cpu".into(),
        resource,
        resource_name: "web1".into(),
        node: None,
        severity: Severity::Warning,
        state: AlertState::Firing,
        message: "web1: CPU at 93 %".into(),
        value: Some(0.93),
        limit: Some(0.9),
        started_at: Timestamp(0),
        last_seen: Timestamp::from_seconds(1000),
        resolved_at: None,
        acknowledged_at: None,
        acknowledged_by: None,
        tags: Vec::new(),
        hold: None,
    }
}

#[test]
fn an_alert_that_was_open_before_a_restart_is_not_told_again_but_its_end_is() {
    let open = [open_alert(ResourceId::guest(&target(), 100))];
    let mut lab = Lab::with(RuleSettings::default(), &open);
    let everything = Diff::default();
    let at = Timestamp::from_seconds(1005);
    assert!(lab.judge.evaluate(&lab.fleet, &everything, at).is_empty());
    assert!(lab.see_cpu(1010, 0.95).is_empty());
    assert!(lab.see_cpu(1020, 0.85).is_empty());
    assert!(said(&lab.see_cpu(1030, 0.5)).contains("again after 17 min"));
}

#[test]
fn an_open_alert_of_a_target_that_was_removed_meanwhile_ends_at_the_start() {
    let gone: TargetId = "tgt_gone".parse().expect("a target id");
    let open = [open_alert(ResourceId::guest(&gone, 100))];
    let mut lab = Lab::with(RuleSettings::default(), &open);
    let everything = Diff::default();
    let told = lab.judge.evaluate(&lab.fleet, &everything, Timestamp(1));
    assert!(said(&told).contains("target was removed"), "{told:?}");
}

#[test]
fn an_open_alert_of_a_guest_that_was_deleted_meanwhile_ends_after_a_while() {
    let open = [open_alert(ResourceId::guest(&target(), 999))];
    let mut lab = Lab::with(RuleSettings::default(), &open);
    assert!(lab.see_cpu(1010, 0.1).is_empty());
    assert!(lab.see_cpu(1020, 0.1).is_empty());
    assert_eq!(said(&lab.see_cpu(1130, 0.1)), "web1 is no longer there");
}
