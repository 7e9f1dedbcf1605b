//! A mail channel's settings.

use std::net::IpAddr;
use std::time::Duration;

use lettre::message::Mailbox;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::Certificate;
use rustls::RootCertStore;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use crate::notify::error::ConfigError;
use crate::notify::fields::Fields;

/// Most recipients of one channel.
const RECIPIENTS: usize = 50;

/// How the connection is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Security {
    /// Not at all.
    Plain,
    /// By STARTTLS; a server that does not offer it is not used.
    StartTls,
    /// By TLS from the first byte.
    Tls,
}

/// Whose certificate is believed.
#[derive(Clone)]
pub(super) enum Trust {
    /// What public authorities have issued.
    Public,
    /// What these authorities have issued, too.
    Also(Certificate),
    /// The one certificate with this SHA-256 fingerprint, whatever it says.
    Only([u8; 32]),
}

/// See the module.
pub(super) struct Config {
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) security: Security,
    pub(super) trust: Trust,
    pub(super) login: Option<Credentials>,
    pub(super) from: Mailbox,
    pub(super) to: Vec<Mailbox>,
    pub(super) timeout: Duration,
}

impl Config {
    pub(super) fn read(
        config: &Value,
        password: Option<SecretString>,
    ) -> Result<Self, ConfigError> {
        let mut fields = Fields::of(config)?;
        let host = host(fields.required_text("host")?)?;
        let security = security(fields.text("security")?.as_deref())?;
        let port = match fields.number("port", 1..=65_535)? {
            Some(port) => u16::try_from(port).unwrap_or_default(),
            None => security.usual_port(),
        };
        let login = login(fields.text("username")?, password, security, &host)?;
        let from = mailbox("from", &fields.required_text("from")?)?;
        let to = recipients(&fields.texts("to")?)?;
        let trust = trust(
            fields.text("fingerprint")?,
            fields.text("ca_pem")?,
            security,
        )?;
        let timeout = fields.number("timeout_seconds", 1..=110)?.unwrap_or(30);
        fields.finish()?;
        Ok(Self {
            host,
            port,
            security,
            trust,
            login,
            from,
            to,
            timeout: Duration::from_secs(timeout),
        })
    }

    /// Host and port, for people.
    pub(super) fn address(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }
}

impl Security {
    const fn usual_port(self) -> u16 {
        match self {
            Self::Plain => 25,
            Self::StartTls => 587,
            Self::Tls => 465,
        }
    }
}

fn host(text: String) -> Result<String, ConfigError> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-._:".contains(c);
    if text.chars().all(is_plain) && text.len() <= 253 {
        Ok(text)
    } else {
        let problem = "must be a name or an address, without scheme or port";
        Err(ConfigError::new("host", problem))
    }
}

fn security(word: Option<&str>) -> Result<Security, ConfigError> {
    match word {
        None | Some("starttls") => Ok(Security::StartTls),
        Some("tls") => Ok(Security::Tls),
        Some("none") => Ok(Security::Plain),
        Some(_) => Err(ConfigError::new(
            "security",
            "must be starttls, tls or none",
        )),
    }
}

fn login(
    username: Option<String>,
    password: Option<SecretString>,
    security: Security,
    host: &str,
) -> Result<Option<Credentials>, ConfigError> {
    let Some(username) = username else {
        return Ok(None);
    };
    let Some(password) = password else {
        let problem = "is missing: there is a username";
        return Err(ConfigError::new("password", problem));
    };
    let is_local = host == "localhost"
        || host
            .parse::<IpAddr>()
            .is_ok_and(|address| address.is_loopback());
    if security == Security::Plain && !is_local {
        let problem = "must be starttls or tls: a password is not sent for all to read";
        return Err(ConfigError::new("security", problem));
    }
    let password = password.expose_secret().to_owned();
    Ok(Some(Credentials::new(username, password)))
}

fn mailbox(field: &str, text: &str) -> Result<Mailbox, ConfigError> {
    let wrong = || ConfigError::new(field, "must be a mail address: name@example.org");
    if text.chars().any(char::is_control) || text.len() > 512 {
        return Err(wrong());
    }
    let mailbox: Mailbox = text.parse().map_err(|_| wrong())?;
    let address: &str = mailbox.email.as_ref();
    if address.is_ascii() {
        Ok(mailbox)
    } else {
        Err(wrong())
    }
}

fn recipients(texts: &[String]) -> Result<Vec<Mailbox>, ConfigError> {
    if texts.is_empty() {
        return Err(ConfigError::new("to", "is missing"));
    }
    if texts.len() > RECIPIENTS {
        let problem = format!("must be {RECIPIENTS} addresses at most");
        return Err(ConfigError::new("to", problem));
    }
    texts.iter().map(|text| mailbox("to", text)).collect()
}

fn trust(
    fingerprint: Option<String>,
    ca_pem: Option<String>,
    security: Security,
) -> Result<Trust, ConfigError> {
    match (fingerprint, ca_pem) {
        (None, None) => Ok(Trust::Public),
        (Some(_), _) if security == Security::Plain => Err(ConfigError::new(
            "fingerprint",
            "needs security starttls or tls",
        )),
        (Some(_), Some(_)) => Err(ConfigError::new(
            "ca_pem",
            "cannot be used together with fingerprint",
        )),
        (Some(text), None) => parse_fingerprint(&text).map(Trust::Only).ok_or_else(|| {
            let problem = "must be a SHA-256 fingerprint: 64 hexadecimal digits, colons allowed";
            ConfigError::new("fingerprint", problem)
        }),
        (None, Some(pem)) => authority(&pem)
            .map(Trust::Also)
            .ok_or_else(|| ConfigError::new("ca_pem", "must be a certificate in PEM form")),
    }
}

/// The certificates in a PEM text, if there is at least one and each can issue others.
fn authority(pem: &str) -> Option<Certificate> {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(pem.as_bytes()) {
        roots.add(certificate.ok()?).ok()?;
    }
    if roots.is_empty() {
        return None;
    }
    Certificate::from_pem(pem.as_bytes()).ok()
}

fn parse_fingerprint(text: &str) -> Option<[u8; 32]> {
    let digits: Vec<u8> = text.bytes().filter(|byte| *byte != b':').collect();
    if digits.len() != 64 {
        return None;
    }
    let mut fingerprint = [0; 32];
    for (byte, pair) in fingerprint.iter_mut().zip(digits.chunks_exact(2)) {
        let pair = std::str::from_utf8(pair).ok()?;
        *byte = u8::from_str_radix(pair, 16).ok()?;
    }
    Some(fingerprint)
}
