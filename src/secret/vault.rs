//! Sealing and opening with AES-256-GCM, bound to the row a secret belongs to.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::rand::{SecureRandom, SystemRandom};
use secrecy::{ExposeSecret, SecretString};
use zeroize::{Zeroize, Zeroizing};

use super::{SecretError, key_file};

/// The first byte of everything sealed, so that the format can change.
const FORMAT: u8 = 1;

/// The one column a secret is sealed for: moved anywhere else it does not open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    table: &'static str,
    column: &'static str,
    row: String,
}

impl Place {
    /// The column of the row with this id.
    #[must_use]
    pub fn new(table: &'static str, column: &'static str, row: impl Into<String>) -> Self {
        Self {
            table,
            column,
            row: row.into(),
        }
    }

    /// What the cipher binds: each part with its length in front, so that no two places are
    /// written alike.
    fn binding(&self) -> Vec<u8> {
        let mut bytes = vec![FORMAT];
        for part in [self.table, self.column, &self.row] {
            bytes.extend_from_slice(&(part.len() as u64).to_be_bytes());
            bytes.extend_from_slice(part.as_bytes());
        }
        bytes
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{} of {}", self.table, self.column, self.row)
    }
}

/// Seals and opens secrets with the key of the data directory. Cheap to clone.
#[derive(Clone)]
pub struct Vault {
    key: Arc<LessSafeKey>,
}

impl Vault {
    /// Opens the vault of a data directory, making its `secret.key` at the first start.
    ///
    /// # Errors
    /// When the key file cannot be read or made, is damaged, or is readable by others.
    pub fn open(data_dir: &Path) -> Result<Self, SecretError> {
        let path = data_dir.join("secret.key");
        let key = key_file::load_or_create(&path)?;
        let key = UnboundKey::new(&AES_256_GCM, key.as_ref())
            .map_err(|_| SecretError::KeyDamaged { path })?;
        Ok(Self {
            key: Arc::new(LessSafeKey::new(key)),
        })
    }

    /// Seals `secret` for `place`: format byte, nonce, cipher text and tag.
    ///
    /// # Errors
    /// When the system gives no random numbers.
    pub fn seal(&self, place: &Place, secret: &SecretString) -> Result<Vec<u8>, SecretError> {
        let failed = |_| SecretError::Seal {
            place: place.to_string(),
        };
        let mut nonce = [0; NONCE_LEN];
        SystemRandom::new().fill(&mut nonce).map_err(failed)?;
        let mut text = Zeroizing::new(secret.expose_secret().as_bytes().to_vec());
        let tag = self
            .key
            .seal_in_place_separate_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(place.binding()),
                &mut text,
            )
            .map_err(failed)?;
        Ok([&[FORMAT][..], &nonce, &text, tag.as_ref()].concat())
    }

    /// Opens what was sealed for `place`.
    ///
    /// # Errors
    /// When it was sealed with another key or for another place, or was changed.
    pub fn unseal(&self, place: &Place, sealed: &[u8]) -> Result<SecretString, SecretError> {
        self.open_sealed(place, sealed)
            .ok_or_else(|| SecretError::Unseal {
                place: place.to_string(),
            })
    }

    fn open_sealed(&self, place: &Place, sealed: &[u8]) -> Option<SecretString> {
        let (&format, rest) = sealed.split_first()?;
        let (nonce, rest) = rest.split_first_chunk::<NONCE_LEN>()?;
        if format != FORMAT {
            return None;
        }
        let mut buffer = Zeroizing::new(rest.to_vec());
        let text = self
            .key
            .open_in_place(
                Nonce::assume_unique_for_key(*nonce),
                Aad::from(place.binding()),
                &mut buffer,
            )
            .ok()?;
        match String::from_utf8(text.to_vec()) {
            Ok(text) => Some(SecretString::from(text)),
            Err(error) => {
                error.into_bytes().zeroize();
                None
            }
        }
    }
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Vault")
    }
}
