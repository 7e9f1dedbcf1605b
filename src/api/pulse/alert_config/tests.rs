use super::*;

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(fields) => fields,
        other => panic!("{other} is no object"),
    }
}

fn name(id: &ResourceId) -> String {
    id.to_string()
}

#[test]
fn what_is_written_back_unchanged_changes_nothing() {
    let settings = RuleSettings::default();
    let all = object(whole(&settings, &Map::new(), name));
    assert_eq!(
        all["guestDefaults"]["cpu"],
        json!({"trigger": 90.0, "clear": 80.0})
    );
    assert_eq!(with_defaults(&settings, &all).unwrap(), settings);
    let given = object(all["overrides"].clone());
    let (same, unknown) = with_overrides(&settings, &given, true, |_| None).unwrap();
    assert_eq!((same, unknown), (settings, Map::new()));
}

#[test]
fn a_changed_limit_is_read_as_it_was_written_and_keeps_what_pulse_cannot_say() {
    let settings = RuleSettings::default();
    let config = object(json!({
        "guestDefaults": {"cpu": {"trigger": 70, "clear": 60}, "diskRead": 150},
        "nodeDefaults": {"disk": {"trigger": 0, "clear": 0}},
        "storageDefault": {"trigger": 91, "clear": 88},
    }));
    let next = with_defaults(&settings, &config).unwrap();
    assert!(next.validate().is_ok());
    let shown = defaults(&next);
    assert_eq!(
        shown["guestDefaults"]["cpu"],
        json!({"trigger": 70.0, "clear": 60.0})
    );
    assert_eq!(shown["guestDefaults"]["diskRead"]["trigger"], 150.0);
    assert_eq!(shown["nodeDefaults"]["disk"]["trigger"], 0);
    assert_eq!(
        shown["storageDefault"],
        json!({"trigger": 91.0, "clear": 88.0})
    );
    let storage = holds(&next, ResourceKind::Storage, "disk").unwrap();
    assert_eq!(storage.critical.unwrap().raise, 0.95, "as it was");
    assert_eq!(storage.warning.unwrap().dwell_seconds, 60, "as it was");
}

#[test]
fn deviations_come_and_go_by_resource_and_unknown_names_are_kept_apart() {
    let settings = RuleSettings::default();
    let id: ResourceId = "guest:tgt_home:100".parse().unwrap();
    let resolve = |text: &str| (text == "home-pve1-100").then(|| id.clone());
    let given = object(json!({
        "home-pve1-100": {"memory": {"trigger": 99, "clear": 95}},
        "gone-1": {"cpu": {"trigger": 50, "clear": 40}},
    }));
    let (next, unknown) = with_overrides(&settings, &given, true, resolve).unwrap();
    assert_eq!(unknown.len(), 1);
    let shown = overrides(&next, |_| "home-pve1-100".into());
    assert_eq!(shown["home-pve1-100"]["memory"]["trigger"], 99.0);
    let off = object(json!({"home-pve1-100": {"disabled": true}}));
    let (off, _) = with_overrides(&next, &off, false, resolve).unwrap();
    assert_eq!(off.resources[&id].metrics[&MetricKey::known("cpu")], None);
    let (none, _) = with_overrides(&next, &Map::new(), true, resolve).unwrap();
    assert_eq!(none, settings);
}

#[test]
fn limits_that_make_no_sense_are_refused_by_name() {
    let settings = RuleSettings::default();
    for (config, text) in [
        (
            json!({"guestDefaults": {"cpu": {"trigger": 50, "clear": 60}}}),
            "guestDefaults.cpu",
        ),
        (
            json!({"guestDefaults": {"cpu": "high"}}),
            "guestDefaults.cpu",
        ),
        (json!({"guestDefaults": {"cpu": 900}}), "percent"),
        (
            json!({"guestDefaults": {"smell": 5}}),
            "guestDefaults.smell",
        ),
        (json!({"guestDefaults": 5}), "guestDefaults"),
        (json!({"enabled": false}), "enabled"),
    ] {
        let error = with_defaults(&settings, &object(config)).unwrap_err();
        assert!(error.message.contains(text), "{}", error.message);
    }
}
