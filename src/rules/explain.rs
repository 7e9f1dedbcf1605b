//! Why things are as they are: for every rule and subject of a resource, which level set what,
//! what the rule saw, and what will become of it.

use crate::model::alert::Severity;
use crate::model::id::ResourceId;
use crate::model::metric::{self, MetricKey, Unit};
use crate::model::time::Timestamp;
use crate::state::TargetView;

use super::index::Index;
use super::judge::Recall;
use super::kind::Values;
use super::memory::Memory;
use super::reading::{Evidence, Reading};
use super::scene::{Scene, Sources};
use super::settings::{Limits, Place, Resolved, RuleBook, RuleSettings, metric_of, rule_of};
use super::{RULES, threshold};

/// Everything there is to say of one resource.
#[derive(Clone, Debug)]
pub struct Explanation {
    /// Which resource.
    pub resource: ResourceId,
    /// When it was last looked at.
    pub seen_at: Option<Timestamp>,
    /// One entry for each rule and subject.
    pub rules: Vec<Explained>,
}

/// What there is to say of one rule and subject.
#[derive(Clone, Debug)]
pub struct Explained {
    /// The rule's name.
    pub rule: &'static str,
    /// The rule's name for people.
    pub label: &'static str,
    /// About what; empty where the rule is off and looks at nothing.
    pub subject: String,
    /// What the figure counts, where that is known.
    pub unit: Option<Unit>,
    /// Which level set what.
    pub setting: Setting,
    /// What the rule sees now.
    pub saw: Option<Evidence>,
    /// How it stands.
    pub standing: Standing,
    /// For each severity that is beyond its limit and waits: when it will fire.
    pub pending: Vec<Pending>,
    /// Where it clears, while it fires: the figure has to get past this.
    pub clears_at: Option<f64>,
}

/// Which level set what.
#[derive(Clone, Debug)]
pub enum Setting {
    /// The limits of a metric.
    Limits(Resolved<Limits>),
    /// The settings of a rule.
    Values(Resolved<Values>),
}

/// How something stands.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Standing {
    /// The rule or the metric is off here.
    Off,
    /// Within its limits.
    Within,
    /// Beyond a limit, not long enough yet.
    Pending,
    /// It fires.
    Firing {
        /// How badly.
        severity: Severity,
        /// Since when it holds.
        since: Timestamp,
    },
    /// The question makes no sense now.
    Moot {
        /// Why.
        why: &'static str,
    },
    /// Nobody can tell.
    Unknown,
}

/// A severity that is beyond its limit and waits.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pending {
    /// Which severity.
    pub severity: Severity,
    /// Since when it has been beyond.
    pub since: Timestamp,
    /// When it fires if it stays so.
    pub fires_at: Timestamp,
}

/// Explains one resource of a target, or the target itself. `only` leaves everything out but one
/// metric or other subject.
#[must_use]
pub fn explain(
    settings: &std::sync::Arc<RuleSettings>,
    view: &TargetView,
    id: &ResourceId,
    only: Option<&str>,
    recall: &Recall,
    now: Timestamp,
) -> Explanation {
    let mut index = Index::default();
    index.refresh(&view.facts);
    let target = ResourceId::target(&view.summary.id);
    let sources = Sources {
        index: &index,
        recent: &recall.recent,
        forecasts: &recall.forecasts,
        now,
    };
    let mut book = RuleBook::new(std::sync::Arc::clone(settings));
    let mut scene = Scene::new(view, &target, sources, &mut book, |_| false);
    let resource = view.resources.get(id);
    let place = resource.map_or_else(|| Place::bare(id), |resource| Place::of(resource));
    let wanted = |subject: &str| only.is_none_or(|only| only == subject);
    let mut found = Vec::new();
    for (at, rule) in RULES.iter().enumerate() {
        let kind = rule.kind();
        if !kind.of.contains(&id.kind()) || rule.is_inward() {
            continue;
        }
        let mut seen: Vec<(String, Evidence)> = Vec::new();
        rule.look(scene.for_rule(at), &mut |reading: Reading<'_>| {
            if reading.about.it.id() == id && wanted(reading.subject) {
                seen.push((reading.subject.to_owned(), reading.evidence));
            }
        });
        // What is remembered, though the rule has nothing to say of it now.
        let notes = recall.notes.iter().filter(|note| note.rule == kind.name);
        for note in notes.filter(|note| wanted(&note.subject)) {
            if !seen.iter().any(|(subject, _)| *subject == note.subject) {
                seen.push((note.subject.clone(), Evidence::Unknown));
            }
        }
        let is_threshold = kind.name == threshold::NAME;
        let said = seen.into_iter().map(|(subject, evidence)| {
            let setting = if is_threshold {
                let key = MetricKey::parse(&subject);
                Setting::Limits(metric_of(settings, place, &key))
            } else {
                Setting::Values(rule_of(settings, place, kind))
            };
            let mut notes = recall.notes.iter();
            let memory = notes
                .find(|note| note.rule == kind.name && note.subject == subject)
                .map(|note| &note.memory);
            one((kind.name, kind.label), subject, setting, evidence, memory)
        });
        let before = found.len();
        found.extend(said);
        if is_threshold {
            let off = silent_metrics(settings, place, &found[before..]);
            found.extend(off.filter(|off| wanted(&off.subject)).collect::<Vec<_>>());
        } else if found.len() == before && only.is_none() {
            let setting = rule_of(settings, place, kind);
            let is_off = setting.value.is_none();
            found.push(Explained {
                rule: kind.name,
                label: kind.label,
                subject: String::new(),
                unit: None,
                setting: Setting::Values(setting),
                saw: None,
                standing: if is_off {
                    Standing::Off
                } else {
                    Standing::Unknown
                },
                pending: Vec::new(),
                clears_at: None,
            });
        }
    }
    Explanation {
        resource: id.clone(),
        seen_at: view.seen_at,
        rules: found,
    }
}

/// The metrics of a resource that are not judged, and which level says so.
fn silent_metrics<'a>(
    settings: &'a RuleSettings,
    place: Place<'a>,
    judged: &[Explained],
) -> impl Iterator<Item = Explained> + use<'a> {
    let judged: Vec<String> = judged.iter().map(|one| one.subject.clone()).collect();
    let has_volumes = judged.iter().any(|subject| subject.starts_with("disk:"));
    metric::of_kind(place.kind)
        .filter(move |metric| !judged.iter().any(|subject| subject == metric.key))
        .filter(move |metric| !(has_volumes && metric.key == "disk"))
        .filter(|metric| !metric::is_whole(metric.key))
        .map(move |metric| Explained {
            rule: threshold::NAME,
            label: metric.label,
            subject: metric.key.to_owned(),
            unit: Some(metric.judged_unit()),
            setting: Setting::Limits(metric_of(settings, place, &metric.key())),
            saw: None,
            standing: Standing::Off,
            pending: Vec::new(),
            clears_at: None,
        })
}

fn one(
    (rule, label): (&'static str, &'static str),
    subject: String,
    setting: Setting,
    evidence: Evidence,
    memory: Option<&Memory>,
) -> Explained {
    let firing = memory.and_then(Memory::firing);
    let mut pending = Vec::new();
    let mut clears_at = None;
    if let Evidence::Measured { levels, .. } = evidence {
        for severity in Severity::ALL {
            let since = memory.and_then(|memory| memory.beyond_since(severity));
            if let (Some(level), Some(since)) = (levels.get(severity), since)
                && firing.is_none_or(|(fires, _)| fires < severity)
            {
                pending.push(Pending {
                    severity,
                    since,
                    fires_at: since + level.dwell,
                });
            }
        }
        // It ends once the mildest severity that it holds with is over.
        clears_at = firing.and_then(|(fires, _)| {
            let held = Severity::ALL;
            let mut held = held.into_iter().filter(|severity| *severity <= fires);
            held.find_map(|severity| levels.get(severity)?.clear)
        });
    }
    let standing = match (firing, evidence) {
        (Some((severity, since)), _) => Standing::Firing { severity, since },
        (None, Evidence::Moot { why }) => Standing::Moot { why },
        (None, Evidence::Unknown) => Standing::Unknown,
        (None, Evidence::Measured { .. }) if pending.is_empty() => Standing::Within,
        (None, Evidence::Measured { .. }) => Standing::Pending,
    };
    let metric = metric::find(subject.split(':').next().unwrap_or_default());
    let is_figure = rule == threshold::NAME;
    Explained {
        rule,
        label: metric
            .filter(|_| is_figure)
            .map_or(label, |metric| metric.label),
        unit: metric
            .filter(|_| is_figure)
            .map(metric::Metric::judged_unit),
        subject,
        setting,
        saw: Some(evidence),
        standing,
        pending,
        clears_at,
    }
}

#[cfg(test)]
mod tests;
