//! homepulse: see [`model`] for what it talks about, [`app`] for how it is put together.
//!
//! Layers, each of which may use only what stands below it (kept by `tests/it/architecture.rs`):
//!
//! ```text
//! 5  main app cli demo
//! 4  api  web
//! 3  ingest  services
//! 2  sources state history changes rules holds alerts notify auth
//! 1  db secret http config telemetry
//! 0  model
//! ```

pub mod alerts;
pub mod api;
pub mod app;
pub mod auth;
pub mod changes;
pub mod cli;
pub mod config;
pub mod db;
pub mod demo;
pub mod history;
pub mod holds;
pub mod http;
pub mod ingest;
pub mod model;
pub mod notify;
pub mod rules;
pub mod secret;
pub mod services;
pub mod sources;
pub mod state;
pub mod telemetry;
pub mod web;
