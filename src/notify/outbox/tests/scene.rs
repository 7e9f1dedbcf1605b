//! Hours and nights within milliseconds: a clock that is turned by hand, channels that answer as
//! told, and the outbox in between, as the dispatcher would ask it.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::{Value, json};

use crate::alerts::{self, AlertError};
use crate::model::alert::{Alert, AlertState, Hold};
use crate::model::time::Timestamp;
use crate::notify::message::{Message, Occasion, Receipt};
use crate::notify::outbox::{self, Ending};
use crate::notify::pace::Pace;
use crate::notify::tests::Post;

/// How far the clock is turned at most, as far as the dispatcher lets time pass between two rounds.
const STEP: Duration = Duration::from_secs(15);

/// A message that arrived.
#[derive(Clone, Debug)]
pub(super) struct Arrived {
    pub(super) at: Timestamp,
    pub(super) channel: String,
    pub(super) message: Message,
}

impl Arrived {
    /// The names of the resources it tells of, the gravest first.
    pub(super) fn names(&self) -> Vec<&str> {
        let others = self.message.others.iter().map(|news| &news.alert);
        std::iter::once(&self.message.alert)
            .chain(others)
            .map(|alert| alert.resource_name.as_str())
            .collect()
    }

    /// The channel and the occasion, for what is asked most.
    pub(super) fn told(&self) -> (&str, Occasion) {
        (&self.channel, self.message.occasion)
    }
}

pub(super) struct Scene {
    pub(super) post: Post,
    pub(super) now: Timestamp,
    /// Channels that do not answer.
    pub(super) down: BTreeSet<String>,
}

impl Scene {
    /// At a moment such as `2026-11-20T12:00:00Z`, with channels of these names.
    pub(super) async fn new(now: &str, channels: &[&str]) -> Self {
        let now: jiff::Timestamp = now.parse().expect("a moment");
        let post = Post::new().await;
        for name in channels {
            post.add_named("webhook", name, json!({"url": "http://127.0.0.1:9/"}))
                .await;
        }
        Self {
            post,
            now: Timestamp(now.as_millisecond()),
            down: BTreeSet::new(),
        }
    }

    pub(super) async fn routed(now: &str, channels: &[&str], routing: Value) -> Self {
        let scene = Self::new(now, channels).await;
        scene.post.route(routing).await;
        scene
    }

    /// The program is ended and started again.
    pub(super) async fn restart(mut self) -> Self {
        self.post = self.post.restarted().await;
        self
    }

    /// An alert is as given from now on, and who has to be told is queued.
    pub(super) async fn tell(&self, alert: &Alert) {
        self.post.tell_at(alert.clone(), self.now).await;
    }

    pub(super) async fn resolve(&self, alert: &Alert) {
        let over = Alert {
            state: AlertState::Resolved,
            resolved_at: Some(self.now),
            ..alert.clone()
        };
        self.tell(&over).await;
    }

    pub(super) async fn acknowledge(&self, alert: &Alert) {
        let taken = Alert {
            acknowledged_at: Some(self.now),
            ..alert.clone()
        };
        self.post.enter(taken).await;
    }

    pub(super) async fn hold(&self, alert: &Alert, hold: Option<Hold>) {
        let held = Alert {
            hold: hold.clone(),
            ..alert.clone()
        };
        let (id, now) = (alert.id.clone(), self.now);
        let noted = self.post.db.writer.run(move |tx| -> Result<_, AlertError> {
            match alerts::find(tx, &id)? {
                Some(known) => alerts::set_hold(tx, &known, hold, now).map(drop),
                None => Ok(()),
            }
        });
        noted.await.expect("it is noted");
        self.tell(&held).await;
    }

    /// Lets time pass, and gives back what arrived meanwhile.
    pub(super) async fn pass(&mut self, span: Duration) -> Vec<Arrived> {
        let end = self.now + span;
        let mut arrived = self.moment().await;
        while self.now < end {
            let step = (self.now + STEP).min(end);
            let next = self.post.next_due().await.filter(|due| *due > self.now);
            self.now = next.map_or(step, |due| due.min(step));
            arrived.extend(self.moment().await);
        }
        arrived
    }

    /// Lets time pass up to a moment such as `2026-11-21T06:00:00Z`.
    pub(super) async fn pass_until(&mut self, moment: &str) -> Vec<Arrived> {
        let moment: jiff::Timestamp = moment.parse().expect("a moment");
        let until = Timestamp(moment.as_millisecond());
        assert!(self.now <= until, "time does not run backwards");
        self.pass(until.since(self.now)).await
    }

    /// What arrives at this very moment.
    pub(super) async fn moment(&self) -> Vec<Arrived> {
        let (audience, now) = (self.post.channels.enabled(), self.now);
        let pace = Pace::default();
        let looked = self.post.db.writer.run(move |tx| {
            outbox::sweep(tx, &[], &audience, now)?;
            outbox::remind(tx, &audience, now)
        });
        looked.await.expect("the outbox answers");
        let mut arrived = Vec::new();
        loop {
            let claims = self.post.claim_at(now, Vec::new()).await;
            if claims.is_empty() {
                return arrived;
            }
            for claim in claims {
                let audience = self.post.channels.enabled();
                let name = audience
                    .channel(&claim.channel)
                    .map_or_else(String::new, |channel| channel.name.clone());
                let ending = Ending {
                    id: claim.message.id.clone(),
                    channel: claim.channel.clone(),
                    latency: Duration::from_millis(7),
                    status: None,
                };
                let is_down = self.down.contains(&name);
                let attempt = claim.message.attempt;
                let noted = self.post.db.writer.run(move |tx| {
                    if !is_down {
                        let remote = Some(format!("remote of {}", ending.id));
                        let receipt = Receipt::new("taken").with_remote(remote);
                        return outbox::done(tx, &ending, &receipt, now);
                    }
                    let (why, breaker) = ("no answer", pace.breaker);
                    if attempt >= pace.attempts {
                        return outbox::refused(tx, &ending, why, &breaker, &audience, now);
                    }
                    let due_at = now + pace.wait(attempt, 0.5, None);
                    outbox::retry(tx, &ending, due_at, why, &breaker, now)
                });
                noted.await.expect("it is noted");
                if !is_down {
                    arrived.push(Arrived {
                        at: now,
                        channel: name,
                        message: claim.message,
                    });
                }
            }
        }
    }
}
