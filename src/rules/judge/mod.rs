//! The judge: runs every rule and turns what they see into what begins, changes and ends.

mod recall;
mod take;
mod transition;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use super::forecast::Forecasts;
use super::index::Index;
use super::inward::{Inward, OwnHealth};
use super::memory::Memory;
use super::recent::Recent;
use super::scene::{It, Scene, Sources, Watched};
use super::settings::{Place, RuleBook, RuleSettings};
use super::{RULES, permission_lost};
use crate::model::alert::{Alert, Finding, Transition};
use crate::model::id::{ResourceId, ResourceKind, TargetId};
use crate::model::observation::Sample;
use crate::model::time::Timestamp;
use crate::state::{Diff, Fleet, TargetView};

pub use recall::{Note, Recall};
use take::take;

/// How long a resource has to be missing from an answering target before its alerts end, where
/// no complete look has said that it is gone.
const MISSING: Duration = Duration::from_secs(120);

/// What is remembered of one subject of one resource.
struct Entry {
    /// The rule, by its place in [`RULES`].
    rule: usize,
    subject: Box<str>,
    memory: Memory,
    name: String,
    told_at: Timestamp,
    seen_in: u64,
    missing_since: Option<Timestamp>,
    /// What it will be if it stays as it is, while it waits for its dwell.
    waiting: Option<Box<Waiting>>,
}

/// Something that is beyond a limit and is not told yet, as that has to last.
#[derive(Clone, Debug, PartialEq)]
pub struct Waiting {
    /// What would be told.
    pub finding: Finding,
    /// When it fires if it stays so.
    pub fires_at: Timestamp,
}

impl Entry {
    const fn new(rule: usize, subject: Box<str>) -> Self {
        Self {
            rule,
            subject,
            memory: Memory::new(),
            name: String::new(),
            told_at: Timestamp(0),
            seen_in: 0,
            missing_since: None,
            waiting: None,
        }
    }

    fn rule_name(&self) -> &'static str {
        RULES[self.rule].kind().name
    }
}

/// What is remembered, by resource. Of most resources that is nothing.
type Entries = HashMap<ResourceId, Vec<Entry>>;

/// Owns what rules remember between two looks.
pub struct Judge {
    book: RuleBook,
    entries: Entries,
    recent: Recent,
    forecasts: Arc<Forecasts>,
    indices: HashMap<TargetId, Index>,
    round: u64,
    own: OwnHealth,
}

impl Judge {
    /// A judge that remembers the alerts that are open already, so that none of them fires again.
    #[must_use]
    pub fn new(settings: RuleSettings, open: &[Alert]) -> Self {
        let mut entries = Entries::new();
        let mut recent = Recent::default();
        for alert in open {
            if alert.rule == permission_lost::NAME
                && let Ok(target) = alert.resource.target_text().parse()
            {
                recent.was_whole(&target);
            }
            let Some(rule) = RULES.iter().position(|rule| rule.kind().name == alert.rule) else {
                continue;
            };
            let entry = Entry {
                memory: Memory::of_open_alert(alert.severity, alert.started_at),
                name: alert.resource_name.clone(),
                told_at: alert.last_seen,
                ..Entry::new(rule, alert.subject.as_str().into())
            };
            entries
                .entry(alert.resource.clone())
                .or_default()
                .push(entry);
        }
        Self {
            book: RuleBook::new(Arc::new(settings)),
            entries,
            recent,
            forecasts: Arc::default(),
            indices: HashMap::new(),
            round: 0,
            own: OwnHealth::default(),
        }
    }

    /// Tells how the product itself is doing, for the next judgement.
    pub fn set_own(&mut self, own: OwnHealth) {
        self.own = own;
    }

    /// Goes on with other settings, keeping what is remembered.
    pub fn set(&mut self, settings: RuleSettings) {
        self.book = RuleBook::new(Arc::new(settings));
    }

    /// Takes figures in that do not stand on the resources: pushed ones, and those that a source
    /// tells beside its resources.
    pub fn note(&mut self, samples: &[Sample]) {
        self.recent.note(samples);
    }

    /// Goes on with newer forecasts.
    pub fn foresee(&mut self, forecasts: Arc<Forecasts>) {
        self.forecasts = forecasts;
    }

    /// Judges the target that `diff` is about, or everything where it names none: that way,
    /// once after the start, alerts end whose target is no longer configured.
    #[must_use]
    pub fn evaluate(&mut self, fleet: &Fleet, diff: &Diff, now: Timestamp) -> Vec<Transition> {
        let mut told = self.evaluate_own(now);
        self.recent.forget(&diff.gone);
        match &diff.target {
            Some(target) => match fleet.target(target) {
                Some(view) => self.judge_target(view, diff, now, &mut told),
                None => {
                    self.recent.forget_target(target);
                    self.indices.remove(target);
                    self.end_without(fleet, now, &mut told);
                }
            },
            None => {
                for view in fleet.targets() {
                    self.judge_target(view, diff, now, &mut told);
                }
                self.end_without(fleet, now, &mut told);
            }
        }
        told
    }

    /// Judges the product itself alone.
    #[must_use]
    pub fn evaluate_own(&mut self, now: Timestamp) -> Vec<Transition> {
        self.round += 1;
        let mut told = Vec::new();
        let id = ResourceId::own();
        let about = Watched::new(
            It::Own(&id),
            self.book.of(Place::bare(&id)),
            self.entries.contains_key(&id),
        );
        for (place, rule) in RULES.iter().enumerate() {
            let scene = Inward::new(&self.own, &about, place);
            rule.look_inward(&scene, &mut |reading| {
                told.extend(take(&mut self.entries, place, &reading, self.round, now));
            });
        }
        // What is no longer watched ends.
        let round = self.round;
        if let Some(entries) = self.entries.get_mut(&id) {
            entries.retain(|entry| {
                let stays = entry.seen_in == round || !RULES[entry.rule].can_tell_inward(&self.own);
                if !stays {
                    let why = "is no longer watched for this";
                    told.extend(transition::end(&id, entry, why, now));
                }
                stays
            });
            if entries.is_empty() {
                self.entries.remove(&id);
            }
        }
        told
    }

    fn judge_target(
        &mut self,
        view: &TargetView,
        diff: &Diff,
        now: Timestamp,
        told: &mut Vec<Transition>,
    ) {
        self.round += 1;
        let round = self.round;
        let entries = &mut self.entries;
        let is_new = !self.indices.contains_key(&view.summary.id);
        if is_new {
            self.indices
                .insert(view.summary.id.clone(), Index::default());
        }
        let Some(index) = self.indices.get_mut(&view.summary.id) else {
            return;
        };
        index.refresh(&view.facts);
        if view.summary.reachability.is_online() {
            self.recent.see(view, now);
        }
        let sources = Sources {
            index,
            recent: &self.recent,
            forecasts: &self.forecasts,
            now,
        };
        let target = ResourceId::target(&view.summary.id);
        let noted = |id: &ResourceId| !entries.is_empty() && entries.contains_key(id);
        let mut scene = Scene::new(view, &target, sources, &mut self.book, noted);
        for (place, rule) in RULES.iter().enumerate() {
            rule.look(scene.for_rule(place), &mut |reading| {
                told.extend(take(entries, place, &reading, round, now));
            });
        }
        end_unwatched(entries, &mut scene, diff, round, told);
    }

    /// Ends what belongs to targets that are no longer configured.
    fn end_without(&mut self, fleet: &Fleet, now: Timestamp, told: &mut Vec<Transition>) {
        self.entries.retain(|id, entries| {
            let target = id.target_text().parse::<TargetId>();
            if id.is_own() || target.is_ok_and(|target| fleet.target(&target).is_some()) {
                return true;
            }
            let why = "is no longer watched: its target was removed";
            let ends = entries.iter();
            told.extend(ends.filter_map(|entry| transition::end(id, entry, why, now)));
            false
        });
    }
}

/// Ends what no rule has spoken of in this round: its resource is gone, or it is no longer
/// watched.
fn end_unwatched(
    entries: &mut Entries,
    scene: &mut Scene<'_>,
    diff: &Diff,
    round: u64,
    told: &mut Vec<Transition>,
) {
    let now = scene.now;
    let target = scene.view.summary.id.clone();
    entries.retain(|id, entries| {
        if id.target_text() != target.as_str() {
            return true;
        }
        entries.retain_mut(|entry| {
            if entry.seen_in == round {
                return true;
            }
            let why = match standing(id, entry, scene, diff) {
                Standing::Unknown => {
                    entry.memory.look_away(now);
                    return true;
                }
                Standing::Missing => {
                    let missing_since = *entry.missing_since.get_or_insert(now);
                    if now.since(missing_since) < MISSING {
                        return true;
                    }
                    "is no longer there"
                }
                Standing::Over(why) => why,
            };
            told.extend(transition::end(id, entry, why, now));
            false
        });
        !entries.is_empty()
    });
}

/// How something stands that no rule has spoken of.
enum Standing {
    /// Nobody can tell.
    Unknown,
    /// Its resource has not been seen.
    Missing,
    /// It is over, and why.
    Over(&'static str),
}

fn standing(id: &ResourceId, entry: &Entry, scene: &mut Scene<'_>, diff: &Diff) -> Standing {
    let is_there = id.kind() == ResourceKind::Target || scene.has(id);
    if is_there {
        let rule = RULES[entry.rule];
        return if rule.can_tell(scene.for_rule(entry.rule), id, &entry.subject) {
            Standing::Over("is no longer watched for this")
        } else {
            Standing::Unknown
        };
    }
    if diff.gone.contains(id) {
        Standing::Over("is gone")
    } else if !scene.is_fresh() || id.kind() == ResourceKind::Pushed {
        // What pushes is known only once it has pushed again.
        Standing::Unknown
    } else {
        Standing::Missing
    }
}

#[cfg(test)]
mod tests;
