//! A storage or datastore that cannot be used.

use super::kind::{self, Field, Parsed, Plain, RuleKind, Values};
use super::reading::{Evidence, Moment, Reading};
use super::scene::{It, Scene};
use super::{Rule, words};
use crate::model::alert::Severity;
use crate::model::id::ResourceKind;
use crate::model::resource::{DatastoreStatus, Resource, StorageStatus};

static KIND: RuleKind = RuleKind {
    name: "storage_offline",
    label: "Storage cannot be used",
    about: "Warns when a storage is inactive, or a datastore does not answer though it is not in \
            maintenance.",
    of: &[ResourceKind::Storage, ResourceKind::Datastore],
    on: [true; 3],
    fields: &[
        Field::severity([Severity::Critical; 3]),
        Field::dwell([600.0, 120.0, 60.0]),
    ],
};

/// See the module.
pub(super) struct StorageOffline;

impl Rule for StorageOffline {
    fn kind(&self) -> &'static RuleKind {
        &KIND
    }

    fn read(&self, values: &Values) -> serde_json::Result<Parsed> {
        kind::read::<Plain>(values)
    }

    fn look(&self, scene: &Scene<'_>, report: &mut dyn FnMut(Reading<'_>)) {
        for kind in [ResourceKind::Storage, ResourceKind::Datastore] {
            for (watched, settings) in scene.on::<Plain>(kind) {
                let (is_beyond, problem) = match watched.it {
                    It::Resource(Resource::Storage(storage)) => {
                        (storage.status == StorageStatus::Unknown, None)
                    }
                    It::Resource(Resource::Datastore(store)) => {
                        let failing = store.status == DatastoreStatus::Failing;
                        (failing, store.problem.as_deref())
                    }
                    _ => continue,
                };
                let evidence = if scene.is_fresh() {
                    Evidence::state(is_beyond, settings.severity, settings.dwell_seconds)
                } else {
                    Evidence::Unknown
                };
                report(Reading {
                    subject: "status",
                    about: watched,
                    evidence,
                    sentence: &|moment| sentence(&watched.describe(), problem, moment),
                });
            }
        }
    }
}

fn sentence(name: &str, problem: Option<&str>, moment: Moment) -> String {
    match moment {
        Moment::Holds { held, .. } => {
            let problem = problem.map_or_else(String::new, |problem| {
                format!(" — {}", words::shorten(problem, 240))
            });
            format!("{name}: cannot be used for {}{problem}", words::span(held))
        }
        Moment::Ended { held } => {
            format!("{name}: can be used again after {}", words::span(held))
        }
        Moment::Moot { why } => format!("{name}: {why}"),
    }
}

#[cfg(test)]
mod tests;
