//! Which series there are: small stable numbers for resources and their metrics.
//!
//! A number, once given, stays with its series, so chunks carry numbers instead of names. Each
//! resource belongs to one group; the series of a group share one block per hour.

use std::collections::HashMap;

use crate::model::id::{ResourceId, ResourceKind};
use crate::model::metric::MetricKey;
use crate::model::time::Timestamp;

use super::scale::Scale;

/// Resources that share a block: enough to fill database pages well, few enough to read fast.
const GROUP_RESOURCES: usize = 32;
/// Series after which a group takes no further resource.
const GROUP_SERIES: usize = 320;
/// Metrics one resource may have.
const RESOURCE_SERIES: usize = 2000;

/// A resource that has, or had, figures.
pub(super) struct Resource {
    pub(super) name: ResourceId,
    pub(super) group: u32,
    pub(super) first_at: Timestamp,
    /// Latest sample; on disk this lags by up to a day.
    pub(super) last_at: Timestamp,
    /// Numbers of its series.
    pub(super) series: Vec<u32>,
}

/// One metric of one resource.
pub(super) struct Series {
    pub(super) resource: u32,
    pub(super) metric: MetricKey,
    pub(super) scale: Scale,
}

#[derive(Clone, Copy)]
struct Group {
    number: u32,
    kind: ResourceKind,
    resources: usize,
    series: usize,
}

/// All series, by number and by name.
#[derive(Default)]
pub(super) struct Registry {
    numbers: HashMap<ResourceId, u32>,
    resources: Vec<Option<Resource>>,
    series: Vec<Option<Series>>,
    groups: Vec<Group>,
    known_series: usize,
    /// Not in the database yet, oldest first.
    pub(super) unsaved_resources: Vec<u32>,
    /// Not in the database yet, oldest first.
    pub(super) unsaved_series: Vec<u32>,
}

impl Registry {
    /// The number of a resource, if it is known.
    pub(super) fn number(&self, name: &ResourceId) -> Option<u32> {
        self.numbers.get(name).copied()
    }

    pub(super) fn resource(&self, number: u32) -> Option<&Resource> {
        self.resources.get(number as usize)?.as_ref()
    }

    pub(super) fn resource_mut(&mut self, number: u32) -> Option<&mut Resource> {
        self.resources.get_mut(number as usize)?.as_mut()
    }

    pub(super) fn series(&self, number: u32) -> Option<&Series> {
        self.series.get(number as usize)?.as_ref()
    }

    /// Every resource with its number.
    pub(super) fn resources(&self) -> impl Iterator<Item = (u32, &Resource)> {
        (0_u32..)
            .zip(&self.resources)
            .filter_map(|(number, slot)| Some((number, slot.as_ref()?)))
    }

    /// Every series with its number.
    pub(super) fn all_series(&self) -> impl Iterator<Item = (u32, &Series)> {
        (0_u32..)
            .zip(&self.series)
            .filter_map(|(number, slot)| Some((number, slot.as_ref()?)))
    }

    /// How many resources there are.
    pub(super) fn resource_count(&self) -> usize {
        self.numbers.len()
    }

    /// How many series there are.
    pub(super) const fn series_count(&self) -> usize {
        self.known_series
    }

    /// One more than the largest series number.
    pub(super) fn series_bound(&self) -> usize {
        self.series.len()
    }

    /// The series of `resource` for `metric`; looks first at place `hint` of its list.
    pub(super) fn find(&self, resource: u32, metric: &MetricKey, hint: usize) -> Option<u32> {
        let list = &self.resource(resource)?.series;
        let is_it = |number: &&u32| {
            self.series(**number)
                .is_some_and(|series| series.metric == *metric)
        };
        list.get(hint)
            .filter(is_it)
            .or_else(|| list.iter().find(is_it))
            .copied()
    }

    /// Gives a resource its number, or finds it.
    pub(super) fn add_resource(&mut self, name: &ResourceId, at: Timestamp) -> u32 {
        if let Some(number) = self.number(name) {
            return number;
        }
        let number = number_of(self.resources.len());
        let group = self.group_for(name.kind());
        self.insert_resource(number, name.clone(), group, at, at);
        self.unsaved_resources.push(number);
        number
    }

    /// Gives a metric of a resource its number; `None` when the resource has too many.
    pub(super) fn add_series(&mut self, resource: u32, metric: &MetricKey) -> Option<u32> {
        if self.resource(resource)?.series.len() >= RESOURCE_SERIES {
            return None;
        }
        let number = number_of(self.series.len());
        self.insert_series(number, resource, metric.clone(), Scale::of(metric));
        self.unsaved_series.push(number);
        Some(number)
    }

    /// Puts in a resource as the database has it.
    pub(super) fn insert_resource(
        &mut self,
        number: u32,
        name: ResourceId,
        group: u32,
        first_at: Timestamp,
        last_at: Timestamp,
    ) {
        let kind = name.kind();
        self.numbers.insert(name.clone(), number);
        let resource = Resource {
            name,
            group,
            first_at,
            last_at,
            series: Vec::new(),
        };
        put(&mut self.resources, number, resource);
        match self.groups.iter_mut().find(|g| g.number == group) {
            Some(group) => group.resources += 1,
            None => self.groups.push(Group {
                number: group,
                kind,
                resources: 1,
                series: 0,
            }),
        }
    }

    /// Puts in a series as the database has it.
    pub(super) fn insert_series(
        &mut self,
        number: u32,
        resource: u32,
        metric: MetricKey,
        scale: Scale,
    ) {
        let Some(owner) = self.resource_mut(resource) else {
            return;
        };
        owner.series.push(number);
        let group = owner.group;
        if let Some(group) = self.groups.iter_mut().find(|g| g.number == group) {
            group.series += 1;
        }
        let series = Series {
            resource,
            metric,
            scale,
        };
        put(&mut self.series, number, series);
        self.known_series += 1;
    }

    /// Every group with the kind of its resources.
    pub(super) fn groups(&self) -> Vec<(u32, ResourceKind)> {
        self.groups
            .iter()
            .map(|group| (group.number, group.kind))
            .collect()
    }

    /// Numbers of the resources of a kind.
    pub(super) fn resources_of(&self, kind: ResourceKind) -> Vec<u32> {
        self.resources()
            .filter(|(_, resource)| resource.name.kind() == kind)
            .map(|(number, _)| number)
            .collect()
    }

    /// Resources of a kind whose latest sample is older, and their series.
    pub(super) fn not_seen_since(&self, kind: ResourceKind, at: Timestamp) -> (Vec<u32>, Vec<u32>) {
        let (mut resources, mut series) = (Vec::new(), Vec::new());
        for (number, resource) in self.resources() {
            let is_saved = !self.unsaved_resources.contains(&number);
            if resource.name.kind() == kind && resource.last_at < at && is_saved {
                resources.push(number);
                series.extend(&resource.series);
            }
        }
        (resources, series)
    }

    /// Forgets a resource that the database has forgotten, and its series; their numbers are not
    /// given again while this runs. One that got a sample meanwhile has to be saved again.
    pub(super) fn remove_unless_seen(&mut self, number: u32, since: Timestamp) {
        if let Some(resource) = self.resource(number)
            && resource.last_at >= since
        {
            let again: Vec<u32> = resource
                .series
                .iter()
                .copied()
                .filter(|series| !self.unsaved_series.contains(series))
                .collect();
            self.unsaved_resources.push(number);
            self.unsaved_series.extend(again);
            return;
        }
        let Some(resource) = self
            .resources
            .get_mut(number as usize)
            .and_then(Option::take)
        else {
            return;
        };
        self.numbers.remove(&resource.name);
        if let Some(group) = self.groups.iter_mut().find(|g| g.number == resource.group) {
            group.resources = group.resources.saturating_sub(1);
            group.series = group.series.saturating_sub(resource.series.len());
        }
        for series in resource.series {
            if let Some(slot) = self.series.get_mut(series as usize) {
                *slot = None;
                self.known_series -= 1;
            }
        }
    }

    /// A group of this kind that has room, or a new one.
    fn group_for(&self, kind: ResourceKind) -> u32 {
        let roomy = self.groups.iter().find(|group| {
            group.kind == kind && group.resources < GROUP_RESOURCES && group.series < GROUP_SERIES
        });
        match roomy {
            Some(group) => group.number,
            None => 1 + self.groups.iter().map(|g| g.number).max().unwrap_or(0),
        }
    }
}

fn number_of(index: usize) -> u32 {
    u32::try_from(index).expect("invariant: settings bound the number of series")
}

/// Places `value` at index `number`, leaving holes where numbers are no longer used.
fn put<T>(slots: &mut Vec<Option<T>>, number: u32, value: T) {
    let index = number as usize;
    if slots.len() <= index {
        slots.resize_with(index + 1, || None);
    }
    slots[index] = Some(value);
}
