//! The resolver: which level's word counts for one metric or one rule of one resource.
//!
//! Levels are walked from the furthest to the nearest: profile, kind, pool, tags in ascending
//! precedence, resource. Each may set values, switch off or switch on again; the last word counts.
//! Within one level a word about the metric is nearer than one about the whole threshold rule.

use std::fmt;

use super::{Level, Limits, Profile, RuleSettings};
use crate::model::id::{ResourceId, ResourceKind};
use crate::model::metric::MetricKey;
use crate::model::resource::Resource;
use crate::rules::kind::{RuleKind, Values};
use crate::rules::threshold;

/// Where a resource stands, as far as levels go.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// Its kind.
    pub kind: ResourceKind,
    /// Its id; `None` for any of that kind.
    pub id: Option<&'a ResourceId>,
    /// The pool it is in.
    pub pool: Option<&'a str>,
    /// Its tags.
    pub tags: &'a [String],
}

impl<'a> Place<'a> {
    /// Of a resource.
    #[must_use]
    pub fn of(resource: &'a Resource) -> Self {
        let (pool, tags) = match resource {
            Resource::Guest(guest) => (guest.pool.as_deref(), guest.tags.as_slice()),
            Resource::Node(_)
            | Resource::Storage(_)
            | Resource::Datastore(_)
            | Resource::Disk(_)
            | Resource::Game(_) => (None, &[][..]),
        };
        Self {
            kind: resource.kind(),
            id: Some(resource.id()),
            pool,
            tags,
        }
    }

    /// Of something that has no tags.
    #[must_use]
    pub const fn bare(id: &'a ResourceId) -> Self {
        Self {
            kind: id.kind(),
            id: Some(id),
            pool: None,
            tags: &[],
        }
    }

    /// Of any of a kind.
    #[must_use]
    pub const fn any(kind: ResourceKind) -> Self {
        Self {
            kind,
            id: None,
            pool: None,
            tags: &[],
        }
    }
}

/// The name of a level.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum LevelName {
    /// The profile.
    Profile(Profile),
    /// A kind of resource.
    Kind(ResourceKind),
    /// A pool.
    Pool(String),
    /// A tag.
    Tag(String),
    /// One resource.
    Resource(ResourceId),
}

impl LevelName {
    /// What sort of level it is: `profile`, `kind`, `pool`, `tag` or `resource`.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Profile(_) => "profile",
            Self::Kind(_) => "kind",
            Self::Pool(_) => "pool",
            Self::Tag(_) => "tag",
            Self::Resource(_) => "resource",
        }
    }

    /// Which one of its sort.
    #[must_use]
    pub fn key(&self) -> &str {
        match self {
            Self::Profile(profile) => profile.word(),
            Self::Kind(kind) => kind.word(),
            Self::Pool(name) | Self::Tag(name) => name,
            Self::Resource(id) => id.as_str(),
        }
    }
}

impl fmt::Display for LevelName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.word(), self.key())
    }
}

/// What one level says.
#[derive(Clone, Debug, PartialEq)]
pub struct Step<T> {
    /// Which level.
    pub level: LevelName,
    /// What it says: values, or `None` where it switches off.
    pub gives: Option<T>,
}

/// What follows from all levels.
#[derive(Clone, Debug, PartialEq)]
pub struct Resolved<T> {
    /// What counts; `None` where it is off.
    pub value: Option<T>,
    /// What each level says that says something, the furthest first.
    pub steps: Vec<Step<T>>,
}

/// The levels of a resource, the furthest first, the profile left out.
pub(super) fn levels<'a>(
    settings: &'a RuleSettings,
    place: Place<'_>,
) -> impl Iterator<Item = (LevelName, &'a Level)> {
    let kind = place.kind;
    let of_kind = settings.kinds.get(&kind);
    let pool = place
        .pool
        .and_then(|pool| settings.pools.get_key_value(pool));
    let mut tags: Vec<(&String, &Level)> = Vec::new();
    if !settings.tags.is_empty() {
        let known = place.tags.iter();
        tags.extend(known.filter_map(|tag| settings.tags.get_key_value(tag)));
        tags.sort_unstable_by(|a, b| (a.1.priority, b.0).cmp(&(b.1.priority, a.0)));
        tags.dedup_by_key(|(tag, _)| *tag);
    }
    let resource = place.id.and_then(|id| settings.resources.get_key_value(id));
    let of_kind = of_kind.map(|level| (LevelName::Kind(kind), level));
    let pool = pool.map(|(name, level)| (LevelName::Pool(name.clone()), level));
    let tags = tags.into_iter();
    let tags = tags.map(|(name, level)| (LevelName::Tag(name.clone()), level));
    let resource = resource.map(|(id, level)| (LevelName::Resource(id.clone()), level));
    of_kind.into_iter().chain(pool).chain(tags).chain(resource)
}

/// The limits of one metric, and which level says what. A file system (`disk:/srv`) goes by what
/// is said of the `disk` as a whole, unless something is said of itself there or nearer.
#[must_use]
pub fn metric_of(settings: &RuleSettings, place: Place<'_>, key: &MetricKey) -> Resolved<Limits> {
    let whole = threshold::whole_of(key);
    let profile = settings.profile;
    let preset = |key: &MetricKey| {
        let mut rows = profile.limits(place.kind).iter();
        rows.find(|row| row.0 == key.as_str()).map(|row| row.1)
    };
    let mut limits = preset(key).or_else(|| preset(whole.as_ref()?));
    let mut on = limits.is_some();
    let mut steps = Vec::new();
    steps.extend(limits.map(|limits| Step {
        level: LevelName::Profile(profile),
        gives: Some(limits),
    }));
    for (name, level) in levels(settings, place) {
        let mut said = None;
        match level.rules.get(threshold::NAME) {
            None => {}
            Some(None) => said = Some(None),
            Some(Some(_)) => said = limits.map(Some),
        }
        for key in whole.iter().chain([key]) {
            said = level.metrics.get(key).copied().or(said);
        }
        let Some(gives) = said else {
            continue;
        };
        on = gives.is_some();
        limits = gives.or(limits);
        steps.push(Step { level: name, gives });
    }
    Resolved {
        value: limits.filter(|_| on),
        steps,
    }
}

/// The settings of one rule, and which level says what.
#[must_use]
pub fn rule_of(settings: &RuleSettings, place: Place<'_>, rule: &RuleKind) -> Resolved<Values> {
    let (mut on, mut values) = rule.preset(settings.profile);
    let mut steps = vec![Step {
        level: LevelName::Profile(settings.profile),
        gives: on.then(|| values.clone()),
    }];
    for (level, at) in levels(settings, place) {
        let Some(change) = at.rules.get(rule.name) else {
            continue;
        };
        on = change.is_some();
        if let Some(change) = change {
            let change = change.iter();
            values.extend(change.map(|(key, value)| (key.clone(), value.clone())));
        }
        steps.push(Step {
            level,
            gives: change.clone(),
        });
    }
    Resolved {
        value: on.then_some(values),
        steps,
    }
}
