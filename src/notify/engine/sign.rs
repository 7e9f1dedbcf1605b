//! Signatures: the plain HMAC that PEON's and Playpulse's documents name, and Standard Webhooks 1.0.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::hmac;
use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

use crate::notify::error::ConfigError;
use crate::secret::hex;

/// What secrets of Standard Webhooks begin with; the rest is the key in base64.
const PREFIX: &str = "whsec_";

/// Signs bodies with one secret.
pub(super) struct Signer {
    plain: hmac::Key,
    standard: hmac::Key,
}

impl Signer {
    /// A secret, in the field of that name, that begins with `whsec_` is taken apart as Standard Webhooks says; any other is
    /// used as it is for both signatures.
    pub(super) fn new(field: &str, secret: &SecretString) -> Result<Self, ConfigError> {
        let text = secret.expose_secret();
        let key = |bytes: &[u8]| hmac::Key::new(hmac::HMAC_SHA256, bytes);
        let standard = match text.strip_prefix(PREFIX) {
            None => key(text.as_bytes()),
            Some(encoded) => {
                let decoded = STANDARD.decode(encoded).map(Zeroizing::new).ok();
                let bytes = decoded.filter(|bytes| (24..=64).contains(&bytes.len()));
                let wrong = || {
                    let problem = "must be whsec_ and 24 to 64 bytes in base64, or any other text";
                    ConfigError::new(field, problem)
                };
                key(&bytes.ok_or_else(wrong)?)
            }
        };
        Ok(Self {
            plain: key(text.as_bytes()),
            standard,
        })
    }

    /// `sha256=` and the HMAC of the body in hexadecimal.
    pub(super) fn plain(&self, body: &[u8]) -> String {
        let tag = hmac::sign(&self.plain, body);
        format!("sha256={}", hex(tag.as_ref()))
    }

    /// `v1,` and the HMAC of id, time and body in base64.
    pub(super) fn standard(&self, id: &str, seconds: i64, body: &[u8]) -> String {
        let mut context = hmac::Context::with_key(&self.standard);
        context.update(format!("{id}.{seconds}.").as_bytes());
        context.update(body);
        format!("v1,{}", STANDARD.encode(context.sign()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_the_standard_verifies() {
        let secret = SecretString::from("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
        let signer = Signer::new("signing_secret", &secret).expect("a good secret");
        assert_eq!(
            signer.standard(
                "msg_p5jXN8AQM9LWM0D4loKWxJek",
                1_614_265_330,
                br#"{"test": 2432232314}"#
            ),
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
        );
    }

    #[test]
    fn the_plain_signature_is_the_well_known_hmac() {
        let signer =
            Signer::new("signing_secret", &SecretString::from("key")).expect("a good secret");
        assert_eq!(
            signer.plain(b"The quick brown fox jumps over the lazy dog"),
            "sha256=f7bc83f430538424b13298e6aa6fb143ef4d59a14946175997479dbc2d1a3cd8"
        );
    }

    #[test]
    fn a_standard_secret_that_is_too_short_is_named() {
        let error = Signer::new("signing_secret", &SecretString::from("whsec_c2hvcnQ=")).err();
        assert_eq!(
            error.map(|error| error.field).as_deref(),
            Some("signing_secret")
        );
    }
}
