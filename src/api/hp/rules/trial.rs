//! Trying a change out before it is made: over what is, and over what was.

use actix_web::post;
use actix_web::web::{Data, Json};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::api::dialect::{Answer, Hp, Reply};
use crate::api::guard::{AlertsRead, Allow, HistoryRead};
use crate::api::hp::errors::Problem as ProblemBody;
use crate::api::hp::words;
use crate::api::problem::{Kind, Problem};
use crate::api::shared::Shared;
use crate::model::alert::Severity;
use crate::model::id::{ResourceId, ResourceKind};
use crate::model::metric::{self, MetricKey, Unit};
use crate::model::time::{Timestamp, Window};
use crate::rules::{self, LevelKey, Limits, Profile};
use crate::services::rules::{
    Backtested, Change, Over, Resolution, RulesError, Scope, usual_window,
};
use crate::telemetry::clock;

use super::body::{MetricLimits, RuleLevel, RuleSettings};

/// A change to try out: exactly one of its fields.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api::hp) struct PreviewRequest {
    /// Other settings altogether.
    #[schema(value_type = Option<RuleSettings>)]
    settings: Option<rules::RuleSettings>,
    /// Another profile.
    #[schema(value_type = Option<String>)]
    profile: Option<Profile>,
    /// One level.
    level: Option<LevelChange>,
}

/// What one level would be.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api::hp) struct LevelChange {
    /// `kind`, `pool`, `tag` or `resource`.
    sort: String,
    /// Which one.
    key: String,
    /// What would differ there; nothing where left out.
    #[schema(value_type = Option<RuleLevel>)]
    level: Option<rules::Level>,
}

/// What a change would do now.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::api::hp) struct PreviewAnswer {
    /// Resources for which something comes out differently.
    touched: usize,
    /// The first of them.
    examples: Vec<String>,
    /// What is beyond a limit now, waiting included.
    beyond_before: usize,
    /// What would be.
    beyond_after: usize,
}

/// What to judge the past by.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api::hp) struct BacktestRequest {
    /// One resource, by our id or any alias that `/api` knows.
    resource: Option<String>,
    /// Every resource of this kind.
    #[schema(schema_with = words::resource_kind)]
    kind: Option<ResourceKind>,
    /// Of these, only those with this tag.
    tag: Option<String>,
    /// Which metric.
    metric: String,
    /// By which limits; by those that hold for each resource where left out.
    #[schema(value_type = Option<MetricLimits>)]
    limits: Option<Limits>,
    /// First moment, in milliseconds; a week before `to` unless told.
    from: Option<i64>,
    /// First moment after, in milliseconds; now unless told.
    to: Option<i64>,
}

/// How limits would have fired over the past.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::api::hp) struct BacktestAnswer {
    /// First moment, in milliseconds.
    from: i64,
    /// First moment after, in milliseconds.
    to: i64,
    /// What figures count.
    #[schema(value_type = Option<String>)]
    unit: Option<Unit>,
    /// `samples` where every sample was judged; `hours` where the extremes of each hour were, so
    /// that the true numbers are these at most.
    resolution: &'static str,
    /// How many resources were judged.
    judged: usize,
    /// How many were left out because there were too many.
    left_out: usize,
    /// How often it would have fired altogether.
    times: usize,
    /// For how long altogether, in milliseconds.
    total_ms: u64,
    /// The resources that would have fired, the busiest first.
    resources: Vec<BacktestResource>,
}

/// How limits would have fired for one resource.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::api::hp) struct BacktestResource {
    /// Which one.
    resource: String,
    /// Its name, where it is still there.
    name: Option<String>,
    /// What was judged of it: `samples` or `hours`.
    resolution: &'static str,
    /// How often.
    times: usize,
    /// For how long, in milliseconds.
    total_ms: u64,
    /// How many figures were judged.
    figures: usize,
    /// The times, the first 200.
    spans: Vec<BacktestSpan>,
}

/// One time that it would have fired.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::api::hp) struct BacktestSpan {
    /// How badly at worst.
    #[schema(schema_with = words::severity)]
    severity: Severity,
    /// When people would have been told, in milliseconds.
    from: i64,
    /// When it would have been over; `null` where it held at the end.
    to: Option<i64>,
    /// The worst figure meanwhile.
    peak: f64,
}

const fn word(resolution: Resolution) -> &'static str {
    match resolution {
        Resolution::Samples => "samples",
        Resolution::Hours => "hours",
    }
}

fn millis(span: std::time::Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}

impl From<Backtested> for BacktestResource {
    fn from(one: Backtested) -> Self {
        let spans = one.fired.spans.iter();
        Self {
            resource: one.resource.to_string(),
            name: one.name,
            resolution: word(one.resolution),
            times: one.fired.times,
            total_ms: millis(one.fired.total),
            figures: one.fired.figures,
            spans: spans
                .map(|span| BacktestSpan {
                    severity: span.severity,
                    from: span.from.millis(),
                    to: span.to.map(Timestamp::millis),
                    peak: span.peak,
                })
                .collect(),
        }
    }
}

/// What a change would do now, without making it.
#[utoipa::path(
    tag = "hp",
    request_body = PreviewRequest,
    responses((status = 200, body = PreviewAnswer), (status = 400, body = ProblemBody)),
)]
#[post("/rules/preview")]
pub(crate) async fn preview_rules(
    _: Allow<Hp, AlertsRead>,
    request: Json<PreviewRequest>,
    shared: Data<Shared>,
) -> Answer<Hp, PreviewAnswer> {
    let change = match request.into_inner() {
        PreviewRequest {
            settings: Some(settings),
            profile: None,
            level: None,
        } => Change::All(settings),
        PreviewRequest {
            settings: None,
            profile: Some(profile),
            level: None,
        } => Change::Profile(profile),
        PreviewRequest {
            settings: None,
            profile: None,
            level: Some(change),
        } => {
            let key = LevelKey::parse(&change.sort, &change.key).map_err(RulesError::from)?;
            Change::Level(key, change.level.unwrap_or_default())
        }
        _ => {
            let text = "give exactly one of settings, profile and level";
            return Err(Problem::new(Kind::Invalid, "invalid_preview", text).into());
        }
    };
    let preview = shared.parts.rules.preview(change, clock::now()).await?;
    let examples = preview.examples.iter().map(ToString::to_string);
    Ok(Reply::ok(PreviewAnswer {
        touched: preview.touched,
        examples: examples.collect(),
        beyond_before: preview.beyond_before,
        beyond_after: preview.beyond_after,
    }))
}

/// How often and how long limits would have fired over the past.
#[utoipa::path(
    tag = "hp",
    request_body = BacktestRequest,
    responses(
        (status = 200, body = BacktestAnswer),
        (status = 400, body = ProblemBody),
        (status = 429, body = ProblemBody, description = "Another one is running"),
    ),
)]
#[post("/rules/backtest")]
pub(crate) async fn backtest_rules(
    _: Allow<Hp, HistoryRead>,
    request: Json<BacktestRequest>,
    shared: Data<Shared>,
) -> Answer<Hp, BacktestAnswer> {
    let request = request.into_inner();
    let usual = usual_window(moment(request.to, "to")?.unwrap_or_else(clock::now));
    let window = Window {
        from: moment(request.from, "from")?.unwrap_or(usual.from),
        to: usual.to,
    };
    let over = match (&request.resource, request.kind) {
        (Some(text), None) => Over::Resource(find(text, &shared)?),
        (None, Some(kind)) => Over::Kind(kind, request.tag),
        _ => {
            let text = "give exactly one of resource and kind";
            let problem = Problem::new(Kind::Invalid, "invalid_backtest", text);
            return Err(problem.in_field("resource").into());
        }
    };
    let scope = Scope {
        over,
        metric: MetricKey::parse(&request.metric),
        limits: request.limits,
        window,
    };
    let found = shared.parts.rules.backtest(scope).await?;
    Ok(Reply::ok(BacktestAnswer {
        from: found.window.from.millis(),
        to: found.window.to.millis(),
        unit: metric::find(&request.metric).map(|metric| metric.judged_unit()),
        resolution: word(found.resolution),
        judged: found.judged,
        left_out: found.left_out,
        times: found.times,
        total_ms: millis(found.total),
        resources: found.resources.into_iter().map(Into::into).collect(),
    }))
}

/// The year 2200: later moments are mistakes.
const END_OF_TIME: i64 = 7_258_118_400_000;

fn moment(millis: Option<i64>, field: &str) -> Result<Option<Timestamp>, Problem> {
    match millis {
        Some(millis) if !(0..END_OF_TIME).contains(&millis) => {
            let text = "moments are milliseconds since 1970, up to the year 2200";
            Err(Problem::new(Kind::Invalid, "invalid_span", text).in_field(field))
        }
        millis => Ok(millis.map(Timestamp)),
    }
}

/// The resource by any of its names; one that is gone by its id alone.
pub(super) fn find(text: &str, shared: &Shared) -> Result<ResourceId, Problem> {
    let fleet = shared.parts.live.fleet();
    let known = fleet.resolve(text).or_else(|| text.parse().ok());
    known.ok_or_else(|| {
        let shown: String = text.chars().take(80).collect();
        let text = format!("there is no resource '{shown}'");
        Problem::new(Kind::NotFound, "resource_not_found", text).in_field("resource")
    })
}
