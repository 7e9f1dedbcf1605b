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
use crate::model::id::AlertId;
use crate::model::metric;
use crate::model::time::Timestamp;

use super::alert::Alert;
use super::changes::Change;
use super::deliveries::{Attempt, Delivery, DeliveryDetails};
use super::errors::Problem;
use super::words;

/// How much is shown before an alert began, at least.
const BEFORE: Duration = Duration::from_secs(1800);

/// How much is shown after its end.
const AFTER: Duration = Duration::from_secs(300);

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
    /// What changed on its resource and its node near its beginning, nearest first.
    changes: Vec<Change>,
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
    let changes = shared.parts.changes.near(&alert).await?;
    let until = alert
        .resolved_at
        .unwrap_or_else(crate::telemetry::clock::now);
    Ok(Reply::ok(AlertDetails {
        duration_seconds: until.since(alert.started_at).as_secs(),
        log: log.into_iter().map(AlertLogEntry::from).collect(),
        affected: affected.iter().map(Alert::from).collect(),
        deliveries: deliveries.into_iter().map(AlertDelivery::from).collect(),
        figures: figures(&alert, until),
        changes: changes.into_iter().map(Change::from).collect(),
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
