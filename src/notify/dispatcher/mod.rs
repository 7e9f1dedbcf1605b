//! Emptying the outbox: sleeps until something is due or somebody rings, and sends.

mod attempt;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use rusqlite::Connection;
use tokio::task::{self, JoinSet};
use tokio_util::sync::CancellationToken;

use super::audience::Audience;
use super::bell::Bell;
use super::channels::Channels;
use super::error::chain;
use super::links::LinkMaker;
use super::outbox::{self, OutboxError};
use super::pace::Pace;
use crate::model::id::ChannelId;
use crate::model::time::Timestamp;
use attempt::Attempt;

/// Channels that are told something at the same time.
const SIDE_BY_SIDE: usize = 8;

/// How often it is looked after who has to be told again or in another one's place.
const ROUND: Duration = Duration::from_secs(15);

/// How long to wait when the database does not answer.
const DATABASE_PAUSE: Duration = Duration::from_secs(5);

/// Sends what is due, and looks after what becomes due by time alone: reminders, escalations and
/// messages to channels that are out of reach.
pub struct Dispatcher {
    channels: Channels,
    bell: Bell,
    pace: Pace,
    links: Option<Arc<LinkMaker>>,
    clock: fn() -> Timestamp,
}

impl Dispatcher {
    /// A dispatcher for the outbox that is in the same database as `channels`.
    #[must_use]
    pub fn new(channels: Channels, clock: fn() -> Timestamp) -> Self {
        Self {
            bell: channels.bell(),
            channels,
            pace: Pace::default(),
            links: None,
            clock,
        }
    }

    /// The same, offering links in its messages.
    #[must_use]
    pub fn with_links(mut self, links: Option<LinkMaker>) -> Self {
        self.links = links.map(Arc::new);
        self
    }

    /// The same, trying at another pace.
    #[must_use]
    pub const fn with_pace(mut self, pace: Pace) -> Self {
        self.pace = pace;
        self
    }

    /// Sends until `stop`, then finishes what is being sent.
    pub async fn run(self, stop: CancellationToken) {
        let mut sending = JoinSet::new();
        let mut busy: HashMap<task::Id, ChannelId> = HashMap::new();
        let mut round = tokio::time::interval(ROUND);
        round.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            let pause = match self.send_due(&mut sending, &mut busy, &stop).await {
                Ok(next) => next.map(|due| due.since((self.clock)())),
                Err(error) => {
                    tracing::error!(error = chain(&error), "cannot read the outbox");
                    Some(DATABASE_PAUSE)
                }
            };
            tokio::select! {
                () = stop.cancelled() => break,
                () = self.bell.rung() => {}
                Some(ended) = sending.join_next_with_id() => forget(&mut busy, &ended),
                _ = round.tick() => {
                    let taken = busy.values().cloned().collect();
                    if let Err(error) = self.look_after(taken).await {
                        tracing::error!(error = chain(&error), "cannot look after the outbox");
                    }
                }
                () = sleep(pause) => {}
            }
        }
        while sending.join_next().await.is_some() {}
    }

    /// Queues what is due by time alone.
    async fn look_after(&self, busy: Vec<ChannelId>) -> Result<(), OutboxError> {
        let audience = self.channels.enabled();
        let db = self.channels.db();
        let now = (self.clock)();
        if audience.is_empty() {
            return Ok(());
        }
        // Looking costs a read; only when something is due it costs a write.
        let asked = Arc::clone(&audience);
        let reminds = db
            .reader
            .run(move |connection| outbox::is_due(connection, &asked, now));
        let diverts = audience
            .iter()
            .any(|channel| audience.policy(&channel.id).fallback.is_some());
        if !diverts && !reminds.await? {
            return Ok(());
        }
        db.writer
            .run(move |tx| look_after(tx, &busy, &audience, now))
            .await
    }

    /// Starts sending what is due, and says when the next message will be.
    async fn send_due(
        &self,
        sending: &mut JoinSet<()>,
        busy: &mut HashMap<task::Id, ChannelId>,
        stop: &CancellationToken,
    ) -> Result<Option<Timestamp>, OutboxError> {
        let db = self.channels.db();
        let taken: Vec<ChannelId> = busy.values().cloned().collect();
        let free = SIDE_BY_SIDE.saturating_sub(taken.len());
        if free == 0 {
            return Ok(None);
        }
        let due = |busy: Vec<ChannelId>| {
            db.reader
                .run(move |connection| outbox::next_due(connection, &busy))
        };
        let now = (self.clock)();
        // Looking costs a read; only when something is due it costs a write.
        match due(taken.clone()).await? {
            Some(next) if next <= now => {}
            next => return Ok(next),
        }
        let pace = self.pace;
        let audience = self.channels.enabled();
        let mut taken = taken;
        let busy_now = taken.clone();
        let claims = db
            .writer
            .run(move |tx| outbox::claim(tx, &busy_now, free, &audience, &pace, now))
            .await?;
        for claim in claims {
            let channel = claim.channel.clone();
            taken.push(channel.clone());
            let attempt = Attempt {
                channels: self.channels.clone(),
                pace: self.pace,
                clock: self.clock,
                links: self.links.clone(),
                stop: stop.clone(),
            };
            let task = sending.spawn(attempt.run(claim));
            busy.insert(task.id(), channel);
        }
        due(taken).await
    }
}

/// Queues what is due by time alone. Messages to channels that are out of reach go first, so that
/// nobody is reminded on a channel that is given up a moment later.
fn look_after(
    tx: &Connection,
    busy: &[ChannelId],
    audience: &Audience,
    now: Timestamp,
) -> Result<(), OutboxError> {
    outbox::sweep(tx, busy, audience, now)?;
    outbox::remind(tx, audience, now)?;
    Ok(())
}

fn forget(
    busy: &mut HashMap<task::Id, ChannelId>,
    ended: &Result<(task::Id, ()), task::JoinError>,
) {
    let id = match ended {
        Ok((id, ())) => *id,
        Err(error) => {
            tracing::error!(error = chain(error), "a notifier broke down");
            error.id()
        }
    };
    busy.remove(&id);
}

async fn sleep(pause: Option<Duration>) {
    match pause {
        Some(pause) => tokio::time::sleep(pause).await,
        None => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests;
