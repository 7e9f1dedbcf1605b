//! What rules about the product itself get to see.

use super::scene::Watched;
use crate::model::id::ChannelId;
use crate::model::time::Timestamp;

/// How the product itself is doing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OwnHealth {
    /// Why and since when samples do not reach the disk; `None` while they do.
    pub paused: Option<Pause>,
    /// Every channel that is to be told something; `None` where that could not be read.
    pub channels: Option<Vec<ChannelHealth>>,
    /// Samples that were lost of late.
    pub lost: Lost,
}

/// Recording has stopped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pause {
    /// Since when.
    pub since: Timestamp,
    /// Whether the disk is full, rather than broken.
    pub disk_full: bool,
    /// The error, for people.
    pub reason: String,
}

/// How one channel is doing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChannelHealth {
    /// Which one.
    pub id: ChannelId,
    /// Its name.
    pub name: String,
    /// Why its latest message has not arrived; `None` where it has.
    pub error: Option<String>,
    /// Messages that wait for it or were given up.
    pub waiting: u32,
}

/// Samples that came and were not kept, within [`Lost::SPAN_MINUTES`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lost {
    /// There was no room for them.
    pub refused: u64,
    /// They came too late, or were ahead of the clock.
    pub untimely: u64,
}

impl Lost {
    /// How far back it is counted.
    pub const SPAN_MINUTES: u64 = 10;

    /// All of them.
    #[must_use]
    pub const fn count(self) -> u64 {
        self.refused.saturating_add(self.untimely)
    }
}

impl std::ops::AddAssign for Lost {
    fn add_assign(&mut self, other: Self) {
        self.refused = self.refused.saturating_add(other.refused);
        self.untimely = self.untimely.saturating_add(other.untimely);
    }
}

/// What a rule about the product itself gets to see.
pub struct Inward<'a> {
    /// How it is doing.
    pub own: &'a OwnHealth,
    /// The product, as the thing that alerts are about.
    pub about: &'a Watched<'a>,
    /// Which rule looks, by its place in [`super::RULES`].
    rule: usize,
}

impl<'a> Inward<'a> {
    /// For the rule at a place in [`super::RULES`].
    pub(super) const fn new(own: &'a OwnHealth, about: &'a Watched<'a>, rule: usize) -> Self {
        Self { own, about, rule }
    }

    /// The looking rule's settings; `None` where it is off.
    #[must_use]
    pub fn settings<T: 'static>(&self) -> Option<&'a T> {
        self.about.set().rule::<T>(self.rule)
    }
}
