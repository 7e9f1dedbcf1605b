//! The configuration as an encrypted file, in the form that Pulse 4.3 reads and writes.

use actix_web::web::{Data, Json};
use actix_web::{HttpRequest, post};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::api::dialect::{Answer, Fault, Pulse, Reply};
use crate::api::guard::{Allow, SettingsWrite};
use crate::api::limits::{self, Class};
use crate::api::problem::{Kind, Problem};
use crate::api::shared::Shared;
use crate::rules::RuleSettings;
use crate::services::rules::Change;
use crate::services::transfer::{self, Action, Plan, Snapshot};
use crate::telemetry::clock;

use super::bundle::{Bundle, Skipped};
use super::thresholds;

/// What to encrypt with.
#[derive(Deserialize, ToSchema)]
#[schema(as = PulseExportRequest)]
pub(super) struct ExportRequest {
    /// 12 characters at least.
    #[schema(value_type = String)]
    passphrase: SecretString,
}

/// What to import.
#[derive(Deserialize, ToSchema)]
#[schema(as = PulseImportRequest)]
pub(super) struct ImportRequest {
    /// What an export gave, of homepulse or of Pulse.
    data: String,
    /// What it was encrypted with.
    #[schema(value_type = String)]
    passphrase: SecretString,
    /// Only say what would change.
    #[serde(default)]
    preview: bool,
}

/// The encrypted configuration.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PulseExport)]
pub(super) struct Export {
    status: &'static str,
    data: String,
}

/// What an import did, or would do.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PulseImport)]
pub(super) struct Import {
    /// `success`, or `preview` where nothing was changed.
    status: &'static str,
    message: String,
    changes: Vec<ImportChange>,
}

/// What an import does to one thing.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PulseImportChange)]
struct ImportChange {
    /// `node`, `channel`, `guest` or `setting`.
    what: &'static str,
    name: String,
    /// `add`, `change`, `same` or `skip`.
    action: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

/// Export the configuration, encrypted with a passphrase; it holds every secret.
#[utoipa::path(
    tag = "pulse",
    request_body = ExportRequest,
    responses(
        (status = 200, body = Export),
        (status = 400, description = "The passphrase is too short"),
        (status = 403, description = "Exporting needs an API token"),
    ),
)]
#[post("/config/export")]
pub(crate) async fn export_config(
    _: Allow<Pulse, SettingsWrite>,
    body: Json<ExportRequest>,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Answer<Pulse, Export> {
    limits::take(&request, &shared, Class::Transfer)?;
    shared.refuse_unprotected()?;
    let snapshot = shared.parts.transfer.snapshot().await?;
    let settings = shared.parts.rules.settings();
    let kept = thresholds::kept(&shared).await?;
    let fleet = shared.hub.present().fleet.clone();
    let alerts = super::alert_config::whole(&settings, &kept, |id| thresholds::name(&fleet, id));
    let text = Bundle::of(&snapshot, alerts, &fleet, clock::now()).to_json();
    let data = transfer::seal(text.into_bytes(), body.into_inner().passphrase).await?;
    Ok(Reply::ok(Export {
        status: "success",
        data,
    }))
}

/// Import a configuration that was exported by homepulse or by Pulse. It adds and changes, and
/// removes nothing.
#[utoipa::path(
    tag = "pulse",
    request_body = ImportRequest,
    responses(
        (status = 200, body = Import),
        (status = 400, description = "It cannot be read; nothing was changed"),
        (status = 403, description = "Importing needs an API token"),
    ),
)]
#[post("/config/import")]
pub(crate) async fn import_config(
    _: Allow<Pulse, SettingsWrite>,
    body: Json<ImportRequest>,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Answer<Pulse, Import> {
    limits::take(&request, &shared, Class::Transfer)?;
    shared.refuse_unprotected()?;
    let body = body.into_inner();
    if body.data.trim().is_empty() {
        let text = "data: is missing; give what the export gave";
        return Err(Problem::new(Kind::Invalid, "invalid_setting", text)
            .in_field("data")
            .into());
    }
    let (mut snapshot, mut skipped) = read(&shared, body.data, body.passphrase).await?;
    let live = Live::take(&shared, &mut snapshot, &mut skipped)?;
    let now = clock::now();
    let transfer = &shared.parts.transfer;
    if body.preview {
        let plan = transfer.preview(snapshot, now).await?;
        return Ok(Reply::ok(Import::new("preview", plan, skipped)));
    }
    let plan = transfer.import(snapshot, now).await?;
    live.apply(&shared).await?;
    Ok(Reply::ok(Import::new("success", plan, skipped)))
}

/// Settings that somebody goes by while we run, and has to be told of.
struct Live {
    rules: Option<RuleSettings>,
    interval: Option<u64>,
}

impl Live {
    /// Checks them, and takes those out that the configuration file decides.
    fn take(
        shared: &Shared,
        snapshot: &mut Snapshot,
        skipped: &mut Vec<Skipped>,
    ) -> Result<Self, Problem> {
        let refused = |what: &str, problem: String| {
            let text = format!("nothing was imported: {what}: {problem}");
            Problem::new(Kind::Invalid, "import_refused", text)
        };
        let mut pinned = |what: &str, snapshot: &mut Snapshot| {
            let reason = "the configuration file decides".to_owned();
            if snapshot.settings.remove(what).is_some() {
                skipped.push(Skipped {
                    what: "setting",
                    name: what.to_owned(),
                    reason,
                });
            }
        };
        if shared.parts.rules.is_pinned() {
            pinned("rules", snapshot);
        }
        if shared.parts.system.is_interval_pinned() {
            pinned("poll_interval_seconds", snapshot);
        }
        let rules: Option<RuleSettings> = snapshot
            .settings
            .get("rules")
            .map(|value| serde_json::from_value(value.clone()))
            .transpose()
            .map_err(|error| refused("the rules", error.to_string()))?;
        if let Some(Err(mistakes)) = rules.as_ref().map(RuleSettings::validate) {
            let mistakes: Vec<String> = mistakes.iter().map(ToString::to_string).collect();
            return Err(refused("the rules", mistakes.join("; ")));
        }
        let interval = snapshot.settings.get("poll_interval_seconds");
        let interval = interval.and_then(serde_json::Value::as_u64);
        // A pace that is kept here has to be one that can be set here.
        if interval.is_some_and(|seconds| !(10..=3600).contains(&seconds)) {
            snapshot.settings.remove("poll_interval_seconds");
        }
        Ok(Self {
            rules,
            interval: interval.filter(|seconds| (10..=3600).contains(seconds)),
        })
    }

    async fn apply(self, shared: &Shared) -> Result<(), Fault<Pulse>> {
        if let Some(rules) = self.rules {
            shared.parts.rules.change(Change::All(rules)).await?;
        }
        if let Some(seconds) = self.interval {
            shared.parts.system.set_interval(seconds).await?;
        }
        Ok(())
    }
}

async fn read(
    shared: &Shared,
    data: String,
    passphrase: SecretString,
) -> Result<(Snapshot, Vec<Skipped>), Fault<Pulse>> {
    let text = transfer::open(data, passphrase).await?;
    let bundle: Bundle = serde_json::from_slice(&text).map_err(|error| {
        let text = format!("nothing was imported: the export cannot be read: {error}");
        Problem::new(Kind::Invalid, "import_refused", text)
    })?;
    let settings = shared.parts.rules.settings();
    let take_over = |config: &serde_json::Map<String, serde_json::Value>| {
        thresholds::taken_over(shared, &settings, config)
    };
    Ok(bundle.into_snapshot(take_over)?)
}

impl Import {
    fn new(status: &'static str, plan: Plan, skipped: Vec<Skipped>) -> Self {
        let counted = |action| plan.count(action);
        let message = format!(
            "{} to add, {} to change, {} the same, {} left out",
            counted(Action::Add),
            counted(Action::Change),
            counted(Action::Same),
            counted(Action::Skip) + skipped.len(),
        );
        let mut changes: Vec<ImportChange> = plan
            .items
            .into_iter()
            .map(|item| ImportChange {
                what: item.what,
                name: item.name,
                action: match item.action {
                    Action::Add => "add",
                    Action::Change => "change",
                    Action::Same => "same",
                    Action::Skip => "skip",
                },
                reason: item.reason,
            })
            .collect();
        changes.extend(skipped.into_iter().map(|skipped| ImportChange {
            what: skipped.what,
            name: skipped.name,
            action: "skip",
            reason: Some(skipped.reason),
        }));
        Self {
            status,
            message,
            changes,
        }
    }
}
