//! What the product counts about itself.

use crate::api::dialect::{Fault, Hp};
use crate::api::shared::{Shared, VERSION};
use crate::history::{Recording, Stats};
use crate::model::alert::Severity;
use crate::model::target::TargetSummary;
use crate::model::time::Timestamp;
use crate::notify::outbox::DeliveryState;
use crate::state::Fleet;
use crate::telemetry::process::Usage;

use super::exposition::{Exposition, Kind};

/// Everything that is counted, read at one moment.
pub(in crate::api) struct Counts {
    pub(in crate::api) process: Usage,
    pub(in crate::api) started_at: Timestamp,
    pub(in crate::api) history: Stats,
    pub(in crate::api) database_bytes: u64,
    pub(in crate::api) disk_free_bytes: Option<u64>,
    pub(in crate::api) versions: u64,
    pub(in crate::api) live_clients: usize,
    pub(in crate::api) live_messages: u64,
    pub(in crate::api) live_bytes: u64,
    pub(in crate::api) outbox: Vec<(DeliveryState, u64)>,
    pub(in crate::api) alerts: Vec<(Severity, u64)>,
}

impl Counts {
    /// Reads them.
    pub(in crate::api) async fn read(shared: &Shared) -> Result<Self, Fault<Hp>> {
        let parts = &shared.parts;
        let present = shared.hub.present();
        let traffic = shared.hub.traffic();
        let severities = Severity::ALL;
        let open = |severity| {
            let open = present.open_alerts();
            open.filter(|alert| alert.severity == severity).count() as u64
        };
        Ok(Self {
            process: parts.footprint.process(),
            started_at: shared.started_at,
            history: parts.history.stats(),
            database_bytes: parts.footprint.database_bytes(),
            disk_free_bytes: parts.footprint.disk_free_bytes(),
            versions: present.fleet.version,
            live_clients: traffic.clients(),
            live_messages: traffic.messages(),
            live_bytes: traffic.bytes(),
            outbox: parts.deliveries.counts().await?,
            alerts: severities
                .map(|severity| (severity, open(severity)))
                .to_vec(),
        })
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "the text format knows floats only"
)]
const fn float(count: u64) -> Option<f64> {
    Some(count as f64)
}

/// Writes everything but the targets.
pub(super) fn write(out: &mut Exposition, counts: &Counts) {
    write_process(out, counts);
    write_history(out, &counts.history);
    out.single(
        "homepulse_database_size_bytes",
        Kind::Gauge,
        "Bytes of the database file and its log.",
        float(counts.database_bytes),
    );
    out.single(
        "homepulse_disk_free_bytes",
        Kind::Gauge,
        "Bytes free on the disk of the database.",
        counts.disk_free_bytes.and_then(float),
    );
    out.single(
        "homepulse_present_versions",
        Kind::Counter,
        "Versions of the present so far: one for each observation.",
        float(counts.versions),
    );
    out.single(
        "homepulse_websocket_clients",
        Kind::Gauge,
        "Live clients now.",
        float(counts.live_clients as u64),
    );
    out.single(
        "homepulse_websocket_messages",
        Kind::Counter,
        "Messages sent to live clients.",
        float(counts.live_messages),
    );
    out.single(
        "homepulse_websocket_sent_bytes",
        Kind::Counter,
        "Bytes of those messages.",
        float(counts.live_bytes),
    );
    let mut outbox = out.family(
        "homepulse_outbox_messages",
        Kind::Gauge,
        "Messages in the outbox by state.",
    );
    for (state, count) in &counts.outbox {
        outbox.figure(&[("state", state.word())], float(*count));
    }
    let mut alerts = out.family(
        "homepulse_alerts_firing",
        Kind::Gauge,
        "Alerts that hold, by severity.",
    );
    for (severity, count) in &counts.alerts {
        alerts.figure(&[("severity", severity.word())], float(*count));
    }
}

fn write_process(out: &mut Exposition, counts: &Counts) {
    out.family(
        "homepulse_build_info",
        Kind::Gauge,
        "The version that runs.",
    )
    .figure(&[("version", VERSION)], Some(1.0));
    let process = counts.process;
    out.single(
        "process_resident_memory_bytes",
        Kind::Gauge,
        "Memory the process occupies.",
        process.rss_bytes.and_then(float),
    );
    out.single(
        "process_cpu_seconds",
        Kind::Counter,
        "Processor time the process has used.",
        process.cpu_seconds,
    );
    #[expect(clippy::cast_precision_loss, reason = "milliseconds of a date")]
    let started_at = counts.started_at.millis() as f64 / 1e3;
    out.single(
        "process_start_time_seconds",
        Kind::Gauge,
        "When the server began, in seconds since 1970.",
        Some(started_at),
    );
    out.single(
        "homepulse_disk_written_bytes",
        Kind::Counter,
        "Bytes the process has caused to be written to disks, as the kernel counts.",
        process.write_bytes.and_then(float),
    );
}

fn write_history(out: &mut Exposition, history: &Stats) {
    let counters = &history.counters;
    let offered = counters.samples;
    let mut samples = out.family(
        "homepulse_history_samples",
        Kind::Counter,
        "Samples offered to history, by what became of them.",
    );
    for (outcome, count) in [
        ("stored", offered.stored),
        ("duplicate", offered.duplicate),
        ("late", offered.late),
        ("future", offered.future),
        ("unknown", offered.unknown),
        ("refused", offered.refused),
    ] {
        samples.figure(&[("outcome", outcome)], float(count));
    }
    let is_recording = history.recording == Recording::Running;
    let all: [(&'static str, Kind, &'static str, u64); 13] = [
        (
            "homepulse_history_recording",
            Kind::Gauge,
            "1 while samples reach the disk.",
            u64::from(is_recording),
        ),
        (
            "homepulse_history_resources",
            Kind::Gauge,
            "Resources with history, removed ones included.",
            history.resources as u64,
        ),
        (
            "homepulse_history_series",
            Kind::Gauge,
            "Series with history.",
            history.series as u64,
        ),
        (
            "homepulse_history_waiting_samples",
            Kind::Gauge,
            "Samples in memory that are not committed yet.",
            history.waiting as u64,
        ),
        (
            "homepulse_history_head_samples",
            Kind::Gauge,
            "Samples in memory.",
            history.head_samples,
        ),
        (
            "homepulse_history_head_bytes",
            Kind::Gauge,
            "Bytes of memory that recent samples take.",
            history.head_bytes,
        ),
        (
            "homepulse_history_commits",
            Kind::Counter,
            "Commits of new samples.",
            counters.commits,
        ),
        (
            "homepulse_history_failed_commits",
            Kind::Counter,
            "Commits that failed.",
            counters.failed_commits,
        ),
        (
            "homepulse_history_frame_bytes",
            Kind::Counter,
            "Bytes of new samples handed to the database.",
            counters.frame_bytes,
        ),
        (
            "homepulse_history_blocks",
            Kind::Counter,
            "Blocks of hourly chunks written.",
            counters.blocks,
        ),
        (
            "homepulse_history_block_bytes",
            Kind::Counter,
            "Bytes of those blocks.",
            counters.block_bytes,
        ),
        (
            "homepulse_history_block_samples",
            Kind::Counter,
            "Samples in those blocks.",
            counters.block_samples,
        ),
        (
            "homepulse_history_damaged_parts",
            Kind::Counter,
            "Damaged parts of the history that were met and skipped.",
            counters.damaged,
        ),
    ];
    for (name, kind, help, count) in all {
        out.single(name, kind, help, float(count));
    }
}

/// How looking at each target goes.
pub(super) fn write_targets(out: &mut Exposition, fleet: &Fleet) {
    type Figure = fn(&TargetSummary) -> Option<f64>;
    #[expect(clippy::cast_precision_loss, reason = "milliseconds")]
    const FIGURES: [(&str, &str, Figure); 4] = [
        (
            "homepulse_target_up",
            "1 while looking at the target works.",
            |target| Some(f64::from(u8::from(target.reachability.is_online()))),
        ),
        (
            "homepulse_target_look_seconds",
            "How long the latest look took.",
            |target| target.look_ms.map(|ms| ms as f64 / 1e3),
        ),
        (
            "homepulse_target_requests_last_minute",
            "Requests to the target within the last minute.",
            |target| Some(f64::from(target.requests.last_minute)),
        ),
        (
            "homepulse_target_clock_skew_seconds",
            "The target's clock minus ours.",
            |target| target.clock_skew_ms.map(|ms| ms as f64 / 1e3),
        ),
    ];
    for (name, help, figure) in FIGURES {
        let mut family = out.family(name, Kind::Gauge, help);
        for view in fleet.targets() {
            let target = &view.summary;
            let labels = [
                ("target", target.name.as_str()),
                ("kind", target.kind.as_str()),
            ];
            family.figure(&labels, figure(target));
        }
    }
}
