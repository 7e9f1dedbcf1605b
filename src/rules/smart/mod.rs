//! A physical disk that failed its own test.

use super::Rule;
use super::kind::{self, Field, Parsed, Plain, RuleKind, Values};
use super::reading::{Evidence, Moment, Reading};
use super::scene::{It, Scene};
use super::words;
use crate::model::alert::Severity;
use crate::model::id::ResourceKind;
use crate::model::resource::{DiskHealth, Resource};

static KIND: RuleKind = RuleKind {
    name: "smart",
    label: "Disk failed its own test",
    about: "Warns when a disk says of itself (SMART) that it fails. Wear is a metric with limits.",
    of: &[ResourceKind::Disk],
    on: [true; 3],
    fields: &[
        Field::severity([Severity::Critical; 3]),
        Field::dwell([0.0; 3]),
    ],
};

/// See the module.
pub(super) struct Smart;

impl Rule for Smart {
    fn kind(&self) -> &'static RuleKind {
        &KIND
    }

    fn read(&self, values: &Values) -> serde_json::Result<Parsed> {
        kind::read::<Plain>(values)
    }

    fn look(&self, scene: &Scene<'_>, report: &mut dyn FnMut(Reading<'_>)) {
        for (watched, settings) in scene.on::<Plain>(ResourceKind::Disk) {
            let It::Resource(Resource::Disk(disk)) = watched.it else {
                continue;
            };
            let measured =
                |is_beyond| Evidence::state(is_beyond, settings.severity, settings.dwell_seconds);
            let evidence = match disk.health {
                _ if !scene.is_fresh() => Evidence::Unknown,
                DiskHealth::Passed => measured(false),
                DiskHealth::Failed => measured(true),
                DiskHealth::Unknown => Evidence::Unknown,
            };
            report(Reading {
                subject: "health",
                about: watched,
                evidence,
                sentence: &|moment| {
                    let name = watched.describe();
                    let model = disk.model.as_deref().map(words::clean).unwrap_or_default();
                    match moment {
                        Moment::Holds { .. } => {
                            let model = if model.is_empty() {
                                String::new()
                            } else {
                                format!(", {model},")
                            };
                            format!("{name}{model} says that it is failing; replace it")
                        }
                        Moment::Ended { .. } => format!("{name}: says that it is well"),
                        Moment::Moot { why } => format!("{name}: {why}"),
                    }
                },
            });
        }
    }
}

#[cfg(test)]
mod tests;
