//! How a server is, in the documents' words, and its figures in per cent.

use serde::Serialize;
use utoipa::ToSchema;

use crate::api::games::find::Shown;
use crate::model::resource::GameServer;
pub(super) use crate::notify::status_000 as word;

/// The word for a server, one that is being made included.
pub(super) fn of(shown: &Shown) -> &'static str {
    match (&shown.server, &shown.making) {
        (Some(server), _) => word(server.seen.status),
        (None, Some(job)) if job.state.is_over() => "crashed",
        (None, _) => "creating",
    }
}

/// What a server uses now; null is unknown.
#[derive(Clone, Debug, Default, PartialEq, Serialize, ToSchema)]
pub(super) struct PlaypulsePerformance {
    /// Per cent of the processor that it may use.
    cpu_usage: Option<f64>,
    /// Per cent of its memory limit, without the page cache.
    memory_usage: Option<f64>,
    /// Per cent of its disk limit.
    disk_usage: Option<f64>,
    /// Bytes received per second.
    network_in: Option<f64>,
    /// Bytes sent per second.
    network_out: Option<f64>,
}

impl PlaypulsePerformance {
    pub(super) fn of(seen: &GameServer) -> Self {
        Self {
            cpu_usage: seen.cpu.map(per_cent),
            memory_usage: seen.memory.ratio().map(per_cent),
            disk_usage: seen.disk.ratio().map(per_cent),
            network_in: seen.rates.net_in.map(f64::round),
            network_out: seen.rates.net_out.map(f64::round),
        }
    }

    /// Per cent of the processor.
    pub(super) const fn cpu(&self) -> Option<f64> {
        self.cpu_usage
    }

    /// Per cent of memory.
    pub(super) const fn memory(&self) -> Option<f64> {
        self.memory_usage
    }
}

/// A share as per cent, to one place.
pub(super) fn per_cent(share: f64) -> f64 {
    (share * 1000.0).round() / 10.0
}
