//! Taking one reading in.

use std::time::Duration;

use super::{Entries, Entry, Waiting, transition};
use crate::model::alert::{Severity, Transition};
use crate::model::time::Timestamp;
use crate::rules::RULES;
use crate::rules::memory::{Memory, Verdict};
use crate::rules::reading::{Evidence, Levels, Moment, Reading};

/// How often the ledger hears of an alert that simply goes on, so that its figure and "last
/// seen" are not much older than this.
const REFRESH: Duration = Duration::from_secs(300);

/// Takes one reading of the rule at `rule` in. Of what is quiet and was before, nothing is
/// remembered, so that this costs nothing for most readings.
pub(super) fn take(
    all: &mut Entries,
    rule: usize,
    reading: &Reading<'_>,
    round: u64,
    now: Timestamp,
) -> Option<Transition> {
    let quiet = is_quiet(&reading.evidence);
    if quiet && !reading.about.is_noted() {
        return None;
    }
    let id = reading.about.it.id();
    let is_same = |entry: &Entry| entry.rule == rule && *entry.subject == *reading.subject;
    let known = all
        .get(id)
        .and_then(|entries| entries.iter().position(is_same));
    if quiet && known.is_none() {
        return None;
    }
    let entries = match all.get_mut(id) {
        Some(entries) => entries,
        None => all.entry(id.clone()).or_default(),
    };
    let place = known.unwrap_or_else(|| {
        entries.push(Entry::new(rule, reading.subject.into()));
        entries.len() - 1
    });
    let entry = &mut entries[place];
    entry.seen_in = round;
    entry.missing_since = None;
    let transition = follow(entry, reading, now);
    if entry.memory.is_empty() {
        entries.swap_remove(place);
        if entries.is_empty() {
            all.remove(id);
        }
    }
    transition
}

/// What follows from a reading for what is remembered, and for the ledger.
fn follow(entry: &mut Entry, reading: &Reading<'_>, now: Timestamp) -> Option<Transition> {
    let id = reading.about.it.id();
    let rule = RULES[entry.rule].kind().name;
    let clear = |value, message| transition::clear(rule, reading.subject, id, value, now, message);
    match reading.evidence {
        Evidence::Unknown => {
            entry.memory.look_away(now);
            None
        }
        Evidence::Moot { why } => {
            let firing = entry.memory.firing();
            entry.memory = Memory::default();
            entry.waiting = None;
            firing.map(|_| clear(None, (reading.sentence)(Moment::Moot { why })))
        }
        Evidence::Measured {
            value,
            levels,
            since,
        } => {
            let held_since = entry.memory.firing().map(|(_, since)| since);
            let verdict = entry.memory.look(&levels, since, now);
            entry.waiting = wait(entry, reading, &levels, now);
            match verdict {
                Verdict::Clear => {
                    let held = now.since(held_since.unwrap_or(now));
                    Some(clear(value, (reading.sentence)(Moment::Ended { held })))
                }
                Verdict::Hold if now.since(entry.told_at) < REFRESH => None,
                verdict => entry.memory.firing().map(|firing| {
                    entry.told_at = now;
                    entry.name = reading.about.name();
                    let limit = levels.get(firing.0).and_then(|level| level.limit);
                    let finding = transition::finding(rule, reading, firing, limit, now);
                    match verdict {
                        Verdict::Fire(_) => Transition::Fire(finding),
                        Verdict::Change(_) | Verdict::Hold | Verdict::Clear => {
                            Transition::Update(finding)
                        }
                    }
                }),
            }
        }
    }
}

/// What it will be if it stays as it is: the soonest severity that is beyond its limit, where
/// nothing fires yet.
fn wait(
    entry: &Entry,
    reading: &Reading<'_>,
    levels: &Levels,
    now: Timestamp,
) -> Option<Box<Waiting>> {
    if entry.memory.firing().is_some() {
        return None;
    }
    let waits = Severity::ALL.into_iter().filter_map(|severity| {
        let since = entry.memory.beyond_since(severity)?;
        let level = levels.get(severity)?;
        Some((
            since + level.dwell,
            std::cmp::Reverse(severity),
            since,
            level.limit,
        ))
    });
    let (fires_at, severity, since, limit) = waits.min_by_key(|wait| (wait.0, wait.1))?;
    let rule = RULES[entry.rule].kind().name;
    let finding = transition::finding(rule, reading, (severity.0, since), limit, now);
    Some(Box::new(Waiting { finding, fires_at }))
}

/// Whether there is nothing to remember of it, unless something is remembered already.
fn is_quiet(evidence: &Evidence) -> bool {
    match evidence {
        Evidence::Unknown | Evidence::Moot { .. } => true,
        Evidence::Measured { levels, .. } => levels.are_all_within(),
    }
}
