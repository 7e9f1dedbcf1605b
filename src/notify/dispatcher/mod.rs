//! Emptying the outbox: sleeps until something is due or somebody rings, and sends.

use std::collections::HashMap;
use std::time::Duration;

use tokio::task::{self, JoinSet};
use tokio_util::sync::CancellationToken;

use super::bell::Bell;
use super::channels::{ChannelError, Channels};
use super::error::{NotifyError, chain};
use super::message::Receipt;
use super::outbox::{self, Claim, OutboxError};
use super::pace::Pace;
use crate::model::id::ChannelId;
use crate::model::time::Timestamp;

/// Channels that are told something at the same time.
const SIDE_BY_SIDE: usize = 8;

/// Longest that one attempt may take, whatever its notifier allows itself.
const LONGEST_ATTEMPT: Duration = Duration::from_secs(120);

/// How long to wait when the database does not answer.
const DATABASE_PAUSE: Duration = Duration::from_secs(5);

/// Sends what is due.
pub struct Dispatcher {
    channels: Channels,
    bell: Bell,
    pace: Pace,
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
            clock,
        }
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
                () = sleep(pause) => {}
            }
        }
        while sending.join_next().await.is_some() {}
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
        let mut taken = taken;
        let busy_now = taken.clone();
        let claims = db
            .writer
            .run(move |tx| outbox::claim(tx, &busy_now, free, &pace, now))
            .await?;
        for claim in claims {
            let channel = claim.channel.clone();
            taken.push(channel.clone());
            let attempt = Attempt {
                channels: self.channels.clone(),
                pace: self.pace,
                clock: self.clock,
                stop: stop.clone(),
            };
            let task = sending.spawn(attempt.run(claim));
            busy.insert(task.id(), channel);
        }
        due(taken).await
    }
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

/// One attempt to deliver one message.
struct Attempt {
    channels: Channels,
    pace: Pace,
    clock: fn() -> Timestamp,
    stop: CancellationToken,
}

impl Attempt {
    async fn run(self, claim: Claim) {
        let outcome = match tokio::time::timeout(LONGEST_ATTEMPT, self.deliver(&claim)).await {
            Ok(outcome) => outcome,
            Err(late) => Err(NotifyError::temporary("wait for the delivery to end", late)),
        };
        self.log(&claim, &outcome);
        // What was sent but is not noted as sent would be sent again: noting it is worth
        // waiting for.
        while let Err(error) = self.note(&claim, &outcome).await {
            tracing::error!(error = chain(&error), "cannot note a delivery");
            tokio::select! {
                () = self.stop.cancelled() => break,
                () = tokio::time::sleep(DATABASE_PAUSE) => {}
            }
        }
    }

    async fn deliver(&self, claim: &Claim) -> Result<Receipt, NotifyError> {
        let found = self.channels.notifier(&claim.channel).await;
        let (_, notifier) = found.map_err(|error| match error {
            ChannelError::NotFound { .. } => NotifyError::permanent("use the channel", error),
            error => NotifyError::temporary("use the channel", error),
        })?;
        notifier.deliver(&claim.message).await
    }

    async fn note(
        &self,
        claim: &Claim,
        outcome: &Result<Receipt, NotifyError>,
    ) -> Result<(), OutboxError> {
        let writer = &self.channels.db().writer;
        let id = claim.message.id.clone();
        let now = (self.clock)();
        let attempt = claim.message.attempt;
        match outcome {
            Ok(receipt) => {
                let receipt = super::render::shorten(&receipt.text, 500);
                writer
                    .run(move |tx| outbox::done(tx, &id, &receipt, now))
                    .await
            }
            Err(error) if error.is_permanent() || attempt >= self.pace.attempts => {
                let text = chain(error);
                writer
                    .run(move |tx| outbox::give_up(tx, &id, &text, now))
                    .await
            }
            Err(error) => {
                let wait = self.pace.wait(attempt, rand::random(), error.retry_after());
                let text = chain(error);
                writer
                    .run(move |tx| outbox::retry(tx, &id, now + wait, &text))
                    .await
            }
        }
    }

    fn log(&self, claim: &Claim, outcome: &Result<Receipt, NotifyError>) {
        let (id, channel) = (claim.message.id.as_str(), claim.channel.as_str());
        let attempt = claim.message.attempt;
        match outcome {
            Ok(_) => tracing::info!(delivery.id = id, channel.id = channel, attempt, "told"),
            // What the other side said may hold mail addresses; it is in the delivery log.
            Err(error) => tracing::warn!(
                delivery.id = id,
                channel.id = channel,
                attempt,
                is_permanent = error.is_permanent(),
                "failed to {error}"
            ),
        }
    }
}

#[cfg(test)]
mod tests;
