//! The only door to the network for protocols: connected datagram sockets, streams and HTTP, all
//! bounded by one [`Budget`] a query.
//!
//! Must not know any protocol. A test sees to it that nothing beside this folder opens a socket.

mod address;
mod budget;
mod call;
mod tcp;
mod udp;
mod web;

pub use budget::Limits;
pub(super) use budget::{Budget, Patience};
pub(super) use call::Call;
pub(super) use tcp::TcpLine;
pub(super) use udp::{Heard, UdpLine};
pub use web::Connection;
pub(super) use web::Web;
