//! Liveness and version, for anybody.

use actix_web::get;
use actix_web::web::Data;
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::dialect::{Answer, Pulse, Reply};
use crate::api::guard::Public;
use crate::api::shared::{Shared, VERSION};
use crate::telemetry::clock;

/// That the server answers.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PulseHealth {
    /// `healthy`.
    status: &'static str,
    /// Now, in seconds since 1970.
    timestamp: i64,
    /// Seconds since the server began.
    uptime: f64,
}

/// Check that the server answers.
#[utoipa::path(tag = "pulse", security(()), responses((status = 200, body = PulseHealth)))]
#[get("/health")]
pub(crate) async fn get_health(_: Public, shared: Data<Shared>) -> Answer<Pulse, PulseHealth> {
    let now = clock::now();
    Ok(Reply::ok(PulseHealth {
        status: "healthy",
        timestamp: now.seconds(),
        uptime: now.since(shared.started_at).as_secs_f64(),
    }))
}

/// What is running.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct PulseVersion {
    /// The version, without `v`.
    version: &'static str,
    /// `release` or `development`.
    build: &'static str,
    /// What it is written in.
    runtime: &'static str,
    /// Where updates come from.
    channel: &'static str,
    /// Whether it runs in a container of Docker's kind.
    is_docker: bool,
    /// Whether it is a build for developers.
    is_development: bool,
}

/// Tell what is running.
#[utoipa::path(tag = "pulse", security(()), responses((status = 200, body = PulseVersion)))]
#[get("/version")]
pub(crate) async fn get_version(_: Public) -> Answer<Pulse, PulseVersion> {
    let is_development = cfg!(debug_assertions);
    Ok(Reply::ok(PulseVersion {
        version: VERSION,
        build: if is_development {
            "development"
        } else {
            "release"
        },
        runtime: "rust",
        channel: "stable",
        is_docker: std::path::Path::new("/.dockerenv").exists(),
        is_development,
    }))
}
