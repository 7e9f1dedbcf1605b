//! Seed 001 under `/api/v1/servers`, `/api/v1/games` and `/api/v1/system`: game servers.
//!
//! The seed's text wants an envelope, its own programs read the bare fields: every answer has
//! both. Unknown figures are null. Start with [`servers`].

mod action;
mod catalog;
mod envelope;
mod server;
mod status;
mod system;
mod view;

use super::dialect::Peon;
use super::extract::speak;
use super::surface::Surface;

/// Servers.
pub(super) fn servers(scope: &mut Surface<'_>) {
    scope
        .service(server::list_peon_servers)
        .service(server::create_peon_server)
        .service(server::get_peon_server)
        .service(server::delete_peon_server)
        .service(action::start_peon_server)
        .service(action::stop_peon_server)
        .service(action::restart_peon_server)
        .service(action::backup_peon_server);
    speak::<Peon>(scope);
}

/// What is known about running games.
pub(super) fn games(scope: &mut Surface<'_>) {
    scope
        .service(catalog::list_peon_games)
        .service(catalog::get_peon_game_config);
    speak::<Peon>(scope);
}

/// The product and the machines.
pub(super) fn system(scope: &mut Surface<'_>) {
    scope
        .service(system::get_peon_status)
        .service(system::get_peon_health);
    speak::<Peon>(scope);
}
