//! A guest whose newest backup was read again and is broken, or was not read again for too long.

use serde::Deserialize;

use super::index::NewestBackup;
use super::kind::{self, Field, Parsed, Preset, RuleKind, Values};
use super::reading::{Evidence, Level, Levels, Moment, Reading};
use super::scene::{Scene, Watched};
use super::settings::Side;
use super::{Rule, words};
use crate::model::alert::Severity;
use crate::model::backup::Verification;
use crate::model::id::ResourceKind;

static KIND: RuleKind = RuleKind {
    name: "backup_unverified",
    label: "Backup not verified",
    about: "Warns when the verification of a guest's newest backup failed, and if wanted when none \
            of its backups of the last days was verified. Only backups on a backup server can be.",
    of: &[ResourceKind::Guest],
    on: [true; 3],
    fields: &[
        Field::severity([Severity::Critical; 3]),
        Field::limit(
            "unverified_days",
            "Warn when the newest verified backup is older than",
            "days",
            [0.04, 3650.0],
            [Preset::Off, Preset::Off, Preset::Number(14.0)],
        ),
    ],
};

#[derive(Clone, Copy, Deserialize)]
struct Settings {
    severity: Severity,
    unverified_days: Option<f64>,
}

/// See the module.
pub(super) struct BackupUnverified;

impl Rule for BackupUnverified {
    fn kind(&self) -> &'static RuleKind {
        &KIND
    }

    fn read(&self, values: &Values) -> serde_json::Result<Parsed> {
        kind::read::<Settings>(values)
    }

    fn look(&self, scene: &Scene<'_>, report: &mut dyn FnMut(Reading<'_>)) {
        for (watched, guest, settings) in scene.guests::<Settings>() {
            let newest = scene.index.newest(guest.vmid);
            let evidence = match newest {
                Some(newest) if scene.is_fresh() => judge(scene, newest, *settings),
                _ => Evidence::Unknown,
            };
            report(Reading {
                subject: "verification",
                about: watched,
                evidence,
                sentence: &|moment| sentence(watched, newest, evidence, moment),
            });
        }
    }
}

fn judge(scene: &Scene<'_>, newest: &NewestBackup, settings: Settings) -> Evidence {
    if !newest.verifiable {
        return Evidence::Moot {
            why: "its newest backup does not lie on a backup server",
        };
    }
    let is_broken = newest.verification == Some(Verification::Failed);
    let levels = Levels::only(settings.severity, Level::state(is_broken, 0));
    let Some(limit) = settings.unverified_days else {
        return Evidence::Measured {
            value: None,
            levels,
            since: None,
        };
    };
    // Nothing says since when a backup has not been verified but the backup's own age.
    let since = newest.verified_at.unwrap_or(newest.at);
    let age = scene.now.since(since).as_secs_f64() / 86_400.0;
    let late = Level::of(age, Side::Above, limit, limit, 0);
    Evidence::Measured {
        value: Some(age),
        levels: levels.and(Severity::Warning, late),
        since: None,
    }
}

fn sentence(
    watched: &Watched<'_>,
    newest: Option<&NewestBackup>,
    evidence: Evidence,
    moment: Moment,
) -> String {
    let name = watched.describe();
    let is_broken = newest.is_some_and(|newest| newest.verification == Some(Verification::Failed));
    let place = newest
        .map(|newest| words::clean(&newest.place))
        .unwrap_or_default();
    match moment {
        Moment::Holds { .. } if is_broken => {
            format!("{name}: its newest backup on {place} is broken, verifying it failed")
        }
        Moment::Holds { .. } => {
            let age = evidence.value().map(words::days).unwrap_or_default();
            format!("{name}: no backup on {place} has been verified for {age}")
        }
        Moment::Ended { .. } => format!("{name}: its newest backup is no longer in doubt"),
        Moment::Moot { why } => format!("{name}: verification is not judged, {why}"),
    }
}

#[cfg(test)]
mod tests;
