//! A node's certificate that ends soon.

use super::kind::{self, Field, Pair, Parsed, Preset, RuleKind, Values};
use super::reading::{Evidence, Moment, Reading};
use super::scene::{It, Scene};
use super::{Rule, words};
use crate::model::id::{ResourceId, ResourceKind};
use crate::model::resource::Resource;

static KIND: RuleKind = RuleKind {
    name: "certificate_expiry",
    label: "Certificate ends",
    about: "Warns when a certificate of a node's API ends within so many days.",
    of: &[ResourceKind::Node],
    on: [true; 3],
    fields: &[
        Field::limit(
            "warning",
            "Warn when it ends within",
            "days",
            [0.0, 3650.0],
            // Let's Encrypt's certificates are renewed 30 days before they end.
            [
                Preset::Number(7.0),
                Preset::Number(14.0),
                Preset::Number(28.0),
            ],
        ),
        Field::limit(
            "critical",
            "Critical when it ends within",
            "days",
            [0.0, 3650.0],
            [
                Preset::Number(1.0),
                Preset::Number(3.0),
                Preset::Number(7.0),
            ],
        ),
    ],
};

/// See the module.
pub(super) struct CertificateExpiry;

impl Rule for CertificateExpiry {
    fn kind(&self) -> &'static RuleKind {
        &KIND
    }

    fn read(&self, values: &Values) -> serde_json::Result<Parsed> {
        kind::read::<Pair>(values)
    }

    fn look(&self, scene: &Scene<'_>, report: &mut dyn FnMut(Reading<'_>)) {
        for (watched, pair) in scene.on::<Pair>(ResourceKind::Node) {
            let It::Resource(Resource::Node(node)) = watched.it else {
                continue;
            };
            let certificates = node.facts.certificates.value();
            for certificate in certificates.map_or(&[][..], Vec::as_slice) {
                let left = certificate
                    .expires_at
                    .filter(|_| scene.is_fresh())
                    .map(|at| scene.now.days_until(at));
                let evidence = match left {
                    None => Evidence::Unknown,
                    Some(left) => Evidence::below(left, *pair, 1.0, 0),
                };
                report(Reading {
                    subject: &certificate.file,
                    about: watched,
                    evidence,
                    sentence: &|moment| {
                        let name = watched.describe();
                        let file = words::clean(&certificate.file);
                        match (moment, left) {
                            (Moment::Holds { .. }, Some(left)) if left <= 0.0 => {
                                format!("{name}: the certificate {file} has ended")
                            }
                            (Moment::Holds { .. }, left) => {
                                let left = left.map(words::days).unwrap_or_default();
                                format!("{name}: the certificate {file} ends in {left}")
                            }
                            (Moment::Ended { .. }, _) => {
                                format!("{name}: the certificate {file} was renewed")
                            }
                            (Moment::Moot { why }, _) => format!("{name}: {why}"),
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
            Some(Resource::Node(node)) => {
                scene.is_fresh() && node.facts.certificates.value().is_some()
            }
            _ => true,
        }
    }
}

#[cfg(test)]
mod tests;
