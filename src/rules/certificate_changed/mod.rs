//! A target that shows another certificate than the one that was trusted.

use super::Rule;
use super::kind::{self, Field, Parsed, Plain, RuleKind, Values};
use super::reading::{Evidence, Moment, Reading};
use super::scene::Scene;
use super::words;
use crate::model::alert::Severity;
use crate::model::id::{ResourceId, ResourceKind};
use crate::model::target::{FailureKind, Reachability};

/// The rule's name.
pub(super) const NAME: &str = "certificate_changed";

static KIND: RuleKind = RuleKind {
    name: NAME,
    label: "Certificate changed",
    about: "Warns at once when a target shows another certificate than the trusted one: it was \
            renewed, or somebody stands in between.",
    of: &[ResourceKind::Target],
    on: [true; 3],
    fields: &[
        Field::severity([Severity::Critical; 3]),
        Field::dwell([0.0; 3]),
    ],
};

/// See the module.
pub(super) struct CertificateChanged;

impl Rule for CertificateChanged {
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
        let measured =
            |is_beyond| Evidence::state(is_beyond, settings.severity, settings.dwell_seconds);
        let (evidence, failure) = match &scene.view.summary.reachability {
            Reachability::Online { .. } => (measured(false), None),
            Reachability::Failing { failure, .. }
                if failure.kind == FailureKind::CertificateChanged =>
            {
                (measured(true), Some(failure))
            }
            // Whoever does not answer shows no certificate.
            Reachability::Pending | Reachability::Failing { .. } => (Evidence::Unknown, None),
        };
        report(Reading {
            subject: "certificate",
            about: &scene.target,
            evidence,
            sentence: &|moment| {
                let name = scene.target.name();
                match moment {
                    Moment::Holds { .. } => {
                        let details = failure.map_or_else(String::new, |failure| {
                            let fix = failure.fix.as_deref().unwrap_or_default();
                            let said = format!("{}. {fix}", failure.message);
                            format!(
                                " — {}",
                                words::shorten(said.trim_end_matches([' ', '.']), 400)
                            )
                        });
                        format!("{name}: shows another certificate than the trusted one{details}")
                    }
                    Moment::Ended { held } => {
                        let held = words::span(held);
                        format!("{name}: shows a certificate that is trusted again after {held}")
                    }
                    Moment::Moot { why } => format!("{name}: {why}"),
                }
            },
        });
    }

    fn can_tell(&self, _: &Scene<'_>, _: &ResourceId, _: &str) -> bool {
        true
    }
}

#[cfg(test)]
mod tests;
