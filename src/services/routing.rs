//! Who is told of what, and when, as people decide it.

use serde_json::Value;

use crate::alerts::{AlertError, Ledger};
use crate::db::{Db, DbError};
use crate::model::alert::{Alert, AlertState, Severity};
use crate::model::id::{AlertId, ResourceId};
use crate::model::time::{Timestamp, Window};
use crate::notify::outbox::{self, BreakerState, OutboxError};
use crate::notify::routing::{self, Decision, Facts, Routing, RoutingProblem, Verdict};
use crate::notify::{Audience, Channel, ChannelError, ChannelStatus, Channels};

/// Why the routing could not be read, changed or tried.
#[derive(Debug, thiserror::Error)]
pub enum RoutingError {
    /// Something is wrong with what was given.
    #[error("use the routing: {0}")]
    Invalid(#[from] RoutingProblem),
    /// The alert to try it with is not there.
    #[error("try the routing")]
    Alert(#[from] AlertError),
    /// The channels could not be read.
    #[error("read the channels")]
    Channels(#[from] ChannelError),
    /// What waits could not be put in order anew.
    #[error("let what waits go by the new routing")]
    Outbox(#[from] OutboxError),
    /// The database failed.
    #[error("keep the routing")]
    Database(#[from] DbError),
}

/// What to try a routing with.
#[derive(Clone, Debug)]
pub enum Sample {
    /// An alert of the ledger.
    Alert(AlertId),
    /// One that is made up.
    MadeUp(Box<MadeUp>),
}

/// An alert that is made up, as far as routing looks at it.
#[derive(Clone, Debug)]
pub struct MadeUp {
    /// How bad it is.
    pub severity: Severity,
    /// The rule that judged.
    pub rule: String,
    /// What about the resource.
    pub subject: String,
    /// Whose.
    pub resource: ResourceId,
    /// The resource's name.
    pub name: String,
    /// The node it is on.
    pub node: Option<String>,
    /// The resource's tags.
    pub tags: Vec<String>,
}

/// What a routing would do with an alert.
#[derive(Clone, Debug)]
pub struct Forecast {
    /// What each route said that was tried.
    pub verdicts: Vec<Verdict>,
    /// What keeps everybody from being told now, in words.
    pub held: Option<String>,
    /// Who is told.
    pub told: Vec<Told>,
    /// Who is told later, if nobody takes it on.
    pub steps: Vec<Escalated>,
}

/// One channel that is told.
#[derive(Clone, Debug)]
pub struct Told {
    /// The channel.
    pub channel: Channel,
    /// When, at the earliest.
    pub at: Timestamp,
    /// Why then, in words.
    pub why: String,
    /// The quiet hours that it waits for.
    pub quiet: Option<Window>,
    /// How often it is told again, in minutes.
    pub remind_minutes: Option<u64>,
    /// The name of the channel that would stand in for it.
    pub fallback: Option<String>,
}

/// One step of the escalation.
#[derive(Clone, Debug)]
pub struct Escalated {
    /// How long after the alert was first told, in minutes.
    pub after_minutes: u32,
    /// When that is, at the earliest; none where nobody is told in the first place.
    pub at: Option<Timestamp>,
    /// Exactly who is told.
    pub channels: Vec<Channel>,
}

/// Reads, changes and tries the routing. Cheap to clone.
#[derive(Clone)]
pub struct Routings {
    db: Db,
    channels: Channels,
    ledger: Ledger,
}

impl Routings {
    /// The routing over `channels`, which are in `db`.
    #[must_use]
    pub const fn new(db: Db, channels: Channels, ledger: Ledger) -> Self {
        Self {
            db,
            channels,
            ledger,
        }
    }

    /// The routing as it is.
    #[must_use]
    pub fn get(&self) -> Routing {
        self.channels.enabled().routing().clone()
    }

    /// Puts another one in its place, which holds at once, also for what waits.
    ///
    /// # Errors
    /// With the field that is wrong, or when the database fails.
    pub async fn put(&self, given: Value, now: Timestamp) -> Result<Routing, RoutingError> {
        let all = self.all().await?;
        let routing = routing::read(given, &all)?;
        let kept = routing.clone();
        self.db
            .writer
            .run(move |tx| -> Result<(), RoutingError> {
                routing::save(tx, &kept)?;
                outbox::reroute(tx, &Audience::new(all, kept), now)?;
                Ok(())
            })
            .await?;
        self.channels.refresh().await?;
        self.channels.bell().ring();
        Ok(routing)
    }

    /// What the routing, or a draft of another one, would do with an alert that is told at `at`.
    ///
    /// # Errors
    /// When the alert is not there, the draft is wrong, or the database fails.
    pub async fn simulate(
        &self,
        sample: &Sample,
        draft: Option<Value>,
        at: Timestamp,
    ) -> Result<Forecast, RoutingError> {
        let statuses = self.channels.list().await?;
        let audience = match draft {
            None => (*self.channels.enabled()).clone(),
            Some(draft) => {
                let all = self.all().await?;
                Audience::new(all.clone(), routing::read(draft, &all)?)
            }
        };
        let (decision, held) = match sample {
            Sample::Alert(id) => {
                let alert = self.ledger.find(id).await?;
                (audience.decide(&Facts::of(&alert), at), held(&alert))
            }
            Sample::MadeUp(made_up) => (audience.decide(&made_up.facts(), at), None),
        };
        Ok(forecast(&audience, &statuses, decision, held, at))
    }

    async fn all(&self) -> Result<Vec<Channel>, RoutingError> {
        let all = self.channels.list().await?;
        Ok(all.into_iter().map(|status| status.channel).collect())
    }
}

impl MadeUp {
    fn facts(&self) -> Facts<'_> {
        Facts {
            severity: self.severity,
            rule: &self.rule,
            subject: &self.subject,
            resource: &self.resource,
            name: &self.name,
            node: self.node.as_deref(),
            tags: &self.tags,
        }
    }
}

/// What keeps an alert from being told, in words.
fn held(alert: &Alert) -> Option<String> {
    if alert.state == AlertState::Resolved {
        return Some("it is over: only who was told of it is told of its end".into());
    }
    if let Some(hold) = &alert.hold {
        let word = hold.reason.word().replace('_', " ");
        return Some(format!("it is held back: {word}"));
    }
    let by = alert.acknowledged_by.as_deref().unwrap_or("somebody");
    let taken = alert.acknowledged_at.is_some();
    taken.then(|| format!("{by} has taken it on: nobody is reminded"))
}

fn forecast(
    audience: &Audience,
    statuses: &[ChannelStatus],
    decision: Decision,
    held: Option<String>,
    at: Timestamp,
) -> Forecast {
    let told: Vec<Told> = decision
        .plans
        .iter()
        .filter_map(|plan| {
            let channel = audience.channel(&plan.channel)?.clone();
            let policy = audience.policy(&plan.channel);
            let fallback = policy.fallback.and_then(|id| audience.channel(&id));
            let health = statuses
                .iter()
                .find(|status| status.channel.id == plan.channel)
                .map(|status| status.health);
            let is_broken = health.is_some_and(|health| health.breaker(at) == BreakerState::Open);
            let group = plan.group.as_secs();
            let (when, mut why) = match plan.quiet {
                Some(quiet) => (quiet.to, "in the summary after the quiet hours".to_owned()),
                None if group == 0 => (at + plan.wait, "at once".to_owned()),
                None => (
                    at + plan.wait,
                    format!("at once, or together with others {group} s after its last message"),
                ),
            };
            if is_broken {
                why.push_str("; it cannot be reached now");
            }
            Some(Told {
                channel,
                at: when,
                why,
                quiet: plan.quiet,
                remind_minutes: plan.remind.map(|span| span.as_secs() / 60),
                fallback: fallback.map(|channel| channel.name.clone()),
            })
        })
        .collect();
    let first = told.iter().map(|one| one.at).min();
    let steps = decision.steps.into_iter().map(|step| {
        let wait = std::time::Duration::from_secs(60 * u64::from(step.after_minutes));
        let channels = step.channels.iter();
        Escalated {
            after_minutes: step.after_minutes,
            at: first.map(|first| first + wait),
            channels: channels
                .filter_map(|id| audience.channel(id).cloned())
                .collect(),
        }
    });
    Forecast {
        verdicts: decision.verdicts,
        held,
        steps: steps.collect(),
        told,
    }
}
