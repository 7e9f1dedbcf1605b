//! homepulse's own API under `/api/hp`: snake case, milliseconds, ratios, bytes, `null` for
//! unknown, errors as `{"error": {"code", "message", "field"}}`.

mod accounts;
pub mod alert;
mod alerts;
mod channels;
mod deliveries;
mod diagnostics;
pub(super) mod errors;
mod fleet;
mod history;
mod metrics;
mod session;
mod span;
pub mod target;
mod targets;
pub mod view;
mod words;

use utoipa_actix_web::service_config::ServiceConfig;

use super::dialect::Hp;
use super::extract::speak;

/// Every endpoint of the family.
pub fn routes(scope: &mut ServiceConfig<'_>) {
    accounts::routes(scope);
    scope
        .service(session::get_session)
        .service(fleet::get_fleet)
        .service(metrics::list_metrics)
        .service(alerts::list_alerts)
        .service(alerts::acknowledge_alert)
        .service(alerts::unacknowledge_alert)
        .service(history::get_history_of_all)
        .service(history::get_history)
        .service(deliveries::list_deliveries)
        .service(channels::list_channels)
        .service(targets::list_targets)
        .service(targets::add_target)
        .service(targets::test_target)
        .service(targets::remove_target)
        .service(diagnostics::get_diagnostics);
    speak::<Hp>(scope);
}
