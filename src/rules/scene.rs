//! What a rule gets to see: one target at one moment.

use std::ops::Range;
use std::sync::Arc;

use super::forecast::Forecasts;
use super::index::Index;
use super::recent::Recent;
use super::settings::{Place, RuleBook, RuleSet};
use super::words;
use crate::model::id::{ResourceId, ResourceKind};
use crate::model::resource::{GameServer, Guest, Resource};
use crate::model::target::TargetSummary;
use crate::model::time::Timestamp;
use crate::state::TargetView;

/// What a rule gets to see: one target at one moment.
pub struct Scene<'a> {
    /// The target and everything under it.
    pub view: &'a TargetView,
    /// The target itself, for rules about reaching it.
    pub target: Watched<'a>,
    /// When.
    pub now: Timestamp,
    /// What follows from the target's lists.
    pub index: &'a Index,
    /// What is remembered of figures and states that the present does not hold.
    pub recent: &'a Recent,
    /// When spaces will be full.
    pub forecasts: &'a Forecasts,
    watched: Vec<Watched<'a>>,
    /// Which rule looks, by its place in [`super::RULES`].
    rule: usize,
}

/// One thing that is watched, and what holds for it.
pub struct Watched<'a> {
    /// What it is.
    pub it: It<'a>,
    set: Arc<RuleSet>,
    /// Whether anything is remembered of it.
    noted: bool,
}

/// What can be watched.
#[derive(Clone, Copy)]
pub enum It<'a> {
    /// A resource under the target.
    Resource(&'a Resource),
    /// The target itself.
    Target(&'a TargetSummary, &'a ResourceId),
    /// Something that only pushes its figures.
    Pushed(&'a ResourceId),
    /// The product itself.
    Own(&'a ResourceId),
}

impl<'a> Scene<'a> {
    /// Of a target. `noted` says of what something is remembered.
    pub(super) fn new(
        view: &'a TargetView,
        target: &'a ResourceId,
        sources: Sources<'a>,
        book: &mut RuleBook,
        noted: impl Fn(&ResourceId) -> bool,
    ) -> Self {
        let mut watch = |it: It<'a>, place: Place<'_>| Watched {
            set: book.of(place),
            noted: place.id.is_some_and(&noted),
            it,
        };
        let of_target = watch(It::Target(&view.summary, target), Place::bare(target));
        let mut watched = Vec::with_capacity(view.resources.len());
        for resource in view.resources.values() {
            watched.push(watch(It::Resource(resource), Place::of(resource)));
        }
        for id in sources.recent.pushed_of(&view.summary.id) {
            if !view.resources.contains_key(id) {
                watched.push(watch(It::Pushed(id), Place::bare(id)));
            }
        }
        // The ids of a view are in order of their kinds' words already; a stable sort costs little.
        watched.sort_by_key(|watched| watched.it.id().kind());
        Self {
            view,
            target: of_target,
            now: sources.now,
            index: sources.index,
            recent: sources.recent,
            forecasts: sources.forecasts,
            watched,
            rule: 0,
        }
    }

    /// The same for another rule.
    pub(super) fn for_rule(&mut self, rule: usize) -> &Self {
        self.rule = rule;
        self
    }

    /// Whether the latest look worked: what a target said before it stopped answering says
    /// nothing about now.
    #[must_use]
    pub const fn is_fresh(&self) -> bool {
        self.view.summary.reachability.is_online()
    }

    /// Everything of one kind.
    #[must_use]
    pub fn of(&self, kind: ResourceKind) -> &[Watched<'a>] {
        &self.watched[self.range(kind)]
    }

    /// Everything under the target.
    #[must_use]
    pub fn all(&self) -> &[Watched<'a>] {
        &self.watched
    }

    fn range(&self, kind: ResourceKind) -> Range<usize> {
        let place = |watched: &Watched<'_>| watched.it.id().kind();
        let from = self
            .watched
            .partition_point(|watched| place(watched) < kind);
        let to = self
            .watched
            .partition_point(|watched| place(watched) <= kind);
        from..to
    }

    /// Everything of one kind that the looking rule is on for, with its settings there.
    pub fn on<T: 'static>(&self, kind: ResourceKind) -> impl Iterator<Item = (&Watched<'a>, &T)> {
        let watched = self.of(kind).iter();
        watched.filter_map(|watched| Some((watched, watched.set.rule::<T>(self.rule)?)))
    }

    /// All guests that the looking rule is on for; templates are no guests.
    pub fn guests<T: 'static>(&self) -> impl Iterator<Item = (&Watched<'a>, &Guest, &T)> {
        self.on::<T>(ResourceKind::Guest)
            .filter_map(|(watched, settings)| match watched.it {
                It::Resource(Resource::Guest(guest)) if !guest.template => {
                    Some((watched, guest, settings))
                }
                _ => None,
            })
    }

    /// All game servers that the looking rule is on for.
    pub fn games<T: 'static>(&self) -> impl Iterator<Item = (&Watched<'a>, &GameServer, &T)> {
        self.on::<T>(ResourceKind::Game)
            .filter_map(|(watched, settings)| match watched.it {
                It::Resource(Resource::Game(game)) => Some((watched, game, settings)),
                _ => None,
            })
    }

    /// The looking rule's settings for the target itself; `None` where it is off.
    #[must_use]
    pub fn for_target<T: 'static>(&self) -> Option<&T> {
        self.target.set.rule::<T>(self.rule)
    }

    /// Whether there is such a thing under the target.
    #[must_use]
    pub fn has(&self, id: &ResourceId) -> bool {
        let watched = self.of(id.kind());
        watched
            .binary_search_by(|watched| watched.it.id().cmp(id))
            .is_ok()
    }

    /// One resource under the target, if the looking rule is on for it.
    #[must_use]
    pub fn find<T: 'static>(&self, id: &ResourceId) -> Option<(&Watched<'a>, &T)> {
        let watched = self.of(id.kind());
        // Within a kind they stand in the order of their ids.
        let place = watched
            .binary_search_by(|watched| watched.it.id().cmp(id))
            .ok()?;
        let found = &watched[place];
        Some((found, found.set.rule::<T>(self.rule)?))
    }
}

/// What a scene is made of, beside the target.
#[derive(Clone, Copy)]
pub(super) struct Sources<'a> {
    pub(super) index: &'a Index,
    pub(super) recent: &'a Recent,
    pub(super) forecasts: &'a Forecasts,
    pub(super) now: Timestamp,
}

impl<'a> Watched<'a> {
    /// Something that is no part of a scene. `noted` says whether anything is remembered of it.
    pub(super) const fn new(it: It<'a>, set: Arc<RuleSet>, noted: bool) -> Self {
        Self { it, set, noted }
    }
}

impl Watched<'_> {
    /// What holds for it.
    #[must_use]
    pub fn set(&self) -> &RuleSet {
        &self.set
    }

    /// Whether anything is remembered of it.
    pub(super) const fn is_noted(&self) -> bool {
        self.noted
    }

    /// The name people know it by, fit to be shown.
    #[must_use]
    pub fn name(&self) -> String {
        match self.it {
            It::Resource(resource) => words::clean(&resource.label()),
            It::Target(summary, _) => words::clean(&summary.name),
            It::Pushed(id) => words::clean(id.local()),
            It::Own(_) => "homepulse".to_owned(),
        }
    }

    /// Its name with what tells it from others of the same name.
    #[must_use]
    pub fn describe(&self) -> String {
        match self.it {
            It::Resource(resource) => words::describe(resource),
            It::Target(..) | It::Pushed(_) | It::Own(_) => self.name(),
        }
    }

    /// The node it is on, where it is on one.
    #[must_use]
    pub fn node(&self) -> Option<&str> {
        match self.it {
            It::Resource(resource) => resource.node(),
            It::Target(..) | It::Pushed(_) | It::Own(_) => None,
        }
    }

    /// Its tags, where it can have some.
    #[must_use]
    pub const fn tags(&self) -> &[String] {
        match self.it {
            It::Resource(Resource::Guest(guest)) => guest.tags.as_slice(),
            It::Resource(_) | It::Target(..) | It::Pushed(_) | It::Own(_) => &[],
        }
    }
}

impl<'a> It<'a> {
    /// The id that alerts carry.
    #[must_use]
    pub const fn id(&self) -> &'a ResourceId {
        match self {
            Self::Resource(resource) => resource.id(),
            Self::Target(_, id) | Self::Pushed(id) | Self::Own(id) => id,
        }
    }
}
