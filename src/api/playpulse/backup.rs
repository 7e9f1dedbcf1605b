//! Backups: make one, put one back. What the storage does not do is said, not pretended.

use actix_web::web::{Data, Json, Path};
use actix_web::{HttpRequest, post};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::envelope::PlaypulseAnswer;
use crate::api::dialect::{Answer, Playpulse, Reply};
use crate::api::games::caller::Caller;
use crate::api::games::{find, refused};
use crate::api::guard::GamesControl;
use crate::api::openapi::PeonProblem;
use crate::api::shared::Shared;
use crate::model::game_action::GameAction;
use crate::services::games::GamesError;

/// A backup to be made.
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct NewPlaypulseBackup {
    /// The server's id in any form.
    server_id: String,
    /// `full`; `files` is the same, as a server is its files.
    r#type: Option<String>,
    /// Any word; archives are compressed with zstd.
    compression: Option<String>,
    /// How it is to be encrypted.
    #[schema(value_type = Option<Object>)]
    encryption: Option<Value>,
    /// Where it is to be kept, and how long.
    #[schema(value_type = Option<Object>)]
    storage: Option<Value>,
    /// When it is to be made again.
    #[schema(value_type = Option<Object>)]
    schedule: Option<Value>,
}

/// Whether a backup is encrypted.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PlaypulseEncryption {
    /// Whether it is.
    enabled: bool,
    /// With which key; null, as there is one for all in the state directory.
    key_id: Option<String>,
}

/// A backup that is being made.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PlaypulseBackupBegun {
    /// The id that it will have; null where the server's host keeps its backups itself.
    backup_id: Option<String>,
    /// The job that makes it, for `/api/hp/jobs`.
    job: String,
    /// The server's id.
    server_id: String,
    /// `creating`.
    status: &'static str,
    /// `full`.
    r#type: &'static str,
    /// How it is compressed.
    compression_effective: &'static str,
    /// How large it will be; null, as none was measured.
    estimated_size: Option<u64>,
    /// How many seconds it will take; null, as none was measured.
    estimated_duration: Option<u64>,
    /// Whether it is encrypted.
    encryption: PlaypulseEncryption,
    /// When it was begun, RFC 3339.
    created_at: String,
    /// When it will be done; null, as none was measured.
    estimated_completion: Option<String>,
    /// What was asked for and is not done.
    unsupported_options: Vec<String>,
}

/// Back a server up now.
#[utoipa::path(
    tag = "playpulse",
    request_body = NewPlaypulseBackup,
    responses(
        (status = 202, body = PlaypulseAnswer<PlaypulseBackupBegun>),
        (status = 404, body = PeonProblem),
        (status = 409, body = PeonProblem, description = "Something else is under way"),
    ),
)]
#[post("/backups")]
pub(crate) async fn create_playpulse_backup(
    caller: Caller<Playpulse, GamesControl>,
    new: Json<NewPlaypulseBackup>,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Answer<Playpulse, PlaypulseAnswer<PlaypulseBackupBegun>> {
    let by = caller.asker(&request);
    let shown = find::one(&shared, &new.server_id).await?;
    let unsupported = unsupported_by_backup(&new);
    let games = &shared.parts.games;
    let refused = |error: GamesError| refused::problem(&shared, &error);
    let plan = games
        .backup_plan(shown.id.as_str())
        .await
        .map_err(refused)?;
    let encrypt = plan.encrypt || is_encryption_wanted(&new);
    let begun = games.back_up(shown.id.as_str(), encrypt, &by);
    let (job, backup) = begun.await.map_err(refused)?;
    let is_ours = backup.is_some();
    Ok(Reply::accepted(PlaypulseAnswer::new(
        PlaypulseBackupBegun {
            backup_id: backup.map(|id| id.to_string()),
            job: job.id.to_string(),
            server_id: shown.short(),
            status: "creating",
            r#type: "full",
            compression_effective: "zstd",
            estimated_size: None,
            estimated_duration: None,
            encryption: PlaypulseEncryption {
                enabled: encrypt && is_ours,
                key_id: None,
            },
            created_at: job.asked_at.rfc3339(),
            estimated_completion: None,
            unsupported_options: match is_ours {
                true => unsupported,
                // What its host makes is as its host makes it.
                false => unsupported_there(&new, unsupported),
            },
        },
    )))
}

fn is_encryption_wanted(new: &NewPlaypulseBackup) -> bool {
    let asked = new.encryption.as_ref();
    asked.is_some_and(|asked| asked["enabled"] == true)
}

fn unsupported_there(new: &NewPlaypulseBackup, mut names: Vec<String>) -> Vec<String> {
    if is_encryption_wanted(new) {
        names.push("encryption.enabled".to_owned());
    }
    names
}

/// What was asked for and is not done, by the names of the request's fields.
fn unsupported_by_backup(new: &NewPlaypulseBackup) -> Vec<String> {
    let mut names = Vec::new();
    if !matches!(new.r#type.as_deref(), None | Some("full" | "files")) {
        names.push("type".to_owned());
    }
    let compression = new.compression.as_deref();
    if !matches!(
        compression,
        None | Some("zstd" | "balanced" | "ai_optimized")
    ) {
        names.push("compression".to_owned());
    }
    for (group, value) in [
        ("encryption", &new.encryption),
        ("storage", &new.storage),
        ("schedule", &new.schedule),
    ] {
        names.extend(asked_in(group, value.as_ref()));
    }
    let algorithm = new.encryption.as_ref().map(|asked| &asked["algorithm"]);
    let is_ours = algorithm.is_some_and(|name| name == "aes_256_gcm");
    // That it is encrypted is done.
    names.retain(|name| match name.as_str() {
        "encryption.enabled" => false,
        "encryption.algorithm" => !is_ours,
        _ => true,
    });
    names
}

/// The options of a group that ask for something: `false`, `null` and empty lists do not.
fn asked_in(group: &str, value: Option<&Value>) -> Vec<String> {
    let fields = value.and_then(Value::as_object).into_iter().flatten();
    let asked = fields.filter(|(_, value)| match value {
        Value::Null | Value::Bool(false) => false,
        Value::Array(items) => !items.is_empty(),
        _ => true,
    });
    asked.map(|(name, _)| format!("{group}.{name}")).collect()
}

/// How a backup is put back.
#[derive(Debug, Default, Deserialize, ToSchema)]
pub(super) struct PlaypulseRestore {
    /// The server that gets it.
    target_server_id: String,
    /// `full`.
    restore_type: Option<String>,
    /// What is to be checked.
    #[schema(value_type = Option<Object>)]
    verification: Option<Value>,
    /// What is to be done beside.
    #[schema(value_type = Option<Object>)]
    options: Option<Value>,
}

/// A backup that is being put back.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PlaypulseRestoreBegun {
    /// The job that does it, for `/api/hp/jobs`.
    restore_id: String,
    /// The backup's id.
    backup_id: String,
    /// The server that gets it.
    target_server_id: String,
    /// `restoring`.
    status: &'static str,
    /// When it was begun, RFC 3339.
    created_at: String,
    /// What was asked for and is not done.
    unsupported_options: Vec<String>,
}

/// Put a backup's files in place of a server's own; a copy of those is made first.
#[utoipa::path(
    tag = "playpulse",
    params(("backup_id" = String, Path, description = "The backup's id")),
    request_body = PlaypulseRestore,
    responses(
        (status = 202, body = PlaypulseAnswer<PlaypulseRestoreBegun>),
        (status = 404, body = PeonProblem),
        (status = 409, body = PeonProblem, description = "Something else is under way"),
    ),
)]
#[post("/backups/{backup_id}/restore")]
pub(crate) async fn restore_playpulse_backup(
    caller: Caller<Playpulse, GamesControl>,
    backup: Path<String>,
    new: Json<PlaypulseRestore>,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Answer<Playpulse, PlaypulseAnswer<PlaypulseRestoreBegun>> {
    let by = caller.asker(&request);
    let shown = find::one(&shared, &new.target_server_id).await?;
    let action = GameAction::Restore {
        backup: backup.clone(),
    };
    // Naming the server in the request is the confirmation; a safety copy is made anyway.
    let name = shown.server.as_ref().map(|server| server.seen.name.clone());
    let games = &shared.parts.games;
    let begun = games.act(shown.id.as_str(), action, name.as_deref(), &by);
    let job = begun
        .await
        .map_err(|error| refused::problem(&shared, &error))?;
    Ok(Reply::accepted(PlaypulseAnswer::new(
        PlaypulseRestoreBegun {
            restore_id: job.id.to_string(),
            backup_id: backup.into_inner(),
            target_server_id: shown.short(),
            status: "restoring",
            created_at: job.asked_at.rfc3339(),
            unsupported_options: unsupported_by_restore(&new),
        },
    )))
}

/// Archives are checked before and servers asked after a restore whatever is asked for; addresses
/// and names of servers are nobody's business here.
fn unsupported_by_restore(new: &PlaypulseRestore) -> Vec<String> {
    let mut names = Vec::new();
    if !matches!(new.restore_type.as_deref(), None | Some("full")) {
        names.push("restore_type".to_owned());
    }
    let done = [
        "verification.pre_restore_check",
        "verification.post_restore_verification",
        "verification.data_integrity_check",
        "options.start_after_restore",
    ];
    let asked = asked_in("verification", new.verification.as_ref()).into_iter();
    let asked = asked.chain(asked_in("options", new.options.as_ref()));
    names.extend(asked.filter(|name| !done.contains(&name.as_str())));
    names
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_documented_request_is_told_what_is_not_done() {
        let new: NewPlaypulseBackup = serde_json::from_value(json!({
            "server_id": "srv_7d2f8b1a9c3e", "type": "full", "compression": "ai_optimized",
            "encryption": { "enabled": true, "algorithm": "aes_256_gcm", "key_rotation": true },
            "storage": { "primary_region": "us-east", "replicas": ["us-west"], "retention_days": 30 },
            "schedule": { "frequency": "daily", "time": "02:00", "timezone": "UTC" },
        }))
        .expect("the documented request");
        assert_eq!(
            unsupported_by_backup(&new),
            [
                "encryption.key_rotation",
                "storage.primary_region",
                "storage.replicas",
                "storage.retention_days",
                "schedule.frequency",
                "schedule.time",
                "schedule.timezone",
            ]
        );
    }

    #[test]
    fn what_is_not_asked_for_is_not_missed() {
        let new: NewPlaypulseBackup = serde_json::from_value(json!({
            "server_id": "a", "encryption": { "enabled": false }, "storage": { "replicas": [] },
        }))
        .expect("a request");
        assert!(unsupported_by_backup(&new).is_empty());
        let restore: PlaypulseRestore = serde_json::from_value(json!({
            "target_server_id": "a",
            "verification": { "pre_restore_check": true },
            "options": { "preserve_ip": false, "update_dns": true, "start_after_restore": true },
        }))
        .expect("a request");
        assert_eq!(unsupported_by_restore(&restore), ["options.update_dns"]);
    }
}
