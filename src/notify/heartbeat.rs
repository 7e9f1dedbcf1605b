//! Saying that this program is alive, to services that raise an alarm when nobody does.

use std::collections::HashMap;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::channels::{Channel, Channels};
use super::error::chain;
use crate::model::id::ChannelId;
use crate::model::time::Timestamp;

/// How often it is seen which channels are due; the shortest interval that can be set is longer.
const LOOK: Duration = Duration::from_secs(5);

/// How often a channel is told unless it says otherwise.
const INTERVAL: u64 = 60;

/// Longest that telling one channel may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// Tells every channel of that sort at its own interval.
pub struct Heartbeats<F> {
    channels: Channels,
    clock: fn() -> Timestamp,
    is_well: F,
}

impl<F: Fn() -> bool> Heartbeats<F> {
    /// For the given channels; `is_well` says whether the program does its work.
    pub const fn new(channels: Channels, clock: fn() -> Timestamp, is_well: F) -> Self {
        Self {
            channels,
            clock,
            is_well,
        }
    }

    /// Tells until `stop`.
    pub async fn run(self, stop: CancellationToken) {
        let mut told: HashMap<ChannelId, Timestamp> = HashMap::new();
        let mut looks = tokio::time::interval(LOOK);
        looks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                _ = looks.tick() => {}
                () = stop.cancelled() => return,
            }
            for channel in &*self.channels.heartbeats() {
                let now = (self.clock)();
                if is_due(channel, told.get(&channel.id).copied(), now) {
                    told.insert(channel.id.clone(), now);
                    self.tell(channel, now).await;
                }
            }
        }
    }

    async fn tell(&self, channel: &Channel, now: Timestamp) {
        let telling = async {
            let (channel, notifier) = self.channels.notifier(&channel.id).await?;
            let is_well = (self.is_well)();
            self.channels.ping(&channel, &*notifier, is_well, now).await
        };
        let failure = match tokio::time::timeout(PATIENCE, telling).await {
            Ok(Ok(_)) => return,
            Ok(Err(error)) => chain(&error),
            Err(late) => late.to_string(),
        };
        tracing::warn!(
            channel.id = channel.id.as_str(),
            "cannot say that all is well: {failure}"
        );
    }
}

fn is_due(channel: &Channel, told: Option<Timestamp>, now: Timestamp) -> bool {
    let every = channel.config.get("every_seconds").and_then(|every| {
        let typed_in = every.as_str().and_then(|text| text.parse().ok());
        every.as_u64().or(typed_in)
    });
    let every = Duration::from_secs(every.unwrap_or(INTERVAL));
    told.is_none_or(|told| now < told || now.since(told) >= every)
}
