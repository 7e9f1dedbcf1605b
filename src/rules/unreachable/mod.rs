//! A target that cannot be looked at, after so many looks in a row that it is no accident.

use serde::Deserialize;

use super::kind::{self, Field, Parsed, RuleKind, Values};
use super::reading::{Evidence, Level, Levels, Moment, Reading, Signal};
use super::scene::Scene;
use super::{Rule, certificate_changed, words};
use crate::model::alert::Severity;
use crate::model::id::{ResourceId, ResourceKind};
use crate::model::target::{Failure, FailureKind, Reachability, TargetSummary};

/// Characters of a host's own words that are repeated.
const MESSAGE_LENGTH: usize = 240;

static KIND: RuleKind = RuleKind {
    name: "unreachable",
    label: "Target unreachable",
    about: "Warns when so many looks at a target in a row have failed that it is no accident.",
    of: &[ResourceKind::Target],
    on: [true; 3],
    fields: &[
        Field::number(
            "attempts",
            "Failed looks in a row",
            "",
            [1.0, 1000.0],
            [6.0, 3.0, 2.0],
        ),
        Field::severity([Severity::Critical; 3]),
    ],
};

#[derive(Deserialize)]
struct Settings {
    attempts: u32,
    severity: Severity,
}

/// See the module.
pub(super) struct Unreachable;

impl Rule for Unreachable {
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
        let summary = &scene.view.summary;
        let measured = |signal, since| {
            let level = Level {
                signal,
                ..Level::state(false, 0)
            };
            Evidence::Measured {
                value: None,
                levels: Levels::only(settings.severity, level),
                since,
            }
        };
        let evidence = match &summary.reachability {
            Reachability::Pending => Evidence::Unknown,
            Reachability::Online { .. } => measured(Signal::Within, None),
            Reachability::Failing { attempts, .. } if *attempts < settings.attempts => {
                measured(Signal::Between, None)
            }
            // That is told by a rule of its own, and once is enough.
            Reachability::Failing { failure, .. }
                if failure.kind == FailureKind::CertificateChanged
                    && scene.target.set().is_on(certificate_changed::NAME) =>
            {
                measured(Signal::Between, None)
            }
            Reachability::Failing { since, .. } => measured(Signal::Beyond, Some(*since)),
        };
        report(Reading {
            subject: "reachability",
            about: &scene.target,
            evidence,
            sentence: &|moment| sentence(summary, moment),
        });
    }

    fn can_tell(&self, _: &Scene<'_>, _: &ResourceId, _: &str) -> bool {
        true
    }
}

fn sentence(summary: &TargetSummary, moment: Moment) -> String {
    let name = words::clean(&summary.name);
    let address = words::clean(&summary.address);
    match (moment, &summary.reachability) {
        (Moment::Holds { held, .. }, Reachability::Failing { failure, .. }) => {
            let held = words::span(held);
            format!(
                "{name} ({address}): {} for {held}{}",
                class(failure.kind),
                details(failure)
            )
        }
        (Moment::Ended { held }, _) => {
            format!(
                "{name} ({address}) answers again after {}",
                words::span(held)
            )
        }
        (Moment::Holds { .. } | Moment::Moot { .. }, _) => {
            format!("{name} ({address}) could not be looked at")
        }
    }
}

fn details(failure: &Failure) -> String {
    let message = words::shorten(&failure.message, MESSAGE_LENGTH);
    match &failure.fix {
        None => format!(" — {message}"),
        Some(fix) => format!(" — {message}. {}", words::shorten(fix, MESSAGE_LENGTH)),
    }
}

const fn class(kind: FailureKind) -> &'static str {
    match kind {
        FailureKind::NameUnknown => "its name has not resolved",
        FailureKind::Unreachable => "nothing has answered there",
        FailureKind::Timeout => "it has not answered in time",
        FailureKind::CertificateUntrusted => "its certificate has not been trusted",
        FailureKind::CertificateChanged => "it has shown another certificate than the trusted one",
        FailureKind::Unauthorized => "it has refused our token",
        FailureKind::Forbidden => "our token has lacked a privilege nothing works without",
        FailureKind::RateLimited => "it has asked us to ask less often",
        FailureKind::ServerError => "it has answered with errors",
        FailureKind::BadAnswer => "it has answered something that is not understood",
    }
}
