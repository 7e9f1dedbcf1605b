//! Certificates as a cluster makes them: one authority, one leaf per node, the leaf alone in the handshake.
//!
//! Keys are ECDSA instead of the RSA of real hosts, because they are made on every start.

use std::fmt;
use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, date_time_ymd,
};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};

use crate::clock::civil;

const DAY: i64 = 86_400;

/// Failed to make a certificate or to set up TLS with it.
#[derive(Debug)]
pub struct TlsError(String);

impl fmt::Display for TlsError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "make a certificate: {}", self.0)
    }
}

impl std::error::Error for TlsError {}

impl From<rcgen::Error> for TlsError {
    fn from(error: rcgen::Error) -> Self {
        Self(error.to_string())
    }
}

impl From<rustls::Error> for TlsError {
    fn from(error: rustls::Error) -> Self {
        Self(error.to_string())
    }
}

/// A certificate with all that is said about it.
#[derive(Clone, Debug)]
pub struct Certificate {
    /// SHA-256 of the DER form, `AA:BB:…`.
    pub fingerprint: String,
    /// The certificate as text.
    pub pem: String,
    /// `/CN=…/O=…`.
    pub subject: String,
    /// The same of the issuer.
    pub issuer: String,
    /// Unix seconds.
    pub not_before: i64,
    /// Unix seconds.
    pub not_after: i64,
    /// Names and addresses it is for.
    pub names: Vec<String>,
}

/// A certificate with its key, ready to serve.
#[derive(Clone, Debug)]
pub struct Identity {
    /// What is presented.
    pub certificate: Certificate,
    pub(crate) config: Arc<ServerConfig>,
}

/// A cluster's own authority.
pub(crate) struct Authority {
    pub(crate) certificate: Certificate,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    /// Makes the authority; valid for ten years from the day before `now` (seconds).
    pub(crate) fn new(now: i64, organisation: &str) -> Result<Self, TlsError> {
        let mut params = CertificateParams::new(Vec::new())?;
        let names = [
            (DnType::CommonName, "Proxmox Virtual Environment"),
            (DnType::OrganizationalUnitName, organisation),
            (DnType::OrganizationName, "PVE Cluster Manager CA"),
        ];
        for (kind, value) in names {
            params.distinguished_name.push(kind, value);
        }
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let (not_before, not_after) = validity(&mut params, now, 3650);
        let key = KeyPair::generate()?;
        let signed = params.self_signed(&key)?;
        let subject =
            format!("/CN=Proxmox Virtual Environment/OU={organisation}/O=PVE Cluster Manager CA");
        let certificate = Certificate {
            fingerprint: fingerprint(signed.der()),
            pem: signed.pem(),
            issuer: subject.clone(),
            subject,
            not_before,
            not_after,
            names: Vec::new(),
        };
        Ok(Self {
            certificate,
            issuer: Issuer::new(params, key),
        })
    }

    /// Issues a leaf for a node; valid for two years.
    pub(crate) fn issue(
        &self,
        name: &str,
        names: &[String],
        now: i64,
    ) -> Result<Identity, TlsError> {
        let (mut params, not_before, not_after) = leaf(name, names, now)?;
        params
            .distinguished_name
            .push(DnType::OrganizationalUnitName, "PVE Cluster Node");
        params
            .distinguished_name
            .push(DnType::OrganizationName, "Proxmox Virtual Environment");
        let key = KeyPair::generate()?;
        let signed = params.signed_by(&key, &self.issuer)?;
        let certificate = Certificate {
            fingerprint: fingerprint(signed.der()),
            pem: signed.pem(),
            subject: format!("/OU=PVE Cluster Node/O=Proxmox Virtual Environment/CN={name}"),
            issuer: self.certificate.subject.clone(),
            not_before,
            not_after,
            names: names.to_vec(),
        };
        Ok(Identity {
            certificate,
            config: server_config(signed.der().clone(), &key)?,
        })
    }
}

/// A certificate that nobody but itself vouches for.
pub(crate) fn self_signed(name: &str, names: &[String], now: i64) -> Result<Identity, TlsError> {
    let (params, not_before, not_after) = leaf(name, names, now)?;
    let key = KeyPair::generate()?;
    let signed = params.self_signed(&key)?;
    let certificate = Certificate {
        fingerprint: fingerprint(signed.der()),
        pem: signed.pem(),
        subject: format!("/CN={name}"),
        issuer: format!("/CN={name}"),
        not_before,
        not_after,
        names: names.to_vec(),
    };
    Ok(Identity {
        certificate,
        config: server_config(signed.der().clone(), &key)?,
    })
}

fn leaf(name: &str, names: &[String], now: i64) -> Result<(CertificateParams, i64, i64), TlsError> {
    let mut params = CertificateParams::new(names.to_vec())?;
    params.distinguished_name.push(DnType::CommonName, name);
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let (not_before, not_after) = validity(&mut params, now, 730);
    Ok((params, not_before, not_after))
}

fn validity(params: &mut CertificateParams, now: i64, days: i64) -> (i64, i64) {
    let first = now.div_euclid(DAY) - 1;
    let date = |day: i64| {
        let (year, month, day) = civil(day);
        date_time_ymd(year, month, day)
    };
    params.not_before = date(first);
    params.not_after = date(first + days);
    (first * DAY, (first + days) * DAY)
}

fn server_config(
    certificate: CertificateDer<'static>,
    key: &KeyPair,
) -> Result<Arc<ServerConfig>, TlsError> {
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(rustls::ALL_VERSIONS)?
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)?;
    Ok(Arc::new(config))
}

fn fingerprint(der: &[u8]) -> String {
    let digest = ring::digest::digest(&ring::digest::SHA256, der);
    digest
        .as_ref()
        .iter()
        .map(|byte| format!("{byte:02X}"))
        .collect::<Vec<_>>()
        .join(":")
}
