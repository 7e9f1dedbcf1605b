//! Sealing a text with a passphrase, for files that people carry elsewhere.
//!
//! The form is that of Pulse's exports, so that either side reads the other's: the Base64 of a
//! salt (32 bytes), a nonce (12 bytes) and what AES-256-GCM made of the text, tag last. The key
//! is PBKDF2-HMAC-SHA256 of passphrase and salt, 100,000 rounds.

use std::num::NonZeroU32;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::pbkdf2;
use ring::rand::{SecureRandom, SystemRandom};
use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

/// Characters that a passphrase has at least.
pub const SHORTEST: usize = 12;

const SALT_LEN: usize = 32;
const ROUNDS: NonZeroU32 = NonZeroU32::new(100_000).unwrap();

/// Why a text could not be sealed or opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PassphraseError {
    /// The passphrase is too short.
    #[error("the passphrase must have {SHORTEST} characters at least")]
    TooShort,
    /// What was given is not something sealed.
    #[error("this is no export, or not all of it")]
    NotSealed,
    /// The passphrase is another one, or something was changed.
    #[error("the passphrase is wrong, or the export was changed")]
    Wrong,
    /// The system gave no random numbers.
    #[error("the system gave no random numbers")]
    NoRandom,
}

/// Seals `text`.
///
/// # Errors
/// When the passphrase is too short or the system gives no random numbers.
pub fn seal(text: &[u8], passphrase: &SecretString) -> Result<String, PassphraseError> {
    check(passphrase)?;
    let mut salt = [0; SALT_LEN];
    let mut nonce = [0; NONCE_LEN];
    let random = SystemRandom::new();
    for bytes in [&mut salt[..], &mut nonce[..]] {
        random.fill(bytes).map_err(|_| PassphraseError::NoRandom)?;
    }
    let mut body = Zeroizing::new(text.to_vec());
    let tag = key(passphrase, &salt)?
        .seal_in_place_separate_tag(Nonce::assume_unique_for_key(nonce), Aad::empty(), &mut body)
        .map_err(|_| PassphraseError::NoRandom)?;
    Ok(STANDARD.encode([&salt[..], &nonce, &body, tag.as_ref()].concat()))
}

/// Opens what [`seal`], or Pulse, has sealed.
///
/// # Errors
/// When it is nothing sealed, was changed, or the passphrase is another one.
pub fn open(
    sealed: &str,
    passphrase: &SecretString,
) -> Result<Zeroizing<Vec<u8>>, PassphraseError> {
    check(passphrase)?;
    let text: String = sealed.chars().filter(|c| !c.is_whitespace()).collect();
    let bytes = STANDARD.decode(text);
    let bytes = bytes.map_err(|_| PassphraseError::NotSealed)?;
    let parts = bytes
        .split_first_chunk::<SALT_LEN>()
        .and_then(|(salt, rest)| Some((salt, rest.split_first_chunk::<NONCE_LEN>()?)));
    let Some((salt, (nonce, body))) = parts else {
        return Err(PassphraseError::NotSealed);
    };
    let mut body = Zeroizing::new(body.to_vec());
    let length = key(passphrase, salt)?
        .open_in_place(
            Nonce::assume_unique_for_key(*nonce),
            Aad::empty(),
            &mut body,
        )
        .map_err(|_| PassphraseError::Wrong)?
        .len();
    body.truncate(length);
    Ok(body)
}

fn check(passphrase: &SecretString) -> Result<(), PassphraseError> {
    if passphrase.expose_secret().chars().count() < SHORTEST {
        return Err(PassphraseError::TooShort);
    }
    Ok(())
}

fn key(passphrase: &SecretString, salt: &[u8]) -> Result<LessSafeKey, PassphraseError> {
    let mut bytes = Zeroizing::new([0; 32]);
    pbkdf2::derive(
        pbkdf2::PBKDF2_HMAC_SHA256,
        ROUNDS,
        salt,
        passphrase.expose_secret().as_bytes(),
        bytes.as_mut(),
    );
    let key = UnboundKey::new(&AES_256_GCM, bytes.as_ref());
    Ok(LessSafeKey::new(key.map_err(|_| PassphraseError::Wrong)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn phrase(text: &str) -> SecretString {
        SecretString::from(text)
    }

    #[test]
    fn what_was_sealed_opens_with_the_same_passphrase_only() {
        let sealed = seal(b"{\"a\":1}", &phrase("correct horse")).unwrap();
        let opened = open(&sealed, &phrase("correct horse")).unwrap();
        assert_eq!(&opened[..], b"{\"a\":1}");
        let wrong = open(&sealed, &phrase("correct house")).unwrap_err();
        assert_eq!(wrong, PassphraseError::Wrong);
        assert_ne!(
            sealed,
            seal(b"{\"a\":1}", &phrase("correct horse")).unwrap()
        );
    }

    #[test]
    fn what_another_program_has_sealed_in_the_same_form_opens() {
        // Made with Python's hashlib and cryptography: salt 00…1f, nonce 00…0b.
        const SEALED: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8AAQIDBAUGBwgJCgvbRjeuq9Dj4cNVtq9UqtbngQY4oTN2Qlh16FADmQuO87k=";
        let opened = open(SEALED, &phrase("a long passphrase")).unwrap();
        assert_eq!(&opened[..], b"{\"version\":\"4.0\"}");
    }

    #[test]
    fn what_is_cut_or_changed_is_refused() {
        let sealed = seal(b"text", &phrase("correct horse")).unwrap();
        assert_eq!(
            open(&sealed[..20], &phrase("correct horse")).unwrap_err(),
            PassphraseError::NotSealed
        );
        assert!(open("no base64 !", &phrase("correct horse")).is_err());
        let mut bytes = STANDARD.decode(&sealed).unwrap();
        bytes[50] ^= 1;
        let changed = STANDARD.encode(bytes);
        assert!(open(&changed, &phrase("correct horse")).is_err());
        assert_eq!(
            seal(b"text", &phrase("eleven char")).unwrap_err(),
            PassphraseError::TooShort
        );
    }
}
