//! How a server is reached beyond its address: by which socket, and how both sides prove who they
//! are.

use std::path::PathBuf;
use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use secrecy::{ExposeSecret, SecretString};

use super::Trust;
use super::client::HttpError;
use super::trust::Verifier;

/// What we prove to a server that we are.
#[derive(Clone, Debug)]
pub struct Identity {
    /// Our certificate, and those between it and an authority, as PEM.
    pub certificates: String,
    /// Its private key, as PEM.
    pub key: SecretString,
}

/// How a server is reached, beyond its address.
#[derive(Clone, Debug)]
pub struct Access {
    /// How it proves who it is.
    pub trust: Trust,
    /// How we do.
    pub identity: Option<Identity>,
    /// The socket of this machine on which it listens, whatever its address says.
    pub socket: Option<PathBuf>,
}

/// The TLS that believes `trust`, and who decides about certificates in it.
pub(super) fn tls_config(
    trust: &Trust,
) -> Result<(rustls::ClientConfig, Arc<Verifier>), HttpError> {
    tls_config_as(trust, None)
}

/// The same, with what we prove who we are by.
pub(super) fn tls_config_as(
    trust: &Trust,
    identity: Option<&Identity>,
) -> Result<(rustls::ClientConfig, Arc<Verifier>), HttpError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier = Arc::new(Verifier::new(trust, Arc::clone(&provider))?);
    let tls = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| HttpError::Setup(error.to_string()))?
        .dangerous()
        .with_custom_certificate_verifier(Arc::clone(&verifier) as _);
    let tls = match identity {
        None => tls.with_no_client_auth(),
        Some(identity) => {
            let (certificates, key) = read(identity)?;
            tls.with_client_auth_cert(certificates, key)
                .map_err(|error| HttpError::Setup(error.to_string()))?
        }
    };
    Ok((tls, verifier))
}

fn read(
    identity: &Identity,
) -> Result<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>), HttpError> {
    let unusable = |what: &str| HttpError::Setup(format!("our {what} is no usable PEM"));
    let certificates = CertificateDer::pem_slice_iter(identity.certificates.as_bytes())
        .collect::<Result<Vec<_>, _>>()
        .map_err(|_| unusable("certificate"))?;
    if certificates.is_empty() {
        return Err(unusable("certificate"));
    }
    let key = PrivateKeyDer::from_pem_slice(identity.key.expose_secret().as_bytes())
        .map_err(|_| unusable("private key"))?;
    Ok((certificates, key))
}
