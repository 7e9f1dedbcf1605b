//! What holds for each resource, worked out once from the settings and kept until these or the
//! resource's tags and pool change.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use super::resolve::{self, LevelName, Place, metric_of, rule_of};
use super::{Limits, RuleSettings};
use crate::model::id::{ResourceId, ResourceKind};
use crate::model::metric::{self, Metric, MetricKey};
use crate::rules::kind::Parsed;
use crate::rules::{RULES, threshold};

/// One metric that is judged, and by which limits.
#[derive(Clone)]
pub struct BookEntry {
    /// Which metric.
    pub key: MetricKey,
    /// Its row of the catalogue, where it has one.
    pub metric: Option<&'static Metric>,
    /// The metric that is its whole, where a share is judged.
    pub total: Option<&'static Metric>,
    /// By which limits.
    pub limits: Limits,
}

/// Everything that holds for one resource.
pub struct RuleSet {
    /// The metrics that are judged.
    pub limits: Vec<BookEntry>,
    /// The file systems that have limits of their own, or none (`None`), by mount point.
    pub filesystems: Vec<(String, Option<Limits>)>,
    /// The settings of the rules, by their place in [`RULES`]; `None` where one is off.
    rules: Vec<Option<Parsed>>,
}

/// What holds, by resource.
pub struct RuleBook {
    settings: Arc<RuleSettings>,
    kinds: HashMap<ResourceKind, Arc<RuleSet>>,
    /// Resources that the same levels speak of share what holds for them.
    shared: HashMap<(ResourceKind, Vec<LevelName>), Arc<RuleSet>>,
    kept: HashMap<ResourceId, Kept>,
}

/// What was worked out for a resource that some level beyond its kind speaks of.
struct Kept {
    pool: Option<String>,
    tags: Vec<String>,
    set: Arc<RuleSet>,
}

/// Resources that are remembered before those that are gone are forgotten.
const MOST_KEPT: usize = 50_000;

impl RuleBook {
    /// An empty book over some settings.
    #[must_use]
    pub fn new(settings: Arc<RuleSettings>) -> Self {
        Self {
            settings,
            kinds: HashMap::new(),
            shared: HashMap::new(),
            kept: HashMap::new(),
        }
    }

    /// The settings it is made from.
    #[must_use]
    pub const fn settings(&self) -> &Arc<RuleSettings> {
        &self.settings
    }

    /// What holds for resources of a kind that no other level speaks of.
    pub fn of_kind(&mut self, kind: ResourceKind) -> &Arc<RuleSet> {
        let settings = &self.settings;
        self.kinds
            .entry(kind)
            .or_insert_with(|| Arc::new(RuleSet::new(settings, Place::any(kind))))
    }

    /// What holds for a resource.
    pub fn of(&mut self, place: Place<'_>) -> Arc<RuleSet> {
        let settings = &self.settings;
        let Some(id) = place.id else {
            return Arc::clone(self.of_kind(place.kind));
        };
        let is_plain = !settings.resources.contains_key(id)
            && (settings.tags.is_empty() || place.tags.is_empty())
            && (settings.pools.is_empty() || place.pool.is_none());
        if is_plain {
            return Arc::clone(self.of_kind(place.kind));
        }
        if let Some(kept) = self.kept.get(id)
            && kept.pool.as_deref() == place.pool
            && kept.tags == place.tags
        {
            return Arc::clone(&kept.set);
        }
        if self.kept.len() >= MOST_KEPT {
            self.kept.clear();
            self.shared.clear();
        }
        let names = resolve::levels(settings, place).map(|(name, _)| name);
        let set = self.shared.entry((place.kind, names.collect()));
        let set = set.or_insert_with(|| Arc::new(RuleSet::new(settings, place)));
        let set = Arc::clone(set);
        let kept = Kept {
            pool: place.pool.map(str::to_owned),
            tags: place.tags.to_vec(),
            set: Arc::clone(&set),
        };
        self.kept.insert(id.clone(), kept);
        set
    }
}

impl RuleSet {
    /// Works out what holds for a resource.
    #[must_use]
    pub fn new(settings: &RuleSettings, place: Place<'_>) -> Self {
        let kind = place.kind;
        let mut keys: Vec<MetricKey> = metric::of_kind(kind).map(Metric::key).collect();
        let named: BTreeSet<&MetricKey> = resolve::levels(settings, place)
            .flat_map(|(_, level)| level.metrics.keys())
            .collect();
        let mut filesystems = Vec::new();
        for key in named {
            if let Some(mount) = threshold::mount_of(key) {
                let limits = metric_of(settings, place, key).value;
                filesystems.push((mount.to_owned(), limits));
            } else if kind == ResourceKind::Pushed {
                keys.push(key.clone());
            }
        }
        let limits = keys.into_iter().filter_map(|key| {
            let limits = metric_of(settings, place, &key).value?;
            let metric = metric::find(key.as_str());
            Some(BookEntry {
                metric,
                total: metric
                    .filter(|metric| metric.of.contains(&kind))
                    .and_then(|metric| metric::find(metric.total?)),
                key,
                limits,
            })
        });
        let rules = RULES.iter().map(|rule| {
            let kind_of_rule = rule.kind();
            if !kind_of_rule.of.contains(&kind) {
                return None;
            }
            let values = rule_of(settings, place, kind_of_rule).value?;
            // Settings have been checked by field before they get here.
            rule.read(&values).ok()
        });
        Self {
            limits: limits.collect(),
            filesystems,
            rules: rules.collect(),
        }
    }

    /// The settings of the rule at a place of [`RULES`]; `None` where it is off here.
    #[must_use]
    pub fn rule<T: 'static>(&self, place: usize) -> Option<&T> {
        self.rules.get(place)?.as_ref()?.downcast_ref()
    }

    /// Whether the rule of that name is on here.
    #[must_use]
    pub fn is_on(&self, name: &str) -> bool {
        let place = RULES.iter().position(|rule| rule.kind().name == name);
        place.is_some_and(|place| self.rules.get(place).is_some_and(Option::is_some))
    }

    /// Whether both come to the same for metrics.
    #[must_use]
    pub fn same_limits(&self, other: &Self) -> bool {
        let same = |a: &BookEntry, b: &BookEntry| a.key == b.key && a.limits == b.limits;
        self.filesystems == other.filesystems
            && self.limits.len() == other.limits.len()
            && self
                .limits
                .iter()
                .zip(&other.limits)
                .all(|(a, b)| same(a, b))
    }
}
