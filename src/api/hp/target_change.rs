//! Changing a configured target.

use std::collections::BTreeSet;

use actix_web::put;
use actix_web::web::{Data, Json, Path};
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::api::dialect::{Answer, Hp, Reply};
use crate::api::guard::{Allow, TargetsWrite};
use crate::api::problem::{Kind, Problem as Wrong};
use crate::api::shared::Shared;
use crate::model::id::TargetId;
use crate::services::targets::{TargetChange, TargetError, TargetRow};

use super::errors::Problem;
use super::targets::{ConfiguredTarget, show};

/// What is to change about a target; what is left out stays as it is.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ChangedTarget {
    /// The name to show.
    name: Option<String>,
    /// Address, such as `https://pve1.lan:8006`; another one needs the secret again.
    address: Option<String>,
    /// The API token's id.
    token_id: Option<String>,
    /// The API token's secret; the one that is kept unless told.
    #[schema(value_type = Option<String>)]
    token_secret: Option<SecretString>,
    /// SHA-256 of the certificate to trust; empty for none.
    fingerprint: Option<String>,
    /// Certificates of an authority to trust, as PEM; empty for none.
    ca_pem: Option<String>,
    /// Whether to check the certificate at all.
    verify: Option<bool>,
    /// All settings by the kind's own schema, in the place of those it has; another place to send
    /// the secret to needs it again.
    #[schema(value_type = Option<Object>)]
    config: Option<Map<String, Value>>,
    /// The kind's secret; the one that is kept unless told.
    #[schema(value_type = Option<String>)]
    secret: Option<SecretString>,
}

/// Where a target's settings have it ask, and with that where its secret may go.
fn asked(config: &Value) -> BTreeSet<String> {
    let part = |of: &Value, key: &str| match of.get(key) {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.trim().to_owned(),
        Some(other) => other.to_string(),
    };
    let whole = |of: &Value| {
        [
            "address",
            "query_host",
            "host",
            "port",
            "protocol",
            "game",
            "https",
            "secret",
        ]
        .map(|key| part(of, key))
        .join(" ")
    };
    let servers = match config.get("servers") {
        Some(Value::Array(list)) => list.iter().map(whole).collect(),
        Some(Value::Object(named)) => named.values().map(whole).collect(),
        _ => Vec::new(),
    };
    std::iter::once(whole(config)).chain(servers).collect()
}

impl ChangedTarget {
    /// The change this is to `row`, and whether it has the target ask elsewhere.
    fn onto(self, row: &TargetRow) -> (TargetChange, bool) {
        let kept = || row.config.as_object().cloned().unwrap_or_default();
        let mut config: Map<String, Value> = self.config.unwrap_or_else(kept);
        let texts = [
            ("address", self.address),
            ("token_id", self.token_id),
            ("fingerprint", self.fingerprint),
            ("ca_pem", self.ca_pem),
        ];
        for (key, text) in texts {
            match text.map(|text| text.trim().to_owned()) {
                None => {}
                Some(text) if text.is_empty() && key != "address" && key != "token_id" => {
                    config.remove(key);
                }
                Some(text) => {
                    config.insert(key.to_owned(), Value::from(text));
                }
            }
        }
        if let Some(verify) = self.verify {
            config.insert("verify".to_owned(), Value::from(verify));
        }
        let config = Value::Object(config);
        let moves = !asked(&config).is_subset(&asked(&row.config));
        let change = TargetChange {
            name: self.name.map(|name| name.trim().to_owned()),
            config: Some(config),
            secret: self.secret.or(self.token_secret),
            enabled: None,
        };
        (change, moves)
    }
}

/// Change a target and look at it anew; its history stays.
#[utoipa::path(
    tag = "hp",
    params(("id" = String, Path, description = "The target's id")),
    request_body = ChangedTarget,
    responses(
        (status = 200, body = ConfiguredTarget),
        (status = 400, body = Problem),
        (status = 404, body = Problem),
        (status = 409, body = Problem, description = "Name or address are taken, or the file owns it"),
    ),
)]
#[put("/targets/{id}")]
pub(crate) async fn change_target(
    _: Allow<Hp, TargetsWrite>,
    id: Path<TargetId>,
    change: Json<ChangedTarget>,
    shared: Data<Shared>,
) -> Answer<Hp, ConfiguredTarget> {
    let targets = &shared.parts.targets;
    let rows = targets.list().await?;
    let row = rows.into_iter().find(|row| row.id == *id);
    let row = row.ok_or_else(|| TargetError::NotFound { id: id.clone() })?;
    let (change, moves) = change.into_inner().onto(&row);
    // Whoever may only change settings must not have a kept secret sent to a host of theirs.
    if moves && change.secret.is_none() && targets.keeps_secret(&id).await? {
        let text = "another address needs the token's secret again";
        let field = match row.config.get("token_id") {
            Some(_) => "token_secret",
            None => "secret",
        };
        return Err(Wrong::new(Kind::Invalid, "secret_needed", text)
            .in_field(field)
            .into());
    }
    let row = targets.update(&id, change).await?;
    Ok(Reply::ok(show(&row, &shared)))
}
