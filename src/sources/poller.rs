//! One task per target: looks on an even grid of moments, shifted by a jitter of the target's own,
//! waits longer after failures, and looks at once when triggered.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, Semaphore, mpsc};
use tokio_util::sync::CancellationToken;

use super::backoff::intervals_to_wait;
use super::{Hint, Look, Source};
use crate::model::id::TargetId;
use crate::model::observation::{Observation, Outcome};
use crate::model::target::{Failure, FailureKind};
use crate::model::time::Timestamp;
use crate::telemetry::clock;

/// No look may take longer than this, whatever its parts allow themselves.
const LOOK_LIMIT: Duration = Duration::from_secs(60);

/// Things that one target may have: several times what the largest cluster runs, and few enough to
/// keep all of them in memory.
const MOST_RESOURCES: usize = 10_000;

/// When and how pollers look.
#[derive(Clone)]
pub struct Pace {
    /// Span between looks; Proxmox refreshes its figures every 10 s, so faster is useless.
    pub interval: Duration,
    /// Looks that may run side by side over all targets.
    pub places: Arc<Semaphore>,
}

/// Announcements that wait for the next look; of too many the first are enough.
#[derive(Clone, Debug, Default)]
pub struct Hints(Arc<Mutex<Vec<Hint>>>);

impl Hints {
    const MOST: usize = 32;

    /// Lets one wait.
    pub fn add(&self, hint: Hint) {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.len() < Self::MOST && !waiting.contains(&hint) {
            waiting.push(hint);
        }
    }

    fn take(&self) -> Vec<Hint> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Looks at one target until told to stop.
pub struct Poller {
    /// Which target.
    pub target: TargetId,
    /// How to look at it.
    pub source: Box<dyn Source>,
    /// When to look at it.
    pub pace: Pace,
    /// Where observations go; a full inbox slows the poller, it never drops.
    pub inbox: mpsc::Sender<Observation>,
    /// Look now.
    pub trigger: Arc<Notify>,
    /// What was announced since the latest look.
    pub hints: Hints,
}

impl Poller {
    /// Looks until `stop`, or until nobody takes observations any more.
    pub async fn run(mut self, stop: CancellationToken) {
        let jitter = jitter_of(&self.target, self.pace.interval);
        let mut failures = 0;
        let mut slot = clock::now().floor_to(self.pace.interval);
        loop {
            let observation = tokio::select! {
                () = stop.cancelled() => return,
                observation = self.look(slot) => observation,
            };
            failures = match &observation.outcome {
                Outcome::Failed { .. } => failures + 1,
                Outcome::Seen { .. }
                | Outcome::Pushed { .. }
                | Outcome::Configured { .. }
                | Outcome::Removed => 0,
            };
            if self.inbox.send(observation).await.is_err() {
                return;
            }
            let wait = self.pace.interval * intervals_to_wait(failures, self.pace.interval);
            let now = clock::now();
            let mut next = (now - jitter).floor_to(self.pace.interval) + wait;
            if next <= slot && slot.since(now) < wait {
                // Looked early within the slot: the grid goes on from the slot that was taken.
                next = slot + wait;
            }
            let source = &mut self.source;
            let between_looks = async {
                if failures == 0 {
                    source.rotate(slot).await;
                    source.announced().await;
                } else {
                    std::future::pending::<()>().await;
                }
            };
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep((next + jitter).since(now)) => slot = next,
                () = self.trigger.notified() => slot = Timestamp::from_seconds(clock::now().seconds()),
                () = between_looks => slot = Timestamp::from_seconds(clock::now().seconds()),
            }
        }
    }

    async fn look(&mut self, at: Timestamp) -> Observation {
        let _place = self.pace.places.acquire().await;
        for hint in self.hints.take() {
            self.source.hint(&hint, at);
        }
        let began = std::time::Instant::now();
        let looked = tokio::time::timeout(LOOK_LIMIT, self.source.poll(at)).await;
        let outcome = match looked {
            Ok(Ok(look)) => seen(look),
            Ok(Err(failure)) => Outcome::Failed { failure },
            Err(_) => Outcome::Failed {
                failure: too_long(),
            },
        };
        Observation {
            target: self.target.clone(),
            at,
            took: began.elapsed(),
            outcome,
        }
    }
}

fn seen(look: Look) -> Outcome {
    if look.resources.len() > MOST_RESOURCES {
        let failure = too_much(look.resources.len());
        return Outcome::Failed { failure };
    }
    Outcome::Seen {
        summary: Box::new(look.summary),
        coverage: look.coverage,
        resources: look.resources,
        samples: look.samples,
        facts: Box::new(look.facts),
        past: look.past,
    }
}

fn too_much(count: usize) -> Failure {
    Failure {
        kind: FailureKind::BadAnswer,
        message: format!("the host lists {count} things, and {MOST_RESOURCES} are taken at most"),
        fix: None,
    }
}

fn too_long() -> Failure {
    Failure {
        kind: FailureKind::Timeout,
        message: format!("the look took longer than {} s", LOOK_LIMIT.as_secs()),
        fix: None,
    }
}

/// A steady shift within the first half of the interval, so that many targets do not answer at
/// once and a target is always looked at in the same phase.
fn jitter_of(target: &TargetId, interval: Duration) -> Duration {
    let hash = target
        .as_str()
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
    let half = u64::try_from(interval.as_millis() / 2).unwrap_or(1).max(1);
    Duration::from_millis(hash % half)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::facts::Facts;
    use crate::model::id::ResourceId;
    use crate::model::observation::Coverage;
    use crate::model::resource::{Disk, DiskHealth, DiskKind, Resource};
    use crate::model::target::TargetSummary;

    fn disk(target: &TargetId, number: usize) -> Resource {
        Resource::Disk(Disk {
            id: ResourceId::node(target, &number.to_string()),
            node: "pve1".into(),
            device: "/dev/sda".into(),
            kind: DiskKind::Unknown,
            model: None,
            serial: None,
            size: None,
            health: DiskHealth::Unknown,
            health_word: None,
            wear: None,
            used_for: None,
            rpm: None,
        })
    }

    #[test]
    fn a_host_that_lists_more_than_can_be_is_not_believed() {
        let target = TargetId::random();
        let look = |count: usize| Look {
            summary: TargetSummary::configured(
                target.clone(),
                "lab".into(),
                "pve",
                "https://pve1:8006".into(),
                true,
            ),
            coverage: Coverage::Complete,
            resources: (0..count).map(|n| disk(&target, n)).collect(),
            samples: Vec::new(),
            facts: Facts::default(),
            past: Vec::new(),
        };
        assert!(matches!(seen(look(MOST_RESOURCES)), Outcome::Seen { .. }));
        let Outcome::Failed { failure } = seen(look(MOST_RESOURCES + 1)) else {
            panic!("it was believed");
        };
        assert_eq!(failure.kind, FailureKind::BadAnswer);
        assert!(failure.message.contains("10001"), "{failure}");
    }
}
