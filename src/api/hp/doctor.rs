//! What is wrong with this installation, and what somebody who helps needs to know.

use actix_web::http::header;
use actix_web::web::Data;
use actix_web::{HttpResponse, get};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::api::dialect::{Answer, Fault, Hp, Reply};
use crate::api::guard::{Allow, DiagnosticsRead};
use crate::api::problem::{Kind, Problem};
use crate::api::shared::{Shared, VERSION};
use crate::services::doctor::{self, BundleFile, Report};
use crate::telemetry::clock;

use super::words;

/// What looking at the installation showed.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct DoctorReport {
    /// The version that looked.
    pub version: String,
    /// When, in milliseconds.
    pub at: i64,
    /// The worst that was found.
    #[schema(schema_with = words::doctor_verdict)]
    pub verdict: String,
    /// Everything that was looked at.
    pub checks: Vec<DoctorCheck>,
}

/// One thing that was looked at.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct DoctorCheck {
    /// Which thing, such as `disk`; stable.
    pub id: String,
    /// What people call it.
    pub title: String,
    /// Which one of several, such as a target's name.
    pub subject: Option<String>,
    /// How it is.
    #[schema(schema_with = words::doctor_verdict)]
    pub verdict: String,
    /// What was found, as a sentence.
    pub found: String,
    /// What to do about it: sentences or commands, in order.
    pub fix: Vec<String>,
}

/// A support bundle, to be read before it is given away.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SupportBundle {
    /// Its files.
    files: Vec<SupportFile>,
}

/// A file of a support bundle.
#[derive(Debug, Serialize, ToSchema)]
struct SupportFile {
    /// Its name.
    name: &'static str,
    /// Its text, from which secrets were taken out.
    text: String,
}

impl From<&Report> for DoctorReport {
    fn from(report: &Report) -> Self {
        Self {
            version: VERSION.to_owned(),
            at: report.at.millis(),
            verdict: report.worst().word().to_owned(),
            checks: report
                .checks
                .iter()
                .map(|check| DoctorCheck {
                    id: check.id.to_owned(),
                    title: check.title.to_owned(),
                    subject: check.subject.clone(),
                    verdict: check.verdict.word().to_owned(),
                    found: check.found.clone(),
                    fix: check.fix.clone(),
                })
                .collect(),
        }
    }
}

/// Look at the installation as a whole; it reads the whole database.
#[utoipa::path(tag = "hp", responses((status = 200, body = DoctorReport)))]
#[get("/doctor")]
pub(crate) async fn get_doctor_report(
    _: Allow<Hp, DiagnosticsRead>,
    request: actix_web::HttpRequest,
    shared: Data<Shared>,
) -> Answer<Hp, DoctorReport> {
    // One at a time: it reads the whole database.
    let _turn = shared.exporting.acquire().await.map_err(|_| stopped())?;
    let address = request.app_config().local_addr();
    let report = shared
        .parts
        .doctor
        .examine(Some(address), clock::now())
        .await;
    Ok(Reply::ok(DoctorReport::from(&report)))
}

/// What somebody who helps needs to know, with secrets taken out.
#[utoipa::path(tag = "hp", responses((status = 200, body = SupportBundle)))]
#[get("/support-bundle")]
pub(crate) async fn get_support_bundle(
    _: Allow<Hp, DiagnosticsRead>,
    shared: Data<Shared>,
) -> Answer<Hp, SupportBundle> {
    let files = files(&shared).await?;
    Ok(Reply::ok(SupportBundle {
        files: files
            .into_iter()
            .map(|file| SupportFile {
                name: file.name,
                text: file.text,
            })
            .collect(),
    }))
}

/// The same as a gzipped tar.
#[utoipa::path(
    tag = "hp",
    responses((status = 200, description = "The archive", content_type = "application/gzip")),
)]
#[get("/support-bundle/archive")]
pub(crate) async fn download_support_bundle(
    _: Allow<Hp, DiagnosticsRead>,
    shared: Data<Shared>,
) -> Result<HttpResponse, Fault<Hp>> {
    let files = files(&shared).await?;
    let bytes = doctor::pack(&files, clock::now())
        .map_err(|error| Problem::new(Kind::Internal, "support_bundle", error.to_string()))?;
    Ok(HttpResponse::Ok()
        .content_type("application/gzip")
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header((
            header::CONTENT_DISPOSITION,
            "attachment; filename=\"homepulse-support.tar.gz\"",
        ))
        .body(bytes))
}

async fn files(shared: &Shared) -> Result<Vec<BundleFile>, Problem> {
    let _turn = shared.exporting.acquire().await.map_err(|_| stopped())?;
    let doctor = &shared.parts.doctor;
    let report = doctor.examine(None, clock::now()).await;
    let own = serde_json::json!({
        "uptime_seconds": clock::now().since(shared.started_at).as_secs(),
        "demo": shared.demo,
        "database_bytes": shared.parts.footprint.database_bytes(),
        "disk_free_bytes": shared.parts.footprint.disk_free_bytes(),
        "live_clients": shared.hub.traffic().clients(),
    });
    let more = vec![BundleFile {
        name: "process.json",
        text: format!("{own:#}\n"),
    }];
    Ok(doctor.bundle(&report, more).await)
}

fn stopped() -> Problem {
    Problem::new(Kind::Unavailable, "stopping", "homepulse is being stopped")
}
