//! A figure beyond its limit: any metric, of the catalogue or pushed, above or below.

mod filesystems;

use std::sync::Arc;
use std::time::Duration;

use super::kind::{Parsed, RuleKind, Values};
use super::reading::{Evidence, Level, Levels, Moment, Reading};
use super::recent::{Figures, Recent};
use super::scene::{It, Scene, Watched};
use super::settings::{BookEntry, Limits, Side};
use super::{Rule, words};
use crate::model::id::{ResourceId, ResourceKind};
use crate::model::metric::{Metric, MetricKey, Unit};
use crate::model::resource::{Guest, GuestStatus, Resource};
use crate::model::time::Timestamp;

/// The rule's name, which settings of whole levels are found under.
pub(super) const NAME: &str = "threshold";

static KIND: RuleKind = RuleKind {
    name: NAME,
    label: "Figure beyond its limit",
    about: "Warns when a figure stays beyond its limit; limits are set by metric.",
    of: &[
        ResourceKind::Node,
        ResourceKind::Guest,
        ResourceKind::Storage,
        ResourceKind::Datastore,
        ResourceKind::Disk,
        ResourceKind::Game,
        ResourceKind::Pushed,
    ],
    on: [true; 3],
    fields: &[],
};

/// How old a figure may be that does not stand on its resource.
const STALE: Duration = Duration::from_secs(300);

/// What a file system's key begins with; its mount point follows.
const FILESYSTEM: &str = "disk:";

/// The metric that a file system goes by: `disk` for `disk:/srv`.
pub(super) fn whole_of(key: &MetricKey) -> Option<MetricKey> {
    mount_of(key).map(|_| MetricKey::known("disk"))
}

/// The mount point of a file system's key.
pub(super) fn mount_of(key: &MetricKey) -> Option<&str> {
    key.as_str().strip_prefix(FILESYSTEM)
}

/// See the module.
pub(super) struct Threshold;

impl Rule for Threshold {
    fn kind(&self) -> &'static RuleKind {
        &KIND
    }

    fn read(&self, _: &Values) -> serde_json::Result<Parsed> {
        Ok(Arc::new(()))
    }

    fn look(&self, scene: &Scene<'_>, report: &mut dyn FnMut(Reading<'_>)) {
        let is_fresh = scene.is_fresh();
        for watched in scene.all() {
            let set = watched.set();
            let volumes = filesystems::of(watched);
            let figures = figures_of(watched, scene.recent);
            for entry in &set.limits {
                if !volumes.is_empty() && entry.key.as_str() == "disk" {
                    continue;
                }
                let evidence = if is_fresh {
                    judge(watched, entry, figures, scene.now)
                } else {
                    Evidence::Unknown
                };
                report(Reading {
                    subject: entry.key.as_str(),
                    about: watched,
                    evidence,
                    sentence: &|moment| {
                        let label = entry
                            .metric
                            .map_or(entry.key.as_str(), |metric| metric.label);
                        let limits = (entry.metric, &entry.limits);
                        sentence(watched, label, unit_of(entry), limits, evidence, moment)
                    },
                });
            }
            if !volumes.is_empty() {
                filesystems::look(watched, &volumes, is_fresh, report);
            }
        }
    }

    fn can_tell(&self, scene: &Scene<'_>, resource: &ResourceId, subject: &str) -> bool {
        let is_known =
            subject.strip_prefix(FILESYSTEM).is_none() || filesystems::are_known(scene, resource);
        scene.is_fresh() && is_known
    }
}

fn figures_of<'a>(watched: &Watched<'_>, recent: &'a Recent) -> Option<&'a Figures> {
    recent.figures(watched.it.id())
}

/// Why a guest's figures are not judged: a clause, or nothing where they are unknown.
fn idle(guest: &Guest) -> Option<Evidence> {
    if guest.template {
        return Some(Evidence::Moot {
            why: "it is a template",
        });
    }
    match guest.status {
        GuestStatus::Running => None,
        GuestStatus::Stopped => Some(Evidence::Moot {
            why: "it is stopped",
        }),
        GuestStatus::Paused | GuestStatus::Unknown => Some(Evidence::Unknown),
    }
}

fn judge(
    watched: &Watched<'_>,
    entry: &BookEntry,
    figures: Option<&Figures>,
    now: Timestamp,
) -> Evidence {
    let on_resource = match watched.it {
        It::Resource(resource) => {
            if let Resource::Guest(guest) = resource
                && let Some(evidence) = idle(guest)
            {
                return evidence;
            }
            on_resource(resource, entry)
        }
        It::Target(..) | It::Pushed(_) | It::Own(_) => None,
    };
    let value = on_resource.or_else(|| {
        let figure = figures?.get(&entry.key)?;
        (now.since(figure.at) <= STALE).then_some(figure.value)
    });
    match value.filter(|value| value.is_finite()) {
        None => Evidence::Unknown,
        Some(value) => measured(value, entry.metric, &entry.limits),
    }
}

fn on_resource(resource: &Resource, entry: &BookEntry) -> Option<f64> {
    let value = (entry.metric?.read)(resource)?;
    match entry.total {
        None => Some(value),
        Some(total) => match (total.read)(resource) {
            Some(whole) if whole > 0.0 => Some(value / whole),
            _ => None,
        },
    }
}

/// How a figure stands to its limits.
pub(super) fn measured(value: f64, metric: Option<&Metric>, limits: &Limits) -> Evidence {
    let mut levels = Levels::default();
    for (_, severity, side, limit) in limits.each(metric) {
        let level = Level::of(value, side, limit.raise, limit.clear, limit.dwell_seconds);
        levels = levels.and(severity, level);
    }
    Evidence::Measured {
        value: Some(value),
        levels,
        since: None,
    }
}

fn unit_of(entry: &BookEntry) -> Option<Unit> {
    let metric = entry.metric?;
    Some(if entry.total.is_some() {
        Unit::Ratio
    } else {
        metric.unit
    })
}

fn sentence(
    watched: &Watched<'_>,
    label: &str,
    unit: Option<Unit>,
    (metric, limits): (Option<&Metric>, &Limits),
    evidence: Evidence,
    moment: Moment,
) -> String {
    let show = |value| match unit {
        Some(unit) => words::figure(value, unit),
        None => words::number(value),
    };
    let value = evidence
        .value()
        .map_or_else(|| "an unknown figure".to_owned(), show);
    let name = watched.describe();
    let label = words::clean(label);
    match moment {
        Moment::Holds { limit, held } => {
            let held = if held.as_secs() == 0 {
                String::new()
            } else {
                format!(" for {}", words::span(held))
            };
            let limit = limit.map_or_else(String::new, |limit| format!(", limit {}", show(limit)));
            format!("{name}: {label} at {value}{held}{limit}")
        }
        Moment::Ended { held } => {
            let limit = limits.each(metric).next();
            let limit = limit.map_or_else(String::new, |(_, _, side, limit)| {
                let side = match side {
                    Side::Above => "below",
                    Side::Below => "above",
                };
                format!(", {side} {}", show(limit.clear))
            });
            let held = words::span(held);
            format!("{name}: {label} at {value} again after {held}{limit}")
        }
        Moment::Moot { why } => format!("{name}: {label} is no longer judged, {why}"),
    }
}

#[cfg(test)]
mod tests;
