//! Nouns that people manage, one folder each: their rules, their SQL and their tests.
//!
//! Must not know actix, status codes or any family's JSON.

pub mod accounts;
pub mod alerts;
pub mod around;
pub mod audit;
pub mod backups;
pub mod changes;
pub mod channels;
pub mod control;
pub mod deliveries;
pub mod doctor;
pub mod footprint;
pub mod game_catalog;
pub mod game_names;
pub mod game_policies;
pub mod games;
pub mod guest_metadata;
pub mod jobs;
pub mod links;
pub mod maintenance;
pub mod oidc;
pub mod own_backups;
pub mod push;
pub mod registration;
pub mod retention;
pub mod routing;
pub mod rules;
pub mod security;
pub mod server_events;
pub mod settings;
pub mod setup;
pub mod silences;
pub mod status_page;
pub mod system;
pub mod targets;
pub mod transfer;
pub mod updates;
