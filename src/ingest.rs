//! The one task that changes the present: an observation comes in; the next version of the Fleet,
//! samples of history, entries of the alert ledger and messages to be sent go out.
//!
//! Must not know HTTP or any concrete source. Start with [`Ingest::apply`], which is the whole
//! story of one observation.

mod enter;
mod inward;
mod noticed;
mod unwritten;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Notify, mpsc, oneshot, watch};
use tokio_util::sync::CancellationToken;

pub use enter::{Circumstances, EnterError, Open, enter, enter_events};

use crate::db::Db;
use crate::history::{History, Recording};
use crate::holds::Suppressions;
use crate::model::alert::{Alert, Transition};
use crate::model::id::{ResourceId, TargetId};
use crate::model::metric;
use crate::model::observation::{Observation, Outcome, PastFigures, Sample};
use crate::model::resource::Resource;
use crate::model::time::Timestamp;
use crate::notify::Channels;
use crate::rules::{Forecasts, Judge, Recall, RuleSettings, Waiting};
use crate::state::{Change, Diff, Fleet, LiveWriter, TargetView};
use crate::telemetry::Chain;
use crate::telemetry::supervisor::Progress;

use inward::Inward;
use noticed::Noticed;
use unwritten::Unwritten;

/// Observations that may wait; more of them slow the pollers down, memory does not grow.
pub const INBOX: usize = 64;

/// How often it is judged anew what keeps people from being told of open alerts: windows end and
/// waits run out without anybody looking at a host.
const TICK: Duration = Duration::from_secs(2);

/// How often it is judged how the product itself is doing.
const INWARD: Duration = Duration::from_secs(30);

/// Everything that an observation flows into.
pub struct Ingest {
    /// What is now.
    pub live: LiveWriter,
    /// What was.
    pub history: History,
    /// What is wrong.
    pub judge: Judge,
    /// Where alerts and messages are written, together.
    pub db: Db,
    /// The channels that messages go to.
    pub channels: Channels,
    /// The limits to judge by.
    pub rules: watch::Receiver<RuleSettings>,
    /// When spaces will be full.
    pub forecasts: watch::Receiver<Arc<Forecasts>>,
    /// What others want to know of the judge.
    pub questions: mpsc::Receiver<Question>,
    /// What people have set so as not to be told.
    pub suppressions: watch::Receiver<Arc<Suppressions>>,
    /// Rung when somebody else has entered alerts in the ledger.
    pub entered: Arc<Notify>,
    /// What time it is.
    pub clock: fn() -> Timestamp,
    /// Where observations come from.
    pub inbox: mpsc::Receiver<Observation>,
    /// Says once that all configured targets have been named: alerts of others are then over.
    pub settled: Arc<Notify>,
    /// Where the watchdog reads that observations are taken in.
    pub progress: Progress,
}

/// Somebody wants to know what the judge remembers.
pub enum Question {
    /// What there is to explain things by.
    Recall {
        /// Of which resource; of everything where `None`.
        of: Option<ResourceId>,
        /// Where the answer goes.
        reply: oneshot::Sender<Recall>,
    },
    /// What is beyond a limit and is not told yet.
    Waiting {
        /// Where the answer goes.
        reply: oneshot::Sender<Vec<Waiting>>,
    },
}

/// What the ingest task remembers between observations.
#[derive(Default)]
struct Present {
    fleet: Arc<Fleet>,
    unwritten: Unwritten,
    inward: Inward,
    /// What was open after the latest write; `None` where that is not known.
    open: Option<Open>,
    /// What became different; `None` until what is recorded of it has been read.
    noticed: Option<Noticed>,
}

impl Ingest {
    /// Takes in observations until `stop`, then those that are waiting already.
    pub async fn run(mut self, stop: CancellationToken) {
        let mut present = Present::default();
        let mut tick = tokio::time::interval(TICK);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut inward = tokio::time::interval(INWARD);
        inward.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        inward.reset();
        let mut recording = self.history.recording();
        recording.mark_unchanged();
        self.look_inward(&mut present).await;
        loop {
            tokio::select! {
                biased;
                observation = self.inbox.recv() => match observation {
                    Some(observation) => self.apply(&mut present, observation).await,
                    None => return,
                },
                changed = self.rules.changed() => match changed {
                    Ok(()) => {
                        let rules = self.rules.borrow_and_update().clone();
                        self.judge.set(rules);
                    }
                    Err(_) => return,
                },
                () = self.settled.notified() => {
                    let now = (self.clock)();
                    let over = self.judge.evaluate(&present.fleet, &Diff::default(), now);
                    self.say(&mut present, over, now).await;
                }
                Ok(()) = recording.changed() => self.look_inward(&mut present).await,
                Some(question) = self.questions.recv() => self.answer(question),
                Ok(()) = self.forecasts.changed() => {
                    self.judge.foresee(Arc::clone(&self.forecasts.borrow_and_update()));
                }
                changed = self.suppressions.changed() => match changed {
                    Ok(()) => self.look_at_holds(&mut present).await,
                    Err(_) => return,
                },
                () = self.entered.notified() => {
                    present.open = None;
                    self.look_at_holds(&mut present).await;
                }
                () = stop.cancelled() => break,
                _ = inward.tick() => self.look_inward(&mut present).await,
                // A database that failed is tried again with the next look, not every tick.
                _ = tick.tick(), if present.open.is_some() => {
                    self.look_at_holds(&mut present).await;
                }
            }
        }
        self.inbox.close();
        while let Some(observation) = self.inbox.recv().await {
            self.apply(&mut present, observation).await;
        }
    }

    /// Who no longer waits for the answer gets none.
    fn answer(&self, question: Question) {
        match question {
            Question::Recall { of, reply } => drop(reply.send(self.judge.recall(of.as_ref()))),
            Question::Waiting { reply } => drop(reply.send(self.judge.waiting())),
        }
    }

    /// Judges how the product itself is doing.
    async fn look_inward(&mut self, present: &mut Present) {
        match self.channels.list().await {
            Ok(channels) => present.inward.note_channels(&channels),
            // A database that cannot be read is told of by what has to be written.
            Err(error) => tracing::debug!("cannot read the channels: {}", Chain(&error)),
        }
        let now = (self.clock)();
        let recording = self.history.recording().borrow().clone();
        self.judge.set_own(present.inward.health(&recording, now));
        let told = self.judge.evaluate_own(now);
        if !told.is_empty() {
            self.say(present, told, now).await;
        }
    }

    /// Judges anew what keeps people from being told of open alerts, where no observation is the
    /// occasion. That is no sign of life: only observations tell the watchdog that any come.
    async fn look_at_holds(&self, present: &mut Present) {
        let now = (self.clock)();
        let alerts = self.write(present, Vec::new(), now).await;
        if !alerts.is_empty() {
            present.fleet = Arc::new(present.fleet.next(now));
            self.publish(present, Diff::default(), alerts);
        }
    }

    /// Judgements that come without an observation.
    async fn say(&self, present: &mut Present, transitions: Vec<Transition>, now: Timestamp) {
        let alerts = self.write(present, transitions, now).await;
        present.fleet = Arc::new(present.fleet.next(now));
        self.publish(present, Diff::default(), alerts);
    }

    /// One observation, from what was seen to what is told.
    async fn apply(&mut self, present: &mut Present, observation: Observation) {
        let progress = self.progress.clone();
        let _working = progress.begin();
        let now = (self.clock)();
        if let Outcome::Pushed { samples } = &observation.outcome {
            // Figures of a target that is gone are nobody's.
            if present.fleet.target(&observation.target).is_some() {
                present.inward.note(self.history.append(samples, now), now);
                self.judge_pushed(present, samples, &observation.target, now)
                    .await;
            }
            return;
        }
        let target = observation.target.clone();
        log_transition(&present.fleet, &observation);
        let extra = pushed_samples(&observation);
        let past = past_figures(&observation);
        let at = observation.at;
        let complete = matches!(observation.outcome, Outcome::Seen { .. });
        let before = present.fleet.target(&target).cloned();
        let (fleet, diff) = present.fleet.merge(observation, now);
        present.fleet = Arc::new(fleet);
        if complete && let Some(view) = present.fleet.target(&target) {
            self.judge.note(&extra);
            let mut samples = extra;
            samples.extend(
                view.resources
                    .values()
                    .flat_map(|resource| figures(resource, at)),
            );
            present.inward.note(self.history.append(&samples, now), now);
        }
        let transitions = self.judge.evaluate(&present.fleet, &diff, now);
        let alerts = self.write(present, transitions, now).await;
        self.notice(present, before.as_deref(), &diff, now).await;
        self.publish(present, diff, alerts);
        self.lay_in(past).await;
    }

    /// Judges figures that came by themselves; those of the catalogue stand on the resource with
    /// the next look, and are judged then.
    async fn judge_pushed(
        &mut self,
        present: &mut Present,
        samples: &[Sample],
        target: &TargetId,
        now: Timestamp,
    ) {
        self.judge.note(samples);
        let diff = Diff {
            target: Some(target.clone()),
            ..Diff::default()
        };
        let told = self.judge.evaluate(&present.fleet, &diff, now);
        if !told.is_empty() {
            self.say(present, told, now).await;
        }
    }

    /// Records what became different. Where that fails it is tried again with the next look, and
    /// nobody waits for it.
    async fn notice(
        &self,
        present: &mut Present,
        before: Option<&TargetView>,
        diff: &Diff,
        now: Timestamp,
    ) {
        if present.noticed.is_none() {
            present.noticed = match Noticed::open(&self.db).await {
                Ok(noticed) => Some(noticed),
                Err(error) => {
                    tracing::error!("cannot read what is recorded of changes: {}", Chain(&error));
                    return;
                }
            };
        }
        let Some(noticed) = &mut present.noticed else {
            return;
        };
        let after = diff.target.as_ref();
        let after = after.and_then(|target| present.fleet.target(target));
        noticed.look(before, after.map(|view| &**view), diff, now);
        // The last room on the disk is for alerts.
        if matches!(*self.history.recording().borrow(), Recording::Running)
            && let Err(error) = noticed.write(&self.db).await
        {
            tracing::error!("cannot record what changed: {}", Chain(&error));
        }
    }

    /// Lays what a host kept of the past under what was measured since; a few figures at a time,
    /// as the source reads them slowly.
    async fn lay_in(&self, past: Vec<PastFigures>) {
        for figures in past {
            let laid = self
                .history
                .import(
                    &figures.resource,
                    &figures.metric,
                    figures.resolution,
                    &figures.points,
                )
                .await;
            if let Err(error) = laid {
                tracing::warn!(
                    resource.id = %figures.resource,
                    "cannot lay in the past of {}: {}",
                    figures.resource,
                    Chain(&error)
                );
                return;
            }
        }
    }

    /// Enters judgements in the ledger, with what keeps people from being told of them, and the
    /// messages about them in the outbox. Where the database
    /// cannot write, they wait for the next look, and live clients are shown what is going to be
    /// entered.
    async fn write(
        &self,
        present: &mut Present,
        transitions: Vec<Transition>,
        now: Timestamp,
    ) -> Vec<Alert> {
        present.unwritten.extend(transitions);
        let suppressions = Arc::clone(&self.suppressions.borrow());
        if present.unwritten.is_empty() && !is_due(present, &suppressions, now) {
            return Vec::new();
        }
        let batch = present.unwritten.batch();
        let circumstances = Circumstances {
            fleet: Arc::clone(&present.fleet),
            suppressions,
            channels: self.channels.enabled(),
            now,
        };
        let written = self
            .db
            .writer
            .run(move |tx| enter(tx, &batch, &circumstances))
            .await;
        match written {
            Ok((events, open)) => {
                present.unwritten.clear();
                present.open = Some(open);
                self.live.await_ledger(&[]);
                self.channels.bell().ring();
                events.into_iter().map(|event| event.alert).collect()
            }
            Err(error) => {
                present.open = None;
                tracing::error!(
                    waiting = present.unwritten.len(),
                    "cannot {}, trying again with the next look",
                    Chain(&error)
                );
                let news = present.unwritten.news(now);
                self.live.await_ledger(present.unwritten.shown());
                news
            }
        }
    }

    fn publish(&self, present: &Present, diff: Diff, alerts: Vec<Alert>) {
        self.live.publish(Change {
            fleet: Arc::clone(&present.fleet),
            diff,
            alerts,
        });
    }
}

/// Whether something has to be written though nothing was judged.
fn is_due(present: &Present, suppressions: &Suppressions, now: Timestamp) -> bool {
    let open = present.open.as_ref();
    open.is_none_or(|open| open.is_due(&present.fleet, suppressions, now))
}

/// The figures that the catalogue reads off a resource.
fn figures(resource: &Resource, at: Timestamp) -> impl Iterator<Item = Sample> {
    metric::of_kind(resource.kind()).filter_map(move |metric| {
        (metric.read)(resource).map(|value| Sample {
            resource: resource.id().clone(),
            metric: metric.key(),
            at,
            value,
        })
    })
}

fn past_figures(observation: &Observation) -> Vec<PastFigures> {
    match &observation.outcome {
        Outcome::Seen { past, .. } => past.clone(),
        Outcome::Pushed { .. }
        | Outcome::Failed { .. }
        | Outcome::Configured { .. }
        | Outcome::Removed => Vec::new(),
    }
}

fn pushed_samples(observation: &Observation) -> Vec<Sample> {
    match &observation.outcome {
        Outcome::Seen { samples, .. } => samples.clone(),
        Outcome::Pushed { .. }
        | Outcome::Failed { .. }
        | Outcome::Configured { .. }
        | Outcome::Removed => Vec::new(),
    }
}

/// Logs when a target begins or ceases to answer, not every look.
fn log_transition(fleet: &Fleet, observation: &Observation) {
    let Some(view) = fleet.target(&observation.target) else {
        return;
    };
    let name = &view.summary.name;
    let was = view.summary.reachability.word();
    match &observation.outcome {
        Outcome::Seen { .. } if was != "online" => {
            tracing::info!(target.name = %name, "{name} answers");
        }
        Outcome::Failed { failure } if was != failure.kind.word() => {
            tracing::warn!(target.name = %name, failure = failure.kind.word(), "cannot look at {name}: {failure}");
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests;
