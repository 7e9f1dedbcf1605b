//! Who can be told, and how that is decided.

use std::collections::HashMap;
use std::ops::Deref;

use crate::model::id::ChannelId;
use crate::model::time::Timestamp;

use super::channels::Channel;
use super::happening;
use super::outbox::Rate;
use super::routing::{Decision, Facts, Policy, Routing};

/// The enabled channels and the routing over them, as they are at one moment.
#[derive(Clone, Debug, Default)]
pub struct Audience {
    channels: Vec<Channel>,
    /// Those that are told of alerts.
    ids: Vec<ChannelId>,
    routing: Routing,
    /// How many messages channels take whose policy does not say it.
    rates: HashMap<ChannelId, Rate>,
}

impl Audience {
    /// Those of `channels` that are enabled.
    #[must_use]
    pub fn new(channels: Vec<Channel>, routing: Routing) -> Self {
        let channels: Vec<Channel> = channels
            .into_iter()
            .filter(|channel| channel.enabled)
            .collect();
        Self {
            ids: channels
                .iter()
                .filter(|channel| happening::takes_alerts(channel))
                .map(|channel| channel.id.clone())
                .collect(),
            channels,
            routing,
            rates: HashMap::new(),
        }
    }

    /// The same, with the rate that each channel's kind takes.
    #[must_use]
    pub(super) fn with_rates(mut self, rate: impl Fn(&Channel) -> Option<Rate>) -> Self {
        let known = self.channels.iter();
        let known = known.filter_map(|channel| Some((channel.id.clone(), rate(channel)?)));
        self.rates = known.collect();
        self
    }

    /// How many messages a channel takes: as its policy says, or as its kind does.
    #[must_use]
    pub fn rate(&self, channel: &ChannelId) -> Option<Rate> {
        let set = self.routing.channels.get(channel);
        set.and_then(|policy| policy.rate)
            .or_else(|| self.rates.get(channel).copied())
    }

    /// Who is told of an alert with these facts that is told at `at`.
    #[must_use]
    pub fn decide(&self, facts: &Facts<'_>, at: Timestamp) -> Decision {
        self.routing.decide(facts, &self.ids, at)
    }

    /// The routing.
    #[must_use]
    pub const fn routing(&self) -> &Routing {
        &self.routing
    }

    /// How a channel is treated.
    #[must_use]
    pub fn policy(&self, channel: &ChannelId) -> Policy {
        let known = self.routing.channels.get(channel);
        known.cloned().unwrap_or_default()
    }

    /// A channel, if it is enabled.
    #[must_use]
    pub fn channel(&self, id: &ChannelId) -> Option<&Channel> {
        self.channels.iter().find(|channel| channel.id == *id)
    }
}

impl Deref for Audience {
    type Target = [Channel];

    fn deref(&self) -> &[Channel] {
        &self.channels
    }
}
