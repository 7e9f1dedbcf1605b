//! Game servers: [`query`] asks one what it is doing, [`catalog`] knows how one is run.
//!
//! Must not know which servers somebody has or what is done about their answers.

pub mod catalog;
pub mod host;
pub mod query;
