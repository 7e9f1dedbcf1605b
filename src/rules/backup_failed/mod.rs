//! The latest backup of a guest, or the latest run over several guests of a node, failed.

use super::index::BackupRun;
use super::kind::{self, Field, Parsed, Plain, RuleKind, Values};
use super::reading::{Evidence, Moment, Reading};
use super::scene::{Scene, Watched};
use super::{Rule, words};
use crate::model::alert::Severity;
use crate::model::id::{ResourceId, ResourceKind};
use crate::model::task::TaskOutcome;

static KIND: RuleKind = RuleKind {
    name: "backup_failed",
    label: "Backup failed",
    about: "Warns when the latest backup of a guest, or the latest run over several guests of a \
            node, failed; over once a later one works.",
    of: &[ResourceKind::Guest, ResourceKind::Node],
    on: [true; 3],
    fields: &[
        Field::severity([Severity::Warning, Severity::Warning, Severity::Critical]),
        Field::dwell([0.0; 3]),
    ],
};

/// Characters of the host's own words that are repeated.
const MESSAGE_LENGTH: usize = 240;

/// See the module.
pub(super) struct BackupFailed;

impl Rule for BackupFailed {
    fn kind(&self) -> &'static RuleKind {
        &KIND
    }

    fn read(&self, values: &Values) -> serde_json::Result<Parsed> {
        kind::read::<Plain>(values)
    }

    fn look(&self, scene: &Scene<'_>, report: &mut dyn FnMut(Reading<'_>)) {
        let target = &scene.view.summary.id;
        for run in scene.index.runs() {
            let id = match (run.vmid, &run.node) {
                (Some(vmid), _) => ResourceId::guest(target, vmid),
                (None, Some(node)) => ResourceId::node(target, node),
                (None, None) => continue,
            };
            let Some((watched, settings)) = scene.find::<Plain>(&id) else {
                continue;
            };
            let evidence = judge(scene, run, *settings);
            report(Reading {
                subject: "vzdump",
                about: watched,
                evidence,
                sentence: &|moment| sentence(watched, run, moment),
            });
        }
    }

    /// The host's list of tasks is short: a failure that is no longer on it still holds until a
    /// later backup works.
    fn can_tell(&self, scene: &Scene<'_>, resource: &ResourceId, _: &str) -> bool {
        scene.find::<Plain>(resource).is_none()
    }
}

fn judge(scene: &Scene<'_>, run: &BackupRun, settings: Plain) -> Evidence {
    let newest = run.vmid.and_then(|vmid| scene.index.newest(vmid));
    let is_failed = match &run.outcome {
        _ if !scene.is_fresh() => return Evidence::Unknown,
        TaskOutcome::Ok | TaskOutcome::Warnings(_) => false,
        // A run over several guests leaves no task of the guest's own, but its backup.
        TaskOutcome::Failed(_) => newest.is_none_or(|newest| newest.at <= run.at),
        TaskOutcome::Running | TaskOutcome::Unknown => return Evidence::Unknown,
    };
    Evidence::state(is_failed, settings.severity, settings.dwell_seconds)
}

fn sentence(watched: &Watched<'_>, run: &BackupRun, moment: Moment) -> String {
    let name = watched.describe();
    match (moment, &run.outcome) {
        (Moment::Holds { .. }, TaskOutcome::Failed(word)) => {
            format!(
                "{name}: backup failed — {}",
                words::shorten(word, MESSAGE_LENGTH)
            )
        }
        (Moment::Holds { .. }, _) => format!("{name}: backup failed"),
        (Moment::Ended { .. }, _) => format!("{name}: backed up again"),
        (Moment::Moot { why }, _) => format!("{name}: {why}"),
    }
}

#[cfg(test)]
mod tests;
