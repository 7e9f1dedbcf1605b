//! One attempt to deliver one message, and what is noted of it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;

use super::DATABASE_PAUSE;
use crate::model::time::Timestamp;
use crate::notify::channels::{ChannelError, Channels};
use crate::notify::error::{NotifyError, chain, without_addresses};
use crate::notify::links::LinkMaker;
use crate::notify::message::{Message, Occasion, Receipt};
use crate::notify::outbox::{self, Claim, Ending, OutboxError};
use crate::notify::pace::Pace;
use crate::notify::render::shorten;

/// Longest that one attempt may take, whatever its notifier allows itself.
const LONGEST_ATTEMPT: Duration = Duration::from_secs(120);

/// Characters of an answer that are kept.
const TEXT: usize = 500;

/// One attempt to deliver one message.
pub(super) struct Attempt {
    pub(super) channels: Channels,
    pub(super) pace: Pace,
    pub(super) clock: fn() -> Timestamp,
    pub(super) links: Option<Arc<LinkMaker>>,
    pub(super) stop: CancellationToken,
}

impl Attempt {
    /// Sends the message and notes what became of it.
    pub(super) async fn run(self, mut claim: Claim) {
        if let Some(links) = &self.links {
            claim.message.links = links.links(&claim.message, &claim.channel);
        }
        let begun = Instant::now();
        let outcome = match tokio::time::timeout(LONGEST_ATTEMPT, self.deliver(&claim)).await {
            Ok(outcome) => outcome,
            Err(late) => Err(NotifyError::temporary("wait for the delivery to end", late)),
        };
        let latency = begun.elapsed();
        self.log(&claim, &outcome);
        // What was sent but is not noted as sent would be sent again: noting it is worth
        // waiting for.
        while let Err(error) = self.note(&claim, &outcome, latency).await {
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
        latency: Duration,
    ) -> Result<(), OutboxError> {
        let writer = &self.channels.db().writer;
        let now = (self.clock)();
        let breaker = self.pace.breaker;
        let ending = Ending {
            id: claim.message.id.clone(),
            channel: claim.channel.clone(),
            latency,
            status: match outcome {
                Ok(receipt) => receipt.status,
                Err(error) => error.status(),
            },
        };
        let attempt = claim.message.attempt;
        match outcome {
            Ok(receipt) => {
                let receipt = Receipt {
                    text: shorten(&receipt.text, TEXT),
                    ..receipt.clone()
                };
                writer
                    .run(move |tx| outbox::done(tx, &ending, &receipt, now))
                    .await
            }
            Err(error) if error.is_permanent() || attempt >= self.pace.attempts => {
                let text = without_addresses(&chain(error));
                let audience = self.channels.enabled();
                writer
                    .run(move |tx| outbox::refused(tx, &ending, &text, &breaker, &audience, now))
                    .await
            }
            Err(error) => {
                let wait = self.pace.wait(attempt, rand::random(), error.retry_after());
                let text = without_addresses(&chain(error));
                writer
                    .run(move |tx| outbox::retry(tx, &ending, now + wait, &text, &breaker, now))
                    .await
            }
        }
    }

    fn log(&self, claim: &Claim, outcome: &Result<Receipt, NotifyError>) {
        let (id, channel) = (claim.message.id.as_str(), claim.channel.as_str());
        let attempt = claim.message.attempt;
        let audience = self.channels.enabled();
        let name = audience
            .channel(&claim.channel)
            .map_or(channel, |channel| channel.name.as_str());
        match outcome {
            // Names of resources are others' text, and stay in the delivery log.
            Ok(_) => tracing::info!(
                delivery.id = id,
                channel.id = channel,
                alert.id = claim.message.alert.id.as_str(),
                attempt,
                "told {name}: {}{}",
                about(&claim.message),
                more(claim.message.others.len())
            ),
            // What the other side said may hold mail addresses; it is in the delivery log.
            Err(error) => tracing::warn!(
                delivery.id = id,
                channel.id = channel,
                attempt,
                is_permanent = error.is_permanent(),
                "cannot tell {name}: failed to {error}"
            ),
        }
    }
}

/// What a message is about, in our own words.
fn about(message: &Message) -> String {
    let alert = &message.alert;
    match message.occasion {
        Occasion::Server => "an event of a game server".to_owned(),
        Occasion::Test => "a test".to_owned(),
        occasion => format!(
            "{} {} {}",
            alert.severity.word(),
            alert.rule,
            occasion.word()
        ),
    }
}

fn more(others: usize) -> String {
    match others {
        0 => String::new(),
        others => format!(", and {others} more"),
    }
}
