//! Whom to believe: a pinned certificate, a certificate authority, the system's store, or anyone.

use std::collections::HashSet;
use std::fmt;
use std::sync::{Arc, Mutex};

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, DigitallySignedStruct, RootCertStore, SignatureScheme};

use super::Fingerprint;
use super::client::HttpError;

/// How a server proves who it is.
#[derive(Clone, Debug)]
pub enum Trust {
    /// By exactly this certificate, whatever its name, issuer and dates say.
    Pinned(Fingerprint),
    /// By a certificate from one of these authorities (PEM) that names the host.
    Authority(String),
    /// By a certificate that the operating system trusts and that names the host.
    System,
    /// Not at all.
    Anyone,
}

/// Decides about a server's certificate and remembers what was presented last.
pub(super) struct Verifier {
    provider: Arc<CryptoProvider>,
    rule: Rule,
    /// Certificates trusted beside the rule: of the other nodes of a cluster, learned from a
    /// trusted one.
    pins: Mutex<HashSet<Fingerprint>>,
    presented: Mutex<Option<Fingerprint>>,
}

enum Rule {
    Pins,
    Chain(Arc<dyn ServerCertVerifier>),
    Anyone,
}

impl Verifier {
    /// # Errors
    /// When the authority's PEM holds no usable certificate, or the system's store cannot be read.
    pub(super) fn new(trust: &Trust, provider: Arc<CryptoProvider>) -> Result<Self, HttpError> {
        let mut pins = HashSet::new();
        let rule = match trust {
            Trust::Pinned(pin) => {
                pins.insert(*pin);
                Rule::Pins
            }
            Trust::Anyone => Rule::Anyone,
            Trust::Authority(pem) => Rule::Chain(authority(pem, &provider)?),
            Trust::System => Rule::Chain(Arc::new(
                rustls_platform_verifier::Verifier::new(Arc::clone(&provider))
                    .map_err(|error| HttpError::Setup(error.to_string()))?,
            )),
        };
        Ok(Self {
            provider,
            rule,
            pins: Mutex::new(pins),
            presented: Mutex::new(None),
        })
    }

    /// Trusts one more certificate.
    pub(super) fn learn(&self, pin: Fingerprint) {
        if let Ok(mut pins) = self.pins.lock() {
            // A cluster has a few dozen nodes; a host that tells of thousands is not believed.
            if pins.len() < 64 {
                pins.insert(pin);
            }
        }
    }

    /// The certificate that a server presented last.
    pub(super) fn presented(&self) -> Option<Fingerprint> {
        self.presented.lock().ok().and_then(|slot| *slot)
    }
}

fn authority(
    pem: &str,
    provider: &Arc<CryptoProvider>,
) -> Result<Arc<dyn ServerCertVerifier>, HttpError> {
    let unusable = || HttpError::Setup("the authority's PEM holds no usable certificate".into());
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(pem.as_bytes()) {
        roots
            .add(certificate.map_err(|_| unusable())?)
            .map_err(|_| unusable())?;
    }
    if roots.is_empty() {
        return Err(unusable());
    }
    let verifier =
        WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(provider))
            .build()
            .map_err(|_| unusable())?;
    Ok(verifier)
}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Verifier")
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let print = Fingerprint::of(end_entity);
        if let Ok(mut slot) = self.presented.lock() {
            *slot = Some(print);
        }
        if self.pins.lock().is_ok_and(|pins| pins.contains(&print)) {
            return Ok(ServerCertVerified::assertion());
        }
        match &self.rule {
            Rule::Anyone => Ok(ServerCertVerified::assertion()),
            Rule::Pins => Err(CertificateError::ApplicationVerificationFailure.into()),
            Rule::Chain(chain) => {
                chain.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
            }
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(
            message,
            cert,
            dss,
            &self.provider.signature_verification_algorithms,
        )
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(
            message,
            cert,
            dss,
            &self.provider.signature_verification_algorithms,
        )
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}
