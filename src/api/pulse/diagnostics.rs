//! How the product and its connections are doing, in Pulse's form.

use actix_web::web::Data;
use actix_web::{get, post};
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::dialect::{Answer, Pulse, Reply};
use crate::api::guard::{Allow, DiagnosticsRead};
use crate::api::shared::{Shared, VERSION};
use crate::history::Recording;
use crate::model::id::ResourceKind;
use crate::model::target::Reachability;
use crate::model::time::Timestamp;
use crate::state::TargetView;
use crate::telemetry::clock;

/// How everything is doing.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PulseDiagnostics)]
pub(super) struct Diagnostics {
    version: &'static str,
    runtime: &'static str,
    /// Seconds.
    uptime: f64,
    nodes: Vec<Connection>,
    pbs: Vec<Connection>,
    system: System,
    /// What is wrong, one sentence each.
    errors: Vec<String>,
}

/// How looking at a target goes.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PulseDiagnosedNode)]
#[serde(rename_all = "camelCase")]
struct Connection {
    id: String,
    name: String,
    host: String,
    r#type: String,
    connected: bool,
    error: Option<String>,
    fix: Option<String>,
    version: Option<String>,
    cluster: Option<String>,
    node_count: usize,
    last_seen: Option<String>,
    /// Milliseconds of the latest look.
    latency: Option<u64>,
    requests_last_minute: u32,
    /// Commands that grant what the token lacks.
    missing: Vec<String>,
}

/// The process.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PulseDiagnosedSystem)]
#[serde(rename_all = "camelCase")]
struct System {
    os: &'static str,
    arch: &'static str,
    /// There is no Go in it.
    go_version: Option<String>,
    #[serde(rename = "numCPU")]
    num_cpu: Option<usize>,
    num_goroutine: Option<usize>,
    #[serde(rename = "memoryMB")]
    memory_mb: Option<u64>,
    cpu_seconds: Option<f64>,
    written_bytes: Option<u64>,
    database_bytes: u64,
    web_socket_clients: usize,
}

/// Hosts that were found.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PulseDiscovery)]
pub(super) struct Discovery {
    #[schema(value_type = Vec<Object>)]
    servers: [(); 0],
    errors: Vec<&'static str>,
    timestamp: i64,
}

/// How the product and its connections are doing.
#[utoipa::path(tag = "pulse", responses((status = 200, body = Diagnostics)))]
#[get("/diagnostics")]
pub(crate) async fn get_pulse_diagnostics(
    _: Allow<Pulse, DiagnosticsRead>,
    shared: Data<Shared>,
) -> Answer<Pulse, Diagnostics> {
    let present = shared.hub.present();
    let usage = shared.parts.footprint.process();
    let all: Vec<Connection> = present
        .fleet
        .targets()
        .map(|view| Connection::new(view))
        .collect();
    let mut errors: Vec<String> = all
        .iter()
        .filter_map(|it| Some(format!("{}: {}", it.name, it.error.as_ref()?)))
        .collect();
    if let Recording::Paused { reason, .. } = shared.parts.history.stats().recording {
        errors.push(format!("recording is paused: {reason}"));
    }
    let (pbs, nodes) = all.into_iter().partition(|it| it.r#type == "pbs");
    Ok(Reply::ok(Diagnostics {
        version: VERSION,
        runtime: "rust",
        uptime: clock::now().since(shared.started_at).as_secs_f64(),
        nodes,
        pbs,
        system: System {
            os: std::env::consts::OS,
            arch: std::env::consts::ARCH,
            go_version: None,
            num_cpu: std::thread::available_parallelism().ok().map(Into::into),
            num_goroutine: None,
            memory_mb: usage.rss_bytes.map(|bytes| bytes >> 20),
            cpu_seconds: usage.cpu_seconds,
            written_bytes: usage.write_bytes,
            database_bytes: shared.parts.footprint.database_bytes(),
            web_socket_clients: shared.hub.traffic().clients(),
        },
        errors,
    }))
}

/// Hosts that were found on the network: none, as nothing is ever searched.
#[utoipa::path(tag = "pulse", responses((status = 200, body = Discovery)))]
#[get("/discover")]
pub(crate) async fn get_discovered(_: Allow<Pulse, DiagnosticsRead>) -> Answer<Pulse, Discovery> {
    Ok(Reply::ok(nothing()))
}

/// The same: Pulse searched anew here.
#[utoipa::path(tag = "pulse", responses((status = 200, body = Discovery)))]
#[post("/discover")]
pub(crate) async fn discover(_: Allow<Pulse, DiagnosticsRead>) -> Answer<Pulse, Discovery> {
    Ok(Reply::ok(nothing()))
}

fn nothing() -> Discovery {
    Discovery {
        servers: [],
        errors: vec!["homepulse does not search the network; add hosts by their address"],
        timestamp: clock::now().seconds(),
    }
}

impl Connection {
    fn new(view: &TargetView) -> Self {
        let target = &view.summary;
        let failure = match &target.reachability {
            Reachability::Failing { failure, .. } => Some(failure),
            Reachability::Pending | Reachability::Online { .. } => None,
        };
        Self {
            id: target.id.to_string(),
            name: target.name.clone(),
            host: target.address.clone(),
            r#type: target.kind.clone(),
            connected: target.reachability.is_online(),
            error: failure.map(|failure| failure.message.clone()),
            fix: failure.and_then(|failure| failure.fix.clone()),
            version: target.version.clone(),
            cluster: target.cluster.clone(),
            node_count: view.of_kind(ResourceKind::Node).count(),
            last_seen: target.last_seen.map(Timestamp::rfc3339),
            latency: target.look_ms,
            requests_last_minute: target.requests.last_minute,
            missing: target.missing.iter().map(|it| it.fix.clone()).collect(),
        }
    }
}
