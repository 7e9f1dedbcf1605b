//! A target whose token has lost a privilege that something is not seen without. What it has never
//! had is told when the target is set up, not as an alert.

use super::kind::{self, Field, Parsed, Plain, RuleKind, Values};
use super::reading::{Evidence, Moment, Reading};
use super::scene::Scene;
use super::{Rule, words};
use crate::model::alert::Severity;
use crate::model::id::ResourceKind;
use crate::model::target::MissingPrivilege;

static KIND: RuleKind = RuleKind {
    name: NAME,
    label: "Token has lost a privilege",
    about: "Warns when the token for a target has lost a privilege without which something is not \
            watched. What only adds details does not count, nor what it has never had: the target's \
            page tells of that.",
    of: &[ResourceKind::Target],
    on: [true; 3],
    fields: &[
        Field::severity([Severity::Warning; 3]),
        Field::dwell([600.0, 120.0, 0.0]),
    ],
};

/// See the module.
pub(super) struct PermissionLost;

/// Its name, by which the judge knows open alerts of a token that was whole.
pub(super) const NAME: &str = "permission_lost";

impl Rule for PermissionLost {
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
        let missing = &scene.view.summary.missing;
        let target = &scene.view.summary.id;
        let lost = missing
            .iter()
            .find(|missing| !missing.optional && scene.recent.is_lost(target, missing));
        let evidence = if scene.is_fresh() {
            Evidence::state(lost.is_some(), settings.severity, settings.dwell_seconds)
        } else {
            Evidence::Unknown
        };
        report(Reading {
            subject: "permissions",
            about: &scene.target,
            evidence,
            sentence: &|moment| sentence(&scene.target.name(), lost, moment),
        });
    }
}

fn sentence(name: &str, lost: Option<&MissingPrivilege>, moment: Moment) -> String {
    match (moment, lost) {
        (Moment::Holds { .. }, Some(lost)) => format!(
            "{name}: the token has lost {} on {}, so {} is not watched. Run: {}",
            words::clean(&lost.privilege),
            words::clean(&lost.path),
            words::shorten(&lost.hides, 120),
            words::shorten(&lost.fix, 400),
        ),
        (Moment::Holds { .. }, None) => format!("{name}: the token has lost a privilege"),
        (Moment::Ended { .. }, _) => format!("{name}: the token may see everything again"),
        (Moment::Moot { why }, _) => format!("{name}: {why}"),
    }
}

#[cfg(test)]
mod tests;
