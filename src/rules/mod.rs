//! What counts as wrong: rules look at the present and say when something begins, changes or ends.
//!
//! Must not know the database, e-mail or the clock: a rule is a pure function of the [`Fleet`],
//! the settings and `now`. A new rule is one folder and one line in [`RULES`]; it only says what
//! can be set about it and what it sees, and [`Judge`] does the rest for all of them: whose
//! settings count, waiting, hysteresis, severities, telling once. Start with
//! [`Judge::evaluate`]; [`settings`] has the resolver, [`explain`] answers why.
//!
//! [`Fleet`]: crate::state::Fleet

mod backup_age;
mod backup_coverage;
mod backup_failed;
mod backup_unverified;
mod ceph;
mod certificate_changed;
mod certificate_expiry;
mod channel_failing;
mod clock_skew;
mod explain;
mod forecast;
mod game_backup_overdue;
mod game_crashed;
mod game_full;
mod game_leak;
mod game_offline;
mod game_outdated;
mod guest_off;
mod heartbeat;
mod index;
mod inward;
mod job_failed;
mod judge;
mod kind;
mod memory;
mod node_offline;
mod own_health;
mod permission_lost;
mod preview;
mod quorum;
mod reading;
mod recent;
mod replay;
mod replication;
mod samples_lost;
mod scene;
mod settings;
mod smart;
mod snapshot_age;
mod storage_offline;
mod subscription;
mod threshold;
mod time_to_full;
mod unreachable;
mod words;
mod zfs_pool;

pub use explain::{Explained, Explanation, Pending, Setting, Standing, explain};
pub use forecast::{BackupDue, Forecast, Forecasts, Hour, forecast, leak};
pub use inward::{ChannelHealth, Inward, Lost, OwnHealth, Pause};
pub use judge::{Judge, Note, Recall, Waiting};
pub use kind::{Field, Form, Pair, Parsed, Preset, RuleKind, Values};
pub use memory::Memory;
pub use preview::{Preview, preview};
pub use reading::{About, Evidence, Level as Judged, Levels, Moment, Reading, Signal};
pub use recent::{Figure, Figures, Recent};
pub use replay::{Fired, Replay, Span};
pub use scene::{It, Scene, Watched};
pub use settings::{
    BookEntry, EditError, Level, LevelKey, LevelName, Limit, Limits, Place, Profile, Resolved,
    RuleBook, RuleSet, RuleSettings, SettingsError, Side, Step, metric_of, rule_of,
};

use crate::model::id::ResourceId;

/// One kind of judgement.
pub trait Rule: Sync {
    /// What it says of itself.
    fn kind(&self) -> &'static RuleKind;

    /// Reads its settings, which have been checked by its kind's fields.
    ///
    /// # Errors
    /// Where they are not what the fields promise.
    fn read(&self, values: &Values) -> serde_json::Result<Parsed>;

    /// Reports what it sees of every subject under one target. What it does not report, it no
    /// longer watches: an open alert about that ends, unless it says that it cannot tell.
    fn look(&self, scene: &Scene<'_>, report: &mut dyn FnMut(Reading<'_>));

    /// Reports what it sees of the product itself, whatever targets there are.
    fn look_inward(&self, scene: &Inward<'_>, report: &mut dyn FnMut(Reading<'_>)) {
        let _ = (scene, report);
    }

    /// Whether it can tell at all about the product itself: where it cannot, an open alert stays
    /// as it is.
    fn can_tell_inward(&self, own: &OwnHealth) -> bool {
        let _ = own;
        true
    }

    /// Whether it can tell at all, asked about something that it did not report though it is
    /// there: where it cannot, an open alert stays as it is.
    fn can_tell(&self, scene: &Scene<'_>, resource: &ResourceId, subject: &str) -> bool {
        let _ = (resource, subject);
        scene.is_fresh()
    }

    /// Whether it is about the product itself rather than about targets.
    fn is_inward(&self) -> bool {
        false
    }
}

/// Every rule.
pub static RULES: &[&dyn Rule] = &[
    &threshold::Threshold,
    &unreachable::Unreachable,
    &node_offline::NodeOffline,
    &guest_off::GuestOff,
    &game_crashed::GameCrashed,
    &game_offline::GameOffline,
    &game_leak::GameLeak,
    &game_full::GameFull,
    &game_outdated::GameOutdated,
    &game_backup_overdue::GameBackupOverdue,
    &storage_offline::StorageOffline,
    &time_to_full::TimeToFull,
    &backup_age::BackupAge,
    &backup_coverage::BackupCoverage,
    &backup_failed::BackupFailed,
    &backup_unverified::BackupUnverified,
    &job_failed::JobFailed,
    &snapshot_age::SnapshotAge,
    &replication::ReplicationHealth,
    &smart::Smart,
    &zfs_pool::ZfsPoolHealth,
    &ceph::CephHealth,
    &quorum::Quorum,
    &certificate_changed::CertificateChanged,
    &certificate_expiry::CertificateExpiry,
    &subscription::SubscriptionEnds,
    &permission_lost::PermissionLost,
    &clock_skew::ClockSkew,
    &heartbeat::Heartbeat,
    &own_health::Own,
    &channel_failing::ChannelFailing,
    &samples_lost::SamplesLost,
];

/// The rule of that name.
#[must_use]
pub fn rule_called(name: &str) -> Option<&'static dyn Rule> {
    RULES.iter().find(|rule| rule.kind().name == name).copied()
}

#[cfg(test)]
mod tests;
