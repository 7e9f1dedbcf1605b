//! The task that follows the present and has done what is due.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::broadcast::error::RecvError;
use tokio_util::sync::CancellationToken;

use super::{Beside, Decision, Errand, GamePolicies, decide};
use crate::model::id::{ResourceId, ResourceKind};
use crate::model::resource::{GameServer, Resource};
use crate::model::time::Timestamp;
use crate::state::Fleet;
use crate::telemetry::clock;

/// After an order nothing more is told to a server for so long, whatever came of it.
const REST: Duration = Duration::from_secs(15 * 60);

impl GamePolicies {
    /// Follows the present until `stop`.
    pub async fn run(self, stop: CancellationToken) {
        let mut changes = self.parts.live.follow();
        loop {
            let change = tokio::select! {
                change = changes.recv() => change,
                () = stop.cancelled() => return,
            };
            let (fleet, changed) = match change {
                Ok(change) => {
                    self.forget(&change.diff.gone);
                    (Arc::clone(&change.fleet), Some(change.diff.changed.clone()))
                }
                Err(RecvError::Lagged(_)) => (self.parts.live.fleet(), None),
                Err(RecvError::Closed) => return,
            };
            let now = clock::now();
            for (server, errand, why) in self.look(&fleet, changed.as_deref(), now) {
                self.order(server, errand, why, now).await;
            }
        }
    }

    /// Takes in how servers were seen and says what is due; of all servers where nobody says which
    /// have changed.
    pub(super) fn look(
        &self,
        fleet: &Fleet,
        changed: Option<&[ResourceId]>,
        now: Timestamp,
    ) -> Vec<(ResourceId, Errand, String)> {
        let seen: Vec<_> = match changed {
            Some(ids) => ids
                .iter()
                .filter(|id| id.kind() == ResourceKind::Game)
                .filter_map(|id| fleet.resource(id))
                .collect(),
            None => fleet.resources().collect(),
        };
        let due = seen.into_iter().filter_map(|resource| match &**resource {
            Resource::Game(game) => self.consider(game, now),
            _ => None,
        });
        due.collect()
    }

    /// Forgets what was seen of servers that are no longer there.
    fn forget(&self, gone: &[ResourceId]) {
        let mut kept = self.kept();
        for id in gone {
            kept.remove(id);
        }
    }

    fn consider(&self, game: &GameServer, now: Timestamp) -> Option<(ResourceId, Errand, String)> {
        let policy = self.policies().get(&game.id).cloned();
        let forecasts = Arc::clone(&self.parts.forecasts.borrow());
        let beside = Beside {
            is_busy: policy.is_some() && self.parts.orders.is_busy(&game.id),
            memory_full_at: forecasts.leaking.get(&game.id).map(|leak| leak.full_at),
        };
        let mut kept = self.kept();
        let kept = kept.entry(game.id.clone()).or_default();
        kept.emptiness.note(game);
        let decision = decide(&policy?, game, &kept.emptiness, beside, now);
        kept.decision = Some(decision.clone());
        let rests = kept.ordered_at.is_some_and(|at| now.since(at) < REST);
        match decision {
            Decision::Now { order, why } if !rests => {
                kept.ordered_at = Some(now);
                Some((game.id.clone(), Errand::Due(order), why))
            }
            _ => None,
        }
    }

    async fn order(&self, server: ResourceId, errand: Errand, why: String, now: Timestamp) {
        tracing::info!(resource.id = %server, "{server}: {errand:?}, because {why}");
        let begun = self
            .parts
            .orders
            .carry_out(server.clone(), errand, why)
            .await;
        if let Err(problem) = &begun {
            tracing::warn!(resource.id = %server, "{server} is not told: {problem}");
        }
        let mut kept = self.kept();
        let kept = kept.entry(server).or_default();
        kept.ordered_at = Some(now);
        kept.trouble = begun.err();
    }
}
