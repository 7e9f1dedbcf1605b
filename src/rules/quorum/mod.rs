//! A cluster that has lost its quorum: nothing can be started or changed in it.

use super::kind::{self, Field, Parsed, Plain, RuleKind, Values};
use super::reading::{Evidence, Moment, Reading};
use super::scene::Scene;
use super::{Rule, words};
use crate::model::alert::Severity;
use crate::model::id::ResourceKind;

static KIND: RuleKind = RuleKind {
    name: "quorum",
    label: "Quorum lost",
    about: "Warns when a cluster has no quorum: nothing can be started or changed in it.",
    of: &[ResourceKind::Target],
    on: [true; 3],
    fields: &[
        Field::severity([Severity::Critical; 3]),
        Field::dwell([60.0, 20.0, 0.0]),
    ],
};

/// See the module.
pub(super) struct Quorum;

impl Rule for Quorum {
    fn kind(&self) -> &'static RuleKind {
        &KIND
    }

    fn read(&self, values: &Values) -> serde_json::Result<Parsed> {
        kind::read::<Plain>(values)
    }

    fn look(&self, scene: &Scene<'_>, report: &mut dyn FnMut(Reading<'_>)) {
        let Some(settings) = scene.for_target::<Plain>() else {
            return;
        };
        let evidence = match scene.view.summary.quorate {
            Some(quorate) if scene.is_fresh() => {
                Evidence::state(!quorate, settings.severity, settings.dwell_seconds)
            }
            _ => Evidence::Unknown,
        };
        report(Reading {
            subject: "quorum",
            about: &scene.target,
            evidence,
            sentence: &|moment| {
                let name = scene.target.name();
                match moment {
                    Moment::Holds { held, .. } => {
                        format!(
                            "{name}: the cluster has had no quorum for {}",
                            words::span(held)
                        )
                    }
                    Moment::Ended { held } => {
                        format!("{name}: quorate again after {}", words::span(held))
                    }
                    Moment::Moot { why } => format!("{name}: {why}"),
                }
            },
        });
    }
}

#[cfg(test)]
mod tests;
