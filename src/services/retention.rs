//! How long history is kept, per kind of resource, and what that takes.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::db::DbError;
use crate::history::{History, HistoryError, Keep};
use crate::model::id::ResourceKind;
use crate::model::time::Timestamp;

use super::settings::Settings;

/// Under which key the days are kept.
const KEY: &str = "retention";

/// Days in which history can be kept.
pub const DAYS: std::ops::RangeInclusive<u32> = 1..=3650;

/// Kinds of resource that have history of their own.
pub const KINDS: [ResourceKind; 7] = [
    ResourceKind::Node,
    ResourceKind::Guest,
    ResourceKind::Storage,
    ResourceKind::Datastore,
    ResourceKind::Disk,
    ResourceKind::Game,
    ResourceKind::Pushed,
];

/// Days per kind of resource.
pub type Days = BTreeMap<ResourceKind, u32>;

/// Why the time to keep could not be set or read.
#[derive(Debug, thiserror::Error)]
pub enum RetentionError {
    /// So many days are not possible.
    #[error("keep history of a {kind} for {days} days: give 1 to 3650", kind = kind.word())]
    Days {
        /// For which kind.
        kind: ResourceKind,
        /// How many were given.
        days: u32,
    },
    /// The kind has no history of its own.
    #[error("keep history of a {kind}: it has none of its own", kind = kind.word())]
    Kind {
        /// Which kind.
        kind: ResourceKind,
    },
    /// The history could not be read.
    #[error("read the history")]
    History(#[from] HistoryError),
    /// The database failed.
    #[error("keep the settings")]
    Database(#[from] DbError),
}

/// What keeping one kind of resource for some days comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Class {
    /// Which kind.
    pub kind: ResourceKind,
    /// Days that are kept.
    pub days: u32,
    /// Resources of the kind that have history.
    pub resources: usize,
    /// Bytes that a day takes, from the latest one; `None` until the first hour is packed.
    pub bytes_per_day: Option<u64>,
    /// What is older than this is deleted.
    pub keeps_from: Timestamp,
}

impl Class {
    /// Bytes once that many days are there.
    #[must_use]
    pub fn bytes(&self) -> Option<u64> {
        Some(self.bytes_per_day? * u64::from(self.days))
    }
}

/// Reads and changes how long history is kept.
#[derive(Clone)]
pub struct Retention {
    history: History,
    settings: Settings,
}

impl Retention {
    /// Over a history, which is told at once what people have set.
    ///
    /// # Errors
    /// When the settings cannot be read.
    pub async fn open(history: History, settings: Settings) -> Result<Self, DbError> {
        let days: Days = settings.get(KEY).await?.unwrap_or_default();
        history.set_keep(keep(&days));
        Ok(Self { history, settings })
    }

    /// Days per kind, as they are obeyed.
    #[must_use]
    pub fn days(&self) -> Days {
        let keep = self.history.keep();
        KINDS.map(|kind| (kind, keep.days_of(kind))).into()
    }

    /// What the days that are obeyed come to, or would with `changes`; nothing is changed.
    ///
    /// # Errors
    /// When the changes make no sense or the history cannot be read.
    pub async fn estimate(
        &self,
        changes: &Days,
        now: Timestamp,
    ) -> Result<Vec<Class>, RetentionError> {
        validate(changes)?;
        let mut days = self.days();
        days.extend(changes);
        let sizes = self.history.daily_sizes().await?;
        let classes = days.into_iter().map(|(kind, days)| {
            let size = sizes.iter().find(|size| size.kind == kind);
            Class {
                kind,
                days,
                resources: size.map_or(0, |size| size.resources),
                bytes_per_day: size.and_then(|size| size.bytes_per_day),
                keeps_from: now.floor_to(DAY) - DAY * days,
            }
        });
        Ok(classes.collect())
    }

    /// Keeps some kinds for other times from now on; the others stay as they are. Nothing is
    /// changed where one of the changes makes no sense.
    ///
    /// # Errors
    /// When the changes make no sense or the settings cannot be written.
    pub async fn change(&self, changes: &Days) -> Result<(), RetentionError> {
        validate(changes)?;
        let mut days = self.days();
        days.extend(changes);
        self.settings.put(KEY, &days).await?;
        self.history.set_keep(keep(&days));
        Ok(())
    }
}

const DAY: Duration = Duration::from_secs(86_400);

fn validate(changes: &Days) -> Result<(), RetentionError> {
    for (&kind, &days) in changes {
        if !KINDS.contains(&kind) {
            return Err(RetentionError::Kind { kind });
        }
        if !DAYS.contains(&days) {
            return Err(RetentionError::Days { kind, days });
        }
    }
    Ok(())
}

fn keep(days: &Days) -> Keep {
    Keep {
        of: days.iter().map(|(kind, days)| (*kind, *days)).collect(),
        ..Keep::default()
    }
}
