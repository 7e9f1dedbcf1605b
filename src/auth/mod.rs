//! Who is asking, and what they may do.
//!
//! Must not know routes or what resources mean. Start with [`Gate::admit`].

mod attempts;
mod gate;
mod host;
mod proxy;
mod scope;
mod token;

pub use attempts::Attempts;
pub use gate::{Claim, Gate, Refusal};
pub use host::{Authority, HostList};
pub use proxy::{Forwarded, TrustedProxies};
pub use scope::{Principal, Scope, ScopeSet};
pub use token::TokenHash;
