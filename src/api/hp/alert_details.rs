//! One alert as an incident: what it explains, what happened to it, who was told, and what
//! changed just before.

use std::time::Duration;

use actix_web::get;
use actix_web::web::{Data, Path};
use serde::Serialize;
use utoipa::ToSchema;

use crate::alerts::{Event, LogEntry};
use crate::api::dialect::{Answer, Hp, Reply};
use crate::api::guard::{AlertsRead, Allow};
use crate::api::shared::Shared;
use crate::model::alert;
use crate::model::id::{AlertId, ResourceId};
use crate::model::metric;
use crate::model::resource::Resource;
use crate::model::task::TaskOutcome;
use crate::model::time::{Timestamp, Window};
use crate::state::{Fleet, TargetView};

use super::alert::Alert;
use super::deliveries::{Attempt, Delivery, DeliveryDetails};
use super::errors::Problem;
use super::words;

/// How far before an alert's beginning a change may have caused it.
const BEFORE: Duration = Duration::from_secs(1800);

/// How far after it one may still be told of it: clocks differ, and tasks end.
const AFTER: Duration = Duration::from_secs(300);

/// Changes that are listed.
const MOST: usize = 20;

/// One line of an alert's log.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AlertLogEntry {
    /// When, in milliseconds.
    at: i64,
    /// What happened.
    #[schema(schema_with = words::alert_event)]
    event: &'static str,
    /// Who did it; for a hold, which alert, silence, window, lock or task it is.
    who: Option<String>,
    /// What they said; for a hold its reason, for the rest the severity then.
    note: Option<String>,
}

impl From<LogEntry> for AlertLogEntry {
    fn from(entry: LogEntry) -> Self {
        Self {
            at: entry.at.millis(),
            event: Event::word(entry.event),
            who: entry.who,
            note: entry.note,
        }
    }
}

/// Something that changed near the beginning of an alert.
#[derive(Debug, PartialEq, Serialize, ToSchema)]
pub(super) struct NearChange {
    /// When, in milliseconds.
    at: i64,
    /// What: the host's word for a task, `booted` or `started`.
    what: String,
    /// Whose, by our id, where it is known.
    resource: Option<String>,
    /// Who did it.
    who: Option<String>,
    /// Whether it failed; `null` while it runs or where nobody says.
    failed: Option<bool>,
}

/// Which figures tell the story of an alert; to be asked for at `/api/hp/history`.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Figures {
    /// Whose.
    resource: String,
    /// Which.
    metric: &'static str,
    /// First moment, in milliseconds.
    from: i64,
    /// First moment after, in milliseconds.
    to: i64,
}

/// A message about an alert, with every attempt to send it.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AlertDelivery {
    #[serde(flatten)]
    delivery: Delivery,
    /// The attempts, the first one first.
    tries: Vec<Attempt>,
}

impl<T: Into<DeliveryDetails>> From<T> for AlertDelivery {
    fn from(details: T) -> Self {
        let details = details.into();
        Self {
            delivery: details.delivery,
            tries: details.attempts,
        }
    }
}

/// An alert with everything around it.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AlertDetails {
    /// The alert.
    alert: Alert,
    /// How long it has held, or held, in seconds.
    duration_seconds: u64,
    /// What happened to it, oldest first.
    log: Vec<AlertLogEntry>,
    /// The alerts that it explains, or explained while it held.
    affected: Vec<Alert>,
    /// The messages about it, oldest first, each with every attempt to send it.
    deliveries: Vec<AlertDelivery>,
    /// Which figures tell its story, where it is about a metric.
    figures: Option<Figures>,
    /// What changed near its beginning, latest first.
    changes: Vec<NearChange>,
}

/// One alert with everything around it.
#[utoipa::path(
    tag = "hp",
    params(("id" = String, Path, description = "The alert's id")),
    responses((status = 200, body = AlertDetails), (status = 404, body = Problem)),
)]
#[get("/alerts/{id}")]
pub(crate) async fn get_alert(
    _: Allow<Hp, AlertsRead>,
    id: Path<AlertId>,
    shared: Data<Shared>,
) -> Answer<Hp, AlertDetails> {
    let ledger = &shared.parts.ledger;
    let alert = ledger.find(&id).await?;
    let log = ledger.log(&id).await?;
    let affected = ledger.affected(&id).await?;
    let deliveries = shared.parts.deliveries.about(&id).await?;
    let until = alert
        .resolved_at
        .unwrap_or_else(crate::telemetry::clock::now);
    Ok(Reply::ok(AlertDetails {
        duration_seconds: until.since(alert.started_at).as_secs(),
        log: log.into_iter().map(AlertLogEntry::from).collect(),
        affected: affected.iter().map(Alert::from).collect(),
        deliveries: deliveries.into_iter().map(AlertDelivery::from).collect(),
        figures: figures(&alert, until),
        changes: changes(&alert, &shared.hub.present().fleet),
        alert: Alert::from(&alert),
    }))
}

fn figures(alert: &alert::Alert, until: Timestamp) -> Option<Figures> {
    let metric = metric::find(&alert.subject)?;
    // Enough before it to see what was usual.
    let lead = until.since(alert.started_at).max(BEFORE);
    Some(Figures {
        resource: alert.resource.to_string(),
        metric: metric.key,
        from: (alert.started_at - lead).millis(),
        to: (until + AFTER).millis(),
    })
}

/// Tasks on the resource or its node, and boots and starts, near the beginning.
fn changes(alert: &alert::Alert, fleet: &Fleet) -> Vec<NearChange> {
    let target = alert.resource.target_text().parse().ok();
    let Some(view) = target.and_then(|target| fleet.target(&target)) else {
        return Vec::new();
    };
    let near = Window {
        from: alert.started_at - BEFORE,
        to: alert.started_at + AFTER,
    };
    let mut found = tasks(alert, view, near);
    found.extend(beginnings(alert, view, near));
    found.sort_by_key(|change| std::cmp::Reverse(change.at));
    found.truncate(MOST);
    found
}

fn tasks(alert: &alert::Alert, view: &TargetView, near: Window) -> Vec<NearChange> {
    let tasks = view
        .facts
        .tasks
        .value()
        .into_iter()
        .flat_map(|tasks| tasks.iter());
    let concerns = |node: Option<&str>, subject: Option<&str>| {
        subject == Some(alert.resource.local())
            || subject.is_none_or(str::is_empty) && node.is_some() && node == alert.node.as_deref()
    };
    tasks
        .filter(|task| near.contains(task.began_at))
        .filter(|task| concerns(task.node.as_deref(), task.subject.as_deref()))
        .map(|task| {
            let vmid = task.subject.as_deref().and_then(|text| text.parse().ok());
            NearChange {
                at: task.began_at.millis(),
                what: task.kind.clone(),
                resource: vmid.map(|vmid| ResourceId::guest(&view.summary.id, vmid).to_string()),
                who: task.user.clone(),
                failed: match task.outcome {
                    TaskOutcome::Ok | TaskOutcome::Warnings(_) => Some(false),
                    TaskOutcome::Failed(_) => Some(true),
                    TaskOutcome::Running | TaskOutcome::Unknown => None,
                },
            }
        })
        .collect()
}

fn beginnings(alert: &alert::Alert, view: &TargetView, near: Window) -> Vec<NearChange> {
    let resources = view.resources.values();
    resources
        .filter_map(|resource| {
            let (at, what) = match &**resource {
                Resource::Node(node) if Some(&node.name) == alert.node.as_ref() => {
                    (node.booted_at?, "booted")
                }
                Resource::Guest(guest) if guest.id == alert.resource => {
                    (guest.started_at?, "started")
                }
                _ => return None,
            };
            near.contains(at).then(|| NearChange {
                at: at.millis(),
                what: what.to_owned(),
                resource: Some(resource.id().to_string()),
                who: None,
                failed: None,
            })
        })
        .collect()
}
