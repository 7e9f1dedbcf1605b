//! The outgoing HTTP client: pins certificates, bounds every answer in size and time, keeps the
//! reason phrase (Proxmox VE puts its error texts there) and never follows redirects.
//!
//! Must not know who calls and why. Start with [`Client`] for hosts that were set up with care,
//! and with [`Outgoing`] for addresses that people typed in.

mod access;
mod client;
mod fingerprint;
mod flow;
mod guard;
mod outgoing;
mod trust;

pub use access::{Access, Identity};
pub use client::{Answer, Client, HttpError, Limits, without_code};
pub use fingerprint::Fingerprint;
pub use flow::{Both, Incoming, Patience, Upload};
pub use guard::{Forbidden, Guard, Loopback};
pub use outgoing::{Ask, Outgoing, OutgoingError, Stream};
pub use trust::Trust;
