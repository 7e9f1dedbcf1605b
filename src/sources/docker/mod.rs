//! Docker and Podman, over the engine's API: game servers in containers.
//!
//! A look lists the containers, asks those that run for their figures and the others only when
//! something changed; the engine's events say at once when one ends. Who may write to the engine
//! is root on its host, so that a proxy that lets only reads through is a good place to look from:
//! what it forbids is not offered. Facts: the Engine API, <https://docs.docker.com/reference/api/engine/>.
//!
//! Start with [`source`] for a look, [`wire`] for what an engine says, [`map`] for what it means
//! and [`host`] for what it can be told.

mod details;
mod engine;
mod events;
mod failure;
mod figures;
mod host;
mod map;
mod plan;
mod probe;
mod settings;
mod source;
mod wire;

use super::games::host::GameHost;
use super::{Hosted, Opened, SourceKind, TargetConfig};

/// The kind.
pub const KIND: SourceKind = SourceKind {
    name: "docker",
    label: "Docker or Podman",
    schema: include_str!("settings.schema.json"),
    open,
    control: None,
    host: Some(host_of),
};

fn open(target: TargetConfig) -> Opened {
    Ok(Box::new(source::DockerSource::open(target)?))
}

fn host_of(target: TargetConfig) -> Hosted {
    let host: Box<dyn GameHost> = Box::new(host::DockerHost::open(&target)?);
    Ok(host)
}

#[cfg(test)]
mod tests;
