//! Which series a question is about, and what of them is in memory.

use std::collections::{BTreeMap, HashSet};

use crate::model::id::ResourceId;
use crate::model::metric::MetricKey;
use crate::model::time::{Timestamp, Window};

use super::block::column_of;
use super::export::Selection;
use super::head::Head;
use super::scale::Scale;
use super::scan::Scan;
use super::stream::Tick;
use super::{HOUR, History};

/// A resource that has, or had, figures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// Which resource.
    pub resource: ResourceId,
    /// Its metrics, in the order they came.
    pub metrics: Vec<MetricKey>,
    /// Its first sample.
    pub first_at: Timestamp,
    /// Its latest sample, within a day for resources that are gone.
    pub last_at: Timestamp,
}

impl History {
    /// Everything that has history, removed resources included.
    #[must_use]
    pub fn recorded(&self) -> Vec<Recorded> {
        let head = self.shared.head();
        let registry = &head.registry;
        let metric = |number: &u32| Some(registry.series(*number)?.metric.clone());
        registry
            .resources()
            .map(|(_, resource)| Recorded {
                resource: resource.name.clone(),
                metrics: resource.series.iter().filter_map(metric).collect(),
                first_at: resource.first_at,
                last_at: resource.last_at,
            })
            .collect()
    }
}

impl History {
    /// The metrics that a resource has, or had, in the order they came.
    #[must_use]
    pub fn metrics_of(&self, resource: &ResourceId) -> Vec<MetricKey> {
        let head = self.shared.head();
        let registry = &head.registry;
        let number = registry.number(resource);
        let found = number.and_then(|number| registry.resource(number));
        let metric = |number: &u32| Some(registry.series(*number)?.metric.clone());
        found.map_or_else(Vec::new, |resource| {
            resource.series.iter().filter_map(metric).collect()
        })
    }
}

/// Series with their names, and per group with column and scale.
type Selected = (
    BTreeMap<u32, (ResourceId, MetricKey)>,
    BTreeMap<u32, Vec<(u32, u32, Scale)>>,
);

impl Head {
    /// The series of a selection.
    pub(super) fn selected(&self, selection: &Selection) -> Selected {
        let resources: Option<HashSet<&ResourceId>> = selection
            .resources
            .as_ref()
            .map(|list| list.iter().collect());
        let metrics: Option<HashSet<&MetricKey>> =
            selection.metrics.as_ref().map(|list| list.iter().collect());
        let mut names = BTreeMap::new();
        let mut groups: BTreeMap<u32, Vec<_>> = BTreeMap::new();
        for (number, series) in self.registry.all_series() {
            let Some(resource) = self.registry.resource(series.resource) else {
                continue;
            };
            let is_wanted = resources
                .as_ref()
                .is_none_or(|wanted| wanted.contains(&resource.name))
                && metrics
                    .as_ref()
                    .is_none_or(|wanted| wanted.contains(&series.metric));
            if is_wanted {
                names.insert(number, (resource.name.clone(), series.metric.clone()));
                let place = (number, column_of(&series.metric), series.scale);
                groups.entry(resource.group).or_default().push(place);
            }
        }
        (names, groups)
    }

    /// How to scan some metrics of one resource; `None` when it has none of them.
    pub(super) fn scan_of(
        &self,
        resource: &ResourceId,
        metrics: &[MetricKey],
        window: Window,
    ) -> Option<Scan> {
        let resource = self.registry.number(resource)?;
        let mut series: Vec<(u32, u32, Scale)> = metrics
            .iter()
            .filter_map(|metric| {
                let number = self.registry.find(resource, metric, 0)?;
                let scale = self.registry.series(number)?.scale;
                Some((number, column_of(metric), scale))
            })
            .collect();
        series.sort_unstable_by_key(|series| series.0);
        let hours = (
            window.from.seconds().div_euclid(HOUR),
            window.to.seconds().div_euclid(HOUR),
        );
        let mut head = BTreeMap::new();
        for &(number, _, _) in &series {
            for (hour, ticks) in self.hours_of(number, hours.0, hours.1) {
                head.insert((hour, number), ticks);
            }
        }
        (!series.is_empty()).then_some(Scan {
            group: self.registry.resource(resource)?.group,
            series,
            hours,
            head,
        })
    }

    /// The samples of an hour that are in memory.
    pub(super) fn ticks_of(
        &self,
        series: &[(u32, u32, Scale)],
        hour: i64,
    ) -> BTreeMap<(i64, u32), Vec<Tick>> {
        let mut found = BTreeMap::new();
        for &(number, _, _) in series {
            for (hour, ticks) in self.hours_of(number, hour, hour) {
                found.insert((hour, number), ticks);
            }
        }
        found
    }

    /// The first hour that has samples of these series in memory.
    pub(super) fn next_hour(
        &self,
        series: &[(u32, u32, Scale)],
        from: i64,
        to: i64,
    ) -> Option<i64> {
        self.hours()
            .filter(|hour| (from..=to).contains(&hour.hour))
            .filter(|hour| {
                series
                    .iter()
                    .any(|(number, _, _)| hour.stream(*number).is_some())
            })
            .map(|hour| hour.hour)
            .min()
    }
}
