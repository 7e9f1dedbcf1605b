//! Which alerts people mean, as our own API writes it.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::api::problem::{Kind, Problem as Trouble};
use crate::model::alert::Severity;
use crate::model::id::IdError;
use crate::model::silence;

use super::words;

/// Which alerts. An alert has to match one entry of every list that is not empty.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Scope {
    /// Every alert; goes with no other list.
    everything: bool,
    /// Single alerts.
    alerts: Vec<String>,
    /// Resources themselves.
    resources: Vec<String>,
    /// Targets and everything under them.
    targets: Vec<String>,
    /// Names of nodes, for them and everything on them.
    nodes: Vec<String>,
    /// Pools of guests.
    pools: Vec<String>,
    /// Tags of guests.
    tags: Vec<String>,
    /// Rules, such as `threshold`.
    rules: Vec<String>,
    /// What a rule judged, such as the metric `cpu`.
    subjects: Vec<String>,
    /// Severities.
    #[schema(schema_with = words::severities)]
    severities: Vec<Severity>,
}

impl TryFrom<Scope> for silence::Scope {
    type Error = Trouble;

    fn try_from(scope: Scope) -> Result<Self, Trouble> {
        Ok(Self {
            everything: scope.everything,
            alerts: ids(&scope.alerts, "scope.alerts")?,
            resources: ids(&scope.resources, "scope.resources")?,
            targets: ids(&scope.targets, "scope.targets")?,
            nodes: scope.nodes,
            pools: scope.pools,
            tags: scope.tags,
            rules: scope.rules,
            subjects: scope.subjects,
            severities: scope.severities,
        })
    }
}

impl From<&silence::Scope> for Scope {
    fn from(scope: &silence::Scope) -> Self {
        fn texts<T: ToString>(ids: &[T]) -> Vec<String> {
            ids.iter().map(ToString::to_string).collect()
        }
        Self {
            everything: scope.everything,
            alerts: texts(&scope.alerts),
            resources: texts(&scope.resources),
            targets: texts(&scope.targets),
            nodes: scope.nodes.clone(),
            pools: scope.pools.clone(),
            tags: scope.tags.clone(),
            rules: scope.rules.clone(),
            subjects: scope.subjects.clone(),
            severities: scope.severities.clone(),
        }
    }
}

/// Ids out of a request, or the field that holds a wrong one.
pub(super) fn ids<T: std::str::FromStr<Err = IdError>>(
    texts: &[String],
    field: &'static str,
) -> Result<Vec<T>, Trouble> {
    let wrong = |error: IdError| {
        Trouble::new(Kind::Invalid, "invalid_field", error.to_string()).in_field(field)
    };
    texts
        .iter()
        .map(|text| text.parse().map_err(wrong))
        .collect()
}
