//! What all handlers share.

use std::sync::Arc;

use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use crate::alerts::Ledger;
use crate::auth::Gate;
use crate::history::History;
use crate::model::alert::Alert;
use crate::model::time::Timestamp;
use crate::notify::Channels;
use crate::services::accounts::Accounts;
use crate::services::alerts::Alerts;
use crate::services::audit::Audit;
use crate::services::changes::Changes;
use crate::services::control::Control;
use crate::services::deliveries::Deliveries;
use crate::services::doctor::Doctor;
use crate::services::footprint::Footprint;
use crate::services::game_names::GameNames;
use crate::services::game_policies::GamePolicies;
use crate::services::games::Games;
use crate::services::guest_metadata::GuestMetadata;
use crate::services::links::MessageLinks;
use crate::services::oidc::Oidc;
use crate::services::own_backups::OwnBackups;
use crate::services::push::Push;
use crate::services::registration::Registrations;
use crate::services::retention::Retention;
use crate::services::routing::Routings;
use crate::services::rules::Rules;
use crate::services::security::Security;
use crate::services::server_events::ServerEvents;
use crate::services::settings::Settings;
use crate::services::silences::Silences;
use crate::services::status_page::StatusPages;
use crate::services::system::System;
use crate::services::targets::Targets;
use crate::services::transfer::Transfer;
use crate::services::updates::Updates;
use crate::state::Live;

use super::asked::Door;
use super::limits::Limits;
use super::problem::{Kind, Problem};
use super::ws::Hub;

/// The parts of the product that the API speaks for.
#[derive(Clone)]
pub struct Parts {
    /// People, sessions and tokens.
    pub accounts: Accounts,
    /// Logging in at a provider, where one is configured.
    pub oidc: Option<Oidc>,
    /// The present.
    pub live: Live,
    /// Alerts.
    pub ledger: Ledger,
    /// Handling alerts.
    pub alerts: Alerts,
    /// What changed, and how everything was.
    pub changes: Changes,
    /// What people have set so as not to be told.
    pub silences: Silences,
    /// Past figures.
    pub history: History,
    /// Ways to tell people.
    pub channels: Channels,
    /// What counts as wrong.
    pub rules: Rules,
    /// Which messages went where.
    pub deliveries: Deliveries,
    /// Who is told of what.
    pub routing: Routings,
    /// What is done by links in messages.
    pub links: MessageLinks,
    /// Configured targets.
    pub targets: Targets,
    /// Telling guests what to do.
    pub control: Control,
    /// Running game servers.
    pub games: Games,
    /// What is done to game servers without being asked.
    pub game_policies: GamePolicies,
    /// What game servers are called in APIs with ids of their own.
    pub game_names: GameNames,
    /// What happens to game servers.
    pub server_events: ServerEvents,
    /// Backups of the product itself.
    pub own_backups: OwnBackups,
    /// What hosts send by themselves.
    pub push: Push,
    /// Who did what.
    pub audit: Audit,
    /// What is wrong with this installation.
    pub doctor: Doctor,
    /// What the product costs.
    pub footprint: Footprint,
    /// How long history is kept.
    pub retention: Retention,
    /// What people wrote down about guests.
    pub guest_metadata: GuestMetadata,
    /// Tokens with which nodes register themselves.
    pub registrations: Registrations,
    /// How the product is exposed.
    pub security: Security,
    /// Values that people set, kept word for word.
    pub settings: Settings,
    /// The public status page.
    pub status_pages: StatusPages,
    /// Settings of the product as a whole.
    pub system: System,
    /// The configuration, carried elsewhere.
    pub transfer: Transfer,
    /// Newer releases of the product.
    pub updates: Updates,
}

/// Everything behind the handlers; one for all workers.
pub struct Shared {
    /// The parts of the product.
    pub parts: Parts,
    /// Who may come in.
    pub gate: Gate,
    /// Under which names and for whose pages.
    pub door: Door,
    /// How often costly things are asked.
    pub(super) limits: Limits,
    /// Where live clients meet the present.
    pub hub: Hub,
    /// One piece of all exports is made at a time.
    pub exporting: Semaphore,
    /// Ends live connections.
    pub stop: CancellationToken,
    /// When the server began.
    pub started_at: Timestamp,
    /// Whether this is the demo.
    pub demo: bool,
    /// The name of this installation.
    pub instance_name: String,
    /// Names that we answer to, beside addresses and `localhost`.
    pub allowed_hosts: Vec<String>,
    /// Whether the configuration may be exported where no token is set.
    pub unprotected_export: bool,
}

impl Shared {
    /// Tells live clients of alerts that somebody took on or gave back.
    pub fn announce(&self, alert: &Alert, now: Timestamp) {
        self.hub.publish_alerts(std::slice::from_ref(alert), now);
    }

    /// Whoever may read every secret has to have shown who they are: refuses where everybody on
    /// this machine may come in without a token.
    pub(super) fn refuse_unprotected(&self) -> Result<(), Problem> {
        if self.gate.is_open_locally() && !self.unprotected_export {
            let text = "what holds secrets needs an API token to be taken out or put in: start \
                        homepulse with API_TOKEN set, or with ALLOW_UNPROTECTED_EXPORT=true where \
                        nobody else can reach it";
            return Err(Problem::new(Kind::Forbidden, "export_unprotected", text));
        }
        Ok(())
    }

    /// Follows the present until the server is stopped.
    pub async fn follow(self: Arc<Self>) {
        super::follow::follow(&self).await;
    }
}

/// The product's version.
pub(super) const VERSION: &str = env!("CARGO_PKG_VERSION");
