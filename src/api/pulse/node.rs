//! A configured node as Pulse 4.3 wrote it, in both directions.

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::api::problem::{Kind, Problem};
use crate::model::id::ResourceKind;
use crate::model::resource::{NodeStatus, Resource};
use crate::model::target::Reachability;
use crate::model::time::Timestamp;
use crate::services::targets::{Monitor, NewTarget, TargetChange, TargetRow};
use crate::state::TargetView;

/// A node to be added, tried or changed. What is left out of a change stays as it is.
#[derive(Default, Deserialize, ToSchema)]
#[schema(as = PulseNodeRequest)]
#[serde(rename_all = "camelCase")]
pub(super) struct NodeRequest {
    /// `pve` or `pbs`.
    pub(super) r#type: Option<String>,
    /// The name to show; the host's unless told.
    pub(super) name: Option<String>,
    /// Address, such as `https://192.0.2.10:8006`; scheme and port may be left out.
    pub(super) host: Option<String>,
    /// `user@realm`.
    pub(super) user: Option<String>,
    /// The user's password; a token is better.
    #[schema(value_type = Option<String>)]
    pub(super) password: Option<SecretString>,
    /// `user@realm!name`, or the part behind `!`.
    pub(super) token_name: Option<String>,
    /// The token's secret.
    #[schema(value_type = Option<String>)]
    pub(super) token_value: Option<SecretString>,
    /// SHA-256 of the certificate to trust.
    pub(super) fingerprint: Option<String>,
    /// Whether to check the certificate; where it is left out, the one that the host shows now is
    /// pinned if nobody vouches for it.
    #[serde(rename = "verifySSL")]
    pub(super) verify_ssl: Option<bool>,
    #[serde(rename = "monitorVMs")]
    pub(super) monitor_vms: Option<bool>,
    pub(super) monitor_containers: Option<bool>,
    pub(super) monitor_storage: Option<bool>,
    pub(super) monitor_backups: Option<bool>,
    pub(super) monitor_datastores: Option<bool>,
    pub(super) monitor_sync_jobs: Option<bool>,
    pub(super) monitor_verify_jobs: Option<bool>,
    pub(super) monitor_prune_jobs: Option<bool>,
    pub(super) monitor_garbage_jobs: Option<bool>,
}

fn invalid(field: &'static str, problem: &str) -> Problem {
    Problem::new(
        Kind::Invalid,
        "invalid_setting",
        format!("{field}: {problem}"),
    )
    .in_field(field)
}

fn given(text: Option<&String>) -> Option<&str> {
    text.map(|text| text.trim()).filter(|text| !text.is_empty())
}

fn secret(given: Option<&SecretString>) -> Option<&SecretString> {
    given.filter(|secret| !secret.expose_secret().is_empty())
}

impl NodeRequest {
    /// Whether nobody said whom to believe.
    pub(super) fn trusts_on_first_use(&self) -> bool {
        self.verify_ssl.is_none() && given(self.fingerprint.as_ref()).is_none()
    }

    /// The target that is asked for.
    ///
    /// # Errors
    /// When something is missing or cannot be right.
    pub(super) fn target(&self) -> Result<NewTarget, Problem> {
        let kind = match given(self.r#type.as_ref()) {
            Some(kind @ ("pve" | "pbs")) => kind,
            Some(other) => {
                let problem = format!("'{other}' is unknown; give pve or pbs");
                return Err(invalid("type", &problem));
            }
            None => return Err(invalid("type", "is missing; give pve or pbs")),
        };
        let host = given(self.host.as_ref());
        let host = host.ok_or_else(|| invalid("host", "is missing; give https://host:port"))?;
        let name = given(self.name.as_ref()).map_or_else(|| name_of(host), str::to_owned);
        let mut config = json!({ "address": host });
        let secret = self.log_in(&mut config)?;
        let secret = secret.ok_or_else(|| {
            let problem = "is missing; give tokenName and tokenValue, or user and password";
            invalid("tokenValue", problem)
        })?;
        self.put_trust(&mut config);
        self.monitor(Monitor::default()).put(&mut config);
        Ok(NewTarget {
            name,
            kind: kind.to_owned(),
            config,
            secret,
        })
    }

    /// What is to change about `row`.
    ///
    /// # Errors
    /// When something cannot be right.
    pub(super) fn change(&self, row: &TargetRow) -> Result<TargetChange, Problem> {
        if given(self.r#type.as_ref()).is_some_and(|kind| kind != row.kind) {
            let problem = "cannot be changed; remove the node and add another one";
            return Err(invalid("type", problem));
        }
        let mut config = row.config.clone();
        if let Some(host) = given(self.host.as_ref()) {
            config["address"] = json!(host);
        }
        let secret = self.log_in(&mut config)?;
        let kept = |key: &str| row.config.get(key).is_some();
        if secret.is_none() && kept("user") != config.get("user").is_some() {
            let problem = "is missing: a token's secret is not a user's password";
            return Err(invalid("tokenValue", problem));
        }
        self.put_trust(&mut config);
        self.monitor(Monitor::of(&row.config)).put(&mut config);
        Ok(TargetChange {
            name: given(self.name.as_ref()).map(str::to_owned),
            config: (config != row.config).then_some(config),
            secret,
            enabled: None,
        })
    }

    /// Writes down who asks, and returns the secret where one is given.
    fn log_in(&self, config: &mut Value) -> Result<Option<SecretString>, Problem> {
        let user = given(self.user.as_ref());
        if let Some(password) = secret(self.password.as_ref()) {
            if secret(self.token_value.as_ref()).is_some() {
                let problem = "cannot be used together with tokenValue; give one of them";
                return Err(invalid("password", problem));
            }
            let known = config.get("user").and_then(Value::as_str);
            let user = user.or(known).map(str::to_owned);
            let user = user.ok_or_else(|| invalid("user", "is missing; give user@realm"))?;
            config["user"] = json!(user);
            remove(config, "token_id");
            return Ok(Some(password.clone()));
        }
        if let Some(name) = given(self.token_name.as_ref()) {
            config["token_id"] = json!(token_id(user, name)?);
            remove(config, "user");
        } else if let Some(user) = user
            && config.get("user").is_some()
        {
            config["user"] = json!(user);
        }
        Ok(secret(self.token_value.as_ref()).cloned())
    }

    fn put_trust(&self, config: &mut Value) {
        if let Some(fingerprint) = &self.fingerprint {
            match fingerprint.trim() {
                "" => remove(config, "fingerprint"),
                text => config["fingerprint"] = json!(text),
            }
        }
        if let Some(verify) = self.verify_ssl {
            config["verify"] = json!(verify);
        }
    }

    fn monitor(&self, before: Monitor) -> Monitor {
        Monitor {
            vms: self.monitor_vms.unwrap_or(before.vms),
            containers: self.monitor_containers.unwrap_or(before.containers),
            storage: self.monitor_storage.unwrap_or(before.storage),
            backups: self.monitor_backups.unwrap_or(before.backups),
            datastores: self.monitor_datastores.unwrap_or(before.datastores),
            sync_jobs: self.monitor_sync_jobs.unwrap_or(before.sync_jobs),
            verify_jobs: self.monitor_verify_jobs.unwrap_or(before.verify_jobs),
            prune_jobs: self.monitor_prune_jobs.unwrap_or(before.prune_jobs),
            garbage_jobs: self.monitor_garbage_jobs.unwrap_or(before.garbage_jobs),
        }
    }
}

fn remove(config: &mut Value, key: &str) {
    if let Some(fields) = config.as_object_mut() {
        fields.remove(key);
    }
}

/// The whole id of a token whose name may be given without its user.
///
/// # Errors
/// When the user is missing.
pub(super) fn token_id(user: Option<&str>, name: &str) -> Result<String, Problem> {
    if name.contains('!') {
        return Ok(name.to_owned());
    }
    let user = user.filter(|user| !user.is_empty());
    let user = user.ok_or_else(|| {
        let problem = "must be user@realm!name, or stand beside user";
        invalid("tokenName", problem)
    })?;
    Ok(format!("{user}!{name}"))
}

/// The host of an address, as the name of a node that nobody named.
fn name_of(host: &str) -> String {
    let rest = host.split_once("://").map_or(host, |(_, rest)| rest);
    let rest = rest.split('/').next().unwrap_or(rest);
    let name = match rest.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) => name,
        _ => rest,
    };
    name.to_owned()
}

/// A configured node.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PulseConfiguredNode)]
#[serde(rename_all = "camelCase")]
pub(super) struct ConfiguredNode {
    /// Stable; `pve-0` and the like are understood where an id is asked for.
    id: String,
    r#type: String,
    name: String,
    host: String,
    user: Option<String>,
    has_password: bool,
    token_name: Option<String>,
    has_token: bool,
    fingerprint: Option<String>,
    #[serde(rename = "verifySSL")]
    verify_ssl: bool,
    #[serde(flatten)]
    monitor: Monitored,
    /// `connected`, `disconnected`, or `pending` until the first look.
    status: &'static str,
    /// Why it is not connected.
    error: Option<String>,
    is_cluster: bool,
    cluster_name: Option<String>,
    cluster_endpoints: Vec<Endpoint>,
    /// Whether the configuration file owns it, so that it cannot be changed here.
    owned_by_file: bool,
}

/// Which parts of a node are looked at.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PulseMonitored)]
#[serde(untagged, rename_all_fields = "camelCase")]
enum Monitored {
    Pve {
        #[serde(rename = "monitorVMs")]
        monitor_vms: bool,
        monitor_containers: bool,
        monitor_storage: bool,
        monitor_backups: bool,
    },
    Pbs {
        monitor_backups: bool,
        monitor_datastores: bool,
        monitor_sync_jobs: bool,
        monitor_verify_jobs: bool,
        monitor_prune_jobs: bool,
        monitor_garbage_jobs: bool,
    },
}

/// A node of a cluster; Pulse wrote these keys with capitals.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PulseEndpoint)]
#[serde(rename_all = "PascalCase")]
struct Endpoint {
    #[serde(rename = "NodeID")]
    node_id: String,
    node_name: String,
    host: String,
    #[serde(rename = "IP")]
    ip: Option<String>,
    online: bool,
    last_seen: Option<String>,
}

impl Monitored {
    fn new(kind: &str, monitor: Monitor) -> Self {
        if kind == "pbs" {
            Self::Pbs {
                monitor_backups: monitor.backups,
                monitor_datastores: monitor.datastores,
                monitor_sync_jobs: monitor.sync_jobs,
                monitor_verify_jobs: monitor.verify_jobs,
                monitor_prune_jobs: monitor.prune_jobs,
                monitor_garbage_jobs: monitor.garbage_jobs,
            }
        } else {
            Self::Pve {
                monitor_vms: monitor.vms,
                monitor_containers: monitor.containers,
                monitor_storage: monitor.storage,
                monitor_backups: monitor.backups,
            }
        }
    }
}

impl ConfiguredNode {
    /// Shows a target; `view` is how looking at it goes.
    pub(super) fn new(row: &TargetRow, view: Option<&TargetView>) -> Self {
        let text = |key: &str| row.config.get(key).and_then(Value::as_str);
        let token = text("token_id").filter(|id| !id.is_empty());
        let of_token = token.and_then(|id| id.split('!').next());
        let endpoints = view.map(endpoints).unwrap_or_default();
        let (status, error) = match view.map(|view| &view.summary.reachability) {
            Some(Reachability::Online { .. }) => ("connected", None),
            Some(Reachability::Failing { failure, .. }) => {
                ("disconnected", Some(failure.message.clone()))
            }
            Some(Reachability::Pending) | None => ("pending", None),
        };
        Self {
            id: row.id.to_string(),
            r#type: row.kind.clone(),
            name: row.name.clone(),
            host: text("address").unwrap_or_default().to_owned(),
            user: text("user").or(of_token).map(str::to_owned),
            has_password: text("user").is_some(),
            token_name: token.map(str::to_owned),
            has_token: token.is_some(),
            fingerprint: text("fingerprint").map(str::to_owned),
            verify_ssl: row.config.get("verify") != Some(&Value::Bool(false)),
            monitor: Monitored::new(&row.kind, Monitor::of(&row.config)),
            status,
            error,
            is_cluster: endpoints.len() > 1,
            cluster_name: view.and_then(|view| view.summary.cluster.clone()),
            cluster_endpoints: endpoints,
            owned_by_file: row.owned_by_file,
        }
    }
}

fn endpoints(view: &TargetView) -> Vec<Endpoint> {
    if view.summary.kind != "pve" {
        return Vec::new();
    }
    let nodes = view.of_kind(ResourceKind::Node);
    nodes
        .filter_map(|resource| match &**resource {
            Resource::Node(node) => Some(Endpoint {
                node_id: format!("node/{}", node.name),
                node_name: node.name.clone(),
                host: node.address.clone().unwrap_or_else(|| node.name.clone()),
                ip: node.address.clone(),
                online: node.status == NodeStatus::Online,
                last_seen: view.seen_at.map(Timestamp::rfc3339),
            }),
            _ => None,
        })
        .collect()
}
