mod specification;

use std::sync::Arc;

use serde_json::json;

use super::{LevelKey, Place, Profile, RuleBook, RuleSet, RuleSettings};
use crate::model::id::{ResourceId, ResourceKind, TargetId};
use crate::rules::rule_called;

fn guest(vmid: u32) -> ResourceId {
    let target: TargetId = "tgt_lab".parse().expect("a target id");
    ResourceId::guest(&target, vmid)
}

fn read(value: serde_json::Value) -> RuleSettings {
    serde_json::from_value(value).expect("settings that can be read")
}

fn place<'a>(id: &'a ResourceId, pool: Option<&'a str>, tags: &'a [String]) -> Place<'a> {
    Place {
        pool,
        tags,
        ..Place::bare(id)
    }
}

fn raise_of(set: &RuleSet, key: &str) -> Option<f64> {
    let entry = set.limits.iter().find(|entry| entry.key.as_str() == key)?;
    entry.limits.warning.map(|limit| limit.raise)
}

fn warn_at(raise: f64) -> serde_json::Value {
    json!({"warning": {"raise": raise, "clear": raise - 0.05}})
}

#[test]
fn nothing_set_means_the_balanced_profile() {
    let settings = read(json!({}));
    assert_eq!(settings, RuleSettings::default());
    settings.validate().expect("the default has no mistakes");
    let mut book = RuleBook::new(Arc::new(settings));
    let set = book.of(Place::bare(&guest(100)));
    assert_eq!(raise_of(&set, "cpu"), Some(0.9));
}

#[test]
fn the_nearest_level_wins_and_null_switches_off() {
    let settings = read(json!({
        "kinds": {"guest": {"metrics": {
            "cpu": warn_at(0.5), "memory": null,
            "net_in": {"warning": {"raise": 1e8, "clear": 5e7}},
        }}},
        "pools": {"prod": {"metrics": {"cpu": warn_at(0.6), "memory": warn_at(0.6)}}},
        "tags": {"db": {"metrics": {"cpu": warn_at(0.7)}}},
        "resources": {"guest:tgt_lab:100": {"metrics": {"cpu": warn_at(0.8), "disk": null}}},
    }));
    settings.validate().expect("no mistakes");
    let mut book = RuleBook::new(Arc::new(settings));
    let tags = ["db".to_owned()];
    for (vmid, pool, tags, key, expected) in [
        (100, Some("prod"), &tags[..], "cpu", Some(0.8)),
        (101, Some("prod"), &tags[..], "cpu", Some(0.7)),
        (102, Some("prod"), &[], "cpu", Some(0.6)),
        (103, None, &[], "cpu", Some(0.5)),
        (103, None, &[], "memory", None),
        (102, Some("prod"), &[], "memory", Some(0.6)),
        (100, None, &[], "net_in", Some(1e8)),
        (100, None, &[], "disk", None),
        (101, None, &[], "disk", Some(0.9)),
    ] {
        let id = guest(vmid);
        let set = book.of(place(&id, pool, tags));
        assert_eq!(raise_of(&set, key), expected, "{key} of {vmid}");
    }
}

#[test]
fn a_guest_that_gets_a_tag_gets_its_limits_with_the_next_look() {
    let settings = read(json!({"tags": {"db": {"metrics": {"cpu": warn_at(0.7)}}}}));
    let mut book = RuleBook::new(Arc::new(settings));
    let id = guest(100);
    let (web, db) = (["web".to_owned()], ["web".to_owned(), "db".to_owned()]);
    assert_eq!(raise_of(&book.of(place(&id, None, &web)), "cpu"), Some(0.9));
    assert_eq!(raise_of(&book.of(place(&id, None, &db)), "cpu"), Some(0.7));
    assert_eq!(raise_of(&book.of(place(&id, None, &web)), "cpu"), Some(0.9));
}

#[test]
fn among_tags_the_higher_priority_wins_and_then_the_alphabet() {
    let with = |priority: i32| {
        read(json!({"tags": {
            "alpha": {"metrics": {"cpu": warn_at(0.6)}},
            "beta": {"metrics": {"cpu": warn_at(0.7)}, "priority": priority},
        }}))
    };
    let id = guest(100);
    for (priority, expected) in [(0, 0.6), (1, 0.7), (-1, 0.6)] {
        for tags in [["alpha", "beta"], ["beta", "alpha"]] {
            let tags = tags.map(str::to_owned);
            let mut book = RuleBook::new(Arc::new(with(priority)));
            let set = book.of(place(&id, None, &tags));
            assert_eq!(raise_of(&set, "cpu"), Some(expected), "{priority} {tags:?}");
        }
    }
}

#[test]
fn a_whole_rule_goes_off_and_on_at_any_level_and_its_fields_add_up() {
    let settings = read(json!({
        "kinds": {"guest": {"rules": {"backup_age": null, "threshold": null}}},
        "tags": {"db": {"rules": {"backup_age": {"warning": 1.5}}}},
        "resources": {"guest:tgt_lab:100": {"rules": {"backup_age": {"critical": 3}}}},
    }));
    settings.validate().expect("no mistakes");
    let rule = rule_called("backup_age").expect("a rule").kind();
    let tags = ["db".to_owned()];
    let (one, other) = (guest(100), guest(101));
    let of = |id, tags| super::rule_of(&settings, place(id, None, tags), rule).value;
    assert_eq!(of(&other, &[]), None);
    let tagged = of(&other, &tags).expect("on again");
    assert_eq!(
        (&tagged["warning"], &tagged["critical"]),
        (&json!(1.5), &json!(30))
    );
    let own = of(&one, &tags).expect("on");
    assert_eq!(
        (&own["warning"], &own["critical"]),
        (&json!(1.5), &json!(3))
    );
    let mut book = RuleBook::new(Arc::new(settings));
    assert!(
        book.of(Place::bare(&other)).limits.is_empty(),
        "no metric is judged"
    );
}

#[test]
fn a_file_system_goes_by_the_disk_unless_it_has_limits_of_its_own() {
    let settings = read(json!({
        "kinds": {"guest": {"metrics": {"disk": warn_at(0.7), "disk:/srv": warn_at(0.99)}}},
        "resources": {"guest:tgt_lab:100": {"metrics": {"disk": warn_at(0.5), "disk:/boot": null}}},
    }));
    settings.validate().expect("no mistakes");
    let (one, other) = (guest(100), guest(101));
    let of = |id, key: &str| {
        let key = crate::model::metric::MetricKey::parse(key);
        let limits = super::metric_of(&settings, Place::bare(id), &key).value;
        limits
            .and_then(|limits| limits.warning)
            .map(|limit| limit.raise)
    };
    assert_eq!(of(&other, "disk:/srv"), Some(0.99));
    assert_eq!(of(&other, "disk:/home"), Some(0.7));
    assert_eq!(of(&one, "disk:/srv"), Some(0.5), "the nearer level wins");
    assert_eq!(of(&one, "disk:/boot"), None);
}

#[test]
fn each_profile_is_without_mistakes_and_stricter_than_the_one_before() {
    let raise = |profile: Profile, kind, key: &str| {
        let set = RuleSet::new(
            &RuleSettings {
                profile,
                ..RuleSettings::default()
            },
            Place::any(kind),
        );
        raise_of(&set, key)
    };
    for kind in [
        ResourceKind::Node,
        ResourceKind::Guest,
        ResourceKind::Storage,
    ] {
        let [quiet, balanced, strict] = Profile::ALL.map(|profile| raise(profile, kind, "disk"));
        assert!(quiet > balanced && balanced > strict, "{kind:?}");
    }
    for profile in Profile::ALL {
        for kind in ResourceKind::ALL {
            let metrics = profile.limits(kind).iter();
            let metrics: serde_json::Map<_, _> = metrics
                .map(|(key, limits)| ((*key).to_owned(), json!(limits)))
                .collect();
            let settings = read(json!({"kinds": {kind.word(): {"metrics": metrics}}}));
            settings.validate().expect("a profile without mistakes");
        }
    }
}

#[test]
fn every_mistake_is_named_by_its_field() {
    let settings = read(json!({
        "kinds": {
            "guest": {
                "metrics": {
                    "cpu": {"warning": {"raise": 90, "clear": 80}},
                    "memory": {"warning": {"raise": 0.8, "clear": 0.8}},
                    "disk": {"warning": {"raise": 0.9, "clear": 0.8},
                             "critical": {"raise": 0.85, "clear": 0.8}},
                    "net_in": {"low_warning": {"raise": 5.0, "clear": 4.0}},
                    "iowait": {"warning": {"raise": 0.5, "clear": 0.4}},
                },
                "rules": {
                    "backup_age": {"warning": "soon", "nonsense": 1},
                    "guest_off": {"dwell_seconds": 1.5, "only_on_boot": "yes"},
                    "quorum": null,
                    "nothing": null,
                },
                "priority": 3,
            },
            "node": {"metrics": {"cpu": {}, "nonsense": null, "disk:/": null}},
            "target": {"rules": {"unreachable": {"attempts": 0, "severity": "fatal"}}},
        },
        "resources": {"guest:tgt_lab:100": {"metrics": {
            "cpu": {"warning": {"raise": 0.9, "clear": 0.8, "dwell_seconds": 100_000}},
        }}},
    }));
    let mistakes = settings.validate().expect_err("there are mistakes");
    let fields: Vec<&str> = mistakes.iter().map(|mistake| &*mistake.field).collect();
    assert_eq!(
        fields,
        [
            "kinds.target.rules.unreachable.attempts",
            "kinds.target.rules.unreachable.severity",
            "kinds.node.metrics.cpu",
            "kinds.node.metrics.disk:/",
            "kinds.node.metrics.nonsense",
            "kinds.guest.priority",
            "kinds.guest.metrics.cpu.warning.raise",
            "kinds.guest.metrics.disk.critical.raise",
            "kinds.guest.metrics.iowait",
            "kinds.guest.metrics.memory.warning.clear",
            "kinds.guest.metrics.net_in.low_warning.clear",
            "kinds.guest.rules.backup_age.nonsense",
            "kinds.guest.rules.backup_age.warning",
            "kinds.guest.rules.guest_off.dwell_seconds",
            "kinds.guest.rules.guest_off.only_on_boot",
            "kinds.guest.rules.nothing",
            "kinds.guest.rules.quorum",
            "resources.guest:tgt_lab:100.metrics.cpu.warning.dwell_seconds",
        ]
    );
    assert!(mistakes[6].to_string().ends_with("0.8 means 80 %"));
    assert!(
        mistakes[0]
            .to_string()
            .ends_with("a whole number from 1 to 1000")
    );
}

#[test]
fn a_misspelt_setting_is_refused() {
    let wrong = json!({"kinds": {"guest": {"metrics": {"cpu": {"warnig": null}}}}});
    let error = serde_json::from_value::<RuleSettings>(wrong).expect_err("it is refused");
    assert!(error.to_string().contains("warnig"), "{error}");
}

#[test]
fn a_level_is_put_taken_away_and_left_alone_where_it_has_mistakes() {
    let before = RuleSettings::default();
    let key = LevelKey::parse("tag", "db").expect("a level");
    let level = serde_json::from_value(json!({"metrics": {"cpu": warn_at(0.7)}}));
    let after = before.with_level(key.clone(), level.expect("a level"));
    let after = after.expect("no mistakes");
    assert!(after.level(&key).is_some());
    let gone = after.with_level(key.clone(), super::Level::default());
    assert_eq!(gone.expect("no mistakes"), before);
    let wrong = serde_json::from_value(json!({"metrics": {"cpu": {}}})).expect("a level");
    let mistakes = before.with_level(key, wrong).expect_err("mistakes");
    assert_eq!(mistakes[0].field, "tags.db.metrics.cpu");
    for (word, key) in [
        ("kind", "gust"),
        ("tag", ""),
        ("resource", "x"),
        ("galaxy", "x"),
    ] {
        LevelKey::parse(word, key).expect_err("there is no such level");
    }
}
