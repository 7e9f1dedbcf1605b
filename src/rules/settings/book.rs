//! The limits that hold for each resource, worked out once from the settings.

use std::collections::{BTreeMap, HashMap};

use super::{Limits, Overrides, RuleSettings};
use crate::model::id::{ResourceId, ResourceKind};
use crate::model::metric::{self, Metric, MetricKey};

/// One metric that is judged, and by which limits.
#[derive(Clone, Copy)]
pub struct BookEntry {
    /// Which metric.
    pub metric: &'static Metric,
    /// By which limits.
    pub limits: Limits,
}

/// The limits that hold, by resource: one resource's own > its kind's > the profile's.
#[derive(Default)]
pub struct LimitBook {
    kinds: HashMap<ResourceKind, Vec<BookEntry>>,
    resources: HashMap<ResourceId, Vec<BookEntry>>,
}

type Layer = BTreeMap<MetricKey, Limits>;

impl LimitBook {
    /// Works out what holds.
    #[must_use]
    pub fn new(settings: &RuleSettings) -> Self {
        let of_kind = |kind| {
            let mut layer: Layer = settings
                .profile
                .limits(kind)
                .iter()
                .map(|(key, limits)| (MetricKey::known(key), *limits))
                .collect();
            if let Some(changes) = settings.thresholds.get(&kind) {
                lay(&mut layer, changes);
            }
            layer
        };
        let kinds = ResourceKind::ALL
            .into_iter()
            .map(|kind| (kind, entries(kind, &of_kind(kind))))
            .collect();
        let resources = settings
            .overrides
            .iter()
            .map(|(id, changes)| {
                let mut layer = of_kind(id.kind());
                lay(&mut layer, changes);
                (id.clone(), entries(id.kind(), &layer))
            })
            .collect();
        Self { kinds, resources }
    }

    /// What is judged of resources of a kind that have no limits of their own.
    #[must_use]
    pub fn of_kind(&self, kind: ResourceKind) -> &[BookEntry] {
        self.kinds.get(&kind).map_or(&[], Vec::as_slice)
    }

    /// What is judged of a resource.
    #[must_use]
    pub fn of(&self, resource: &ResourceId) -> &[BookEntry] {
        self.resources
            .get(resource)
            .or_else(|| self.kinds.get(&resource.kind()))
            .map_or(&[], Vec::as_slice)
    }
}

fn lay(layer: &mut Layer, changes: &Overrides) {
    for (key, limits) in changes {
        match limits {
            Some(limits) => {
                layer.insert(key.clone(), *limits);
            }
            None => {
                layer.remove(key);
            }
        }
    }
}

fn entries(kind: ResourceKind, layer: &Layer) -> Vec<BookEntry> {
    layer
        .iter()
        .filter_map(|(key, limits)| {
            let metric = metric::find(key.as_str())?;
            metric.of.contains(&kind).then_some(BookEntry {
                metric,
                limits: *limits,
            })
        })
        .collect()
}
