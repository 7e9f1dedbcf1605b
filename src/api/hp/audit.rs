//! Who did what: listed by page, as CSV, and checked from the beginning.

use actix_web::http::header::{self, ContentDisposition, DispositionParam, DispositionType};
use actix_web::web::{Data, Query};
use actix_web::{HttpResponse, get};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use crate::api::dialect::{Answer, Fault, Hp, Reply};
use crate::api::guard::{Allow, AuditRead};
use crate::api::shared::Shared;
use crate::model::csv;
use crate::services::audit::{Entry, Filter, Verdict};

use super::errors::Problem;
use super::page::Page;

/// Rows that one CSV file holds at most.
const CSV_ROWS: usize = 100_000;

/// Which entries to list.
#[derive(Debug, Default, Deserialize, IntoParams)]
pub(super) struct ListAudit {
    /// Only entries before this number, for the next page.
    before: Option<u64>,
    /// Only what this one did.
    actor: Option<String>,
    /// Only actions that begin so, such as `guest.`.
    action: Option<String>,
    /// Only about this resource, by its id.
    resource: Option<String>,
    /// Only what came out so: `asked`, `ok`, `failed`, `denied` or `unknown`.
    outcome: Option<String>,
    /// The most to list; 100 unless told, 1000 at most.
    limit: Option<usize>,
}

impl ListAudit {
    fn filter(self) -> Filter {
        Filter {
            before: self.before,
            actor: self.actor,
            action: self.action,
            resource: self.resource,
            outcome: self.outcome,
        }
    }
}

/// One entry.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AuditEntry {
    /// Its number, from 1 and without gaps.
    seq: u64,
    /// When, in milliseconds.
    at: i64,
    /// Who.
    actor: String,
    /// From which address.
    peer: String,
    /// What, such as `guest.start`, or method and path of a request.
    action: String,
    /// To what, by its id; empty where the action names it.
    resource: String,
    /// What that was called then; not to be trusted.
    resource_name: String,
    /// With what, without secrets.
    details: Value,
    /// `asked`, `ok`, `failed`, `denied` or `unknown`.
    outcome: &'static str,
    /// More about that.
    message: String,
    /// The hash that seals it and all before it.
    hash: String,
}

impl From<Entry> for AuditEntry {
    fn from(row: Entry) -> Self {
        Self {
            seq: row.seq,
            at: row.entry.at.millis(),
            actor: row.entry.actor,
            peer: row.entry.peer,
            action: row.entry.action,
            resource: row.entry.resource,
            resource_name: row.entry.resource_name,
            details: row.entry.details,
            outcome: row.entry.outcome.word(),
            message: row.entry.message,
            hash: row.hash,
        }
    }
}

/// Several entries.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AuditEntries {
    /// The entries, newest first.
    entries: Vec<AuditEntry>,
    /// What to send as `before` for the next page; `null` at the end.
    next: Option<u64>,
}

/// Who did what, newest first.
#[utoipa::path(
    tag = "hp",
    params(ListAudit),
    responses((status = 200, body = AuditEntries), (status = 400, body = Problem)),
)]
#[get("/audit")]
pub(crate) async fn list_audit(
    _: Allow<Hp, AuditRead>,
    query: Query<ListAudit>,
    shared: Data<Shared>,
) -> Answer<Hp, AuditEntries> {
    let limit = Page::new(0, query.limit).limit();
    let filter = query.into_inner().filter();
    let entries = shared.parts.audit.list(filter, limit).await?;
    let full = entries.len() == limit;
    Ok(Reply::ok(AuditEntries {
        next: entries
            .last()
            .map(|row| row.seq)
            .filter(|seq| full && *seq > 1),
        entries: entries.into_iter().map(AuditEntry::from).collect(),
    }))
}

/// The same as CSV, the newest 100,000 at most.
#[utoipa::path(
    tag = "hp",
    params(ListAudit),
    responses((status = 200, description = "One row per entry", content_type = "text/csv")),
)]
#[get("/audit.csv")]
pub(crate) async fn download_audit(
    _: Allow<Hp, AuditRead>,
    query: Query<ListAudit>,
    shared: Data<Shared>,
) -> Result<HttpResponse, Fault<Hp>> {
    let limit = query.limit.unwrap_or(CSV_ROWS).min(CSV_ROWS);
    let filter = query.into_inner().filter();
    let entries = shared.parts.audit.list(filter, limit).await?;
    let mut text = String::from(
        "seq,at,actor,peer,action,resource,resource_name,details,outcome,message,hash\r\n",
    );
    for row in entries {
        let at = row.entry.at.rfc3339();
        let details = row.entry.details.to_string();
        let cells = [
            &row.seq.to_string(),
            &at,
            &row.entry.actor,
            &row.entry.peer,
            &row.entry.action,
            &row.entry.resource,
            &row.entry.resource_name,
            &details,
            row.entry.outcome.word(),
            &row.entry.message,
            &row.hash,
        ];
        csv::row(&mut text, cells);
    }
    let attachment = ContentDisposition {
        disposition: DispositionType::Attachment,
        parameters: vec![DispositionParam::Filename("homepulse-audit.csv".to_owned())],
    };
    Ok(HttpResponse::Ok()
        .content_type("text/csv; charset=utf-8")
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header(attachment)
        .body(text))
}

/// What checking the whole audit showed.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AuditVerdict {
    /// Whether every entry is what it was and follows from the one before.
    intact: bool,
    /// How many entries were read.
    entries: u64,
    /// The first entry that is wrong.
    broken_at: Option<u64>,
    /// The last good hash; keep it elsewhere to tell later whether entries are missing at the end.
    head: Option<String>,
}

impl From<Verdict> for AuditVerdict {
    fn from(verdict: Verdict) -> Self {
        Self {
            intact: verdict.broken_at.is_none(),
            entries: verdict.entries,
            broken_at: verdict.broken_at,
            head: verdict.head,
        }
    }
}

/// Check the whole audit from its beginning.
#[utoipa::path(tag = "hp", responses((status = 200, body = AuditVerdict)))]
#[get("/audit/verify")]
pub(crate) async fn verify_audit(
    _: Allow<Hp, AuditRead>,
    shared: Data<Shared>,
) -> Answer<Hp, AuditVerdict> {
    Ok(Reply::ok(shared.parts.audit.verify().await?.into()))
}
