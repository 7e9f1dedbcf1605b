//! The servers of seed 000 under `/api/v3` and `/v3`, and their events at `/v3/`.
//!
//! What cannot be measured is null and has its reason in `reasons`; what was asked for and is not
//! done is in `unsupported_options`. Start with [`server`].

mod analytics;
mod analytics_view;
mod backup;
mod envelope;
mod figures;
mod live;
mod server;
mod status;

use super::dialect::Playpulse;
use super::extract::speak;
use super::surface::Surface;

/// Every endpoint of the family.
pub(super) fn routes(scope: &mut Surface<'_>) {
    scope
        .service(server::create_playpulse_server)
        .service(server::get_playpulse_server_status)
        .service(analytics::get_playpulse_server_analytics)
        .service(backup::create_playpulse_backup)
        .service(backup::restore_playpulse_backup);
    speak::<Playpulse>(scope);
}

/// Events as they happen.
pub(super) fn live(config: &mut Surface<'_>) {
    config.service(live::open_playpulse_events);
}
