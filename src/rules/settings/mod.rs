//! What people set for the rules: a profile, deviations from it for a kind of resource, and
//! deviations for one resource.

mod book;
mod profile;
mod validate;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::model::alert::Severity;
use crate::model::id::{ResourceId, ResourceKind};
use crate::model::metric::MetricKey;

pub use book::{BookEntry, LimitBook};
pub use profile::Profile;
pub use validate::SettingsError;

/// Limits by metric; `null` switches a metric off.
pub type Overrides = BTreeMap<MetricKey, Option<Limits>>;

/// Everything that can be set.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RuleSettings {
    /// Where everything starts from.
    pub profile: Profile,
    /// What differs from the profile for a kind of resource.
    pub thresholds: BTreeMap<ResourceKind, Overrides>,
    /// What differs from that for one resource.
    pub overrides: BTreeMap<ResourceId, Overrides>,
    /// When a target counts as unreachable; `null` switches the rule off.
    pub unreachable: Option<UnreachableSettings>,
    /// When a node counts as offline; `null` switches the rule off.
    pub node_offline: Option<NodeOfflineSettings>,
}

impl Default for RuleSettings {
    fn default() -> Self {
        Self {
            profile: Profile::Balanced,
            thresholds: BTreeMap::new(),
            overrides: BTreeMap::new(),
            unreachable: Some(UnreachableSettings::default()),
            node_offline: Some(NodeOfflineSettings::default()),
        }
    }
}

/// The limits of one metric, for each severity that is wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// When to look soon.
    pub warning: Option<Limit>,
    /// When to act now.
    pub critical: Option<Limit>,
}

/// When an alert begins and when it ends, in the unit the metric is judged in (shares from 0
/// to 1).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limit {
    /// It begins at or beyond this.
    pub raise: f64,
    /// It ends on the good side of this.
    pub clear: f64,
    /// How long the figure has to stay beyond before it begins.
    #[serde(default = "five_minutes")]
    pub dwell_seconds: u32,
}

const fn five_minutes() -> u32 {
    300
}

/// When a target counts as unreachable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct UnreachableSettings {
    /// Failed looks in a row before anybody is told.
    pub attempts: u32,
    /// How bad that is.
    pub severity: Severity,
}

impl Default for UnreachableSettings {
    fn default() -> Self {
        Self {
            attempts: 3,
            severity: Severity::Critical,
        }
    }
}

/// When a node counts as offline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NodeOfflineSettings {
    /// How long its cluster has to call it offline before anybody is told.
    pub dwell_seconds: u32,
    /// How bad that is.
    pub severity: Severity,
}

impl Default for NodeOfflineSettings {
    fn default() -> Self {
        Self {
            dwell_seconds: 30,
            severity: Severity::Critical,
        }
    }
}

#[cfg(test)]
mod tests;
