//! The judge: runs every rule and turns what they see into what begins, changes and ends.

mod transition;

use std::borrow::Cow;
use std::collections::HashMap;
use std::time::Duration;

use super::memory::{Memory, Verdict};
use super::own_health::OwnHealth;
use super::reading::{Evidence, Moment, Reading, Scene};
use super::settings::{LimitBook, RuleSettings};
use super::{RULES, Rule};
use crate::model::alert::{Alert, Transition};
use crate::model::id::{ResourceId, TargetId};
use crate::model::time::Timestamp;
use crate::state::{Diff, Fleet, TargetView};

/// How often the ledger hears of an alert that simply goes on, so that its figure and "last
/// seen" are not much older than this.
const REFRESH: Duration = Duration::from_secs(300);

/// How long a resource has to be missing from an answering target before its alerts end, where
/// no complete look has said that it is gone.
const MISSING: Duration = Duration::from_secs(120);

#[derive(Clone, PartialEq, Eq, Hash)]
struct Key {
    rule: &'static str,
    subject: Cow<'static, str>,
    resource: ResourceId,
}

#[derive(Default)]
struct Entry {
    memory: Memory,
    name: String,
    told_at: Timestamp,
    seen_in: u64,
    missing_since: Option<Timestamp>,
}

/// Owns what rules remember between two looks.
pub struct Judge {
    settings: RuleSettings,
    limits: LimitBook,
    entries: HashMap<Key, Entry>,
    round: u64,
    own: OwnHealth,
}

impl Judge {
    /// A judge that remembers the alerts that are open already, so that none of them fires again.
    #[must_use]
    pub fn new(settings: RuleSettings, open: &[Alert]) -> Self {
        let entries = open.iter().filter_map(|alert| {
            let rule = RULES.iter().find(|rule| rule.name() == alert.rule)?;
            let key = Key {
                rule: rule.name(),
                subject: Cow::Owned(alert.subject.clone()),
                resource: alert.resource.clone(),
            };
            let entry = Entry {
                memory: Memory::of_open_alert(alert.severity, alert.started_at),
                name: alert.resource_name.clone(),
                told_at: alert.last_seen,
                ..Entry::default()
            };
            Some((key, entry))
        });
        Self {
            limits: LimitBook::new(&settings),
            entries: entries.collect(),
            settings,
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
        self.limits = LimitBook::new(&settings);
        self.settings = settings;
    }

    /// Judges the target that `diff` is about, or everything where it names none: that way,
    /// once after the start, alerts end whose target is no longer configured.
    #[must_use]
    pub fn evaluate(&mut self, fleet: &Fleet, diff: &Diff, now: Timestamp) -> Vec<Transition> {
        let mut told = Vec::new();
        self.judge_own(now, &mut told);
        match &diff.target {
            Some(target) => match fleet.target(target) {
                Some(view) => self.judge_target(view, diff, now, &mut told),
                None => self.end_without(fleet, now, &mut told),
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
        let mut told = Vec::new();
        self.judge_own(now, &mut told);
        told
    }

    fn judge_own(&mut self, now: Timestamp, told: &mut Vec<Transition>) {
        self.round += 1;
        for rule in RULES {
            rule.look_inward(&self.own, &mut |reading| {
                told.extend(take(&mut self.entries, *rule, &reading, self.round, now));
            });
        }
    }

    fn judge_target(
        &mut self,
        view: &TargetView,
        diff: &Diff,
        now: Timestamp,
        told: &mut Vec<Transition>,
    ) {
        self.round += 1;
        let Self {
            settings,
            limits,
            entries,
            round,
            own: _,
        } = self;
        let scene = Scene {
            view,
            settings,
            limits,
            now,
        };
        for rule in RULES {
            rule.look(&scene, &mut |reading| {
                told.extend(take(entries, *rule, &reading, *round, now));
            });
        }
        self.end_unwatched(view, diff, now, told);
    }

    /// Ends what no rule has spoken of in this round: its resource is gone, or it is no longer
    /// watched.
    fn end_unwatched(
        &mut self,
        view: &TargetView,
        diff: &Diff,
        now: Timestamp,
        told: &mut Vec<Transition>,
    ) {
        let round = self.round;
        self.entries.retain(|key, entry| {
            if entry.seen_in == round || key.resource.target_text() != view.summary.id.as_str() {
                return true;
            }
            let why = if view.resources.contains_key(&key.resource) {
                "is no longer watched for this"
            } else if diff.gone.contains(&key.resource) {
                "is gone"
            } else if !view.summary.reachability.is_online() {
                return true;
            } else {
                let missing_since = *entry.missing_since.get_or_insert(now);
                if now.since(missing_since) < MISSING {
                    return true;
                }
                "is no longer there"
            };
            told.extend(transition::end(key, entry, why, now));
            false
        });
    }

    /// Ends what belongs to targets that are no longer configured.
    fn end_without(&mut self, fleet: &Fleet, now: Timestamp, told: &mut Vec<Transition>) {
        self.entries.retain(|key, entry| {
            let target = key.resource.target_text().parse::<TargetId>();
            if key.resource.is_own() || target.is_ok_and(|target| fleet.target(&target).is_some()) {
                return true;
            }
            let why = "is no longer watched: its target was removed";
            told.extend(transition::end(key, entry, why, now));
            false
        });
    }
}

/// Takes one reading in.
fn take(
    entries: &mut HashMap<Key, Entry>,
    rule: &dyn Rule,
    reading: &Reading<'_>,
    round: u64,
    now: Timestamp,
) -> Option<Transition> {
    let key = Key {
        rule: rule.name(),
        subject: reading.subject.clone(),
        resource: reading.about.id(),
    };
    if is_quiet(&reading.evidence) && !entries.contains_key(&key) {
        return None;
    }
    let entry = entries.entry(key.clone()).or_default();
    entry.seen_in = round;
    entry.missing_since = None;
    let transition = match reading.evidence {
        Evidence::Unknown => {
            entry.memory.look_away(now);
            None
        }
        Evidence::Moot { why } => {
            let firing = entry.memory.firing();
            entry.memory = Memory::default();
            firing.map(|_| {
                transition::clear(&key, None, now, (reading.sentence)(Moment::Moot { why }))
            })
        }
        Evidence::Measured {
            value,
            levels,
            since,
        } => {
            let held_since = entry.memory.firing().map(|(_, since)| since);
            match entry.memory.look(&levels, since, now) {
                Verdict::Clear => {
                    let held = now.since(held_since.unwrap_or(now));
                    let message = (reading.sentence)(Moment::Ended { held });
                    Some(transition::clear(&key, value, now, message))
                }
                Verdict::Hold if now.since(entry.told_at) < REFRESH => None,
                verdict => entry.memory.firing().map(|(severity, since)| {
                    entry.told_at = now;
                    entry.name = reading.about.name();
                    let limit = levels.get(severity).and_then(|level| level.limit);
                    let finding =
                        transition::finding(&key, reading, severity, since, value, limit, now);
                    match verdict {
                        Verdict::Fire(_) => Transition::Fire(finding),
                        Verdict::Change(_) | Verdict::Hold | Verdict::Clear => {
                            Transition::Update(finding)
                        }
                    }
                }),
            }
        }
    };
    if entry.memory.is_empty() {
        entries.remove(&key);
    }
    transition
}

/// Whether there is nothing to remember of it, unless something is remembered already.
fn is_quiet(evidence: &Evidence) -> bool {
    match evidence {
        Evidence::Unknown | Evidence::Moot { .. } => true,
        Evidence::Measured { levels, .. } => levels.are_all_within(),
    }
}

#[cfg(test)]
mod tests;
