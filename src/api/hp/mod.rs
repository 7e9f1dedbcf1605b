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
mod changes;
mod channels;
mod cluster;
mod control;
mod deliveries;
mod details;
mod diagnostics;
pub mod doctor;
pub(super) mod errors;
mod fleet;
mod game_backups;
mod game_catalog;
mod game_control;
mod game_detail;
mod game_door;
mod game_policies;
mod games;
mod guest_detail;
mod history;
mod hold_waits;
pub mod job_view;
mod known;
mod maintenance;
mod metrics;
mod node_detail;
mod own_backups;
mod page;
mod past;
mod push;
mod retention;
mod routing;
mod rules;
mod scope;
mod security;
mod session;
mod silences;
mod span;
mod status_page;
pub mod target;
mod target_change;
mod targets;
pub mod view;
mod words;

use super::dialect::Hp;
use super::extract::speak;
use super::surface::Surface;

/// Every endpoint of the family.
pub fn routes(scope: &mut Surface<'_>) {
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
        .service(security::get_exposure)
        .service(session::get_session)
        .service(fleet::get_fleet)
        .service(past::get_past_fleet)
        .service(changes::list_changes)
        .service(metrics::list_metrics)
        .service(details::get_node)
        .service(details::get_guest)
        .service(game_catalog::list_game_catalog)
        .service(game_catalog::import_game_egg)
        .service(game_catalog::get_game_catalog_entry)
        .service(game_catalog::get_game_config_schema)
        .service(games::list_games)
        .service(games::get_game)
        .service(games::get_game_players)
        .service(game_policies::get_game_policy)
        .service(game_policies::put_game_policy)
        .service(game_policies::delete_game_policy)
        .service(game_policies::get_game_quiet_hours)
        .service(game_door::get_game_door)
        .service(game_door::open_game_door)
        .service(game_door::close_game_door)
        .service(game_door::take_router_call)
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
        .service(game_control::create_game)
        .service(game_control::act_on_game)
        .service(game_control::command_game)
        .service(game_control::get_game_log)
        .service(game_backups::list_game_backups)
        .service(game_backups::list_all_game_backups)
        .service(game_backups::delete_game_backup)
        .service(game_backups::get_game_schedule)
        .service(game_backups::put_game_schedule)
        .service(game_backups::back_up_guest_of_game)
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
        .service(targets::list_target_kinds)
        .service(targets::add_target)
        .service(targets::test_target)
        .service(targets::remove_target)
        .service(target_change::change_target)
        .service(targets::set_target_control)
        .service(own_backups::list_own_backups)
        .service(own_backups::create_own_backup)
        .service(own_backups::get_own_backup_plan)
        .service(own_backups::put_own_backup_plan)
        .service(own_backups::download_own_backup)
        .service(own_backups::verify_own_backup)
        .service(own_backups::remove_own_backup)
        .service(retention::get_retention)
        .service(retention::put_retention)
        .service(status_page::get_status_page_setting)
        .service(status_page::put_status_page_setting)
        .service(diagnostics::get_diagnostics)
        .service(doctor::get_doctor_report)
        .service(doctor::get_support_bundle)
        .service(doctor::download_support_bundle);
    speak::<Hp>(scope);
}
