//! Who is asking, and what they may do.
//!
//! Must not know routes or what resources mean. Start with [`Gate::admit`]; [`Keyring`] is what it
//! looks tokens and sessions up in, and [`store`] where they are kept.

mod attempts;
mod gate;
mod host;
mod keyring;
mod password;
mod proxy;
mod role;
mod scope;
pub mod store;
mod token;
pub mod totp;

pub use attempts::Attempts;
pub use gate::{Claim, Gate, Refusal};
pub use host::{Authority, HostList};
pub use keyring::{Key, KeyKind, Keyring};
pub use password::{PasswordError, PasswordHash};
pub use proxy::{Forwarded, TrustedProxies};
pub use role::Role;
pub use scope::{Principal, Scope, ScopeSet};
pub use token::{Secret, TokenHash};
