//! Doors for what hosts send by themselves, each answering as the host expects: InfluxDB's write
//! API, OTLP over HTTP, and Proxmox VE's webhooks. Who sends is known by a target's own token.

mod influx;
mod otlp;
mod sender;
mod webhook;

use super::dialect::Hp;
use super::extract::speak;
use super::surface::Surface;

/// Endpoints that stand at the root, where senders expect them.
pub(super) fn routes(config: &mut Surface<'_>) {
    config
        .service(influx::get_influx_health)
        .service(influx::ping)
        .service(influx::write_lines)
        .service(otlp::write_metrics);
}

/// Endpoints under `/api/hp/push/pve`.
pub(super) fn webhooks(scope: &mut Surface<'_>) {
    scope.service(webhook::take_notification);
    speak::<Hp>(scope);
}
