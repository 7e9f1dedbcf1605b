//! A server's figures over a timeframe, as the documents show them. What is not known is null.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;

/// Processor use in per cent.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct CpuFigures {
    /// Average.
    pub(super) average: f64,
    /// Largest sample.
    pub(super) peak: f64,
    /// `increasing`, `decreasing` or `stable`; null where there is too little to tell.
    pub(super) trend: Option<&'static str>,
}

/// Memory in GiB.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct MemoryFigures {
    /// Average in use.
    pub(super) average_used: f64,
    /// Largest sample.
    pub(super) peak_used: f64,
    /// The limit.
    pub(super) total: Option<f64>,
    /// What 95 % of the samples do not exceed, as per cent of the limit.
    pub(super) efficiency: Option<f64>,
}

/// Traffic in bytes.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct NetworkFigures {
    /// Received altogether.
    pub(super) total_in: Option<f64>,
    /// Sent altogether.
    pub(super) total_out: Option<f64>,
    /// The largest rate in either direction, per second.
    pub(super) peak_bandwidth: Option<f64>,
}

/// Players.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct UserFigures {
    /// How often somebody came; null, as comings and goings are not recorded.
    pub(super) total_sessions: Option<u64>,
    /// The most at a time.
    pub(super) peak_concurrent: f64,
    /// Average number at a time.
    pub(super) average_concurrent: f64,
    /// How long they stayed; null, as comings and goings are not recorded.
    pub(super) avg_session_time: Option<f64>,
}

/// The figures; what was not asked for, or has no samples, is null.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AnalyticsFigures {
    /// Null: see `reasons`.
    pub(super) performance_score: Option<f64>,
    /// Average time from a question to the server's answer, in milliseconds.
    pub(super) avg_response_time: Option<f64>,
    /// Per cent of the samples in which it was up. Stopped on purpose is not up.
    pub(super) uptime_percentage: Option<f64>,
    /// Per cent of the timeframe in which it was looked at.
    pub(super) coverage: f64,
    /// Processor.
    pub(super) cpu: Option<CpuFigures>,
    /// Memory.
    pub(super) memory: Option<MemoryFigures>,
    /// Traffic.
    pub(super) network: Option<NetworkFigures>,
    /// Players.
    pub(super) users: Option<UserFigures>,
}

/// One series: the average of each bucket, null for a gap.
pub(super) type Series = Vec<Option<f64>>;

/// A server's figures over a timeframe.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PlaypulseAnalytics {
    /// The timeframe.
    pub(super) timeframe: &'static str,
    /// The figures.
    pub(super) metrics: AnalyticsFigures,
    /// Length of a bucket of `series`, in seconds; more than asked for where those would be too
    /// many.
    pub(super) step_seconds: i64,
    /// When each bucket begins, in seconds since 1970.
    pub(super) at: Vec<i64>,
    /// Averages by metric, such as `cpu` (share), `memory` (bytes) and `players`.
    #[schema(value_type = Object)]
    pub(super) series: BTreeMap<String, Series>,
    /// Buckets with a sample.
    pub(super) data_points: usize,
    /// Why a figure is null, by its name.
    #[schema(value_type = Object)]
    pub(super) reasons: BTreeMap<&'static str, &'static str>,
    /// When this was worked out, RFC 3339.
    pub(super) generated_at: String,
}
