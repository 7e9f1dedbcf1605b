//! What a rule gets to see, and the form in which it says what it saw.

use std::borrow::Cow;
use std::time::Duration;

use super::settings::{LimitBook, RuleSettings};
use super::words;
use crate::model::alert::Severity;
use crate::model::id::ResourceId;
use crate::model::resource::Resource;
use crate::model::target::TargetSummary;
use crate::model::time::Timestamp;
use crate::state::TargetView;

/// What a rule gets to see: one target at one moment.
pub struct Scene<'a> {
    /// The target and everything under it.
    pub view: &'a TargetView,
    /// What people have set.
    pub settings: &'a RuleSettings,
    /// The limits that follow from it, by resource.
    pub limits: &'a LimitBook,
    /// When.
    pub now: Timestamp,
}

/// What a reading is about.
#[derive(Clone, Copy)]
pub enum About<'a> {
    /// A resource under the target.
    Resource(&'a Resource),
    /// The target itself.
    Target(&'a TargetSummary),
    /// The product itself.
    Own,
}

impl About<'_> {
    /// The id that alerts carry.
    #[must_use]
    pub fn id(&self) -> ResourceId {
        match self {
            Self::Resource(resource) => resource.id().clone(),
            Self::Target(summary) => ResourceId::target(&summary.id),
            Self::Own => ResourceId::own(),
        }
    }

    /// The name people know it by, fit to be shown.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::Resource(resource) => words::clean(&resource.label()),
            Self::Target(summary) => words::clean(&summary.name),
            Self::Own => "homepulse".to_owned(),
        }
    }

    /// The node it is on, where it is on one.
    #[must_use]
    pub fn node(&self) -> Option<&str> {
        match self {
            Self::Resource(resource) => resource.node(),
            Self::Target(_) | Self::Own => None,
        }
    }

    /// Its tags, where it can have some.
    #[must_use]
    pub const fn tags(&self) -> &[String] {
        match self {
            Self::Resource(Resource::Guest(guest)) => guest.tags.as_slice(),
            Self::Resource(_) | Self::Target(_) | Self::Own => &[],
        }
    }
}

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
    pub subject: Cow<'static, str>,
    /// Whose.
    pub about: About<'a>,
    /// What it saw.
    pub evidence: Evidence,
    /// Puts it into one sentence for people; called only when somebody is told.
    pub sentence: &'a dyn Fn(Moment) -> String,
}
