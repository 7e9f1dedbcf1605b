//! Past figures as they were kept, sample by sample, for spreadsheets and other programs.

use actix_web::http::header;
use actix_web::web::{Bytes, Data, Query};
use actix_web::{HttpResponse, get};
use futures_util::stream;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use crate::api::dialect::{Fault, Hp};
use crate::api::guard::{Allow, HistoryRead};
use crate::api::problem::{Kind, Problem};
use crate::api::shared::Shared;
use crate::history::{Export, Format, HistoryError, Selection};
use crate::model::id::ResourceId;
use crate::model::metric::MetricKey;
use crate::telemetry::{Chain, clock};

use super::super::span::Span;
use super::{find, metrics};

/// The most resources that can be named.
const MOST_RESOURCES: usize = 200;

/// How samples are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(in crate::api::hp) enum ExportFormat {
    /// Comma-separated values under a line of names.
    #[default]
    Csv,
    /// One JSON object per line.
    Jsonl,
}

/// What to export.
#[derive(Debug, Deserialize, IntoParams)]
pub(in crate::api::hp) struct ExportQuery {
    /// Resources, by our ids or by any alias that `/api` knows, separated by commas; those that
    /// are gone by their ids. All unless told.
    resource: Option<String>,
    /// Metrics, separated by commas; all unless told.
    metrics: Option<String>,
    /// First moment, in milliseconds; an hour before `to` unless told.
    from: Option<i64>,
    /// First moment after, in milliseconds; now unless told.
    to: Option<i64>,
    /// `csv` (default) or `jsonl`.
    #[serde(default)]
    #[param(inline)]
    format: ExportFormat,
}

/// Every sample as it was kept, streamed.
///
/// `resolution_s` is empty for samples, and says how long an average stands for that a host had
/// kept before we looked at it.
#[utoipa::path(
    tag = "hp",
    params(ExportQuery),
    responses((status = 200, description = "CSV, or JSON lines", content_type = "text/csv")),
)]
#[get("/history/export")]
pub(in crate::api::hp) async fn export_history(
    _: Allow<Hp, HistoryRead>,
    query: Query<ExportQuery>,
    shared: Data<Shared>,
) -> Result<HttpResponse, Fault<Hp>> {
    let span = Span::new(query.from, query.to, None, clock::now())?;
    let selection = selection(&query, &shared)?;
    let (format, content_type, ending) = match query.format {
        ExportFormat::Csv => (Format::Csv, "text/csv; charset=utf-8", "csv"),
        ExportFormat::Jsonl => (Format::JsonLines, "application/x-ndjson", "jsonl"),
    };
    let name = file_name(&selection, ending);
    let export = shared.parts.history.export(&selection, span.window, format);
    let pieces = stream::unfold(Some(export), move |export| next(export, shared.clone()));
    Ok(HttpResponse::Ok()
        .content_type(content_type)
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header((
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"{name}\""),
        ))
        .streaming(pieces))
}

/// The next piece; a failure breaks the answer off, so that nobody takes a part for the whole.
async fn next(
    export: Option<Export>,
    shared: Data<Shared>,
) -> Option<(Result<Bytes, HistoryError>, Option<Export>)> {
    let mut export = export?;
    let stopped = shared.stop.is_cancelled();
    // One piece at a time over all exports: they read as much as charts do, and nobody waits.
    let _turn = shared.exporting.acquire().await.ok()?;
    let piece = if stopped {
        Err(HistoryError::Stopped)
    } else {
        export.next().await
    };
    match piece {
        Ok(None) => None,
        Ok(Some(text)) => Some((Ok(Bytes::from(text)), Some(export))),
        Err(error) => {
            tracing::error!("an export broke off: {}", Chain(&error));
            Some((Err(error), None))
        }
    }
}

fn selection(query: &ExportQuery, shared: &Shared) -> Result<Selection, Problem> {
    let Some(names) = &query.resource else {
        let list = query.metrics.as_deref();
        let keys = list.map(|list| list.split(',').map(|key| MetricKey::parse(key.trim())));
        return Ok(Selection {
            resources: None,
            metrics: keys.map(Iterator::collect),
        });
    };
    let resources: Vec<ResourceId> = names
        .split(',')
        .take(MOST_RESOURCES + 1)
        .map(|name| find(name.trim(), shared))
        .collect::<Result<_, _>>()?;
    if resources.len() > MOST_RESOURCES {
        let text = "name 200 resources at most, or none to get all";
        return Err(Problem::new(Kind::Invalid, "too_many", text).in_field("resource"));
    }
    let mut keys: Vec<MetricKey> = Vec::new();
    if let Some(list) = query.metrics.as_deref() {
        for resource in &resources {
            keys.extend(metrics(Some(list), resource, shared)?);
        }
    }
    Ok(Selection {
        resources: Some(resources),
        metrics: query.metrics.is_some().then_some(keys),
    })
}

fn file_name(selection: &Selection, ending: &str) -> String {
    let what = match selection.resources.as_deref() {
        Some([one]) => format!("{}-{}", one.kind().word(), one.local()),
        _ => "history".to_owned(),
    };
    let plain: String = what
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() || "-_.".contains(c) {
                c
            } else {
                '_'
            }
        })
        .collect();
    format!("homepulse-{plain}.{ending}")
}
