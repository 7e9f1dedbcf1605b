//! Something that pushed its figures and has stopped to.

use super::kind::{self, Field, Parsed, RuleKind, Values};
use super::reading::{Evidence, Level, Levels, Moment, Reading};
use super::scene::Scene;
use super::settings::Side;
use super::{Rule, words};
use crate::model::alert::Severity;
use crate::model::id::ResourceKind;
use serde::Deserialize;

static KIND: RuleKind = RuleKind {
    name: "heartbeat",
    label: "Pushed figures stopped",
    about: "Warns when something that pushed a figure has not pushed it again for so long.",
    of: &[ResourceKind::Pushed],
    on: [true; 3],
    fields: &[
        Field::severity([Severity::Warning; 3]),
        Field::number(
            "silent_seconds",
            "Silent for",
            "seconds",
            [10.0, 2_592_000.0],
            [3600.0, 900.0, 300.0],
        ),
        Field::texts("except", "Figures that may come and go"),
    ],
};

#[derive(Deserialize)]
struct Settings {
    severity: Severity,
    silent_seconds: u32,
    except: Vec<String>,
}

/// See the module.
pub(super) struct Heartbeat;

impl Rule for Heartbeat {
    fn kind(&self) -> &'static RuleKind {
        &KIND
    }

    fn read(&self, values: &Values) -> serde_json::Result<Parsed> {
        kind::read::<Settings>(values)
    }

    fn look(&self, scene: &Scene<'_>, report: &mut dyn FnMut(Reading<'_>)) {
        for (watched, settings) in scene.on::<Settings>(ResourceKind::Pushed) {
            let figures = scene.recent.figures(watched.it.id());
            for (key, figure) in figures.into_iter().flatten() {
                if settings.except.iter().any(|except| except == key.as_str()) {
                    continue;
                }
                let silent = scene.now.since(figure.at);
                let limit = f64::from(settings.silent_seconds);
                let level = Level::of(silent.as_secs_f64(), Side::Above, limit, limit, 0);
                let evidence = Evidence::Measured {
                    value: Some(silent.as_secs_f64()),
                    levels: Levels::only(settings.severity, level),
                    since: Some(figure.at),
                };
                report(Reading {
                    subject: key.as_str(),
                    about: watched,
                    evidence,
                    sentence: &|moment| {
                        let name = watched.describe();
                        let key = words::clean(key.as_str());
                        match moment {
                            Moment::Holds { .. } => {
                                let silent = words::span(silent);
                                format!("{name}: {key} has not been pushed for {silent}")
                            }
                            Moment::Ended { held } => {
                                let held = words::span(held);
                                format!("{name}: {key} is pushed again after {held}")
                            }
                            Moment::Moot { why } => format!("{name}: {why}"),
                        }
                    },
                });
            }
        }
    }
}

#[cfg(test)]
mod tests;
