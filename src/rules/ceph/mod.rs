//! A Ceph cluster that complains.

use super::kind::{self, Field, Parsed, RuleKind, Values};
use super::reading::{Evidence, Level, Levels, Moment, Reading};
use super::scene::Scene;
use super::{Rule, words};
use crate::model::alert::Severity;
use crate::model::id::ResourceKind;
use serde::Deserialize;

static KIND: RuleKind = RuleKind {
    name: "ceph",
    label: "Ceph complains",
    about: "Warns when Ceph calls its health HEALTH_WARN, and is critical at HEALTH_ERR.",
    of: &[ResourceKind::Target],
    on: [true; 3],
    fields: &[
        Field {
            key: "warn_severity",
            label: "Severity of HEALTH_WARN",
            ..Field::severity([Severity::Info, Severity::Warning, Severity::Warning])
        },
        Field::dwell([900.0, 300.0, 60.0]),
    ],
};

#[derive(Deserialize)]
struct Settings {
    warn_severity: Severity,
    dwell_seconds: u32,
}

/// See the module.
pub(super) struct CephHealth;

impl Rule for CephHealth {
    fn kind(&self) -> &'static RuleKind {
        &KIND
    }

    fn read(&self, values: &Values) -> serde_json::Result<Parsed> {
        kind::read::<Settings>(values)
    }

    fn look(&self, scene: &Scene<'_>, report: &mut dyn FnMut(Reading<'_>)) {
        let Some(settings) = scene.for_target::<Settings>() else {
            return;
        };
        let ceph = scene.view.facts.ceph.value();
        let level = |is_beyond| Level::state(is_beyond, settings.dwell_seconds);
        let measured = |warns, fails| Evidence::Measured {
            value: None,
            levels: Levels::only(settings.warn_severity, level(warns))
                .and(Severity::Critical, level(fails)),
            since: None,
        };
        let evidence = match ceph.map(|ceph| &*ceph.health) {
            _ if !scene.is_fresh() => Evidence::Unknown,
            Some("HEALTH_OK") => measured(false, false),
            Some("HEALTH_WARN") => measured(true, false),
            Some("HEALTH_ERR") => measured(true, true),
            Some(_) | None => Evidence::Unknown,
        };
        report(Reading {
            subject: "ceph",
            about: &scene.target,
            evidence,
            sentence: &|moment| {
                let name = scene.target.name();
                match moment {
                    Moment::Holds { .. } => {
                        let health = ceph.map(|ceph| words::clean(&ceph.health));
                        let checks = ceph.map(|ceph| ceph.checks.join(", ")).unwrap_or_default();
                        let checks = words::shorten(&checks, 240);
                        let checks = if checks.is_empty() {
                            checks
                        } else {
                            format!(" — {checks}")
                        };
                        format!("{name}: Ceph says {}{checks}", health.unwrap_or_default())
                    }
                    Moment::Ended { held } => {
                        format!("{name}: Ceph is well again after {}", words::span(held))
                    }
                    Moment::Moot { why } => format!("{name}: {why}"),
                }
            },
        });
    }
}

#[cfg(test)]
mod tests;
