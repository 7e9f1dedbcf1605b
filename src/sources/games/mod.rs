//! Game servers: [`query`] asks one what it is doing, [`catalog`] knows how one is run, [`watch`]
//! puts together what its host and it itself say.
//!
//! Must not know which servers somebody has or what is done about their answers.

pub mod catalog;
pub mod host;
pub mod label;
pub mod query;
pub mod watch;
