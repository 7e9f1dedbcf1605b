//! Limits that fit most home labs, before anybody has set anything.

use serde::{Deserialize, Serialize};

use super::{Limit, Limits};
use crate::model::id::ResourceKind;

/// A named set of limits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Profile {
    /// Tells what a person would want to know within minutes.
    #[default]
    Balanced,
}

impl Profile {
    /// The limits of a kind of resource, by metric.
    #[must_use]
    pub const fn limits(self, kind: ResourceKind) -> &'static [(&'static str, Limits)] {
        match self {
            Self::Balanced => balanced(kind),
        }
    }
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
const MACHINES: &[(&str, Limits)] = &[
    (
        "cpu",
        Limits {
            warning: limit(0.90, 0.80, 300),
            critical: None,
        },
    ),
    (
        "memory",
        Limits {
            warning: limit(0.90, 0.85, 300),
            critical: None,
        },
    ),
    (
        "disk",
        Limits {
            warning: limit(0.90, 0.85, 60),
            critical: limit(0.97, 0.95, 60),
        },
    ),
];

const SPACES: &[(&str, Limits)] = &[(
    "disk",
    Limits {
        warning: limit(0.85, 0.80, 60),
        critical: limit(0.95, 0.92, 60),
    },
)];

const fn balanced(kind: ResourceKind) -> &'static [(&'static str, Limits)] {
    match kind {
        ResourceKind::Node | ResourceKind::Guest => MACHINES,
        ResourceKind::Storage | ResourceKind::Datastore => SPACES,
        ResourceKind::Target | ResourceKind::Disk | ResourceKind::Game | ResourceKind::Pushed => {
            &[]
        }
    }
}
