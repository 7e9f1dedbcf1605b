use std::sync::Arc;

use serde_json::json;

use super::*;
use crate::rules::settings::LevelName;
use crate::rules::tests::lab::{Lab, guest, target};

fn settings() -> RuleSettings {
    serde_json::from_value(json!({
        "kinds": {"guest": {"rules": {"backup_age": null}}},
        "tags": {"db": {"metrics": {
            "cpu": {"warning": {"raise": 0.8, "clear": 0.7, "dwell_seconds": 300}},
            "memory": null,
        }}},
    }))
    .expect("settings")
}

fn tagged(cpu: f64) -> crate::model::resource::Resource {
    let mut guest = guest(Some(cpu));
    guest.tags = vec!["db".into()];
    crate::model::resource::Resource::Guest(guest)
}

fn look(lab: &Lab, only: Option<&str>, seconds: i64) -> Vec<Explained> {
    let id = ResourceId::guest(&target(), 100);
    let view = lab.fleet.target(&target()).expect("the target");
    let recall = lab.judge.recall(Some(&id));
    let now = Timestamp::from_seconds(seconds);
    explain(&Arc::new(settings()), view, &id, only, &recall, now).rules
}

#[test]
fn it_follows_a_figure_from_within_to_firing_and_names_the_level() {
    let mut lab = Lab::with(settings(), &[]);
    let _ = lab.see(0, vec![tagged(0.5)]);
    let [one] = &look(&lab, Some("cpu"), 5)[..] else {
        panic!("one entry");
    };
    assert_eq!(one.standing, Standing::Within);
    assert_eq!(one.saw.and_then(|saw| saw.value()), Some(0.5));
    let Setting::Limits(limits) = &one.setting else {
        panic!("limits");
    };
    let levels: Vec<&LevelName> = limits.steps.iter().map(|step| &step.level).collect();
    assert_eq!(levels.len(), 2);
    assert_eq!(levels[1], &LevelName::Tag("db".into()), "the last word");

    let _ = lab.see(10, vec![tagged(0.85)]);
    let one = look(&lab, Some("cpu"), 20).remove(0);
    assert_eq!(one.standing, Standing::Pending);
    let [pending] = one.pending[..] else {
        panic!("one severity waits: {:?}", one.pending);
    };
    assert_eq!(pending.since, Timestamp::from_seconds(10));
    assert_eq!(pending.fires_at, Timestamp::from_seconds(310));

    let _ = lab.see(310, vec![tagged(0.85)]);
    let one = look(&lab, Some("cpu"), 320).remove(0);
    let since = Timestamp::from_seconds(10);
    let severity = Severity::Warning;
    assert_eq!(one.standing, Standing::Firing { severity, since });
    assert_eq!(one.clears_at, Some(0.7));
    assert!(one.pending.is_empty());
}

#[test]
fn what_is_off_unknown_or_moot_is_told_with_the_reason() {
    let mut lab = Lab::with(settings(), &[]);
    let _ = lab.see(0, vec![tagged(0.5)]);
    let all = look(&lab, None, 5);
    let find = |rule: &str, subject: &str| {
        let mut all = all.iter();
        let found = all.find(|one| one.rule == rule && one.subject == subject);
        found.unwrap_or_else(|| panic!("{rule} {subject}"))
    };
    assert_eq!(find("threshold", "memory").standing, Standing::Off);
    assert_eq!(find("threshold", "net_in").standing, Standing::Off);
    assert_eq!(find("threshold", "disk").standing, Standing::Unknown);
    assert_eq!(find("backup_age", "").standing, Standing::Off);
    assert_eq!(find("backup_coverage", "jobs").standing, Standing::Unknown);
    assert!(
        !all.iter().any(|one| one.rule == "quorum"),
        "not about guests"
    );
    assert!(!all.iter().any(|one| one.subject == "memory_total"));

    let mut stopped = guest(Some(0.9));
    stopped.status = crate::model::resource::GuestStatus::Stopped;
    let _ = lab.see(10, vec![crate::model::resource::Resource::Guest(stopped)]);
    let one = look(&lab, Some("cpu"), 11).remove(0);
    let why = "it is stopped";
    assert_eq!(one.standing, Standing::Moot { why });
}
