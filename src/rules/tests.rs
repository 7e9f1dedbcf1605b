pub(super) mod backups;
pub(super) mod lab;

use std::collections::HashSet;

use super::{Profile, RULES, Values};

#[test]
fn every_rule_reads_what_its_profiles_set() {
    let mut names = HashSet::new();
    for rule in RULES {
        let kind = rule.kind();
        assert!(names.insert(kind.name), "{} twice", kind.name);
        assert!(kind.about.ends_with('.'), "{}", kind.about);
        for profile in Profile::ALL {
            let (_, values) = kind.preset(profile);
            rule.read(&values).expect("presets fit the rule's settings");
            let mut mistakes = Vec::new();
            kind.check(kind.name, &values, &mut mistakes);
            assert_eq!(mistakes, [], "{} {profile:?}", kind.name);
        }
    }
}

#[test]
fn what_is_off_unless_told_can_be_switched_on_with_its_presets() {
    for rule in RULES {
        let (_, mut values) = rule.kind().preset(Profile::Quiet);
        for field in rule.kind().fields {
            values.remove(field.key);
            let partial: Values = values.clone();
            let mut mistakes = Vec::new();
            rule.kind().check("x", &partial, &mut mistakes);
            assert_eq!(mistakes, [], "fields may be left out");
        }
    }
}

#[test]
fn every_schema_is_valid_and_takes_the_presets() {
    for rule in RULES {
        let kind = rule.kind();
        let schema = jsonschema::validator_for(&kind.schema()).expect("a schema");
        for profile in Profile::ALL {
            let (_, values) = kind.preset(profile);
            let values = serde_json::Value::Object(values);
            assert!(
                schema.is_valid(&values),
                "{} {profile:?}: {values}",
                kind.name
            );
        }
        assert!(!schema.is_valid(&serde_json::json!({"nonsense": 1})));
    }
}
