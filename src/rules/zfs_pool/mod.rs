//! A ZFS pool that is not whole.

use super::kind::{self, Field, Parsed, RuleKind, Values};
use super::reading::{Evidence, Level, Levels, Moment, Reading};
use super::scene::{It, Scene};
use super::{Rule, words};
use crate::model::alert::Severity;
use crate::model::id::{ResourceId, ResourceKind};
use crate::model::resource::Resource;
use serde::Deserialize;

static KIND: RuleKind = RuleKind {
    name: "zfs_pool",
    label: "ZFS pool not whole",
    about: "Warns when a ZFS pool is degraded, and is critical when it is faulted or cannot be \
            used.",
    of: &[ResourceKind::Node],
    on: [true; 3],
    fields: &[
        Field {
            key: "degraded_severity",
            label: "Severity while degraded",
            ..Field::severity([Severity::Warning, Severity::Warning, Severity::Critical])
        },
        Field::dwell([0.0; 3]),
    ],
};

#[derive(Deserialize)]
struct Settings {
    degraded_severity: Severity,
    dwell_seconds: u32,
}

/// See the module.
pub(super) struct ZfsPoolHealth;

impl Rule for ZfsPoolHealth {
    fn kind(&self) -> &'static RuleKind {
        &KIND
    }

    fn read(&self, values: &Values) -> serde_json::Result<Parsed> {
        kind::read::<Settings>(values)
    }

    fn look(&self, scene: &Scene<'_>, report: &mut dyn FnMut(Reading<'_>)) {
        for (watched, settings) in scene.on::<Settings>(ResourceKind::Node) {
            let It::Resource(Resource::Node(node)) = watched.it else {
                continue;
            };
            let pools = node.facts.zfs.value();
            for pool in pools.map_or(&[][..], Vec::as_slice) {
                let evidence = match &*pool.health {
                    _ if !scene.is_fresh() => Evidence::Unknown,
                    "" | "UNKNOWN" => Evidence::Unknown,
                    health => judge(health, settings),
                };
                report(Reading {
                    subject: &pool.name,
                    about: watched,
                    evidence,
                    sentence: &|moment| {
                        let name = watched.describe();
                        let pool_name = words::clean(&pool.name);
                        match moment {
                            Moment::Holds { held, .. } => {
                                let health = words::clean(&pool.health);
                                let held = words::span(held);
                                format!("{name}: the ZFS pool {pool_name} is {health} for {held}")
                            }
                            Moment::Ended { held } => {
                                let held = words::span(held);
                                format!(
                                    "{name}: the ZFS pool {pool_name} is whole again after {held}"
                                )
                            }
                            Moment::Moot { why } => format!("{name}: {why}"),
                        }
                    },
                });
            }
        }
    }

    fn can_tell(&self, scene: &Scene<'_>, resource: &ResourceId, _: &str) -> bool {
        match scene
            .view
            .resources
            .get(resource)
            .map(|resource| &**resource)
        {
            Some(Resource::Node(node)) => scene.is_fresh() && node.facts.zfs.value().is_some(),
            _ => true,
        }
    }
}

fn judge(health: &str, settings: &Settings) -> Evidence {
    let is_degraded = health != "ONLINE";
    let is_gone = is_degraded && health != "DEGRADED";
    Evidence::Measured {
        value: None,
        levels: Levels::only(
            settings.degraded_severity,
            Level::state(is_degraded, settings.dwell_seconds),
        )
        .and(
            Severity::Critical,
            Level::state(is_gone, settings.dwell_seconds),
        ),
        since: None,
    }
}

#[cfg(test)]
mod tests;
