//! What people set for the rules: a profile, and deviations from it at several levels.
//!
//! Start with [`RuleSettings`] for the form, `resolve` for what wins, and [`RuleBook`] for what
//! follows from it for every resource.

mod book;
mod edit;
mod limits;
mod profile;
mod resolve;
mod validate;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::kind::Values;
use crate::model::id::{ResourceId, ResourceKind};
use crate::model::metric::MetricKey;

pub use book::{BookEntry, RuleBook, RuleSet};
pub use edit::{EditError, LevelKey};
pub use limits::{Limit, Limits, Side};
pub use profile::Profile;
pub use resolve::{LevelName, Place, Resolved, Step, metric_of, rule_of};
pub use validate::SettingsError;

/// Everything that can be set. What is nearer to a resource wins: the resource itself > its tags >
/// its pool > its kind > the profile.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RuleSettings {
    /// Where everything starts from.
    pub profile: Profile,
    /// What differs for a kind of resource.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub kinds: BTreeMap<ResourceKind, Level>,
    /// What differs for guests in a pool.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub pools: BTreeMap<String, Level>,
    /// What differs for guests with a tag. Among several tags of one guest that with the higher
    /// priority wins, and among equals the one that comes first in the alphabet.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub tags: BTreeMap<String, Level>,
    /// What differs for one resource.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub resources: BTreeMap<ResourceId, Level>,
}

/// What differs at one level from what is further away. Limits of a metric are replaced as a
/// whole; settings of a rule field by field.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Level {
    /// Limits by metric; `null` switches the metric off. `disk:/srv` is one file system of a
    /// guest.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub metrics: BTreeMap<MetricKey, Option<Limits>>,
    /// Settings by rule; `null` switches the rule off, an object on.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub rules: BTreeMap<String, Option<Values>>,
    /// Which tag wins where a guest has several: the higher one. Only for tags.
    #[serde(skip_serializing_if = "is_zero")]
    pub priority: i32,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
const fn is_zero(priority: &i32) -> bool {
    *priority == 0
}

impl Level {
    /// Whether it changes nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.metrics.is_empty() && self.rules.is_empty()
    }
}

#[cfg(test)]
mod tests;
