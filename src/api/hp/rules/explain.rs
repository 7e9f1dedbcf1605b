//! Why things are as they are, for one resource.

use std::collections::BTreeMap;

use actix_web::get;
use actix_web::web::{Data, Query};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::{IntoParams, ToSchema};

use crate::api::dialect::{Answer, Hp, Reply};
use crate::api::guard::{AlertsRead, Allow};
use crate::api::hp::alert::Alert;
use crate::api::hp::errors::Problem;
use crate::api::hp::words;
use crate::api::shared::Shared;
use crate::model::alert::{self, Severity};
use crate::model::metric::Unit;
use crate::rules::{Evidence, Explained, Resolved, Setting, Signal, Standing};
use crate::telemetry::clock;

use super::trial::find;

/// What to explain.
#[derive(Debug, Deserialize, IntoParams)]
pub(in crate::api::hp) struct ExplainQuery {
    /// The resource, by our id or by any alias that `/api` knows.
    resource: String,
    /// Only this metric or other subject.
    metric: Option<String>,
}

/// Why things are as they are.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::api::hp) struct Explanation {
    /// Which resource.
    resource: String,
    /// When it was last looked at, in milliseconds.
    seen_at: Option<i64>,
    /// When this was worked out.
    at: i64,
    /// One entry for each rule and subject.
    rules: Vec<ExplainedRule>,
}

/// Why one rule says what it says of one subject.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::api::hp) struct ExplainedRule {
    /// The rule.
    rule: &'static str,
    /// The metric's or the rule's name for people.
    label: &'static str,
    /// About what; empty where the rule looks at nothing here.
    subject: String,
    /// What figures count.
    #[schema(value_type = Option<String>)]
    unit: Option<Unit>,
    /// `off`, `within`, `pending`, `firing`, `moot` or `unknown`.
    state: &'static str,
    /// Why the question makes no sense, where it is `moot`.
    why: Option<&'static str>,
    /// The figure that the rule sees.
    value: Option<f64>,
    /// How it stands to the limits of each severity.
    levels: Vec<SeenLevel>,
    /// What is beyond a limit and waits.
    pending: Vec<PendingLevel>,
    /// How badly it fires.
    #[schema(value_type = Option<String>)]
    severity: Option<Severity>,
    /// Since when it holds, in milliseconds.
    since: Option<i64>,
    /// It ends once the figure is past this.
    clears_at: Option<f64>,
    /// What holds, as it stands in settings; `null` where it is off.
    #[schema(value_type = Object)]
    setting: Value,
    /// What each level says, the furthest first; the last word counts.
    said: Vec<Said>,
    /// For settings of a rule: by field, which of `said` it comes from.
    origins: BTreeMap<String, usize>,
    /// The open alert, with what keeps people from being told of it.
    alert: Option<Alert>,
}

/// How a figure stands to the limits of one severity.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::api::hp) struct SeenLevel {
    /// Which severity.
    #[schema(schema_with = words::severity)]
    severity: Severity,
    /// `beyond`, `between` or `within`.
    signal: &'static str,
    /// Where it begins.
    raise: Option<f64>,
    /// Where it ends.
    clear: Option<f64>,
    /// How long it has to be beyond, in milliseconds.
    dwell_ms: u64,
}

/// A severity that is beyond its limit and waits.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::api::hp) struct PendingLevel {
    /// Which severity.
    #[schema(schema_with = words::severity)]
    severity: Severity,
    /// Since when it has been beyond, in milliseconds.
    since: i64,
    /// When it fires if it stays so.
    fires_at: i64,
}

/// What one level says.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::api::hp) struct Said {
    /// `profile`, `kind`, `pool`, `tag` or `resource`.
    sort: &'static str,
    /// Which one.
    key: String,
    /// What it sets; `null` where it switches off.
    #[schema(value_type = Object)]
    gives: Value,
    /// Whether its word is the last one.
    wins: bool,
}

fn said<T: Serialize>(resolved: &Resolved<T>) -> (Value, Vec<Said>) {
    let last = resolved.steps.len().saturating_sub(1);
    let steps = resolved.steps.iter().enumerate();
    let said = steps.map(|(place, step)| Said {
        sort: step.level.word(),
        key: step.level.key().to_owned(),
        gives: json!(step.gives),
        wins: place == last,
    });
    (json!(resolved.value), said.collect())
}

/// By field, the last level that sets it.
fn origins(setting: &Setting) -> BTreeMap<String, usize> {
    let mut origins = BTreeMap::new();
    if let Setting::Values(resolved) = setting {
        for (place, step) in resolved.steps.iter().enumerate() {
            for key in step.gives.iter().flat_map(|values| values.keys()) {
                origins.insert(key.clone(), place);
            }
        }
    }
    origins
}

fn seen(evidence: Option<Evidence>) -> Vec<SeenLevel> {
    let Some(Evidence::Measured { levels, .. }) = evidence else {
        return Vec::new();
    };
    let all = Severity::ALL;
    let seen = all.into_iter().filter_map(|severity| {
        let level = levels.get(severity)?;
        Some(SeenLevel {
            severity,
            signal: match level.signal {
                Signal::Beyond => "beyond",
                Signal::Between => "between",
                Signal::Within => "within",
            },
            raise: level.limit,
            clear: level.clear,
            dwell_ms: level.dwell.as_secs() * 1000,
        })
    });
    seen.collect()
}

impl ExplainedRule {
    fn new(one: Explained, open: &[alert::Alert], resource: &str) -> Self {
        let (setting, steps) = match &one.setting {
            Setting::Limits(resolved) => said(resolved),
            Setting::Values(resolved) => said(resolved),
        };
        let (state, why, severity, since) = match one.standing {
            Standing::Off => ("off", None, None, None),
            Standing::Within => ("within", None, None, None),
            Standing::Pending => ("pending", None, None, None),
            Standing::Unknown => ("unknown", None, None, None),
            Standing::Moot { why } => ("moot", Some(why), None, None),
            Standing::Firing { severity, since } => {
                ("firing", None, Some(severity), Some(since.millis()))
            }
        };
        let is_its = |alert: &&alert::Alert| {
            alert.rule == one.rule
                && alert.subject == one.subject
                && alert.resource.as_str() == resource
        };
        let pending = one.pending.iter().map(|pending| PendingLevel {
            severity: pending.severity,
            since: pending.since.millis(),
            fires_at: pending.fires_at.millis(),
        });
        Self {
            rule: one.rule,
            label: one.label,
            unit: one.unit,
            state,
            why,
            value: one.saw.and_then(|saw| saw.value()),
            levels: seen(one.saw),
            pending: pending.collect(),
            severity,
            since,
            clears_at: one.clears_at,
            setting,
            said: steps,
            origins: origins(&one.setting),
            alert: open.iter().find(is_its).map(Alert::from),
            subject: one.subject,
        }
    }
}

/// Why things are as they are for a resource: which level set what, what each rule saw, and what
/// will become of it.
#[utoipa::path(
    tag = "hp",
    params(ExplainQuery),
    responses((status = 200, body = Explanation), (status = 404, body = Problem)),
)]
#[get("/rules/explain")]
pub(crate) async fn explain_rules(
    _: Allow<Hp, AlertsRead>,
    query: Query<ExplainQuery>,
    shared: Data<Shared>,
) -> Answer<Hp, Explanation> {
    let now = clock::now();
    let id = find(&query.resource, &shared)?;
    let rules = &shared.parts.rules;
    let found = rules.explain(&id, query.metric.as_deref(), now).await?;
    let open = shared.parts.ledger.open().await?;
    let resource = found.resource.to_string();
    let entries = found.rules.into_iter();
    Ok(Reply::ok(Explanation {
        seen_at: found.seen_at.map(|at| at.millis()),
        at: now.millis(),
        rules: entries
            .map(|one| ExplainedRule::new(one, &open, &resource))
            .collect(),
        resource,
    }))
}
