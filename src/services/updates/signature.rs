//! Who made a release: an ed25519 signature over what it is called and what it holds.
//!
//! What is signed is a text of four lines, so that an archive can be passed off neither as another
//! version nor for another machine:
//!
//! ```text
//! homepulse release 1
//! 0.2.0
//! homepulse_0.2.0_linux_amd64.tar.gz
//! <SHA-256 of the archive in hexadecimal>
//! ```
//!
//! The signature is 64 bytes in Base64, in a file beside the archive with `.sig` behind its name.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::digest::{SHA256, digest};
use ring::signature::{ED25519, UnparsedPublicKey};
use semver::Version;

use super::error::UpdateError;

/// Keys that were known when this program was built, separated by commas.
const BUILT_IN: Option<&str> = option_env!("HOMEPULSE_RELEASE_KEYS");

/// Public keys, any of which may have signed: a second one lets the first be retired.
#[derive(Clone, Debug, Default)]
pub struct Keys {
    keys: Vec<[u8; 32]>,
}

impl Keys {
    /// The keys that were built in, and `given` ones, each 32 bytes in Base64.
    ///
    /// # Errors
    /// When one is no key.
    pub fn with(given: &[String]) -> Result<Self, UpdateError> {
        let built_in = BUILT_IN.unwrap_or_default().split(',');
        let texts = built_in.chain(given.iter().map(String::as_str));
        let keys = texts
            .map(str::trim)
            .filter(|text| !text.is_empty())
            .map(|text| {
                let bytes = STANDARD.decode(text).ok();
                bytes
                    .and_then(|bytes| bytes.try_into().ok())
                    .ok_or_else(|| UpdateError::Key {
                        given: text.chars().take(60).collect(),
                    })
            })
            .collect::<Result<_, _>>()?;
        Ok(Self { keys })
    }

    /// Whether there is none, so that nothing can be trusted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// Whether one of them signed the archive `bytes` under that name.
    ///
    /// # Errors
    /// When none did.
    pub fn verify(
        &self,
        version: &Version,
        name: &str,
        bytes: &[u8],
        signature: &str,
    ) -> Result<(), UpdateError> {
        let text = statement(version, name, &sha256(bytes));
        let signature = STANDARD.decode(signature.trim()).unwrap_or_default();
        let is_signed = self.keys.iter().any(|key| {
            let key = UnparsedPublicKey::new(&ED25519, key);
            key.verify(text.as_bytes(), &signature).is_ok()
        });
        if is_signed {
            return Ok(());
        }
        Err(UpdateError::Signature {
            name: name.to_owned(),
        })
    }
}

/// What is signed.
#[must_use]
pub fn statement(version: &Version, name: &str, sha256: &str) -> String {
    format!("homepulse release 1\n{version}\n{name}\n{sha256}\n")
}

/// SHA-256 in hexadecimal.
#[must_use]
pub fn sha256(bytes: &[u8]) -> String {
    crate::secret::hex(digest(&SHA256, bytes).as_ref())
}
