//! homepulse's own API under `/api/hp`: snake case, milliseconds, ratios, bytes, `null` for
//! unknown, errors as `{"error": {"code", "message", "field"}}`.

mod accounts;
mod action;
pub mod alert;
mod alert_bulk;
mod alert_details;
mod alert_export;
mod alert_pending;
mod alert_posts;
mod alerts;
mod audit;
mod backup_view;
mod backups;
mod calendars;
mod channels;
mod cluster;
mod control;
mod deliveries;
mod details;
mod diagnostics;
pub(super) mod errors;
mod fleet;
mod guest_detail;
mod history;
mod hold_waits;
pub mod job_view;
mod known;
mod maintenance;
mod metrics;
mod node_detail;
mod page;
mod push;
mod retention;
mod routing;
mod rules;
mod scope;
mod session;
mod silences;
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
        .service(rules::get_rules)
        .service(rules::put_rules)
        .service(rules::reset_rules)
        .service(rules::put_profile)
        .service(rules::levels::get_level)
        .service(rules::levels::put_level)
        .service(rules::levels::delete_level)
        .service(rules::trial::preview_rules)
        .service(rules::trial::backtest_rules)
        .service(rules::explain::explain_rules)
        .service(session::get_session)
        .service(fleet::get_fleet)
        .service(metrics::list_metrics)
        .service(details::get_node)
        .service(details::get_guest)
        .service(backups::get_backups)
        .service(backups::list_backup_groups)
        .service(backups::list_guest_backups)
        .service(cluster::list_tasks)
        .service(cluster::list_replication)
        .service(cluster::get_high_availability)
        .service(cluster::get_ceph)
        .service(control::act_on_guest)
        .service(control::list_jobs)
        .service(control::get_job)
        .service(control::cancel_job)
        .service(push::list_announced)
        .service(push::get_push_setup)
        .service(push::close_push_door)
        .service(audit::list_audit)
        .service(audit::download_audit)
        .service(audit::verify_audit)
        .service(alerts::list_alerts)
        .service(alert_posts::post_alert)
        .service(alert_bulk::change_alerts)
        .service(alert_export::export_alerts)
        .service(alert_export::get_alert_retention)
        .service(alert_export::set_alert_retention)
        .service(alert_pending::list_pending_alerts)
        .service(alert_details::get_alert)
        .service(alert_posts::resolve_alert)
        .service(alert_bulk::snooze_alert)
        .service(alerts::acknowledge_alert)
        .service(alerts::unacknowledge_alert)
        .service(history::get_history_of_all)
        .service(history::export::export_history)
        .service(history::aggregate::get_history_aggregate)
        .service(history::resources::list_history_resources)
        .service(history::get_history)
        .service(deliveries::list_deliveries)
        .service(deliveries::retry_deliveries)
        .service(deliveries::discard_deliveries)
        .service(deliveries::get_delivery)
        .service(deliveries::retry_delivery)
        .service(deliveries::discard_delivery)
        .service(routing::get_routing)
        .service(routing::put_routing)
        .service(routing::simulate_routing)
        .service(calendars::add_calendar)
        .service(calendars::list_calendars)
        .service(calendars::remove_calendar)
        .service(calendars::replace_calendar)
        .service(channels::list_channel_kinds)
        .service(channels::list_channels)
        .service(channels::add_channel)
        .service(channels::parse_channel_url)
        .service(channels::preview_channel)
        .service(channels::try_channel)
        .service(channels::get_channel)
        .service(channels::change_channel)
        .service(channels::remove_channel)
        .service(channels::test_channel)
        .service(channels::prove_channel)
        .service(hold_waits::get_waits)
        .service(hold_waits::put_waits)
        .service(maintenance::add_window)
        .service(maintenance::list_maintenance)
        .service(maintenance::list_windows)
        .service(maintenance::remove_window)
        .service(maintenance::replace_window)
        .service(silences::add_silence)
        .service(silences::extend_silence)
        .service(silences::list_silences)
        .service(silences::preview_silence)
        .service(silences::remove_silence)
        .service(targets::list_targets)
        .service(targets::add_target)
        .service(targets::test_target)
        .service(targets::remove_target)
        .service(targets::set_target_control)
        .service(retention::get_retention)
        .service(retention::put_retention)
        .service(diagnostics::get_diagnostics);
    speak::<Hp>(scope);
}
