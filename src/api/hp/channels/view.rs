//! Channels as clients see them: everything but their secrets.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::super::words;
use crate::model::time::Timestamp;
use crate::notify::catalogue::Catalogue;
use crate::notify::outbox::BreakerState;
use crate::notify::{ChannelState, ChannelStatus};
use crate::telemetry::clock;

/// A channel and how it is going.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::api::hp) struct Channel {
    /// Stable id.
    id: String,
    /// Which kind, such as `email`.
    kind: String,
    /// The name somebody gave it.
    name: String,
    /// Whether it is told anything.
    enabled: bool,
    /// Whether it can be relied on.
    #[schema(schema_with = words::channel_state)]
    state: ChannelState,
    /// The kind's own settings, without secrets.
    #[schema(value_type = Object)]
    config: Value,
    /// For each secret of the kind whether there is one.
    secrets: BTreeMap<String, KeptSecret>,
    /// When somebody gave the code back that a test message carried, in milliseconds.
    proven_at: Option<i64>,
    /// Why its latest message has not arrived, if it has not.
    last_error: Option<String>,
    /// When it last took a message, in milliseconds.
    last_sent_at: Option<i64>,
    /// What became of its messages.
    counts: ChannelCounts,
    /// Whether anything is sent to it: `open` while it is left alone, as it cannot be reached.
    #[schema(schema_with = words::breaker_state)]
    breaker: BreakerState,
    /// Attempts that failed since the latest that did not.
    failures: u32,
    /// Since when nothing gets through, once that is so often enough, in milliseconds.
    opened_at: Option<i64>,
    /// Until when it is left alone, in milliseconds.
    open_until: Option<i64>,
    /// Whether the configuration file owns it: what is changed here lasts until the next start.
    owned_by_file: bool,
    /// When it was set up, in milliseconds.
    created_at: i64,
}

/// A secret that nobody can read back.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::api::hp) struct KeptSecret {
    /// Whether there is one.
    set: bool,
}

/// How many messages became what.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::api::hp) struct ChannelCounts {
    /// The other side took it.
    sent: u32,
    /// It waits.
    due: u32,
    /// It was given up.
    dead: u32,
}

/// Whether anybody would be told.
#[derive(Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub(in crate::api::hp) struct ChannelSummary {
    /// Channels that can be relied on.
    proven: usize,
    /// Channels of which nobody knows whether what they take is read.
    unproven: usize,
    /// Channels whose latest message has not arrived.
    failing: usize,
    /// Channels that are switched off.
    disabled: usize,
}

/// Several channels.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::api::hp) struct Channels {
    /// The channels, by name.
    channels: Vec<Channel>,
    /// How many are in which state.
    summary: ChannelSummary,
}

impl Channel {
    /// `owned` are the names of those that the configuration file owns.
    pub(super) fn new(status: ChannelStatus, catalogue: &Catalogue, owned: &[String]) -> Self {
        let state = status.state();
        let channel = status.channel;
        let kind = catalogue.kind(&channel.kind);
        let fields = kind.into_iter().flat_map(|kind| kind.secrets());
        let mut secrets: BTreeMap<String, KeptSecret> = fields
            .map(|field| (field.to_owned(), KeptSecret { set: false }))
            .collect();
        let kept = channel.secrets.into_iter();
        secrets.extend(kept.map(|field| (field, KeptSecret { set: true })));
        let owned_by_file = owned.contains(&channel.name);
        Self {
            id: channel.id.to_string(),
            kind: channel.kind,
            name: channel.name,
            enabled: channel.enabled,
            state,
            config: channel.config,
            secrets,
            proven_at: channel.proven_at.map(Timestamp::millis),
            last_error: status.last_error,
            last_sent_at: status.last_sent_at.map(Timestamp::millis),
            counts: ChannelCounts {
                sent: status.counts.sent,
                due: status.counts.due,
                dead: status.counts.dead,
            },
            breaker: status.health.breaker(clock::now()),
            failures: status.health.failures,
            opened_at: status.health.opened_at.map(Timestamp::millis),
            owned_by_file,
            open_until: status.health.open_until.map(Timestamp::millis),
            created_at: channel.created_at.millis(),
        }
    }
}

impl Channels {
    pub(super) fn new(list: Vec<ChannelStatus>, catalogue: &Catalogue, owned: &[String]) -> Self {
        Self {
            summary: ChannelSummary::of(&list),
            channels: list
                .into_iter()
                .map(|status| Channel::new(status, catalogue, owned))
                .collect(),
        }
    }
}

impl ChannelSummary {
    pub(in crate::api::hp) fn of(list: &[ChannelStatus]) -> Self {
        let mut summary = Self::default();
        for status in list {
            *match status.state() {
                ChannelState::Proven => &mut summary.proven,
                ChannelState::Unproven => &mut summary.unproven,
                ChannelState::Failing => &mut summary.failing,
                ChannelState::Disabled => &mut summary.disabled,
            } += 1;
        }
        summary
    }
}
