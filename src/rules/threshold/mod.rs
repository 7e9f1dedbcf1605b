//! A figure beyond its limit: any metric of the catalogue, above or below by its direction.

use std::borrow::Cow;
use std::time::Duration;

use super::reading::{About, Evidence, Level, Levels, Moment, Reading, Scene, Signal};
use super::settings::{BookEntry, Limit};
use super::{Rule, words};
use crate::model::alert::Severity;
use crate::model::metric::{Direction, Metric};
use crate::model::resource::{GuestStatus, Resource};

/// See the module.
pub(super) struct Threshold;

impl Rule for Threshold {
    fn name(&self) -> &'static str {
        "threshold"
    }

    fn look(&self, scene: &Scene<'_>, report: &mut dyn FnMut(Reading<'_>)) {
        // What a target said before it stopped answering says nothing about now.
        let is_fresh = scene.view.summary.reachability.is_online();
        for resource in scene.view.resources.values() {
            for entry in scene.limits.of(resource.id()) {
                let evidence = if is_fresh {
                    judge(resource, entry)
                } else {
                    Evidence::Unknown
                };
                report(Reading {
                    subject: Cow::Borrowed(entry.metric.key),
                    about: About::Resource(resource),
                    evidence,
                    sentence: &|moment| sentence(resource, entry, evidence, moment),
                });
            }
        }
    }
}

fn judge(resource: &Resource, entry: &BookEntry) -> Evidence {
    if let Resource::Guest(guest) = resource {
        if guest.template {
            return Evidence::Moot {
                why: "it is a template",
            };
        }
        match guest.status {
            GuestStatus::Running => {}
            GuestStatus::Stopped => {
                return Evidence::Moot {
                    why: "it is stopped",
                };
            }
            GuestStatus::Paused | GuestStatus::Unknown => return Evidence::Unknown,
        }
    }
    let Some(value) = entry
        .metric
        .judged(resource)
        .filter(|value| value.is_finite())
    else {
        return Evidence::Unknown;
    };
    let level = |limit: Option<Limit>| limit.map(|limit| stand(value, entry.metric, limit));
    Evidence::Measured {
        value: Some(value),
        levels: Levels::default()
            .with(Severity::Warning, level(entry.limits.warning))
            .with(Severity::Critical, level(entry.limits.critical)),
        since: None,
    }
}

fn stand(value: f64, metric: &Metric, limit: Limit) -> Level {
    let (is_beyond, is_within) = match metric.direction {
        Direction::HigherIsWorse | Direction::Neutral => {
            (value >= limit.raise, value < limit.clear)
        }
        Direction::LowerIsWorse => (value <= limit.raise, value > limit.clear),
    };
    Level {
        signal: if is_beyond {
            Signal::Beyond
        } else if is_within {
            Signal::Within
        } else {
            Signal::Between
        },
        dwell: Duration::from_secs(limit.dwell_seconds.into()),
        limit: Some(limit.raise),
    }
}

fn sentence(resource: &Resource, entry: &BookEntry, evidence: Evidence, moment: Moment) -> String {
    let metric = entry.metric;
    let show = |value| words::figure(value, metric.judged_unit());
    let value = match evidence {
        Evidence::Measured {
            value: Some(value), ..
        } => show(value),
        Evidence::Measured { value: None, .. } | Evidence::Unknown | Evidence::Moot { .. } => {
            "an unknown figure".to_owned()
        }
    };
    let name = words::describe(resource);
    let label = metric.label;
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
            let side = match metric.direction {
                Direction::HigherIsWorse | Direction::Neutral => "below",
                Direction::LowerIsWorse => "above",
            };
            let limit = entry.limits.warning.or(entry.limits.critical);
            let limit = limit.map_or_else(String::new, |limit| {
                format!(", {side} {}", show(limit.clear))
            });
            format!(
                "{name}: {label} at {value} again after {}{limit}",
                words::span(held)
            )
        }
        Moment::Moot { why } => format!("{name}: {label} is no longer judged, {why}"),
    }
}
