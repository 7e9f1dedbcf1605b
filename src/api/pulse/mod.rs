//! Seed 004 under `/api`, with the shapes that Pulse 4.3 really served.
//!
//! Unknown figures are `null` where Pulse wrote 0; `docs/API-QUIRKS.md` lists what differs.

pub mod alert;
mod alert_config;
mod alerts;
mod backups;
mod bundle;
mod channel;
mod charts;
mod diagnostics;
mod email;
mod errors;
mod export;
mod go_template;
mod guests;
mod health;
mod items;
mod mail;
mod node;
mod nodes;
mod pbs;
mod register;
mod setup;
mod state;
mod storage;
mod storage_charts;
mod system;
mod thresholds;
mod tokens;
mod updates;
pub mod view;
mod webhook;
mod webhooks;
mod words;

use super::dialect::Pulse;
use super::extract::speak;
use super::openapi::get_openapi;
use super::surface::Surface;

/// Every endpoint of the family.
pub fn routes(scope: &mut Surface<'_>) {
    super::reference::routes(scope);
    scope
        .service(get_openapi)
        .service(health::get_health)
        .service(health::get_version)
        .service(state::get_state)
        .service(charts::get_charts)
        .service(storage::list_storage)
        .service(storage::get_storage)
        .service(storage_charts::get_storage_charts)
        .service(backups::list_backups)
        .service(backups::list_backups_unified)
        .service(backups::list_pve_backups)
        .service(backups::list_pbs_backups)
        .service(backups::list_snapshots)
        .service(nodes::list_nodes)
        .service(nodes::add_node)
        .service(nodes::test_connection)
        .service(nodes::test_config)
        .service(nodes::update_node)
        .service(nodes::remove_node)
        .service(nodes::test_node)
        .service(system::get_system)
        .service(system::post_system)
        .service(system::put_system)
        .service(system::get_config)
        .service(system::get_security)
        .service(setup::make_setup_script)
        .service(setup::get_setup_script)
        .service(setup::make_setup_script_url)
        .service(register::auto_register)
        .service(tokens::generate_token)
        .service(tokens::list_tokens)
        .service(tokens::revoke_token)
        .service(updates::check_updates)
        .service(updates::apply_update)
        .service(updates::get_update_status)
        .service(diagnostics::get_pulse_diagnostics)
        .service(diagnostics::get_discovered)
        .service(diagnostics::discover)
        .service(guests::list_guest_metadata)
        .service(guests::get_guest_metadata)
        .service(guests::put_guest_metadata)
        .service(guests::remove_guest_metadata)
        .service(alerts::list_active_alerts)
        .service(alerts::list_alert_history)
        .service(alerts::acknowledge_several)
        .service(alerts::clear_several)
        .service(alerts::acknowledge_pulse_alert)
        .service(alerts::unacknowledge_pulse_alert)
        .service(alerts::clear_pulse_alert)
        .service(alerts::clear_alert_history)
        .service(alerts::list_notified_alerts)
        .service(alerts::clear_notified_alerts)
        .service(thresholds::get_alert_config)
        .service(thresholds::put_alert_config)
        .service(thresholds::get_thresholds)
        .service(thresholds::post_thresholds)
        .service(thresholds::get_overrides)
        .service(thresholds::post_overrides)
        .service(email::get_email)
        .service(email::post_email)
        .service(email::put_email)
        .service(email::test_email)
        .service(email::list_email_providers)
        .service(webhooks::list_webhooks)
        .service(webhooks::add_webhook)
        .service(webhooks::test_webhook)
        .service(webhooks::update_webhook)
        .service(webhooks::remove_webhook)
        .service(webhooks::list_webhook_templates)
        .service(webhooks::list_webhook_history)
        .service(webhooks::test_notification)
        .service(export::export_config)
        .service(export::import_config);
    speak::<Pulse>(scope);
}
