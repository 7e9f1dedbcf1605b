//! Nouns that people manage, one folder each: their rules, their SQL and their tests.
//!
//! Must not know actix, status codes or any family's JSON.

pub mod accounts;
pub mod channels;
pub mod deliveries;
pub mod footprint;
pub mod settings;
pub mod targets;
