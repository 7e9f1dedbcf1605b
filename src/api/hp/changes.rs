//! What changed: tasks, configurations, boots, versions and edges of alerts as one list.

use std::time::Duration;

use actix_web::get;
use actix_web::web::{Data, Query};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::api::dialect::{Answer, Hp, Reply};
use crate::api::guard::{Allow, HistoryRead};
use crate::api::problem::{Kind, Problem};
use crate::api::shared::Shared;
use crate::model::alert::Severity;
use crate::model::id::ResourceId;
use crate::services::changes::{Event, Wanted};
use crate::telemetry::clock;

use super::errors;
use super::span::Span;
use super::words;

/// The span unless told otherwise.
const USUAL: Duration = Duration::from_secs(86_400);

/// Changes that are listed unless told otherwise, and at most.
const USUAL_LIMIT: usize = 200;
const MOST: usize = 1000;

/// Resources that can be asked for at once.
const MOST_RESOURCES: usize = 50;

/// Which changes.
#[derive(Debug, Deserialize, IntoParams)]
pub(super) struct ListChanges {
    /// First moment, in milliseconds; a day before `to` unless told.
    from: Option<i64>,
    /// First moment after, in milliseconds; now unless told.
    to: Option<i64>,
    /// Only those of these resources, separated by commas; by our ids or by aliases.
    resource: Option<String>,
    /// The most to list, newest first; 200 unless told, 1 to 1000.
    limit: Option<usize>,
}

/// Something that happened.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Change {
    /// When, in milliseconds; where nobody saw it happen, when it was seen.
    at: i64,
    /// When it was over, in milliseconds, for what takes a while.
    ended_at: Option<i64>,
    /// What sort of thing.
    #[schema(schema_with = words::change_kind)]
    kind: &'static str,
    /// Whose.
    resource: String,
    /// Its name; text of its owner, not to be trusted.
    resource_name: String,
    /// The host's word for a task, the subject of an alert, `version` or `kernel`.
    what: Option<String>,
    /// What it was.
    before: Option<String>,
    /// What it became; the host's words for a task that failed, and what an alert says.
    after: Option<String>,
    /// Who did it.
    who: Option<String>,
    /// Whether it failed; `null` while it runs or where nobody says.
    failed: Option<bool>,
    /// The alert whose edge it is.
    alert: Option<String>,
    /// How bad that alert is, or was.
    #[schema(value_type = Option<String>)]
    severity: Option<Severity>,
}

impl From<Event> for Change {
    fn from(event: Event) -> Self {
        Self {
            at: event.at.millis(),
            ended_at: event.ended_at.map(|at| at.millis()),
            kind: event.kind.word(),
            resource: event.resource.to_string(),
            resource_name: event.name,
            what: event.what,
            before: event.before,
            after: event.after,
            who: event.who,
            failed: event.failed,
            alert: event.alert.map(|id| id.to_string()),
            severity: event.severity,
        }
    }
}

/// What happened within a span.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ChangeList {
    /// First moment, in milliseconds.
    from: i64,
    /// First moment after, in milliseconds.
    to: i64,
    /// What happened, newest first.
    changes: Vec<Change>,
}

/// What happened within a span: tasks, changes of configuration, boots, updates, moves, and
/// alerts that began or ended.
#[utoipa::path(
    tag = "hp",
    params(ListChanges),
    responses((status = 200, body = ChangeList), (status = 400, body = errors::Problem)),
)]
#[get("/changes")]
pub(crate) async fn list_changes(
    _: Allow<Hp, HistoryRead>,
    query: Query<ListChanges>,
    shared: Data<Shared>,
) -> Answer<Hp, ChangeList> {
    let now = clock::now();
    let to = query.to.unwrap_or_else(|| now.millis());
    let from = query
        .from
        .unwrap_or_else(|| to.saturating_sub(millis(USUAL)));
    let span = Span::new(Some(from), Some(to), None, now)?;
    let limit = query.limit.unwrap_or(USUAL_LIMIT);
    if !(1..=MOST).contains(&limit) {
        let text = format!("limit must be 1 to {MOST}");
        return Err(Problem::new(Kind::Invalid, "invalid_limit", text)
            .in_field("limit")
            .into());
    }
    let resources = match query.resource.as_deref() {
        None => None,
        Some(list) => Some(resources(list, &shared)?),
    };
    let wanted = Wanted {
        window: span.window,
        resources,
        most: limit,
    };
    let events = shared.parts.changes.between(wanted).await?;
    Ok(Reply::ok(ChangeList {
        from: span.window.from.millis(),
        to: span.window.to.millis(),
        changes: events.into_iter().map(Change::from).collect(),
    }))
}

fn millis(span: Duration) -> i64 {
    i64::try_from(span.as_millis()).unwrap_or(i64::MAX)
}

fn resources(list: &str, shared: &Shared) -> Result<Vec<ResourceId>, Problem> {
    let fleet = &shared.hub.present().fleet;
    let names: Vec<&str> = list.split(',').map(str::trim).collect();
    if names.len() > MOST_RESOURCES {
        let text = format!("at most {MOST_RESOURCES} resources can be asked for at once");
        return Err(Problem::new(Kind::Invalid, "too_many_resources", text).in_field("resource"));
    }
    names
        .into_iter()
        .map(|text| {
            let known = fleet.resolve(text).or_else(|| text.parse().ok());
            known.ok_or_else(|| {
                let shown: String = text.chars().take(80).collect();
                let text = format!("there is no resource '{shown}'");
                Problem::new(Kind::NotFound, "resource_not_found", text).in_field("resource")
            })
        })
        .collect()
}
