//! What all handlers share.

use std::sync::Arc;

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::alerts::Ledger;
use crate::auth::Gate;
use crate::history::History;
use crate::model::alert::Alert;
use crate::model::time::Timestamp;
use crate::notify::Channels;
use crate::rules::RuleSettings;
use crate::services::accounts::Accounts;
use crate::services::deliveries::Deliveries;
use crate::services::footprint::Footprint;
use crate::services::targets::Targets;
use crate::state::Live;

use super::asked::Door;
use super::ws::Hub;

/// The parts of the product that the API speaks for.
#[derive(Clone)]
pub struct Parts {
    /// People, sessions and tokens.
    pub accounts: Accounts,
    /// The present.
    pub live: Live,
    /// Alerts.
    pub ledger: Ledger,
    /// Past figures.
    pub history: History,
    /// Ways to tell people.
    pub channels: Channels,
    /// The limits that are judged by.
    pub rules: watch::Receiver<RuleSettings>,
    /// Which messages went where.
    pub deliveries: Deliveries,
    /// Configured targets.
    pub targets: Targets,
    /// What the product costs.
    pub footprint: Footprint,
}

/// Everything behind the handlers; one for all workers.
pub struct Shared {
    /// The parts of the product.
    pub parts: Parts,
    /// Who may come in.
    pub gate: Gate,
    /// Under which names and for whose pages.
    pub door: Door,
    /// Where live clients meet the present.
    pub hub: Hub,
    /// Ends live connections.
    pub stop: CancellationToken,
    /// When the server began.
    pub started_at: Timestamp,
    /// Whether this is the demo.
    pub demo: bool,
    /// The name of this installation.
    pub instance_name: String,
    /// The OpenAPI document.
    pub openapi: String,
}

impl Shared {
    /// Tells live clients of alerts that somebody took on or gave back.
    pub fn announce(&self, alert: &Alert, now: Timestamp) {
        self.hub.publish_alerts(std::slice::from_ref(alert), now);
    }

    /// Follows the present until the server is stopped.
    pub async fn follow(self: Arc<Self>) {
        super::follow::follow(&self).await;
    }
}

/// The product's version.
pub(super) const VERSION: &str = env!("CARGO_PKG_VERSION");
