//! Making and taking away containers with their volumes.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::super::engine::{QUICK, exposed};
use super::super::wire::{Inspected, Made};
use super::{DockerHost, SLOW};
use crate::sources::games::host::{HostError, MadeServer, NewServer, Progress};

impl DockerHost {
    /// Makes a container that does not run yet; what was made is taken away again where a later
    /// step fails.
    pub(super) async fn make(
        &self,
        new: &NewServer,
        progress: &Progress,
    ) -> Result<MadeServer, HostError> {
        let named = self.inspect(&new.name).await;
        match named {
            Err(HostError::NoServer(_)) => {}
            Ok(_) => {
                let problem = format!("there is already a container called {}", new.name);
                return Err(HostError::Taken(problem));
            }
            Err(error) => return Err(error),
        }
        if self.image_id(&new.image).await?.is_none() {
            self.pull(&new.image, progress).await?;
        }
        progress.check()?;
        let mut volumes = Vec::new();
        let made = self.make_parts(new, &mut volumes, progress).await;
        match made {
            Ok(local) => Ok(MadeServer { local, volumes }),
            Err(error) => {
                if let Err(stays) = self.delete_volumes(&volumes).await {
                    tracing::error!("cannot take away again what was made: {stays}");
                }
                Err(error)
            }
        }
    }

    /// Takes away a container that was just made, with the volumes that were made for it.
    pub(super) async fn unmake(&self, made: &MadeServer) -> Result<(), HostError> {
        // It may have been started; anonymous volumes go with it.
        let query = [("force", "1"), ("v", "1")];
        let path = ["containers", made.local.as_str()];
        let removed = self.engine.delete(&path, &query, SLOW).await;
        match removed {
            Ok(()) => {}
            Err(error) if error.status() == Some(404) => {}
            Err(error) => return Err(self.order_error(&made.local, error)),
        }
        self.delete_volumes(&made.volumes).await
    }

    /// Deletes volumes, all that can be; those that are not there are fine.
    async fn delete_volumes(&self, volumes: &[String]) -> Result<(), HostError> {
        let mut failed = None;
        for volume in volumes {
            match self.engine.delete(&["volumes", volume], &[], SLOW).await {
                Ok(()) => {}
                Err(error) if error.status() == Some(404) => {}
                Err(error) => failed = Some(format!("the volume {volume} stays: {error}")),
            }
        }
        match failed {
            Some(words) => Err(HostError::Refused(words)),
            None => Ok(()),
        }
    }

    async fn make_parts(
        &self,
        new: &NewServer,
        volumes: &mut Vec<String>,
        progress: &Progress,
    ) -> Result<String, HostError> {
        for volume in &new.volumes {
            let known: Result<Value, _> = self
                .engine
                .get(&["volumes", &volume.name], &[], QUICK)
                .await;
            match known {
                Ok(_) => {
                    let text = format!("it goes on with the files in {}", volume.name);
                    progress.tell(text, None);
                    continue;
                }
                Err(error) if error.status() == Some(404) => {}
                Err(error) => return Err(self.read_error(&new.name, error)),
            }
            let order = json!({ "Name": volume.name, "Labels": new.labels });
            let made: Result<Value, _> = self
                .engine
                .post_json(&["volumes", "create"], &[], &order, SLOW)
                .await;
            // Even without an answer it may have been made; taking away what is not there is fine.
            volumes.push(volume.name.clone());
            made.map_err(|error| self.order_error(&new.name, error))?;
        }
        progress.check()?;
        progress.tell("making the container", None);
        let made: Result<Made, _> = self
            .engine
            .post_json(
                &["containers", "create"],
                &[("name", new.name.as_str())],
                &order_of(new),
                SLOW,
            )
            .await;
        match made {
            Ok(_) => Ok(new.name.clone()),
            Err(error) => {
                if error.status().is_none() {
                    // It was sent and not answered: what may be there must not stay.
                    let query = [("force", "1")];
                    let path = ["containers", new.name.as_str()];
                    let _ = self.engine.delete(&path, &query, SLOW).await;
                }
                Err(match self.order_error(&new.name, error) {
                    HostError::NoServer(_) => {
                        HostError::Refused(format!("there is no image {}", new.image))
                    }
                    other => other,
                })
            }
        }
    }

    /// Deletes a container that is off, and with `data` the named volumes that only it uses.
    pub(super) async fn take_away(&self, server: &str, data: bool) -> Result<(), HostError> {
        let inspected = self.inspect(server).await?;
        let query: &[(&str, &str)] = if data { &[("v", "1")] } else { &[] };
        self.engine
            .delete(&["containers", server], query, SLOW)
            .await
            .map_err(|error| self.order_error(server, error))?;
        if !data {
            return Ok(());
        }
        self.delete_volumes(&named_volumes(&inspected)).await
    }
}

fn named_volumes(inspected: &Inspected) -> Vec<String> {
    let mounts = inspected.mounts.0.iter();
    let volumes = mounts.filter(|mount| mount.kind.0.as_deref() == Some("volume"));
    volumes.filter_map(|mount| mount.name.0.clone()).collect()
}

/// What the engine is told of a new container.
fn order_of(new: &NewServer) -> Value {
    let environment: Vec<String> = new
        .environment
        .iter()
        .map(|(name, value)| format!("{name}={}", exposed(value)))
        .collect();
    let mut exposed_ports = BTreeMap::new();
    let mut bindings: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for port in &new.ports {
        let key = format!("{}/{}", port.container, port.protocol);
        exposed_ports.insert(key.clone(), json!({}));
        bindings.entry(key).or_default().push(json!({
            "HostIp": port.host.as_deref().unwrap_or_default(),
            "HostPort": port.port.to_string(),
        }));
    }
    let mounts: Vec<Value> = new
        .volumes
        .iter()
        .map(|volume| json!({ "Type": "volume", "Source": volume.name, "Target": volume.path }))
        .collect();
    let mut order = json!({
        "Image": new.image,
        "Env": environment,
        "Labels": new.labels,
        "ExposedPorts": exposed_ports,
        // Without an open input nobody can type into a console later.
        "OpenStdin": true,
        "StopTimeout": new.stop.grace_s,
        "HostConfig": {
            "PortBindings": bindings,
            "Mounts": mounts,
            "RestartPolicy": { "Name": "unless-stopped" },
            "Memory": new.memory.unwrap_or(0),
            "NanoCpus": nano(new.cpus),
        },
    });
    if let Some(signal) = &new.stop.signal {
        order["StopSignal"] = json!(signal);
    }
    order
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a few threads"
)]
fn nano(cpus: Option<f64>) -> u64 {
    cpus.map_or(0, |cpus| (cpus.clamp(0.0, 1024.0) * 1e9) as u64)
}
