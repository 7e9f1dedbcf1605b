//! Limits that fit most home labs, before anybody has set anything.

use serde::{Deserialize, Serialize};

use super::{Limit, Limits};
use crate::model::id::ResourceKind;

/// A named set of limits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Profile {
    /// Tells only what breaks something or is about to.
    Quiet,
    /// Tells what a person would want to know within minutes.
    #[default]
    Balanced,
    /// Tells early, and of untidiness too.
    Strict,
}

impl Profile {
    /// Every profile.
    pub const ALL: [Self; 3] = [Self::Quiet, Self::Balanced, Self::Strict];

    /// The word for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Quiet => "quiet",
            Self::Balanced => "balanced",
            Self::Strict => "strict",
        }
    }

    /// One sentence: whom it suits.
    #[must_use]
    pub const fn about(self) -> &'static str {
        match self {
            Self::Quiet => "Tells only what breaks something or is about to.",
            Self::Balanced => "Tells what a person would want to know within minutes.",
            Self::Strict => "Tells early, and of untidiness too.",
        }
    }

    /// The limits of a kind of resource, by metric.
    #[must_use]
    pub const fn limits(self, kind: ResourceKind) -> &'static [(&'static str, Limits)] {
        use ResourceKind::{Datastore, Disk, Game, Guest, Node, Pushed, Storage, Target};
        match (self, kind) {
            (Self::Quiet, Node | Guest) => QUIET_MACHINES,
            (Self::Balanced, Node | Guest) => MACHINES,
            (Self::Strict, Node) => STRICT_NODES,
            (Self::Strict, Guest) => STRICT_GUESTS,
            (Self::Quiet, Storage | Datastore) => QUIET_SPACES,
            (Self::Balanced, Storage | Datastore) => SPACES,
            (Self::Strict, Storage | Datastore) => STRICT_SPACES,
            (Self::Quiet, Disk) => QUIET_DISKS,
            (Self::Balanced, Disk) => DISKS,
            (Self::Strict, Disk) => STRICT_DISKS,
            (_, Target | Game | Pushed) => &[],
        }
    }
}

type Row = (&'static str, Limits);

const fn row(key: &'static str, warning: Option<Limit>, critical: Option<Limit>) -> Row {
    let limits = Limits {
        warning,
        critical,
        low_warning: None,
        low_critical: None,
    };
    (key, limits)
}

const fn limit(raise: f64, clear: f64, dwell_seconds: u32) -> Option<Limit> {
    Some(Limit {
        raise,
        clear,
        dwell_seconds,
    })
}

/// A busy processor is no emergency, so CPU only warns. Space fills slowly and is judged after a
/// minute, to let a backup's temporary files pass.
const MACHINES: &[Row] = &[
    row("cpu", limit(0.90, 0.80, 300), None),
    row("memory", limit(0.90, 0.85, 300), None),
    row("disk", limit(0.90, 0.85, 60), limit(0.97, 0.95, 60)),
];

/// Processor and memory may be full for as long as they like, unless it goes on for half an hour.
const QUIET_MACHINES: &[Row] = &[
    row("memory", limit(0.97, 0.94, 1800), None),
    row("disk", limit(0.95, 0.92, 300), limit(0.98, 0.97, 60)),
];

const STRICT_GUESTS: &[Row] = &[
    row("cpu", limit(0.85, 0.75, 120), limit(0.97, 0.90, 900)),
    row("memory", limit(0.85, 0.80, 120), limit(0.95, 0.92, 300)),
    row("disk", limit(0.80, 0.75, 60), limit(0.90, 0.87, 60)),
    row("pressure_io", limit(0.40, 0.25, 600), None),
    row("pressure_memory", limit(0.20, 0.10, 300), None),
];

const STRICT_NODES: &[Row] = &[
    row("cpu", limit(0.85, 0.75, 120), limit(0.97, 0.90, 900)),
    row("memory", limit(0.85, 0.80, 120), limit(0.95, 0.92, 300)),
    row("disk", limit(0.80, 0.75, 60), limit(0.90, 0.87, 60)),
    row("swap", limit(0.50, 0.40, 600), limit(0.90, 0.80, 600)),
    row("iowait", limit(0.30, 0.20, 600), None),
    row("temperature", limit(80.0, 75.0, 120), limit(90.0, 85.0, 60)),
    row("pressure_io", limit(0.40, 0.25, 600), None),
    row("pressure_memory", limit(0.20, 0.10, 300), None),
];

const SPACES: &[Row] = &[row("disk", limit(0.85, 0.80, 60), limit(0.95, 0.92, 60))];
const QUIET_SPACES: &[Row] = &[row("disk", limit(0.93, 0.90, 300), limit(0.98, 0.97, 60))];
const STRICT_SPACES: &[Row] = &[row("disk", limit(0.75, 0.70, 60), limit(0.90, 0.87, 60))];

/// Flash wears out over years: days of warning are as good as minutes.
const DISKS: &[Row] = &[
    row("wear", limit(0.85, 0.84, 0), limit(0.97, 0.96, 0)),
    row("temperature", limit(65.0, 60.0, 300), limit(75.0, 70.0, 60)),
];
const QUIET_DISKS: &[Row] = &[row("wear", limit(0.95, 0.94, 0), None)];
const STRICT_DISKS: &[Row] = &[
    row("wear", limit(0.70, 0.69, 0), limit(0.90, 0.89, 0)),
    row("temperature", limit(55.0, 50.0, 300), limit(65.0, 60.0, 60)),
];
