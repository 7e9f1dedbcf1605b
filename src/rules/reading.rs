//! The form in which a rule says what it saw.

use std::time::Duration;

use super::kind::Pair;
use super::scene::Watched;
use super::settings::Side;
use crate::model::alert::Severity;
use crate::model::time::Timestamp;

/// What a reading is about.
pub type About<'a> = &'a Watched<'a>;

/// How a figure stands to the limits of one severity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// At or beyond the limit that raises.
    Beyond,
    /// Between the limit that raises and the one that clears: whatever was so stays so.
    Between,
    /// On the good side of the limit that clears.
    Within,
}

/// How things stand for one severity.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Level {
    /// How the figure stands to the limits.
    pub signal: Signal,
    /// How long it has to be beyond before the alert begins.
    pub dwell: Duration,
    /// The limit that raises, where there is a number for it.
    pub limit: Option<f64>,
    /// The limit that clears, where there is a number for it.
    pub clear: Option<f64>,
}

impl Level {
    /// Of something that is so or is not, without a figure.
    #[must_use]
    pub const fn state(is_beyond: bool, dwell_seconds: u32) -> Self {
        let signal = match is_beyond {
            true => Signal::Beyond,
            false => Signal::Within,
        };
        Self {
            signal,
            dwell: Duration::from_secs(dwell_seconds as u64),
            limit: None,
            clear: None,
        }
    }

    /// Of a figure that is bad at or beyond `raise` and good again past `clear`.
    #[must_use]
    pub fn of(value: f64, side: Side, raise: f64, clear: f64, dwell_seconds: u32) -> Self {
        let is_beyond = !side.is_better(value, raise);
        let is_within = side.is_better(value, clear);
        Self {
            signal: if is_beyond {
                Signal::Beyond
            } else if is_within {
                Signal::Within
            } else {
                Signal::Between
            },
            dwell: Duration::from_secs(dwell_seconds.into()),
            limit: Some(raise),
            clear: Some(clear),
        }
    }

    /// How bad it is, for comparing two of one severity.
    const fn rank(&self) -> u8 {
        match self.signal {
            Signal::Within => 0,
            Signal::Between => 1,
            Signal::Beyond => 2,
        }
    }
}

/// How things stand for every severity that is judged, indexed by [`Severity`].
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Levels([Option<Level>; 3]);

impl Levels {
    /// Levels of which only `severity` is judged.
    #[must_use]
    pub fn only(severity: Severity, level: Level) -> Self {
        Self::default().with(severity, Some(level))
    }

    /// The same, with `severity` judged as `level` says.
    #[must_use]
    pub const fn with(mut self, severity: Severity, level: Option<Level>) -> Self {
        self.0[severity as usize] = level;
        self
    }

    /// The same, with `severity` judged by `level` too: the worse of both counts.
    #[must_use]
    pub fn and(self, severity: Severity, level: Level) -> Self {
        match self.get(severity) {
            Some(other) if other.rank() >= level.rank() => self,
            _ => self.with(severity, Some(level)),
        }
    }

    /// How things stand for `severity`.
    #[must_use]
    pub const fn get(&self, severity: Severity) -> Option<Level> {
        self.0[severity as usize]
    }

    /// Whether nothing is wrong and nothing could stay wrong.
    #[must_use]
    pub fn are_all_within(&self) -> bool {
        self.0
            .iter()
            .flatten()
            .all(|level| level.signal != Signal::Beyond)
    }
}

/// What a rule can say of a subject.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Evidence {
    /// It cannot tell: nothing begins and nothing ends.
    Unknown,
    /// The question makes no sense now, as for a guest that is off: an open alert ends.
    Moot {
        /// Why, as a clause such as "it is stopped".
        why: &'static str,
    },
    /// It can tell.
    Measured {
        /// The figure, where there is one.
        value: Option<f64>,
        /// How it stands to the limits.
        levels: Levels,
        /// Since when it has been so, where the resource itself says; otherwise since it was
        /// first seen to be.
        since: Option<Timestamp>,
    },
}

impl Evidence {
    /// Something that is so or is not, judged with one severity.
    #[must_use]
    pub fn state(is_beyond: bool, severity: Severity, dwell_seconds: u32) -> Self {
        Self::Measured {
            value: None,
            levels: Levels::only(severity, Level::state(is_beyond, dwell_seconds)),
            since: None,
        }
    }

    /// The same, known to have been so since `moment`.
    #[must_use]
    pub const fn held_since(mut self, moment: Option<Timestamp>) -> Self {
        if let Self::Measured { since, .. } = &mut self {
            *since = moment;
        }
        self
    }

    /// A figure that gets worse as it grows, judged by a number per severity; it is good again
    /// below `slack` (0 to 1) of it.
    #[must_use]
    pub fn above(value: f64, pair: Pair, slack: f64, dwell_seconds: u32) -> Self {
        Self::pair(value, pair, Side::Above, slack, dwell_seconds)
    }

    /// A figure that gets worse as it shrinks; it is good again above `slack` (1 and more) of the
    /// number.
    #[must_use]
    pub fn below(value: f64, pair: Pair, slack: f64, dwell_seconds: u32) -> Self {
        Self::pair(value, pair, Side::Below, slack, dwell_seconds)
    }

    /// Nothing is wrong, and there is no figure for it.
    #[must_use]
    pub fn fine(pair: Pair) -> Self {
        let level = |raise: Option<f64>| raise.map(|_| Level::state(false, 0));
        Self::Measured {
            value: None,
            levels: Levels::default()
                .with(Severity::Warning, level(pair.warning))
                .with(Severity::Critical, level(pair.critical)),
            since: None,
        }
    }

    fn pair(value: f64, pair: Pair, side: Side, slack: f64, dwell_seconds: u32) -> Self {
        let level = |raise: Option<f64>| {
            raise.map(|raise| Level::of(value, side, raise, raise * slack, dwell_seconds))
        };
        Self::Measured {
            value: Some(value),
            levels: Levels::default()
                .with(Severity::Warning, level(pair.warning))
                .with(Severity::Critical, level(pair.critical)),
            since: None,
        }
    }

    /// The figure, where there is one.
    #[must_use]
    pub const fn value(&self) -> Option<f64> {
        match self {
            Self::Measured { value, .. } => *value,
            Self::Unknown | Self::Moot { .. } => None,
        }
    }
}

/// The moment in an alert's life for which a sentence is wanted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Moment {
    /// It holds.
    Holds {
        /// The limit that was crossed.
        limit: Option<f64>,
        /// For how long.
        held: Duration,
    },
    /// It is over.
    Ended {
        /// How long it had held.
        held: Duration,
    },
    /// It is over because the question makes no sense any more.
    Moot {
        /// Why.
        why: &'static str,
    },
}

/// What a rule saw of one subject.
pub struct Reading<'a> {
    /// About what of the resource, such as a metric's key.
    pub subject: &'a str,
    /// Whose.
    pub about: About<'a>,
    /// What it saw.
    pub evidence: Evidence,
    /// Puts it into one sentence for people; called only when somebody is told.
    pub sentence: &'a dyn Fn(Moment) -> String,
}
