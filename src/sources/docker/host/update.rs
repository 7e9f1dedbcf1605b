//! A newer image under a server: another container with the same settings and volumes, and the
//! old one kept until the new one runs.

use std::time::Duration;

use serde_json::{Map, Value, json};
use tokio::time::Instant;

use super::super::engine::QUICK;
use super::super::wire::Made;
use super::pull::path_of;
use super::{DockerHost, SLOW};
use crate::sources::games::host::{HostError, Progress};

/// How long the new container has to run before the old one is given up.
const PROVES_ITSELF: Duration = Duration::from_secs(5);

/// Settings that an image may bring along: where the old container has its image's own, the new
/// one gets the new image's.
const FROM_IMAGE: [&str; 9] = [
    "Cmd",
    "Entrypoint",
    "WorkingDir",
    "User",
    "Volumes",
    "ExposedPorts",
    "Healthcheck",
    "StopSignal",
    "Shell",
];

impl DockerHost {
    /// Gets the newest image of a container that is off and puts it underneath.
    pub(super) async fn renew(
        &self,
        server: &str,
        start: bool,
        progress: &Progress,
    ) -> Result<bool, HostError> {
        let old: Value = self
            .engine
            .get(&["containers", server, "json"], &[], QUICK)
            .await
            .map_err(|error| self.read_error(server, error))?;
        let image = old["Config"]["Image"].as_str().unwrap_or_default();
        let of_now = old["Image"].as_str().unwrap_or_default().to_owned();
        if image.is_empty() || image.starts_with("sha256:") {
            let problem = "the container names no image by which a newer one could be found";
            return Err(HostError::Refused(problem.into()));
        }
        // Without a newer image the old one goes on as it was.
        let pulled = self.pull(image, progress).await;
        let newest = match pulled {
            Ok(()) => self.image_id(image).await,
            Err(error) => Err(error),
        };
        match newest {
            Ok(Some(newest)) if newest != of_now => {
                self.replace(server, &old, &of_now, start, progress).await?;
                Ok(true)
            }
            other => {
                if start {
                    self.order(server, "start", &[], SLOW).await?;
                }
                other.map(|_| false)
            }
        }
    }

    async fn replace(
        &self,
        server: &str,
        old: &Value,
        of_now: &str,
        start: bool,
        progress: &Progress,
    ) -> Result<(), HostError> {
        let image: Value = self
            .engine
            .get(&path_of(of_now), &[], QUICK)
            .await
            .unwrap_or(Value::Null);
        let order = order_of(old, &image["Config"]);
        let aside = format!("{server}-before-update");
        // One that an update before has left behind would be in the way.
        let _ = self.engine.delete(&["containers", &aside], &[], SLOW).await;
        progress.tell("putting the new image underneath", None);
        self.rename(server, &aside).await?;
        let renewed = self.try_new(server, &order, start).await;
        if let Err(error) = renewed {
            progress.tell(format!("going back to the old image: {error}"), None);
            let query = [("force", "1")];
            let _ = self
                .engine
                .delete(&["containers", server], &query, SLOW)
                .await;
            self.rename(&aside, server).await?;
            if start {
                self.order(server, "start", &[], SLOW).await?;
            }
            return Err(error);
        }
        let gone = self.engine.delete(&["containers", &aside], &[], SLOW).await;
        if let Err(error) = gone {
            progress.tell(format!("the old container {aside} stays: {error}"), None);
        }
        Ok(())
    }

    async fn try_new(&self, server: &str, order: &Value, start: bool) -> Result<(), HostError> {
        let _: Made = self
            .engine
            .post_json(&["containers", "create"], &[("name", server)], order, SLOW)
            .await
            .map_err(|error| self.order_error(server, error))?;
        if !start {
            return Ok(());
        }
        self.order(server, "start", &[], SLOW).await?;
        let until = Instant::now() + PROVES_ITSELF;
        while Instant::now() < until {
            let state = self.inspect(server).await?.state;
            if state.running.0 != Some(true) {
                let code = state.exit_code.0.unwrap_or_default();
                let words = format!("the new container ended right away with exit code {code}");
                return Err(HostError::Refused(words));
            }
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
        Ok(())
    }

    async fn rename(&self, from: &str, to: &str) -> Result<(), HostError> {
        self.order(from, "rename", &[("name", to)], QUICK).await
    }
}

/// What makes a container like `old`, but for what its image brought along.
fn order_of(old: &Value, image: &Value) -> Value {
    let mut order: Map<String, Value> = old["Config"].as_object().cloned().unwrap_or_default();
    for name in FROM_IMAGE {
        if order.get(name) == image.get(name) {
            order.remove(name);
        }
    }
    // The engine's own name for a container is none that anybody chose.
    let own = old["Id"].as_str().and_then(|id| id.get(..12));
    if order.get("Hostname").and_then(Value::as_str) == own {
        order.remove("Hostname");
    }
    order.insert("Env".into(), without(&old["Config"]["Env"], &image["Env"]));
    if let (Some(mine), Some(its)) = (
        order.get_mut("Labels").and_then(Value::as_object_mut),
        image["Labels"].as_object(),
    ) {
        mine.retain(|name, value| its.get(name) != Some(value));
    }
    let mut host = old["HostConfig"].clone();
    keep_unnamed_volumes(old, &mut host);
    order.insert("HostConfig".into(), host);
    order.insert("NetworkingConfig".into(), networks(old));
    Value::Object(order)
}

fn without(mine: &Value, its: &Value) -> Value {
    let its = its.as_array().cloned().unwrap_or_default();
    let mine = mine.as_array().cloned().unwrap_or_default().into_iter();
    Value::Array(mine.filter(|line| !its.contains(line)).collect())
}

/// Volumes that the image asked for and nobody named would be left behind otherwise.
fn keep_unnamed_volumes(old: &Value, host: &mut Value) {
    let mut binds = host["Binds"].as_array().cloned().unwrap_or_default();
    let mounted: Vec<&str> = host["Mounts"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|mount| mount["Target"].as_str())
        .collect();
    let is_bound = |path: &str, binds: &[Value]| {
        let mut all = binds.iter().filter_map(Value::as_str);
        all.any(|bind| bind.split(':').nth(1) == Some(path))
    };
    for mount in old["Mounts"].as_array().into_iter().flatten() {
        let (Some("volume"), Some(name), Some(path)) = (
            mount["Type"].as_str(),
            mount["Name"].as_str(),
            mount["Destination"].as_str(),
        ) else {
            continue;
        };
        if !mounted.contains(&path) && !is_bound(path, &binds) {
            binds.push(json!(format!("{name}:{path}")));
        }
    }
    if !binds.is_empty() {
        host["Binds"] = Value::Array(binds);
    }
}

/// The networks that the old one was in, with the names that it had there; at most one can be told
/// to older engines, and the default one needs not be.
fn networks(old: &Value) -> Value {
    let all = old["NetworkSettings"]["Networks"].as_object();
    let mut endpoints = Map::new();
    for (name, network) in all.into_iter().flatten() {
        if matches!(name.as_str(), "bridge" | "host" | "none" | "podman") {
            continue;
        }
        let mut settings = Map::new();
        for kept in ["Aliases", "Links", "IPAMConfig", "DriverOpts"] {
            if !network[kept].is_null() {
                settings.insert(kept.to_owned(), network[kept].clone());
            }
        }
        endpoints.insert(name.clone(), Value::Object(settings));
    }
    json!({ "EndpointsConfig": endpoints })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_old_image_brought_along_comes_from_the_new_one() {
        let old = json!({
            "Id": "0123456789abcdef",
            "Config": {
                "Image": "game:1",
                "Hostname": "0123456789ab",
                "Env": ["VERSION=1", "MOTD=Hello"],
                "Cmd": ["/start"],
                "User": "1000",
                "Labels": {"build": "1", "mine": "yes"},
                "OpenStdin": true,
            },
            "HostConfig": {"Memory": 5, "Mounts": [{"Target": "/data"}], "Binds": ["a:/etc/a"]},
            "Mounts": [
                {"Type": "volume", "Name": "named", "Destination": "/data"},
                {"Type": "volume", "Name": "f00", "Destination": "/cache"},
                {"Type": "bind", "Source": "/a", "Destination": "/etc/a"},
            ],
            "NetworkSettings": {"Networks": {"bridge": {}, "games": {"Aliases": ["mc"]}}},
        });
        let image = json!({
            "Env": ["VERSION=1"], "Cmd": ["/start"], "User": "", "Labels": {"build": "1"},
        });
        let order = order_of(&old, &image);
        assert_eq!(order["Env"], json!(["MOTD=Hello"]));
        assert!(order.get("Cmd").is_none() && order.get("Hostname").is_none());
        assert_eq!(order["User"], "1000");
        assert_eq!(order["Labels"], json!({"mine": "yes"}));
        assert_eq!(order["OpenStdin"], true);
        assert_eq!(order["HostConfig"]["Memory"], 5);
        assert_eq!(
            order["HostConfig"]["Binds"],
            json!(["a:/etc/a", "f00:/cache"])
        );
        assert_eq!(
            order["NetworkingConfig"]["EndpointsConfig"],
            json!({"games": {"Aliases": ["mc"]}})
        );
    }
}
