//! Files of a container, as tar streams; whether it runs does not matter.

use std::time::Duration;

use bytes::Bytes as Buffer;
use http::Method;
use serde_json::json;

use super::super::wire::{Exit, Inspected, Made};
use super::{DockerHost, QUICK, SLOW};
use crate::http::{Patience, Upload};
use crate::sources::games::host::{Bytes, HostError};

/// Worlds may be large and disks slow; a disk that says nothing for long is broken.
const PATIENCE: Patience = Patience {
    first: Duration::from_secs(120),
    idle: Duration::from_secs(120),
    bytes: 4 << 40,
};

/// Writing answers when everything is written.
const WRITING: Patience = Patience {
    first: Duration::from_secs(6 * 3600),
    ..PATIENCE
};

/// How long removing may take.
const REMOVING: Duration = Duration::from_secs(900);

impl DockerHost {
    /// The files under `path`, as a tar stream whose names begin with the path's last part.
    pub(super) async fn read_files(&self, server: &str, path: &str) -> Result<Bytes, HostError> {
        let stream = self
            .engine
            .open(
                Method::GET,
                &["containers", server, "archive"],
                &[("path", path)],
                Upload::Bytes(Buffer::new()),
                "application/octet-stream",
                PATIENCE,
            )
            .await
            .map_err(|error| match error.status() {
                Some(404) => HostError::Copy(format!("{server} has no {path}: {error}")),
                _ => self.read_error(server, error),
            })?;
        Ok(stream.into_reader())
    }

    /// Writes a tar stream's files into the folder `path`.
    pub(super) async fn write_files(
        &self,
        server: &str,
        path: &str,
        tar: Bytes,
    ) -> Result<(), HostError> {
        let mut answer = self
            .engine
            .open(
                Method::PUT,
                &["containers", server, "archive"],
                &[("path", path), ("copyUIDGID", "1")],
                Upload::Reader(tar),
                "application/x-tar",
                WRITING,
            )
            .await
            .map_err(|error| self.order_error(server, error))?;
        while answer
            .chunk()
            .await
            .map_err(|error| self.order_error(server, error.into()))?
            .is_some()
        {}
        Ok(())
    }

    /// Removes what is in the folder `path`, which has to lie in a volume. An engine has no order
    /// for that: a container of the same image, without a network, does it.
    pub(super) async fn remove_files(&self, server: &str, path: &str) -> Result<(), HostError> {
        let inspected = self.inspect(server).await?;
        if !is_in_volume(&inspected, path) {
            return Err(HostError::Refused(format!(
                "{path} lies in no volume, so that nothing else can get at it"
            )));
        }
        let helper = format!("{server}-homepulse-clears");
        let order = json!({
            "Image": inspected.image.0,
            "User": "0:0",
            "Entrypoint": ["/bin/sh", "-c"],
            // The folder itself stays: it is where the volume is mounted.
            "Cmd": ["cd -- \"$0\" && rm -rf -- ..?* .[!.]* *", path],
            "NetworkDisabled": true,
            "HostConfig": { "VolumesFrom": [server], "NetworkMode": "none" },
        });
        let force = [("force", "1")];
        let _ = self
            .engine
            .delete(&["containers", &helper], &force, SLOW)
            .await;
        let made: Result<Made, _> = self
            .engine
            .post_json(
                &["containers", "create"],
                &[("name", helper.as_str())],
                &order,
                SLOW,
            )
            .await;
        made.map_err(|error| self.order_error(server, error))?;
        let cleared = self.run_to_end(&helper).await;
        let taken_away = self
            .engine
            .delete(&["containers", &helper], &force, SLOW)
            .await;
        cleared?;
        taken_away.map_err(|error| self.order_error(&helper, error))
    }

    async fn run_to_end(&self, helper: &str) -> Result<(), HostError> {
        self.engine
            .post(&["containers", helper, "start"], &[], QUICK.max(SLOW))
            .await
            .map_err(|error| {
                HostError::Refused(format!("its image has no shell to clear with: {error}"))
            })?;
        let exit: Exit = self
            .engine
            .post_json(&["containers", helper, "wait"], &[], &json!({}), REMOVING)
            .await
            .map_err(|error| self.order_error(helper, error))?;
        match exit.status_code.0 {
            Some(0.0) => Ok(()),
            code => Err(HostError::Refused(format!(
                "removing the old files ended with {}",
                code.unwrap_or(-1.0)
            ))),
        }
    }
}

/// Whether a folder is, or lies in, a place where something is mounted.
fn is_in_volume(inspected: &Inspected, path: &str) -> bool {
    let mounts = inspected.mounts.0.iter();
    let mut places = mounts.filter_map(|mount| mount.destination.0.as_deref());
    places.any(|place| {
        let rest = path.strip_prefix(place.trim_end_matches('/'));
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    })
}
