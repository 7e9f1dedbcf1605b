//! Secrets at rest: passwords and tokens are sealed before they reach the database and opened
//! only where they are used.
//!
//! Must not know which secrets there are or who asks for them. Start with [`Vault`].

mod hex;
mod key_file;
pub mod passphrase;
mod stream;
mod vault;

use std::path::PathBuf;

pub use hex::hex;
pub use stream::{Opener, Sealer, StreamKey};
pub use vault::{Place, Vault};

/// Why a secret could not be kept or read.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// The key file cannot be read or made.
    #[error("{attempted} the key file {path}", path = path.display())]
    KeyFile {
        /// What was attempted, as a verb.
        attempted: &'static str,
        /// Which file.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// Others than the owner may read the key file.
    #[error(
        "use the key file {path}: its permissions are {mode:04o}, so others may have read it; \
         run `chmod 600 {path}` if they have not",
        path = path.display()
    )]
    KeyTooOpen {
        /// Which file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// The key file does not hold a whole key.
    #[error(
        "use the key file {path}: it is damaged; put it back from a backup, or remove it \
         and enter every password and token again",
        path = path.display()
    )]
    KeyDamaged {
        /// Which file.
        path: PathBuf,
    },
    /// The system gave no random numbers, or the cipher refused.
    #[error("seal a secret for {place}")]
    Seal {
        /// Where it was to be kept.
        place: String,
    },
    /// Not sealed with this key for this place, or changed since.
    #[error(
        "open the secret of {place}: it was sealed with another key or for another place, \
         or it is damaged; enter it again"
    )]
    Unseal {
        /// Where it is kept.
        place: String,
    },
}

#[cfg(test)]
mod tests;
