//! Asks game servers what they are doing. A protocol is one file or folder and one line in
//! [`PROTOCOLS`].
//!
//! Every answer is hostile until read: time and bytes are bounded in [`line`], the only door to the
//! network, and parsers are functions over a bounded [`reader`]. Must not know who asks or how often.
//! Start with [`Protocol::ask`]; what comes back is an [`Answer`].

mod answer;
mod error;
mod json;
mod line;
mod protocol;
mod reader;
mod request;
mod text;

mod fivem;
mod luanti;
mod minecraft;
mod mumble;
mod open_port;
mod openttd;
mod palworld;
mod quake3;
mod rcon;
mod satisfactory;
mod teamspeak3;
mod teeworlds;
mod tshock;
mod valve;

#[cfg(test)]
mod tests;

pub use answer::Answer;
pub use error::QueryError;
pub use line::{Connection, Limits};
pub use protocol::{Capabilities, Players, Protocol, Transport};
pub use rcon::command as rcon_command;
pub use request::{Options, Request};

/// Every protocol that can be spoken.
pub static PROTOCOLS: &[Protocol] = &[
    valve::PROTOCOL,
    minecraft::JAVA,
    minecraft::QUERY,
    minecraft::BEDROCK,
    quake3::PROTOCOL,
    mumble::PROTOCOL,
    teamspeak3::PROTOCOL,
    teeworlds::PROTOCOL,
    openttd::PROTOCOL,
    satisfactory::PROTOCOL,
    palworld::PROTOCOL,
    fivem::PROTOCOL,
    tshock::PROTOCOL,
    rcon::FACTORIO,
    rcon::ARK,
    luanti::PROTOCOL,
    open_port::PROTOCOL,
];

/// The protocol called `name`.
#[must_use]
pub fn protocol(name: &str) -> Option<&'static Protocol> {
    PROTOCOLS.iter().find(|protocol| protocol.name == name)
}
