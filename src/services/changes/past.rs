//! The fleet as it was: what was recorded of it, put together as if it were the present.
//!
//! Figures are those that history has for the moment. Names, nodes and states are those that were
//! recorded; where nothing was recorded yet, names and nodes are the ones that were seen first
//! afterwards, and a state is only claimed where figures prove it. Everything else is unknown.

use std::time::Duration;

use super::sight::{Sight, is_shown, resource_at};
use super::{Changes, ChangesError};
use crate::alerts::{Filter, Sort};
use crate::changes::Known;
use crate::history::Standing;
use crate::model::alert::{Alert, AlertState};
use crate::model::id::ResourceId;
use crate::model::metric;
use crate::model::resource::Resource;
use crate::model::target::TargetSummary;
use crate::model::time::Timestamp;
use crate::rules;

/// How old a figure may be at the moment that is asked for: the longest distance of looks.
const FRESH: Duration = Duration::from_secs(300);

/// Alerts that are shown at most.
const MOST_ALERTS: usize = 500;

/// The fleet at a moment of the past.
#[derive(Clone, Debug)]
pub struct Past {
    /// Which moment.
    pub at: Timestamp,
    /// The targets, as far as they are configured now; how looking at them went is not recorded.
    pub targets: Vec<TargetSummary>,
    /// What was there, in the order of ids.
    pub resources: Vec<Resource>,
    /// Alerts that held.
    pub alerts: Vec<Alert>,
    /// Since when states, names and places are recorded.
    pub changes_since: Option<Timestamp>,
}

impl Changes {
    /// The fleet as it was at `at`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn fleet_at(&self, at: Timestamp) -> Result<Past, ChangesError> {
        let fleet = self.live.fleet();
        let known = self.log.as_of(at).await?;
        let figures = self
            .history
            .standing_at(at, FRESH, |id, metric| {
                is_shown(id) && metric::find(metric.as_str()).is_some()
            })
            .await?;
        let mut ids: Vec<&ResourceId> = figures.keys().chain(known.keys()).collect();
        ids.sort_unstable();
        ids.dedup();
        let (empty, unknown) = (Standing::new(), Known::default());
        let resources = ids
            .into_iter()
            .filter_map(|id| {
                let sight = Sight {
                    known: known.get(id).unwrap_or(&unknown),
                    figures: figures.get(id).unwrap_or(&empty),
                    at,
                };
                resource_at(id, &sight, fleet.resource(id))
            })
            .collect();
        let targets = fleet.targets().map(|view| {
            let now = &view.summary;
            TargetSummary::configured(
                now.id.clone(),
                now.name.clone(),
                &now.kind,
                now.address.clone(),
                now.verifies_certificate,
            )
        });
        Ok(Past {
            at,
            targets: targets.collect(),
            resources,
            alerts: self.alerts_at(at).await?,
            changes_since: self.log.first_at().await?,
        })
    }

    async fn alerts_at(&self, at: Timestamp) -> Result<Vec<Alert>, ChangesError> {
        let after = at + Duration::from_millis(1);
        let filter = Filter {
            from: Some(after),
            to: Some(after),
            ..Filter::default()
        };
        let page = self
            .ledger
            .page(filter, Sort::Newest, None, MOST_ALERTS)
            .await?;
        Ok(page
            .alerts
            .into_iter()
            .map(|alert| alert_at(alert, at))
            .collect())
    }
}

/// An alert as it was while it held: what came later is taken off it, and so is its last figure.
fn alert_at(mut alert: Alert, at: Timestamp) -> Alert {
    if alert.resolved_at.is_some() {
        // Its message tells of the end by now.
        let about = metric::find(&alert.subject)
            .map(|metric| metric.label)
            .or_else(|| Some(rules::rule_called(&alert.rule)?.kind().label))
            .unwrap_or(&alert.rule);
        alert.message = format!("{}: {about}", alert.resource_name);
    }
    alert.state = AlertState::Firing;
    alert.resolved_at = None;
    alert.value = None;
    alert.hold = None;
    alert.last_seen = at;
    if alert.acknowledged_at.is_some_and(|taken| taken > at) {
        alert.acknowledged_at = None;
        alert.acknowledged_by = None;
    }
    alert
}
