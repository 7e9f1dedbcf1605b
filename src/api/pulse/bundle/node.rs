//! A node as Pulse's exports hold it.

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::api::problem::Problem;
use crate::services::targets::{Monitor, NewTarget};
use crate::services::transfer::CarriedTarget;

use super::refused;
use crate::api::pulse::node::NodeRequest;

/// A node. Pulse wrote these names as its source has them.
#[derive(Default, Serialize, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub(super) struct Instance {
    name: String,
    host: String,
    user: String,
    password: String,
    token_name: String,
    token_value: String,
    fingerprint: String,
    #[serde(rename = "VerifySSL")]
    verify_ssl: bool,
    #[serde(rename = "MonitorVMs")]
    monitor_vms: Option<bool>,
    monitor_containers: Option<bool>,
    monitor_storage: Option<bool>,
    monitor_backups: Option<bool>,
    monitor_datastores: Option<bool>,
    monitor_sync_jobs: Option<bool>,
    monitor_verify_jobs: Option<bool>,
    monitor_prune_jobs: Option<bool>,
    monitor_garbage_jobs: Option<bool>,
}

impl Instance {
    pub(super) fn of(new: &NewTarget) -> Self {
        let text = |key: &str| {
            let text = new.config.get(key).and_then(Value::as_str);
            text.unwrap_or_default().to_owned()
        };
        let token = text("token_id");
        let secret = new.secret.expose_secret().to_owned();
        let (password, token_value) = if token.is_empty() {
            (secret, String::new())
        } else {
            (String::new(), secret)
        };
        let monitor = Monitor::of(&new.config);
        Self {
            name: new.name.clone(),
            host: text("address"),
            user: text("user"),
            password,
            token_name: token,
            token_value,
            fingerprint: text("fingerprint"),
            verify_ssl: new.config.get("verify") != Some(&Value::Bool(false)),
            monitor_vms: Some(monitor.vms),
            monitor_containers: Some(monitor.containers),
            monitor_storage: Some(monitor.storage),
            monitor_backups: Some(monitor.backups),
            monitor_datastores: Some(monitor.datastores),
            monitor_sync_jobs: Some(monitor.sync_jobs),
            monitor_verify_jobs: Some(monitor.verify_jobs),
            monitor_prune_jobs: Some(monitor.prune_jobs),
            monitor_garbage_jobs: Some(monitor.garbage_jobs),
        }
    }

    pub(super) fn into_target(self, kind: &str) -> Result<CarriedTarget, Problem> {
        let secret = |text: String| (!text.is_empty()).then(|| SecretString::from(text));
        let name = self.name.clone();
        let has_token = !self.token_value.is_empty();
        let request = NodeRequest {
            r#type: Some(kind.to_owned()),
            name: Some(self.name),
            host: Some(self.host),
            user: Some(self.user),
            // Pulse used the token where both were there.
            password: secret(self.password).filter(|_| !has_token),
            token_name: Some(self.token_name).filter(|_| has_token),
            token_value: secret(self.token_value),
            fingerprint: Some(self.fingerprint),
            verify_ssl: Some(self.verify_ssl),
            monitor_vms: self.monitor_vms,
            monitor_containers: self.monitor_containers,
            monitor_storage: self.monitor_storage,
            monitor_backups: self.monitor_backups,
            monitor_datastores: self.monitor_datastores,
            monitor_sync_jobs: self.monitor_sync_jobs,
            monitor_verify_jobs: self.monitor_verify_jobs,
            monitor_prune_jobs: self.monitor_prune_jobs,
            monitor_garbage_jobs: self.monitor_garbage_jobs,
        };
        let new = request
            .target()
            .map_err(|problem| refused(&format!("the node {name}"), &problem.message))?;
        Ok(CarriedTarget {
            id: None,
            new,
            enabled: true,
        })
    }
}
