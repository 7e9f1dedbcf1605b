//! The outgoing HTTP client: pins certificates, bounds every answer in size and time, keeps the
//! reason phrase (Proxmox VE puts its error texts there) and never follows redirects.
//!
//! Must not know who calls and why. Start with [`Client`].

mod client;
mod fingerprint;
mod trust;

pub use client::{Answer, Client, HttpError, Limits, public_client};
pub use fingerprint::Fingerprint;
pub use trust::Trust;
