//! Alerts: what holds, what was, and who took it on.

use actix_web::web::{Bytes, Data, Path, Query};
use actix_web::{delete, get, post};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::alerts::{Cursor, Filter, Phase, Sort};
use crate::api::dialect::{Answer, Hp, Reply};
use crate::api::guard::{AlertsRead, AlertsWrite, Allow};
use crate::api::problem::{Kind, Problem as Trouble};
use crate::api::shared::Shared;
use crate::model::alert::{HoldReason, Severity};
use crate::model::id::AlertId;
use crate::model::time::Timestamp;
use crate::telemetry::clock;

use super::alert::Alert;
use super::errors::Problem;
use super::words;

/// The most alerts that one answer holds.
const LIMIT: usize = 1000;

/// Which alerts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum Which {
    /// Those that hold.
    #[default]
    Firing,
    /// Those that hold, that nobody has taken on and that nothing keeps from being told.
    Open,
    /// Those that hold and that somebody has taken on.
    Acknowledged,
    /// Those that hold and that something keeps from being told.
    Held,
    /// Those that are over.
    Resolved,
    /// All.
    All,
}

/// In which order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum Order {
    /// The latest beginning first.
    #[default]
    Newest,
    /// The earliest beginning first.
    Oldest,
    /// The worst first.
    Severity,
    /// By the resource's name.
    Resource,
}

/// What to list.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
pub(super) struct ListAlerts {
    /// `firing` unless told.
    #[param(inline)]
    state: Which,
    /// Severities, separated by commas.
    severity: Option<String>,
    /// Rules, separated by commas.
    rule: Option<String>,
    /// Resources, by our id or by any alias that `/api` knows, separated by commas.
    resource: Option<String>,
    /// A tag of the resource.
    tag: Option<String>,
    /// The node it was on when it began.
    node: Option<String>,
    /// What keeps people from being told of it.
    #[param(schema_with = words::hold_reason)]
    hold: Option<HoldReason>,
    /// Those that held at this moment or later, in milliseconds.
    from: Option<i64>,
    /// Those that began before this moment, in milliseconds.
    to: Option<i64>,
    /// Text in message, resource or subject.
    text: Option<String>,
    /// `newest` unless told.
    #[param(inline)]
    sort: Order,
    /// Where to go on: `next` of the answer before.
    cursor: Option<String>,
    /// The most to list; 100 unless told, 1000 at most.
    limit: Option<usize>,
}

impl ListAlerts {
    /// What is asked for, in the ledger's terms.
    pub(super) fn filter(&self, shared: &Shared) -> Result<(Filter, Sort), Trouble> {
        let severities = list(self.severity.as_deref()).map(|word| {
            let all = Severity::ALL;
            let known = all.into_iter().find(|severity| severity.word() == word);
            known.ok_or_else(|| {
                let text = format!("'{word}' is no severity; there are info, warning and critical");
                Trouble::new(Kind::Invalid, "invalid_query", text).in_field("severity")
            })
        });
        let present = shared.hub.present();
        let resources = list(self.resource.as_deref()).map(|text| {
            let known = present.fleet.resolve(text);
            known.map_or_else(|| text.to_owned(), |id| id.to_string())
        });
        let filter = Filter {
            phase: match self.state {
                Which::Firing => Phase::Firing,
                Which::Open => Phase::Open,
                Which::Acknowledged => Phase::Acknowledged,
                Which::Held => Phase::Held,
                Which::Resolved => Phase::Resolved,
                Which::All => Phase::All,
            },
            severities: severities.collect::<Result<_, _>>()?,
            rules: list(self.rule.as_deref()).map(str::to_owned).collect(),
            resources: resources.collect(),
            tag: self.tag.clone().filter(|tag| !tag.is_empty()),
            node: self.node.clone().filter(|node| !node.is_empty()),
            held_by: self.hold,
            from: self.from.map(Timestamp),
            to: self.to.map(Timestamp),
            text: self.text.clone().filter(|text| !text.is_empty()),
        };
        let sort = match self.sort {
            Order::Newest => Sort::Newest,
            Order::Oldest => Sort::Oldest,
            Order::Severity => Sort::Severity,
            Order::Resource => Sort::Resource,
        };
        Ok((filter, sort))
    }
}

/// The words of a list that is separated by commas.
fn list(text: Option<&str>) -> impl Iterator<Item = &str> {
    let words = text.unwrap_or_default().split(',').map(str::trim);
    words.filter(|word| !word.is_empty()).take(200)
}

/// Several alerts.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Alerts {
    /// The alerts.
    pub alerts: Vec<Alert>,
    /// Where the next page begins, if there is one.
    pub next: Option<String>,
}

/// Alerts that hold, or others, page by page.
#[utoipa::path(
    tag = "hp",
    params(ListAlerts),
    responses((status = 200, body = Alerts), (status = 400, body = Problem)),
)]
#[get("/alerts")]
pub(crate) async fn list_alerts(
    _: Allow<Hp, AlertsRead>,
    query: Query<ListAlerts>,
    shared: Data<Shared>,
) -> Answer<Hp, Alerts> {
    let limit = query.limit.unwrap_or(100).clamp(1, LIMIT);
    let (filter, sort) = query.filter(&shared)?;
    let after = query.cursor.as_deref().map(str::parse::<Cursor>);
    let is_first = after.is_none();
    let is_plain = filter
        == Filter {
            phase: Phase::Firing,
            ..Filter::default()
        };
    let ledger = &shared.parts.ledger;
    let page = ledger.page(filter, sort, after.transpose()?, limit).await?;
    // What cannot be written yet, as on a full disk, is in no page and stands above the first.
    let waiting = (is_first && is_plain).then(|| shared.parts.live.unwritten());
    let waiting = waiting.unwrap_or_default();
    Ok(Reply::ok(Alerts {
        alerts: waiting
            .iter()
            .chain(&page.alerts)
            .map(Alert::from)
            .collect(),
        next: page.next.map(|cursor| cursor.to_string()),
    }))
}

/// What somebody says who takes an alert on.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Acknowledgement {
    /// For others.
    note: Option<String>,
}

/// Take an alert on, with or without a note.
#[utoipa::path(
    tag = "hp",
    params(("id" = String, Path, description = "The alert's id")),
    request_body(content = Option<Acknowledgement>, content_type = "application/json"),
    responses(
        (status = 200, body = Alert),
        (status = 400, body = Problem),
        (status = 404, body = Problem),
        (status = 409, body = Problem, description = "It is over already"),
    ),
)]
#[post("/alerts/{id}/acknowledge")]
pub(crate) async fn acknowledge_alert(
    caller: Allow<Hp, AlertsWrite>,
    id: Path<AlertId>,
    body: Bytes,
    shared: Data<Shared>,
) -> Answer<Hp, Alert> {
    let said: Acknowledgement = optional(&body)?;
    let now = clock::now();
    let by = &caller.principal.name;
    let ledger = &shared.parts.ledger;
    let alert = ledger
        .acknowledge_with(&id, by, said.note.as_deref(), now)
        .await?;
    shared.announce(&alert, now);
    Ok(Reply::ok(Alert::from(&alert)))
}

/// A body that may be left out.
pub(super) fn optional<T: Default + for<'de> Deserialize<'de>>(body: &[u8]) -> Result<T, Trouble> {
    if body.iter().all(u8::is_ascii_whitespace) {
        return Ok(T::default());
    }
    let said: Result<Option<T>, _> = serde_json::from_slice(body);
    said.map(Option::unwrap_or_default).map_err(|error| {
        let text = format!("the body cannot be read: {error}");
        Trouble::new(Kind::Invalid, "invalid_json", text)
    })
}

/// Give an alert back.
#[utoipa::path(
    tag = "hp",
    params(("id" = String, Path, description = "The alert's id")),
    responses((status = 200, body = Alert), (status = 404, body = Problem)),
)]
#[delete("/alerts/{id}/acknowledge")]
pub(crate) async fn unacknowledge_alert(
    caller: Allow<Hp, AlertsWrite>,
    id: Path<AlertId>,
    shared: Data<Shared>,
) -> Answer<Hp, Alert> {
    let now = clock::now();
    let by = &caller.principal.name;
    let alert = shared.parts.ledger.unacknowledge(&id, by, now).await?;
    shared.announce(&alert, now);
    Ok(Reply::ok(Alert::from(&alert)))
}
