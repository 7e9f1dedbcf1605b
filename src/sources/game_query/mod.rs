//! Game servers that are asked and no more: an address and a protocol each, wherever they run.
//!
//! Nobody says how their processes are. Where one lives in a guest of another target, its binding
//! travels along and the present says how that guest is (`state::binding`).
//! Start with [`settings`] for what is configured and [`source`] for a look.

mod settings;
mod source;

#[cfg(test)]
mod tests;

use super::{Opened, SourceKind, TargetConfig};

/// The kind.
pub const KIND: SourceKind = SourceKind {
    name: "game",
    label: "Game servers by their address",
    schema: include_str!("settings.schema.json"),
    open,
    control: None,
    host: None,
};

fn open(target: TargetConfig) -> Opened {
    Ok(Box::new(source::GameSource::open(target)?))
}
