//! Signed tokens of other services (JWS compact form, RFC 7515) and the keys they are signed with
//! (RFC 7517). What a key may be used for is said by the key, never by the token alone; symmetric
//! algorithms and `none` are not known.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ED25519, RSA_PKCS1_2048_8192_SHA256,
    RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512, RSA_PSS_2048_8192_SHA256,
    RsaParameters, RsaPublicKeyComponents, UnparsedPublicKey, VerificationAlgorithm,
};
use serde::Deserialize;
use serde_json::{Map, Value};

/// Most bytes of a token.
const LONGEST: usize = 32 * 1024;

/// Most keys that are looked at.
const KEYS: usize = 64;

/// Why a token is not believed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JwtError {
    /// It is no signed token.
    #[error("is not a signed token")]
    Shape,
    /// It is signed in a way that is not taken.
    #[error("is signed with '{algorithm}', which is not taken")]
    Algorithm {
        /// What it says.
        algorithm: String,
    },
    /// No key fits it.
    #[error("is signed with a key that the provider does not list")]
    Key,
    /// The signature is wrong.
    #[error("has a wrong signature")]
    Signature,
}

/// Public keys, as a provider lists them.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct KeySet {
    keys: Vec<Value>,
}

#[derive(Deserialize)]
struct Jwk {
    kty: String,
    kid: Option<String>,
    alg: Option<String>,
    #[serde(rename = "use")]
    purpose: Option<String>,
    crv: Option<String>,
    n: Option<String>,
    e: Option<String>,
    x: Option<String>,
    y: Option<String>,
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: Option<String>,
    crit: Option<Value>,
}

/// How a signature is checked, and with which sort of key.
enum Method {
    Rsa(&'static RsaParameters),
    Curve(&'static str, &'static dyn VerificationAlgorithm),
}

impl Method {
    fn of(algorithm: &str) -> Option<Self> {
        Some(match algorithm {
            "RS256" => Self::Rsa(&RSA_PKCS1_2048_8192_SHA256),
            "RS384" => Self::Rsa(&RSA_PKCS1_2048_8192_SHA384),
            "RS512" => Self::Rsa(&RSA_PKCS1_2048_8192_SHA512),
            "PS256" => Self::Rsa(&RSA_PSS_2048_8192_SHA256),
            "ES256" => Self::Curve("P-256", &ECDSA_P256_SHA256_FIXED),
            "ES384" => Self::Curve("P-384", &ECDSA_P384_SHA384_FIXED),
            "EdDSA" => Self::Curve("Ed25519", &ED25519),
            _ => return None,
        })
    }

    /// Whether `key` has made `signature`; `None` where the key is of another sort.
    fn check(&self, key: &Jwk, message: &[u8], signature: &[u8]) -> Option<bool> {
        let part = |text: &Option<String>| decode(text.as_deref()?);
        match self {
            Self::Rsa(parameters) => {
                let (n, e) = (part(&key.n)?, part(&key.e)?);
                let public = RsaPublicKeyComponents { n, e };
                let is_right = public.verify(parameters, message, signature).is_ok();
                (key.kty == "RSA").then_some(is_right)
            }
            Self::Curve(curve, algorithm) => {
                if key.crv.as_deref() != Some(*curve) {
                    return None;
                }
                let public = match key.kty.as_str() {
                    "EC" => [vec![4], part(&key.x)?, part(&key.y)?].concat(),
                    "OKP" => part(&key.x)?,
                    _ => return None,
                };
                let public = UnparsedPublicKey::new(*algorithm, public);
                Some(public.verify(message, signature).is_ok())
            }
        }
    }
}

impl KeySet {
    /// The claims of `token`, if one of the keys has signed it.
    ///
    /// # Errors
    /// Why it is not believed.
    pub fn open(&self, token: &str) -> Result<Map<String, Value>, JwtError> {
        if token.len() > LONGEST {
            return Err(JwtError::Shape);
        }
        let (message, signature) = token.rsplit_once('.').ok_or(JwtError::Shape)?;
        let (header, claims) = message.split_once('.').ok_or(JwtError::Shape)?;
        let header: Header = decode(header)
            .and_then(|bytes| serde_json::from_slice(&bytes).ok())
            .ok_or(JwtError::Shape)?;
        let method = Method::of(&header.alg).ok_or_else(|| JwtError::Algorithm {
            algorithm: header.alg.chars().take(20).collect(),
        })?;
        // Extensions that must be understood: none are.
        if header.crit.is_some() {
            return Err(JwtError::Shape);
        }
        let signature = decode(signature).ok_or(JwtError::Shape)?;
        let keys = self.keys.iter().take(KEYS);
        let keys = keys.filter_map(|key| Jwk::deserialize(key).ok());
        let mut found = Err(JwtError::Key);
        for key in keys.filter(|key| key.is_for(&header)) {
            match method.check(&key, message.as_bytes(), &signature) {
                Some(true) => {
                    found = Ok(());
                    break;
                }
                Some(false) => found = Err(JwtError::Signature),
                None => {}
            }
        }
        found?;
        decode(claims)
            .and_then(|bytes| serde_json::from_slice(&bytes).ok())
            .ok_or(JwtError::Shape)
    }
}

impl Jwk {
    fn is_for(&self, header: &Header) -> bool {
        let names_it = header.kid.is_none() || self.kid.is_none() || header.kid == self.kid;
        let signs = self
            .purpose
            .as_deref()
            .is_none_or(|purpose| purpose == "sig");
        let is_alike = self.alg.as_deref().is_none_or(|alg| alg == header.alg);
        names_it && signs && is_alike
    }
}

fn decode(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

#[cfg(test)]
mod tests;
