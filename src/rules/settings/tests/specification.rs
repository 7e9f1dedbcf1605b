//! The resolver against what its documentation says, word for word, over random settings.

use std::collections::BTreeMap;
use std::sync::Arc;

use proptest::prelude::*;
use serde_json::json;

use super::{guest, place};
use crate::model::id::ResourceKind;
use crate::model::metric::MetricKey;
use crate::rules::settings::{
    Level, Limit, Limits, Place, Profile, RuleBook, RuleSettings, metric_of, rule_of,
};
use crate::rules::{Values, rule_called};

const METRICS: [&str; 4] = ["cpu", "disk", "net_in", "disk:/srv"];
const NAMES: [&str; 3] = ["alpha", "beta", "gamma"];
const RULE: &str = "guest_off";

fn limits() -> impl Strategy<Value = Limits> {
    (0.1..0.9_f64, 0..600_u32).prop_map(|(raise, dwell_seconds)| Limits {
        warning: Some(Limit {
            raise,
            clear: raise - 0.05,
            dwell_seconds,
        }),
        ..Limits::default()
    })
}

fn values() -> impl Strategy<Value = Values> {
    let dwell = prop::option::of(0..1000_u32);
    (dwell, prop::option::of(any::<bool>())).prop_map(|(dwell, on_boot)| {
        let mut values = Values::new();
        values.extend(dwell.map(|dwell| ("dwell_seconds".to_owned(), json!(dwell))));
        values.extend(on_boot.map(|on| ("only_on_boot".to_owned(), json!(on))));
        values
    })
}

fn level(is_tag: bool) -> impl Strategy<Value = Level> {
    let metric = prop::sample::select(METRICS.to_vec());
    let metric = metric.prop_map(MetricKey::parse);
    let metrics = prop::collection::btree_map(metric, prop::option::of(limits()), 0..4);
    let own = prop::option::of(prop::option::of(values()));
    let all = prop::option::of(prop::option::of(Just(Values::new())));
    let priority = if is_tag { -1..2 } else { 0..1 };
    (metrics, own, all, priority).prop_map(|(metrics, own, all, priority)| {
        let mut rules = BTreeMap::new();
        rules.extend(own.map(|own| (RULE.to_owned(), own)));
        rules.extend(all.map(|all| ("threshold".to_owned(), all)));
        Level {
            metrics,
            rules,
            priority,
        }
    })
}

fn named(is_tag: bool) -> impl Strategy<Value = BTreeMap<String, Level>> {
    let name = prop::sample::select(NAMES.to_vec()).prop_map(str::to_owned);
    prop::collection::btree_map(name, level(is_tag), 0..3)
}

prop_compose! {
    fn settings()(
        profile in prop::sample::select(Profile::ALL.to_vec()),
        kind in prop::option::of(level(false)),
        pools in named(false),
        tags in named(true),
        own in prop::option::of(level(false)),
    ) -> RuleSettings {
        RuleSettings {
            profile,
            kinds: kind.into_iter().map(|level| (ResourceKind::Guest, level)).collect(),
            pools,
            tags,
            resources: own.into_iter().map(|level| (guest(100), level)).collect(),
        }
    }
}

/// The levels of a guest from the nearest to the furthest, as the documentation lists them.
fn nearest_first<'a>(settings: &'a RuleSettings, place: Place<'_>) -> Vec<&'a Level> {
    let mut all = Vec::new();
    all.extend(settings.resources.get(place.id.expect("an id")));
    let mut tags: Vec<(&String, &Level)> = settings
        .tags
        .iter()
        .filter(|(tag, _)| place.tags.contains(tag))
        .collect();
    // The higher priority first, then the alphabet.
    tags.sort_by(|a, b| b.1.priority.cmp(&a.1.priority).then(a.0.cmp(b.0)));
    all.extend(tags.into_iter().map(|(_, level)| level));
    all.extend(place.pool.and_then(|pool| settings.pools.get(pool)));
    all.extend(settings.kinds.get(&ResourceKind::Guest));
    all
}

/// What counts for a metric: asked from the nearest level on.
fn naive_metric(settings: &RuleSettings, place: Place<'_>, key: &str) -> Option<Limits> {
    let profile = settings.profile.limits(ResourceKind::Guest);
    let whole = key.starts_with("disk:").then_some("disk");
    // The words about a metric at one level, the nearest first.
    let about = |level: &Level| {
        let own = level.metrics.get(&MetricKey::parse(key)).copied();
        own.or_else(|| level.metrics.get(&MetricKey::parse(whole?)).copied())
    };
    // Limits are those of the nearest level that gives some.
    let levels = nearest_first(settings, place);
    let given = |levels: &[&Level]| {
        let given = levels.iter().find_map(|level| about(level).flatten());
        given.or_else(|| {
            let find = |key: &str| profile.iter().find(|row| row.0 == key).map(|row| row.1);
            find(key).or_else(|| find(whole?))
        })
    };
    // It is off if the nearest level with a word says so.
    for (place, level) in levels.iter().enumerate() {
        match (about(level), level.rules.get("threshold")) {
            (Some(limits), _) => return limits,
            (None, Some(None)) => return None,
            (None, Some(Some(_))) => return given(&levels[place..]),
            (None, None) => {}
        }
    }
    given(&levels)
}

/// What counts for a rule: each field from the nearest level that sets it.
fn naive_rule(settings: &RuleSettings, place: Place<'_>) -> Option<Values> {
    let kind = rule_called(RULE).expect("a rule").kind();
    let (on, mut values) = kind.preset(settings.profile);
    let levels = nearest_first(settings, place);
    let said: Vec<&Option<Values>> = levels.iter().filter_map(|l| l.rules.get(RULE)).collect();
    for (key, value) in &mut values {
        let nearest = said.iter().find_map(|change| change.as_ref()?.get(key));
        if let Some(nearest) = nearest {
            *value = nearest.clone();
        }
    }
    let on = said.first().map_or(on, |change| change.is_some());
    on.then_some(values)
}

proptest! {
    #[test]
    fn the_resolver_equals_its_specification(
        settings in settings(),
        vmid in 100..102_u32,
        pool in prop::option::of(prop::sample::select(NAMES.to_vec())),
        tags in prop::sample::subsequence(NAMES.to_vec(), 0..=3).prop_shuffle(),
    ) {
        settings.validate().expect("settings without mistakes");
        let id = guest(vmid);
        let tags: Vec<String> = tags.into_iter().map(str::to_owned).collect();
        let place = place(&id, pool, &tags);
        let mut book = RuleBook::new(Arc::new(settings.clone()));
        let set = book.of(place);
        for key in METRICS {
            let expected = naive_metric(&settings, place, key);
            let found = metric_of(&settings, place, &MetricKey::parse(key));
            prop_assert_eq!(found.value, expected, "{}", key);
            let last = found.steps.last().map(|step| step.gives);
            prop_assert_eq!(last.flatten().is_some(), expected.is_some());
            if !key.contains(':') {
                let entry = set.limits.iter().find(|entry| entry.key.as_str() == key);
                prop_assert_eq!(entry.map(|entry| entry.limits), expected, "{} in the book", key);
            }
        }
        let rule = rule_called(RULE).expect("a rule").kind();
        prop_assert_eq!(rule_of(&settings, place, rule).value, naive_rule(&settings, place));
    }
}
