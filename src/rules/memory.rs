//! What is remembered of one subject between two looks: hysteresis and dwell, for every severity.

use std::time::Duration;

use super::reading::{Level, Levels, Signal};
use crate::model::alert::Severity;
use crate::model::time::Timestamp;

/// How long a subject may be out of sight before waiting for the dwell starts anew: nobody can
/// say "at 93 % for five minutes" of a figure unseen for most of them.
const LONGEST_BLINK: Duration = Duration::from_secs(60);

const SEVERITIES: [Severity; 3] = Severity::ALL;

/// What follows from one look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Nothing begins, changes or ends.
    Hold,
    /// It begins.
    Fire(Severity),
    /// It goes on with another severity.
    Change(Severity),
    /// It ends.
    Clear,
}

#[derive(Clone, Copy, Debug, Default)]
struct Track {
    beyond_since: Option<Timestamp>,
    active: bool,
}

/// What is remembered of one subject.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    tracks: [Track; 3],
    unseen_since: Option<Timestamp>,
    firing: Option<(Severity, Timestamp)>,
}

impl Memory {
    /// Of nothing yet.
    pub(super) const fn new() -> Self {
        Self {
            tracks: [Track {
                beyond_since: None,
                active: false,
            }; 3],
            unseen_since: None,
            firing: None,
        }
    }

    /// Of an alert that was open before the program started.
    pub(super) fn of_open_alert(severity: Severity, since: Timestamp) -> Self {
        let mut memory = Self {
            firing: Some((severity, since)),
            ..Self::default()
        };
        for track in &mut memory.tracks[..=severity as usize] {
            track.active = true;
            track.beyond_since = Some(since);
        }
        memory
    }

    /// The severity it fires with and since when it has held.
    #[must_use]
    pub const fn firing(&self) -> Option<(Severity, Timestamp)> {
        self.firing
    }

    /// Since when it has been beyond the limit of `severity`, whether it fires yet or not.
    #[must_use]
    pub const fn beyond_since(&self, severity: Severity) -> Option<Timestamp> {
        self.tracks[severity as usize].beyond_since
    }

    /// Since when nobody could tell, if nobody can.
    #[must_use]
    pub const fn unseen_since(&self) -> Option<Timestamp> {
        self.unseen_since
    }

    /// Whether there is nothing to remember.
    pub(super) fn is_empty(&self) -> bool {
        self.firing.is_none() && self.tracks.iter().all(|track| track.beyond_since.is_none())
    }

    /// Nobody could tell: whatever was so stays so.
    pub(super) fn look_away(&mut self, now: Timestamp) {
        self.unseen_since.get_or_insert(now);
    }

    /// One look. `since` is when it began where the resource itself says.
    pub(super) fn look(
        &mut self,
        levels: &Levels,
        since: Option<Timestamp>,
        now: Timestamp,
    ) -> Verdict {
        let blinked = self
            .unseen_since
            .take()
            .is_some_and(|unseen| now.since(unseen) > LONGEST_BLINK);
        for severity in SEVERITIES {
            let track = &mut self.tracks[severity as usize];
            if blinked && !track.active {
                track.beyond_since = None;
            }
            track.look(levels.get(severity), since, now);
        }
        let worst = SEVERITIES
            .into_iter()
            .rev()
            .find(|severity| self.tracks[*severity as usize].active);
        match (self.firing, worst) {
            (None, None) => Verdict::Hold,
            (None, Some(severity)) => {
                let since = self.tracks.iter().filter(|track| track.active);
                let since = since.filter_map(|track| track.beyond_since).min();
                self.firing = Some((severity, since.unwrap_or(now)));
                Verdict::Fire(severity)
            }
            (Some((before, _)), Some(severity)) if before == severity => Verdict::Hold,
            (Some((_, since)), Some(severity)) => {
                self.firing = Some((severity, since));
                Verdict::Change(severity)
            }
            (Some(_), None) => {
                self.firing = None;
                Verdict::Clear
            }
        }
    }
}

impl Track {
    fn look(&mut self, level: Option<Level>, since: Option<Timestamp>, now: Timestamp) {
        let Some(level) = level else {
            *self = Self::default();
            return;
        };
        match level.signal {
            Signal::Within => *self = Self::default(),
            Signal::Between if self.active => {}
            Signal::Between => self.beyond_since = None,
            Signal::Beyond => {
                // A start that lies ahead comes from a clock that was set back.
                let began = self.beyond_since.or(since).unwrap_or(now).min(now);
                self.beyond_since = Some(began);
                self.active |= now.since(began) >= level.dwell;
            }
        }
    }
}

#[cfg(test)]
mod tests;
