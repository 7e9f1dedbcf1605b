//! A Proxmox VE cluster's API over TLS. Start at [`server::PveServer`]; `route.rs` leads from paths to endpoints.

mod access;
mod actions;
mod agent;
mod answer;
pub(crate) mod auth;
pub(crate) mod call;
mod cluster;
mod connection;
mod export;
pub(crate) mod fault;
mod guests;
mod ha;
pub(crate) mod listen;
mod login;
mod nodes;
pub mod push;
mod resources;
mod route;
mod rrd;
pub(crate) mod server;
mod storage;
mod tasks;
