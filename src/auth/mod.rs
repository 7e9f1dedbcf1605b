//! Who is asking, and what they may do.
//!
//! Must not know routes or what resources mean. Start with [`Gate::admit`]; [`Keyring`] is what it
//! looks tokens and sessions up in, and [`store`] where they are kept.

mod attempts;
mod bucket;
mod gate;
mod groups;
mod host;
pub mod identity;
pub mod jwt;
mod keyring;
mod password;
mod proxy;
pub mod qr;
pub mod recovery;
mod role;
mod scope;
pub mod store;
mod token;
pub mod totp;
mod visits;

pub use attempts::Attempts;
pub use bucket::{Buckets, Level, Pace, network_of};
pub use gate::{Claim, Gate, Refusal};
pub use groups::{GroupRoles, Vouched};
pub use host::{Authority, HostList};
pub use keyring::{Key, KeyKind, Keyring, Person};
pub use password::{PasswordError, PasswordHash};
pub use proxy::{Forwarded, TrustedProxies};
pub use role::Role;
pub use scope::{Principal, Scope, ScopeSet};
pub use token::{Secret, TokenHash};

/// Whether people can be called that: 1 to 64 letters, digits, `-`, `_`, `.` or `@`.
#[must_use]
pub fn is_name(name: &str) -> bool {
    let is_plain = |c: char| c.is_alphanumeric() || "-_.@".contains(c);
    (1..=64).contains(&name.chars().count()) && name.chars().all(is_plain)
}
