//! What game panels have in common: an address, a key, servers that are read now and then and
//! asked by ourselves where the panel does not count players.
//!
//! Must not know any one panel. Start with [`source`] for a look, [`client`] for a question to a
//! panel and [`server`] for what a panel says of a server.

pub(super) mod client;
mod failure;
pub(super) mod order;
pub(super) mod product;
pub(super) mod server;
pub(super) mod settings;
pub(super) mod source;

#[cfg(test)]
#[path = "tests/fake.rs"]
pub(super) mod fake;
