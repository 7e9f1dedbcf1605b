//! What the product itself costs and how its parts are doing.

use actix_web::get;
use actix_web::web::Data;
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::dialect::{Answer, Hp, Reply};
use crate::api::guard::{Allow, DiagnosticsRead};
use crate::api::scrape::Counts;
use crate::api::shared::{Shared, VERSION};
use crate::history::{Recording, Stats};
use crate::state::TargetView;
use crate::telemetry::clock;
use crate::telemetry::process::Usage;

/// The product's own state.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Diagnostics {
    /// The product's version.
    pub version: String,
    /// Seconds since the server began.
    pub uptime_seconds: f64,
    /// What the process costs.
    pub process: ProcessInfo,
    /// What the database takes.
    pub database: DatabaseInfo,
    /// How recording goes.
    pub history: HistoryInfo,
    /// What each target is asked.
    pub targets: Vec<TargetCost>,
    /// Live clients now.
    pub websocket_clients: usize,
    /// Versions of the present so far: one for each observation.
    pub present_versions: u64,
    /// Messages in the outbox, by state.
    pub outbox: Vec<OutboxCount>,
    /// Messages sent to live clients so far.
    pub websocket_messages: u64,
    /// Bytes of those messages.
    pub websocket_bytes: u64,
}

/// What the process costs.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ProcessInfo {
    /// Memory it occupies.
    pub rss_bytes: Option<u64>,
    /// Processor time since it began.
    pub cpu_seconds: Option<f64>,
    /// Bytes it has caused to be written to disks.
    pub write_bytes: Option<u64>,
}

impl From<Usage> for ProcessInfo {
    fn from(usage: Usage) -> Self {
        Self {
            rss_bytes: usage.rss_bytes,
            cpu_seconds: usage.cpu_seconds,
            write_bytes: usage.write_bytes,
        }
    }
}

/// What the database takes.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct DatabaseInfo {
    /// Bytes of the file and its log.
    pub size_bytes: u64,
    /// Bytes that are free on its disk.
    pub disk_free_bytes: Option<u64>,
}

/// How recording of past figures goes.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct HistoryInfo {
    /// Whether samples reach the disk.
    recording: bool,
    /// Why they do not.
    paused_because: Option<String>,
    /// Known resources, removed ones included.
    resources: usize,
    /// Known series.
    series: usize,
    /// Samples kept since the process began.
    samples_stored: u64,
    /// Samples that had come already.
    samples_duplicate: u64,
    /// Samples older than ten minutes when they came.
    samples_late: u64,
    /// Samples dated in the future, which are dropped.
    samples_future: u64,
    /// Samples refused since then, because recording was paused or there were too many series.
    samples_refused: u64,
    /// Samples in memory that are not committed yet.
    samples_waiting: usize,
    /// Samples in memory.
    head_samples: u64,
    /// Bytes of memory that recent samples take.
    head_bytes: u64,
    /// Commits since the process began.
    commits: u64,
    /// Commits that failed.
    failed_commits: u64,
    /// Bytes of new samples written since the process began.
    frame_bytes: u64,
    /// Blocks of hourly chunks written.
    blocks: u64,
    /// Bytes of those blocks.
    block_bytes: u64,
    /// Samples in those chunks.
    block_samples: u64,
    /// Damaged parts that were skipped while reading.
    damaged: u64,
}

impl From<Stats> for HistoryInfo {
    fn from(stats: Stats) -> Self {
        let counters = stats.counters;
        let paused_because = match stats.recording {
            Recording::Running => None,
            Recording::Paused { reason, .. } => Some(reason),
        };
        Self {
            recording: paused_because.is_none(),
            paused_because,
            resources: stats.resources,
            series: stats.series,
            samples_stored: counters.samples.stored,
            samples_duplicate: counters.samples.duplicate,
            samples_late: counters.samples.late,
            samples_future: counters.samples.future,
            samples_refused: counters.samples.refused,
            samples_waiting: stats.waiting,
            head_samples: stats.head_samples,
            head_bytes: stats.head_bytes,
            commits: counters.commits,
            failed_commits: counters.failed_commits,
            frame_bytes: counters.frame_bytes,
            blocks: counters.blocks,
            block_bytes: counters.block_bytes,
            block_samples: counters.block_samples,
            damaged: stats.counters.damaged,
        }
    }
}

/// What a target is asked.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct TargetCost {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Requests of the latest cycle.
    pub requests_last_cycle: u32,
    /// Requests within the last minute.
    pub requests_last_minute: u32,
    /// The most that may go to it within a minute; 0 before the first look.
    pub requests_limit: u32,
    /// The requests by class of endpoint, the busiest first.
    pub by_endpoint: Vec<EndpointCost>,
    /// How long the latest look took.
    pub look_ms: Option<u64>,
    /// The target's clock minus ours, in milliseconds.
    pub clock_skew_ms: Option<i64>,
}

/// Requests of one class.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct EndpointCost {
    /// The path with names and numbers left open, such as `/nodes/{node}/status`.
    pub endpoint: String,
    /// Requests within the last minute.
    pub last_minute: u32,
    /// Requests since looking began.
    pub total: u64,
}

impl From<&TargetView> for TargetCost {
    fn from(view: &TargetView) -> Self {
        let target = &view.summary;
        Self {
            id: target.id.to_string(),
            name: target.name.clone(),
            requests_last_cycle: target.requests.last_cycle,
            requests_last_minute: target.requests.last_minute,
            requests_limit: target.requests.limit,
            by_endpoint: target
                .requests
                .by_endpoint
                .iter()
                .map(|class| EndpointCost {
                    endpoint: class.endpoint.clone(),
                    last_minute: class.last_minute,
                    total: class.total,
                })
                .collect(),
            look_ms: target.look_ms,
            clock_skew_ms: target.clock_skew_ms,
        }
    }
}

/// How many messages are in one state.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct OutboxCount {
    /// `due`, `sent` or `dead`.
    pub state: &'static str,
    /// How many.
    pub messages: u64,
}

/// The product's own state and costs.
#[utoipa::path(tag = "hp", responses((status = 200, body = Diagnostics)))]
#[get("/diagnostics")]
pub(crate) async fn get_diagnostics(
    _: Allow<Hp, DiagnosticsRead>,
    shared: Data<Shared>,
) -> Answer<Hp, Diagnostics> {
    let counts = Counts::read(&shared).await?;
    let present = shared.hub.present();
    Ok(Reply::ok(Diagnostics {
        version: VERSION.to_owned(),
        uptime_seconds: clock::now().since(counts.started_at).as_secs_f64(),
        process: counts.process.into(),
        database: DatabaseInfo {
            size_bytes: counts.database_bytes,
            disk_free_bytes: counts.disk_free_bytes,
        },
        history: counts.history.into(),
        targets: present
            .fleet
            .targets()
            .map(|view| (&**view).into())
            .collect(),
        websocket_clients: counts.live_clients,
        present_versions: counts.versions,
        outbox: counts
            .outbox
            .iter()
            .map(|(state, messages)| OutboxCount {
                state: state.word(),
                messages: *messages,
            })
            .collect(),
        websocket_messages: counts.live_messages,
        websocket_bytes: counts.live_bytes,
    }))
}
