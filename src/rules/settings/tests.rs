use serde_json::json;

use super::{LimitBook, RuleSettings};
use crate::model::id::{ResourceId, TargetId};

fn guest(vmid: u32) -> ResourceId {
    let target: TargetId = "tgt_lab".parse().expect("a target id");
    ResourceId::guest(&target, vmid)
}

fn read(value: serde_json::Value) -> RuleSettings {
    serde_json::from_value(value).expect("settings that can be read")
}

fn raise_of(book: &LimitBook, id: &ResourceId, key: &str) -> Option<f64> {
    let entry = book.of(id).iter().find(|entry| entry.metric.key == key)?;
    entry.limits.warning.map(|limit| limit.raise)
}

#[test]
fn nothing_set_means_the_balanced_profile() {
    let settings = read(json!({}));
    assert_eq!(settings, RuleSettings::default());
    settings.validate().expect("the default has no mistakes");
    let book = LimitBook::new(&settings);
    assert_eq!(raise_of(&book, &guest(100), "cpu"), Some(0.9));
}

#[test]
fn the_nearest_setting_wins_and_null_switches_off() {
    let settings = read(json!({
        "thresholds": {"guest": {
            "cpu": {"warning": {"raise": 0.7, "clear": 0.6}},
            "net_in": {"warning": {"raise": 1e8, "clear": 5e7}},
            "memory": null,
        }},
        "overrides": {"guest:tgt_lab:100": {
            "cpu": {"warning": {"raise": 0.8, "clear": 0.7, "dwell_seconds": 20}},
            "disk": null,
        }},
    }));
    settings.validate().expect("no mistakes");
    let book = LimitBook::new(&settings);
    for (vmid, key, expected) in [
        (100, "cpu", Some(0.8)),
        (101, "cpu", Some(0.7)),
        (100, "net_in", Some(1e8)),
        (100, "memory", None),
        (100, "disk", None),
        (101, "disk", Some(0.9)),
    ] {
        let raise = raise_of(&book, &guest(vmid), key);
        assert_eq!(raise, expected, "{key} of {vmid}");
    }
}

#[test]
fn every_mistake_is_named_by_its_field() {
    let settings = read(json!({
        "thresholds": {
            "guest": {
                "cpu": {"warning": {"raise": 90, "clear": 80}},
                "memory": {"warning": {"raise": 0.8, "clear": 0.8}},
                "disk": {"warning": {"raise": 0.9, "clear": 0.8},
                         "critical": {"raise": 0.85, "clear": 0.8}},
                "iowait": {"warning": {"raise": 0.5, "clear": 0.4}},
            },
            "node": {"cpu": {}, "nonsense": null},
        },
        "overrides": {"guest:tgt_lab:100": {
            "cpu": {"warning": {"raise": 0.9, "clear": 0.8, "dwell_seconds": 100_000}},
        }},
        "unreachable": {"attempts": 0},
    }));
    let mistakes = settings.validate().expect_err("there are mistakes");
    let fields: Vec<&str> = mistakes.iter().map(|mistake| &*mistake.field).collect();
    assert_eq!(
        fields,
        [
            "thresholds.node.cpu",
            "thresholds.node.nonsense",
            "thresholds.guest.cpu.warning.raise",
            "thresholds.guest.disk.critical.raise",
            "thresholds.guest.iowait",
            "thresholds.guest.memory.warning.clear",
            "overrides.guest:tgt_lab:100.cpu.warning.dwell_seconds",
            "unreachable.attempts",
        ]
    );
    assert!(mistakes[2].to_string().ends_with("0.8 means 80 %"));
}

#[test]
fn a_misspelt_setting_is_refused() {
    let wrong = json!({"thresholds": {"guest": {"cpu": {"warnig": null}}}});
    let error = serde_json::from_value::<RuleSettings>(wrong).expect_err("it is refused");
    assert!(error.to_string().contains("warnig"), "{error}");
}
