//! Bootstrap settings: what is needed to open the database and listen, and what an admin prefers
//! to keep in a file. Flags win over the environment, the environment over the file, the file over
//! the defaults. The only place that reads the environment.
//!
//! Start with [`Config::load`].

mod address;
mod environment;
mod listen;
mod origin;
mod owned;
mod raw;
mod resolved;
mod shown;
mod sign_on;
mod tokens;
mod webhooks;

pub use environment::Environment;
pub use listen::{Listen, TlsFiles};
pub use origin::{Origin, origins};
pub use owned::{FileChannel, FileTarget};
pub use raw::{RawChannel, RawConfig, RawTarget, RawUpdates};
pub use resolved::{Config, ConfigError, Flags, UpdateConfig};
pub use sign_on::{OidcProvider, RawOidc, RawTrustedHeader, RoleWord, Roles, TrustedHeader};
pub use tokens::{FileToken, TOKENS_FILE};
pub use webhooks::RawWebhook;
