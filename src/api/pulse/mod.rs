//! Seed 004 under `/api`, with the shapes that Pulse 4.3 really served.
//!
//! Unknown figures are `null` where Pulse wrote 0; `docs/API-QUIRKS.md` lists what differs.

pub mod alert;
mod alerts;
mod charts;
mod health;
mod items;
mod state;
pub mod view;

use utoipa_actix_web::service_config::ServiceConfig;

use super::dialect::Pulse;
use super::extract::speak;
use super::openapi::get_openapi;

/// Every endpoint of the family.
pub fn routes(scope: &mut ServiceConfig<'_>) {
    scope
        .service(get_openapi)
        .service(health::get_health)
        .service(health::get_version)
        .service(state::get_state)
        .service(charts::get_charts)
        .service(alerts::list_active_alerts)
        .service(alerts::list_alert_history)
        .service(alerts::acknowledge_pulse_alert);
    speak::<Pulse>(scope);
}
