//! A guest that ran, is off now, and nobody switched it off as far as tasks tell.

use std::time::Duration;

use serde::Deserialize;

use super::kind::{self, Field, Parsed, RuleKind, Values};
use super::reading::{Evidence, Level, Levels, Moment, Reading, Signal};
use super::scene::{Scene, Watched};
use super::{Rule, words};
use crate::model::alert::Severity;
use crate::model::id::ResourceKind;
use crate::model::resource::{Guest, GuestStatus};

static KIND: RuleKind = RuleKind {
    name: "guest_off",
    label: "Guest off unexpectedly",
    about: "Warns when a guest that ran is off and no task shows that somebody switched it off: \
            it crashed, or was shut down from inside.",
    of: &[ResourceKind::Guest],
    on: [true; 3],
    fields: &[
        Field::severity([Severity::Warning, Severity::Warning, Severity::Critical]),
        Field::dwell([180.0, 60.0, 30.0]),
        Field::switch(
            "only_on_boot",
            "Only guests that start with their node",
            [true, false, false],
        ),
    ],
};

/// How long before a guest was last seen running the task may have begun that ended it: a
/// shutdown takes its time.
const GRACE: Duration = Duration::from_secs(600);

#[derive(Deserialize)]
struct Settings {
    severity: Severity,
    dwell_seconds: u32,
    only_on_boot: bool,
}

/// See the module.
pub(super) struct GuestOff;

impl Rule for GuestOff {
    fn kind(&self) -> &'static RuleKind {
        &KIND
    }

    fn read(&self, values: &Values) -> serde_json::Result<Parsed> {
        kind::read::<Settings>(values)
    }

    fn look(&self, scene: &Scene<'_>, report: &mut dyn FnMut(Reading<'_>)) {
        for (watched, guest, settings) in scene.guests::<Settings>() {
            let evidence = if scene.is_fresh() {
                judge(scene, guest, settings)
            } else {
                Evidence::Unknown
            };
            report(Reading {
                subject: "power",
                about: watched,
                evidence,
                sentence: &|moment| sentence(watched, moment),
            });
        }
    }
}

fn judge(scene: &Scene<'_>, guest: &Guest, settings: &Settings) -> Evidence {
    let measured = |signal| Evidence::Measured {
        value: None,
        levels: Levels::only(
            settings.severity,
            Level {
                signal,
                ..Level::state(false, settings.dwell_seconds)
            },
        ),
        since: None,
    };
    match guest.status {
        GuestStatus::Running => return measured(Signal::Within),
        GuestStatus::Paused | GuestStatus::Unknown => return Evidence::Unknown,
        GuestStatus::Stopped => {}
    }
    // Only what was seen running can have stopped; of a guest that was off already when the
    // program started, nobody can tell.
    let Some(ran) = scene.recent.ran(&guest.id) else {
        return Evidence::Unknown;
    };
    if settings.only_on_boot {
        match guest.facts.config.value() {
            None => return Evidence::Unknown,
            Some(config) if !config.on_boot => {
                return Evidence::Moot {
                    why: "it does not start with its node",
                };
            }
            Some(_) => {}
        }
    }
    let ended = scene.index.ended(guest.vmid, &guest.node);
    if ended.is_some_and(|ended| ended.at + GRACE >= ran) {
        return Evidence::Moot {
            why: "a task shows that it was switched off on purpose",
        };
    }
    if !scene.index.knows_tasks() {
        return Evidence::Unknown;
    }
    // A lock says that the host is at work on it: backup in the mode `stop`, roll-back.
    measured(match guest.lock {
        Some(_) => Signal::Between,
        None => Signal::Beyond,
    })
}

fn sentence(guest: &Watched<'_>, moment: Moment) -> String {
    let name = guest.describe();
    match moment {
        Moment::Holds { held, .. } => {
            let held = words::span(held);
            format!("{name}: off for {held}, and no task shows that somebody switched it off")
        }
        Moment::Ended { held } => format!("{name}: runs again after {}", words::span(held)),
        Moment::Moot { why } => format!("{name}: {why}"),
    }
}

#[cfg(test)]
mod tests;
