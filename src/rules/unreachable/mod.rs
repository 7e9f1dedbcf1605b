//! A target that cannot be looked at, after so many looks in a row that it is no accident.

use std::borrow::Cow;
use std::time::Duration;

use super::reading::{About, Evidence, Level, Levels, Moment, Reading, Scene, Signal};
use super::{Rule, words};
use crate::model::target::{Failure, FailureKind, Reachability, TargetSummary};

/// Characters of a host's own words that are repeated.
const MESSAGE_LENGTH: usize = 240;

/// See the module.
pub(super) struct Unreachable;

impl Rule for Unreachable {
    fn name(&self) -> &'static str {
        "unreachable"
    }

    fn look(&self, scene: &Scene<'_>, report: &mut dyn FnMut(Reading<'_>)) {
        let Some(settings) = scene.settings.unreachable else {
            return;
        };
        let summary = &scene.view.summary;
        let measured = |signal, since| Evidence::Measured {
            value: None,
            levels: Levels::only(
                settings.severity,
                Level {
                    signal,
                    dwell: Duration::ZERO,
                    limit: None,
                },
            ),
            since,
        };
        let evidence = match &summary.reachability {
            Reachability::Pending => Evidence::Unknown,
            Reachability::Online { .. } => measured(Signal::Within, None),
            Reachability::Failing { attempts, .. } if *attempts < settings.attempts => {
                measured(Signal::Between, None)
            }
            Reachability::Failing { since, .. } => measured(Signal::Beyond, Some(*since)),
        };
        report(Reading {
            subject: Cow::Borrowed("reachability"),
            about: About::Target(summary),
            evidence,
            sentence: &|moment| sentence(summary, moment),
        });
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
        FailureKind::ServerError => "it has answered with errors",
        FailureKind::BadAnswer => "it has answered something that is not understood",
    }
}
