//! Game servers: [`query`] asks one what it is doing.
//!
//! Must not know which servers somebody has or what is done about their answers.

pub mod query;
