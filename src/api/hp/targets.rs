//! Configured targets: list, try, add, remove.

use actix_web::web::{Data, Json, Path};
use actix_web::{delete, get, post, put};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::api::dialect::{Answer, Hp, Reply};
use crate::api::guard::{Allow, TargetsRead, TargetsWrite};
use crate::api::shared::Shared;
use crate::model::id::TargetId;
use crate::model::target::Reachability;
use crate::services::targets::{self, TargetRow, TestReport};

use super::errors::Problem;
use super::target::{Missing, Target, TargetFailure};

/// A host to look at. Proxmox hosts take the fields of their own; every kind takes `config` and
/// `secret`.
#[derive(Deserialize, ToSchema)]
pub struct NewTarget {
    /// The name to show.
    name: String,
    /// The source kind; `pve` unless told.
    #[serde(default = "pve")]
    #[schema(required = false)]
    kind: String,
    /// Address, such as `https://pve1.lan:8006`.
    address: Option<String>,
    /// The API token's id, such as `homepulse@pve!monitor`.
    token_id: Option<String>,
    /// The API token's secret.
    #[schema(value_type = Option<String>)]
    token_secret: Option<SecretString>,
    /// SHA-256 of the certificate to trust.
    fingerprint: Option<String>,
    /// Certificates of an authority to trust, as PEM.
    ca_pem: Option<String>,
    /// Whether to check the certificate at all; yes unless told.
    verify: Option<bool>,
    /// Whether its guests may be told what to do; no unless told.
    control: Option<bool>,
    /// Settings by the kind's own schema; `/api/hp/targets/kinds` has them.
    #[schema(value_type = Option<Object>)]
    config: Option<Map<String, Value>>,
    /// The kind's secret, where it has one.
    #[schema(value_type = Option<String>)]
    secret: Option<SecretString>,
}

fn pve() -> String {
    "pve".to_owned()
}

impl From<NewTarget> for targets::NewTarget {
    fn from(new: NewTarget) -> Self {
        let settings = [
            ("address", new.address.map(Value::from)),
            ("token_id", new.token_id.map(Value::from)),
            ("fingerprint", new.fingerprint.map(Value::from)),
            ("ca_pem", new.ca_pem.map(Value::from)),
            ("verify", new.verify.map(Value::from)),
            ("control", new.control.map(Value::from)),
        ];
        let settings = settings
            .into_iter()
            .filter_map(|(name, value)| Some((name.to_owned(), value?)));
        let mut config = new.config.unwrap_or_default();
        config.extend(settings);
        Self {
            name: new.name.trim().to_owned(),
            kind: new.kind,
            config: Value::Object(config),
            secret: new.secret.or(new.token_secret).unwrap_or_default(),
        }
    }
}

/// A target as it is configured, with how looking at it is going.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ConfiguredTarget {
    /// How looking at it is going.
    #[serde(flatten)]
    pub target: Target,
    /// Whether it is looked at.
    pub enabled: bool,
    /// Whether the configuration file owns it, so that it cannot be changed here.
    pub owned_by_file: bool,
    /// Whether its guests may be told what to do.
    pub control: bool,
    /// The id of the API token it is read with.
    pub token_id: Option<String>,
    /// SHA-256 of the certificate that is trusted.
    pub fingerprint: Option<String>,
    /// Its settings by the kind's own schema, without its secret.
    #[schema(value_type = Object)]
    pub config: Value,
}

/// Several targets.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Targets {
    /// The targets, by name.
    pub targets: Vec<ConfiguredTarget>,
}

/// What trying a target showed.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct TargetTest {
    /// Whether it worked.
    pub ok: bool,
    /// Why not.
    pub failure: Option<TargetFailure>,
    /// SHA-256 of the certificate that the host presented.
    pub fingerprint: Option<String>,
    /// The cluster's name.
    pub cluster: Option<String>,
    /// The product's version.
    pub version: Option<String>,
    /// Nodes that were seen.
    pub nodes: usize,
    /// Guests that were seen.
    pub guests: usize,
    /// Game servers that answered, or that are known otherwise.
    pub games: usize,
    /// Privileges that the token lacks.
    pub missing: Vec<Missing>,
}

impl From<TestReport> for TargetTest {
    fn from(report: TestReport) -> Self {
        Self {
            ok: report.failure.is_none(),
            failure: report.failure.as_ref().map(TargetFailure::from),
            fingerprint: report.fingerprint,
            cluster: report.cluster,
            version: report.version,
            nodes: report.nodes,
            guests: report.guests,
            games: report.games,
            missing: Missing::required(&report.missing),
        }
    }
}

/// A kind of host that can be looked at.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct TargetKind {
    /// The word that names it.
    kind: &'static str,
    /// Its name for people.
    label: &'static str,
    /// JSON Schema of its settings.
    #[schema(value_type = Object)]
    schema: Value,
    /// Whether its guests can be told what to do.
    control: bool,
    /// Whether game servers on it can be told what to do.
    hosts_games: bool,
}

/// Every kind of host.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct TargetKinds {
    /// The kinds.
    kinds: Vec<TargetKind>,
}

/// The kinds of host that can be looked at, with what can be set about each.
#[utoipa::path(tag = "hp", responses((status = 200, body = TargetKinds)))]
#[get("/targets/kinds")]
pub(crate) async fn list_target_kinds(_: Allow<Hp, TargetsRead>) -> Answer<Hp, TargetKinds> {
    let kinds = targets::kinds().map(|kind| TargetKind {
        kind: kind.name,
        label: kind.label,
        schema: serde_json::from_str(kind.schema).unwrap_or_default(),
        control: kind.control.is_some(),
        hosts_games: kind.host.is_some(),
    });
    Ok(Reply::ok(TargetKinds {
        kinds: kinds.collect(),
    }))
}

/// All configured targets.
#[utoipa::path(tag = "hp", responses((status = 200, body = Targets)))]
#[get("/targets")]
pub(crate) async fn list_targets(
    _: Allow<Hp, TargetsRead>,
    shared: Data<Shared>,
) -> Answer<Hp, Targets> {
    let rows = shared.parts.targets.list().await?;
    let targets = rows.iter().map(|row| show(row, &shared)).collect();
    Ok(Reply::ok(Targets { targets }))
}

/// Add a target and begin to look at it.
#[utoipa::path(
    tag = "hp",
    request_body = NewTarget,
    responses(
        (status = 201, body = ConfiguredTarget),
        (status = 400, body = Problem),
        (status = 409, body = Problem, description = "Name or address are taken"),
    ),
)]
#[post("/targets")]
pub(crate) async fn add_target(
    _: Allow<Hp, TargetsWrite>,
    new: Json<NewTarget>,
    shared: Data<Shared>,
) -> Answer<Hp, ConfiguredTarget> {
    let new = targets::NewTarget::from(new.into_inner());
    let (name, kind, config) = (new.name.clone(), new.kind.clone(), new.config.clone());
    let id = shared.parts.targets.add(new).await?;
    let row = TargetRow {
        id,
        kind,
        name,
        config,
        enabled: true,
        owned_by_file: false,
    };
    Ok(Reply::created(show(&row, &shared)))
}

/// Look at a target once without keeping it.
#[utoipa::path(
    tag = "hp",
    request_body = NewTarget,
    responses((status = 200, body = TargetTest), (status = 400, body = Problem)),
)]
#[post("/targets/test")]
pub(crate) async fn test_target(
    _: Allow<Hp, TargetsWrite>,
    new: Json<NewTarget>,
    shared: Data<Shared>,
) -> Answer<Hp, TargetTest> {
    let report = shared.parts.targets.test(new.into_inner().into()).await?;
    Ok(Reply::ok(report.into()))
}

/// Stop looking at a target and forget it.
#[utoipa::path(
    tag = "hp",
    params(("id" = String, Path, description = "The target's id")),
    responses(
        (status = 204, description = "It is forgotten"),
        (status = 404, body = Problem),
        (status = 409, body = Problem, description = "The configuration file owns it"),
    ),
)]
#[delete("/targets/{id}")]
pub(crate) async fn remove_target(
    _: Allow<Hp, TargetsWrite>,
    id: Path<TargetId>,
    shared: Data<Shared>,
) -> Answer<Hp, ()> {
    shared.parts.targets.remove(&id).await?;
    Ok(Reply::empty())
}

/// Whether a target's guests may be told what to do.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct TargetControl {
    /// Whether they may.
    enabled: bool,
}

/// Allow or forbid that a target's guests are told what to do.
#[utoipa::path(
    tag = "hp",
    params(("id" = String, Path, description = "The target's id")),
    request_body = TargetControl,
    responses(
        (status = 200, body = ConfiguredTarget),
        (status = 400, body = Problem, description = "Its kind cannot be told anything"),
        (status = 404, body = Problem),
        (status = 409, body = Problem, description = "The configuration file owns it"),
    ),
)]
#[put("/targets/{id}/control")]
pub(crate) async fn set_target_control(
    _: Allow<Hp, TargetsWrite>,
    id: Path<TargetId>,
    wanted: Json<TargetControl>,
    shared: Data<Shared>,
) -> Answer<Hp, ConfiguredTarget> {
    let row = shared
        .parts
        .targets
        .set_control(&id, wanted.enabled)
        .await?;
    Ok(Reply::ok(show(&row, &shared)))
}

/// Joins a configured target with how looking at it is going; pending until the first look.
pub(super) fn show(row: &TargetRow, shared: &Shared) -> ConfiguredTarget {
    let present = shared.hub.present();
    let known = present.fleet.target(&row.id);
    let target = match known {
        Some(view) => Target::new(shared.hub.handle(row.id.as_str()), view),
        None => pending(row, shared),
    };
    let text = |key: &str| Some(row.config.get(key)?.as_str()?.to_owned());
    ConfiguredTarget {
        target,
        enabled: row.enabled,
        owned_by_file: row.owned_by_file,
        control: row.config.get("control").and_then(Value::as_bool) == Some(true),
        token_id: text("token_id"),
        fingerprint: text("fingerprint"),
        config: row.config.clone(),
    }
}

fn pending(row: &TargetRow, shared: &Shared) -> Target {
    let text = |key: &str| row.config.get(key).and_then(Value::as_str);
    Target {
        handle: shared.hub.handle(row.id.as_str()),
        id: row.id.to_string(),
        name: row.name.clone(),
        kind: row.kind.clone(),
        address: text("address").unwrap_or_default().to_owned(),
        state: Reachability::Pending.word(),
        since: None,
        attempts: 0,
        failure: None,
        cluster: None,
        version: None,
        quorate: None,
        clock_skew_ms: None,
        missing: Vec::new(),
        worth_granting: Vec::new(),
        requests_last_cycle: 0,
        requests_last_minute: 0,
        look_ms: None,
        verifies_certificate: row
            .config
            .get("verify")
            .and_then(Value::as_bool)
            .unwrap_or(true),
        last_seen_at: None,
    }
}
