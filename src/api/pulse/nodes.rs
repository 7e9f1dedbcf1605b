//! Configured nodes: list, add, change, remove, try.

use std::time::{Duration, Instant};

use actix_web::web::{Data, Json, Path};
use actix_web::{delete, get, post, put};
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::dialect::{Answer, Fault, Pulse, Reply};
use crate::api::guard::{Allow, TargetsRead, TargetsWrite};
use crate::api::problem::{Kind, Problem};
use crate::api::shared::Shared;
use crate::model::target::Failure;
use crate::services::targets::{NewTarget, TargetChange, TargetRow, TestReport};

use super::node::{ConfiguredNode, NodeRequest};
use super::words::Done;

/// What trying a connection showed.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PulseConnection)]
#[serde(rename_all = "camelCase")]
pub(super) struct Connection {
    /// `success`.
    status: &'static str,
    message: String,
    /// Milliseconds.
    latency: u64,
    version: Option<String>,
    /// SHA-256 of the certificate that the host showed.
    fingerprint: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    is_cluster: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    node_count: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cluster_node_count: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    datastore_count: Option<usize>,
    /// Privileges that are missing, with the command that grants each.
    warnings: Vec<String>,
}

/// How trying a node went.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PulseNodeTest)]
pub(super) struct NodeTest {
    /// `success` or `error`.
    status: &'static str,
    message: String,
    /// Milliseconds.
    latency: u64,
}

/// That a node was added.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PulseNodeAdded)]
pub(super) struct Added {
    status: &'static str,
    id: String,
}

/// All configured nodes, as a bare array.
#[utoipa::path(tag = "pulse", responses((status = 200, body = [ConfiguredNode])))]
#[get("/config/nodes")]
pub(crate) async fn list_nodes(
    _: Allow<Pulse, TargetsRead>,
    shared: Data<Shared>,
) -> Answer<Pulse, Vec<ConfiguredNode>> {
    let rows = shared.parts.targets.list().await?;
    let present = shared.hub.present();
    // Pulse knows no other kinds; its clients could neither show nor send them back.
    let known = rows
        .iter()
        .filter(|row| matches!(row.kind.as_str(), "pve" | "pbs"));
    let shown = known.map(|row| {
        let view = present.fleet.target(&row.id);
        ConfiguredNode::new(row, view.map(|view| &**view))
    });
    Ok(Reply::ok(shown.collect()))
}

/// Add a node that answers, and begin to look at it.
#[utoipa::path(
    tag = "pulse",
    request_body = NodeRequest,
    responses(
        (status = 201, body = Added),
        (status = 400, description = "A setting is wrong, or the node does not answer"),
        (status = 409, description = "Name or address are taken"),
    ),
)]
#[post("/config/nodes")]
pub(crate) async fn add_node(
    _: Allow<Pulse, TargetsWrite>,
    body: Json<NodeRequest>,
    shared: Data<Shared>,
) -> Answer<Pulse, Added> {
    let targets = &shared.parts.targets;
    let new = body.target()?;
    targets.check_new(&new, None).await?;
    let (new, report, _) = try_out(&shared, new, body.trusts_on_first_use()).await?;
    refuse(report.failure)?;
    let id = targets.add(new).await?.to_string();
    let status = "success";
    Ok(Reply::created(Added { status, id }))
}

/// Change a node; what is left out stays as it is.
#[utoipa::path(
    tag = "pulse",
    params(("id" = String, Path, description = "The node's id, name, or an index such as pve-0")),
    request_body = NodeRequest,
    responses(
        (status = 200, body = Done),
        (status = 400, description = "A setting is wrong, or the node does not answer"),
        (status = 404, description = "No such node"),
        (status = 409, description = "Name or address are taken, or the file owns it"),
    ),
)]
#[put("/config/nodes/{id}")]
pub(crate) async fn update_node(
    _: Allow<Pulse, TargetsWrite>,
    id: Path<String>,
    body: Json<NodeRequest>,
    shared: Data<Shared>,
) -> Answer<Pulse, Done> {
    let row = find(&shared, &id).await?;
    let targets = &shared.parts.targets;
    let mut change = body.change(&row)?;
    if reaches_elsewhere(&row, &change) {
        let new = targets.changed(&row, &change).await?;
        targets.check_new(&new, Some(&row.id)).await?;
        let is_new_host = change.config.as_ref().map(|config| &config["address"])
            != row.config.get("address")
            && body.trusts_on_first_use();
        let (new, report, _) = try_out(&shared, new, is_new_host).await?;
        refuse(report.failure)?;
        change.config = Some(new.config);
    }
    targets.update(&row.id, change).await?;
    Ok(Reply::ok(Done::SUCCESS))
}

/// A node that is not looked at any more, for live clients.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Deleted {
    node_type: String,
    node_id: String,
    name: String,
}

/// Stop looking at a node and forget it.
#[utoipa::path(
    tag = "pulse",
    params(("id" = String, Path, description = "The node's id, name, or an index such as pve-0")),
    responses(
        (status = 200, body = Done),
        (status = 404, description = "No such node"),
        (status = 409, description = "The configuration file owns it"),
    ),
)]
#[delete("/config/nodes/{id}")]
pub(crate) async fn remove_node(
    _: Allow<Pulse, TargetsWrite>,
    id: Path<String>,
    shared: Data<Shared>,
) -> Answer<Pulse, Done> {
    let row = find(&shared, &id).await?;
    shared.parts.targets.remove(&row.id).await?;
    let deleted = Deleted {
        node_type: row.kind,
        node_id: row.id.to_string(),
        name: row.name,
    };
    shared.hub.say_to_pulse("node_deleted", deleted);
    Ok(Reply::ok(Done::SUCCESS))
}

/// Try a connection without keeping it.
#[utoipa::path(
    tag = "pulse",
    request_body = NodeRequest,
    responses(
        (status = 200, body = Connection),
        (status = 400, description = "A setting is wrong, or the node does not answer"),
    ),
)]
#[post("/config/nodes/test-connection")]
pub(crate) async fn test_connection(
    _: Allow<Pulse, TargetsWrite>,
    body: Json<NodeRequest>,
    shared: Data<Shared>,
) -> Answer<Pulse, Connection> {
    let new = body.target()?;
    let is_pbs = new.kind == "pbs";
    let (_, report, took) = try_out(&shared, new, body.trusts_on_first_use()).await?;
    refuse(report.failure.clone())?;
    Ok(Reply::ok(Connection::new(report, is_pbs, took)))
}

/// Try settings without keeping them; a node that does not answer is an answer here.
#[utoipa::path(
    tag = "pulse",
    request_body = NodeRequest,
    responses((status = 200, body = NodeTest)),
)]
#[post("/config/nodes/test-config")]
pub(crate) async fn test_config(
    _: Allow<Pulse, TargetsWrite>,
    body: Json<NodeRequest>,
    shared: Data<Shared>,
) -> Answer<Pulse, NodeTest> {
    let new = body.target()?;
    let (_, report, took) = try_out(&shared, new, body.trusts_on_first_use()).await?;
    Ok(Reply::ok(NodeTest::new(&report, took)))
}

/// Try a configured node as it is.
#[utoipa::path(
    tag = "pulse",
    params(("id" = String, Path, description = "The node's id, name, or an index such as pve-0")),
    responses((status = 200, body = NodeTest), (status = 404, description = "No such node")),
)]
#[post("/config/nodes/{id}/test")]
pub(crate) async fn test_node(
    _: Allow<Pulse, TargetsWrite>,
    id: Path<String>,
    shared: Data<Shared>,
) -> Answer<Pulse, NodeTest> {
    let row = find(&shared, &id).await?;
    let targets = &shared.parts.targets;
    let new = targets.changed(&row, &TargetChange::default()).await?;
    let (_, report, took) = try_out(&shared, new, false).await?;
    Ok(Reply::ok(NodeTest::new(&report, took)))
}

/// Whether a change means another host, other credentials or another trust, so that it has to be
/// tried before it is kept.
fn reaches_elsewhere(row: &TargetRow, change: &TargetChange) -> bool {
    let differs = |key: &str| {
        let config = change.config.as_ref();
        config.is_some_and(|config| config.get(key) != row.config.get(key))
    };
    let keys = ["address", "token_id", "user", "fingerprint", "verify"];
    change.secret.is_some() || keys.into_iter().any(differs)
}

async fn try_out(
    shared: &Shared,
    new: NewTarget,
    on_first_use: bool,
) -> Result<(NewTarget, TestReport, Duration), Fault<Pulse>> {
    let began = Instant::now();
    let targets = &shared.parts.targets;
    let (new, report) = if on_first_use {
        targets.test_on_first_use(new).await?
    } else {
        let report = targets.test(new.clone()).await?;
        (new, report)
    };
    Ok((new, report, began.elapsed()))
}

fn refuse(failure: Option<Failure>) -> Result<(), Problem> {
    let Some(failure) = failure else {
        return Ok(());
    };
    Err(Problem::new(
        Kind::Invalid,
        "connection_failed",
        told(&failure),
    ))
}

fn told(failure: &Failure) -> String {
    match &failure.fix {
        Some(fix) => format!("{}. {fix}", failure.message),
        None => failure.message.clone(),
    }
}

fn millis(took: Duration) -> u64 {
    u64::try_from(took.as_millis()).unwrap_or(u64::MAX)
}

impl Connection {
    fn new(report: TestReport, is_pbs: bool, took: Duration) -> Self {
        let is_cluster = report.nodes > 1;
        let message = if is_pbs {
            "Successfully connected to the backup server".to_owned()
        } else {
            format!("Successfully connected to {} node(s)", report.nodes)
        };
        let warning = |missing: &crate::model::target::MissingPrivilege| {
            let (privilege, path) = (&missing.privilege, &missing.path);
            let (hides, fix) = (&missing.hides, &missing.fix);
            format!("without {privilege} on {path}, {hides} stay unseen; to grant it: {fix}")
        };
        Self {
            status: "success",
            message,
            latency: millis(took),
            warnings: report.missing.iter().map(warning).collect(),
            version: report.version,
            fingerprint: report.fingerprint,
            is_cluster: (!is_pbs).then_some(is_cluster),
            node_count: (!is_pbs).then_some(report.nodes),
            cluster_node_count: is_cluster.then_some(report.nodes),
            datastore_count: is_pbs.then_some(report.datastores),
        }
    }
}

impl NodeTest {
    fn new(report: &TestReport, took: Duration) -> Self {
        let latency = millis(took);
        match &report.failure {
            None => Self {
                status: "success",
                message: "Connection successful".to_owned(),
                latency,
            },
            Some(failure) => Self {
                status: "error",
                message: told(failure),
                latency,
            },
        }
    }
}

/// The node that `text` names: by id, by name, or by its place among its kind as in `pve-0`.
pub(super) async fn find(shared: &Shared, text: &str) -> Result<TargetRow, Fault<Pulse>> {
    let rows = shared.parts.targets.list().await?;
    if let Some(row) = rows.iter().find(|row| row.id.as_str() == text) {
        return Ok(row.clone());
    }
    let named = rows.iter().find(|row| row.name == text);
    let at = text
        .rsplit_once('-')
        .and_then(|(kind, index)| Some((kind, index.parse::<usize>().ok()?)));
    let placed = at.and_then(|(kind, index)| rows.iter().filter(|row| row.kind == kind).nth(index));
    match (named, placed) {
        (Some(named), Some(placed)) if named.id != placed.id => {
            let text = format!(
                "{text} is the name of {} and the place of {}; give the id instead",
                named.id, placed.id
            );
            Err(Problem::new(Kind::Conflict, "node_ambiguous", text).into())
        }
        (Some(row), _) | (None, Some(row)) => Ok(row.clone()),
        (None, None) => {
            let text = format!("there is no node {text}");
            Err(Problem::new(Kind::NotFound, "node_not_found", text).into())
        }
    }
}
