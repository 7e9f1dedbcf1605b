//! Thresholds as Pulse 4.3 wrote them, on the rules' own settings: pure functions both ways.
//!
//! Pulse knows one limit for each metric, in percent or MB/s; ours have two severities, a dwell
//! and levels. What is read shows the warning limit that holds; what is written back unchanged
//! changes nothing, and what is changed changes the warning only.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::api::problem::{Kind, Problem};
use crate::model::id::{ResourceId, ResourceKind};
use crate::model::metric::{self, MetricKey, Unit};
use crate::rules::{Level, Limit, Limits, Place, RuleSettings, metric_of};

/// Under which key is kept what the rules cannot hold.
pub(super) const KEY: &str = "pulse_alert_config";

/// Pulse's names of metrics and ours. For storages it says `usage`.
const METRICS: [(&str, &str); 8] = [
    ("cpu", "cpu"),
    ("memory", "memory"),
    ("disk", "disk"),
    ("usage", "disk"),
    ("diskRead", "disk_read"),
    ("diskWrite", "disk_write"),
    ("networkIn", "net_in"),
    ("networkOut", "net_out"),
];

/// Groups of defaults, the kind they are about, and their metrics.
const GROUPS: [(&str, ResourceKind, &[&str]); 2] = [
    (
        "guestDefaults",
        ResourceKind::Guest,
        &[
            "cpu",
            "memory",
            "disk",
            "diskRead",
            "diskWrite",
            "networkIn",
            "networkOut",
        ],
    ),
    (
        "nodeDefaults",
        ResourceKind::Node,
        &["cpu", "memory", "disk", "networkIn", "networkOut"],
    ),
];

/// The default of storages, which has no metric in between.
const STORAGE: &str = "storageDefault";

/// Makes what stands where nobody set anything.
type Usual = fn() -> Value;

/// What Pulse sets and the rules decide otherwise; kept, and named as doing nothing.
const INERT: [(&str, Usual); 7] = [
    ("customRules", || json!([])),
    ("schedule", || json!({})),
    ("minimumDelta", || json!(2)),
    ("suppressionWindow", || json!(5)),
    ("hysteresisMargin", || json!(5)),
    ("timeThreshold", || json!(0)),
    ("timeThresholds", || json!({})),
];

fn invalid(field: &str, problem: &str) -> Problem {
    let text = format!("{field}: {problem}");
    Problem::new(Kind::Invalid, "invalid_setting", text).in_field(field)
}

fn ours(name: &str) -> Option<&'static str> {
    let found = METRICS.iter().find(|(theirs, _)| *theirs == name);
    found.map(|(_, ours)| *ours)
}

/// What one of Pulse's units is in ours.
fn scale(key: &str) -> f64 {
    match metric::find(key).map(|metric| metric.judged_unit()) {
        Some(Unit::Ratio) => 0.01,
        Some(Unit::BytesPerSecond) => f64::from(1 << 20),
        _ => 1.0,
    }
}

/// A figure without the dust of a division.
fn tidy(value: f64) -> f64 {
    (value * 1e6).round() / 1e6
}

/// One limit in Pulse's form; trigger 0 says that the metric is off.
fn shown(limits: Option<Limits>, key: &str) -> Value {
    let limit = limits.and_then(|limits| limits.warning.or(limits.critical));
    match limit {
        Some(limit) => json!({
            "trigger": tidy(limit.raise / scale(key)),
            "clear": tidy(limit.clear / scale(key)),
        }),
        None => json!({ "trigger": 0, "clear": 0 }),
    }
}

fn holds(settings: &RuleSettings, kind: ResourceKind, key: &'static str) -> Option<Limits> {
    metric_of(settings, Place::any(kind), &MetricKey::known(key)).value
}

/// The defaults: those that hold for guests, nodes and storages.
#[must_use]
pub(super) fn defaults(settings: &RuleSettings) -> Map<String, Value> {
    let mut all = Map::new();
    for (group, kind, names) in GROUPS {
        let mut group_of = Map::new();
        for name in names {
            if let Some(key) = ours(name).filter(|key| has(kind, key)) {
                let limits = holds(settings, kind, key);
                group_of.insert((*name).to_owned(), shown(limits, key));
            }
        }
        all.insert(group.to_owned(), Value::Object(group_of));
    }
    let limits = holds(settings, ResourceKind::Storage, "disk");
    all.insert(STORAGE.to_owned(), shown(limits, "disk"));
    all
}

fn has(kind: ResourceKind, key: &str) -> bool {
    metric::find(key).is_some_and(|metric| metric.of.contains(&kind))
}

/// The deviations of single resources, by the name that `name` gives each.
#[must_use]
pub(super) fn overrides(
    settings: &RuleSettings,
    name: impl Fn(&ResourceId) -> String,
) -> Map<String, Value> {
    let mut all = Map::new();
    for (id, level) in &settings.resources {
        let mut metrics = Map::new();
        for (key, limits) in &level.metrics {
            let is_storage = id.kind() == ResourceKind::Storage;
            let theirs = METRICS.iter().find(|(theirs, ours)| {
                *ours == key.as_str() && (*theirs == "usage") == (is_storage && *ours == "disk")
            });
            if let Some((theirs, key)) = theirs {
                metrics.insert((*theirs).to_owned(), shown(*limits, key));
            }
        }
        if !metrics.is_empty() {
            all.insert(name(id), Value::Object(metrics));
        }
    }
    all
}

/// The whole configuration, with what the rules cannot hold from `kept`.
#[must_use]
pub(super) fn whole(
    settings: &RuleSettings,
    kept: &Map<String, Value>,
    name: impl Fn(&ResourceId) -> String,
) -> Value {
    let mut all = kept.clone();
    all.insert("enabled".to_owned(), json!(true));
    all.extend(defaults(settings));
    let mut deviations = match kept.get("overrides") {
        Some(Value::Object(unknown)) => unknown.clone(),
        _ => Map::new(),
    };
    deviations.extend(overrides(settings, name));
    all.insert("overrides".to_owned(), Value::Object(deviations));
    for (key, usual) in INERT {
        all.entry(key).or_insert_with(usual);
    }
    let names: Vec<&str> = INERT.iter().map(|(key, _)| *key).collect();
    all.insert("inert".to_owned(), json!(names));
    Value::Object(all)
}

/// What `config` leaves that the rules cannot hold, kept word for word.
#[must_use]
pub(super) fn rest(config: &Map<String, Value>) -> Map<String, Value> {
    let is_ours = |key: &str| {
        GROUPS.iter().any(|(group, ..)| *group == key)
            || matches!(key, STORAGE | "overrides" | "enabled" | "inert")
    };
    let others = config.iter().filter(|(key, _)| !is_ours(key));
    others
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect()
}

/// The settings with the defaults that `config` names.
///
/// # Errors
/// When a limit makes no sense.
pub(super) fn with_defaults(
    settings: &RuleSettings,
    config: &Map<String, Value>,
) -> Result<RuleSettings, Problem> {
    if config.get("enabled") == Some(&Value::Bool(false)) {
        let problem = "alerts cannot be switched off as a whole; set single triggers to 0";
        return Err(invalid("enabled", problem));
    }
    let before = defaults(settings);
    let mut next = settings.clone();
    for (group, kind, _) in GROUPS {
        let Some(given) = config.get(group) else {
            continue;
        };
        let given = given
            .as_object()
            .ok_or_else(|| invalid(group, "must be an object of limits by metric"))?;
        for (name, value) in given {
            let path = format!("{group}.{name}");
            // Pulse repeated every limit as a bare number of that name.
            let is_same = before[group].get(name) == Some(value);
            if name.ends_with("Legacy") || value.is_null() || is_same {
                continue;
            }
            let key = ours(name).filter(|key| has(kind, key));
            let key = key.ok_or_else(|| invalid(&path, "is not known here"))?;
            let limits = read(&path, key, value, holds(settings, kind, key))?;
            let level = next.kinds.entry(kind).or_default();
            level.metrics.insert(MetricKey::known(key), limits);
        }
    }
    if let Some(value) = config.get(STORAGE)
        && !value.is_null()
        && before.get(STORAGE) != Some(value)
    {
        let kind = ResourceKind::Storage;
        let limits = read(STORAGE, "disk", value, holds(settings, kind, "disk"))?;
        let level = next.kinds.entry(kind).or_default();
        level.metrics.insert(MetricKey::known("disk"), limits);
    }
    Ok(next)
}

/// The settings with the deviations of single resources that `given` names, and what of them
/// names nothing that is known. Where `all` is set, deviations that are not named are taken away.
///
/// # Errors
/// When a limit makes no sense.
pub(super) fn with_overrides(
    settings: &RuleSettings,
    given: &Map<String, Value>,
    all: bool,
    resolve: impl Fn(&str) -> Option<ResourceId>,
) -> Result<(RuleSettings, Map<String, Value>), Problem> {
    let mut next = settings.clone();
    let mut unknown = Map::new();
    let mut named = Vec::new();
    for (text, value) in given {
        let Some(id) = resolve(text) else {
            unknown.insert(text.clone(), value.clone());
            continue;
        };
        let path = format!("overrides.{text}");
        let level = deviation(settings, &id, &path, value)?;
        put(&mut next.resources, &id, level);
        named.push(id);
    }
    if all {
        let others: Vec<ResourceId> = settings
            .resources
            .keys()
            .filter(|id| !named.contains(id))
            .cloned()
            .collect();
        for id in others {
            put(&mut next.resources, &id, BTreeMap::new());
        }
    }
    Ok((next, unknown))
}

type Metrics = BTreeMap<MetricKey, Option<Limits>>;

/// Puts `metrics` in the place of those that Pulse can name; others and rules stay.
fn put(resources: &mut BTreeMap<ResourceId, Level>, id: &ResourceId, metrics: Metrics) {
    let level = resources.entry(id.clone()).or_default();
    let is_theirs = |key: &MetricKey| METRICS.iter().any(|(_, ours)| *ours == key.as_str());
    level.metrics.retain(|key, _| !is_theirs(key));
    level.metrics.extend(metrics);
    if level.is_empty() {
        resources.remove(id);
    }
}

fn deviation(
    settings: &RuleSettings,
    id: &ResourceId,
    path: &str,
    value: &Value,
) -> Result<Metrics, Problem> {
    let mut metrics = Metrics::new();
    if value.is_null() {
        return Ok(metrics);
    }
    let given = value
        .as_object()
        .ok_or_else(|| invalid(path, "must be an object of limits by metric, or null"))?;
    let kind = id.kind();
    if given.get("disabled") == Some(&Value::Bool(true)) {
        for (_, key) in METRICS {
            if has(kind, key) && holds(settings, kind, key).is_some() {
                metrics.insert(MetricKey::known(key), None);
            }
        }
        return Ok(metrics);
    }
    let before = settings.resources.get(id);
    for (name, value) in given {
        if name.ends_with("Legacy") || name == "disabled" || value.is_null() {
            continue;
        }
        let path = format!("{path}.{name}");
        let key = ours(name).filter(|key| has(kind, key));
        let key = key.ok_or_else(|| invalid(&path, "is not a metric of this resource"))?;
        let own = before.and_then(|level| level.metrics.get(&MetricKey::known(key)));
        let limits = match own {
            Some(own) if shown(*own, key) == *value => *own,
            Some(Some(own)) => read(&path, key, value, Some(*own))?,
            _ => read(&path, key, value, holds(settings, kind, key))?,
        };
        metrics.insert(MetricKey::known(key), limits);
    }
    Ok(metrics)
}

/// Reads one limit: `{trigger, clear}`, or a bare trigger; 0 or less switches the metric off. What
/// Pulse cannot say comes from `before`.
fn read(
    path: &str,
    key: &str,
    value: &Value,
    before: Option<Limits>,
) -> Result<Option<Limits>, Problem> {
    let number = |value: &Value| value.as_f64().filter(|number| number.is_finite());
    let wrong = || invalid(path, "must be {\"trigger\": …, \"clear\": …}, or a number");
    let (trigger, clear) = match value {
        Value::Object(fields) => {
            let trigger = fields.get("trigger").and_then(number).ok_or_else(wrong)?;
            let clear = match fields.get("clear") {
                None | Some(Value::Null) => None,
                Some(value) => Some(number(value).ok_or_else(wrong)?),
            };
            (trigger, clear.filter(|clear| *clear > 0.0))
        }
        other => (number(other).ok_or_else(wrong)?, None),
    };
    if trigger <= 0.0 {
        return Ok(None);
    }
    let scale = scale(key);
    if (scale - 0.01).abs() < f64::EPSILON && trigger > 200.0 {
        return Err(invalid(path, "is percent: give 1 to 100, or 0 for off"));
    }
    let clear = clear.unwrap_or(trigger - 5.0).max(0.0);
    if clear >= trigger {
        return Err(invalid(path, "clear must be below trigger"));
    }
    let before = before.unwrap_or_default();
    let dwell_seconds = before
        .warning
        .or(before.critical)
        .map_or(300, |limit| limit.dwell_seconds);
    let raise = tidy(trigger * scale);
    Ok(Some(Limits {
        warning: Some(Limit {
            raise,
            clear: tidy(clear * scale),
            dwell_seconds,
        }),
        // A critical limit that would be crossed before the warning says nothing any more.
        critical: before.critical.filter(|critical| critical.raise > raise),
        ..before
    }))
}

#[cfg(test)]
mod tests;
