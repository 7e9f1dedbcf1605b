//! Proxmox Backup Server: its API over TLS, by tokens.
//!
//! Start with [`server`] for starting and disturbing it and [`route`] for what it answers.

pub(crate) mod auth;
mod connection;
mod datastore;
mod host;
mod jobs;
mod route;
pub(crate) mod server;
