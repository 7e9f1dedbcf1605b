//! Where the server listens: addresses, sockets in the file system, and with which certificate.

use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use super::environment::Environment;
use super::raw::{OneOrMany, RawConfig, RawTls};
use super::resolved::Flags;

/// The default address: Pulse's port, on loopback.
const DEFAULT: &str = "127.0.0.1:7655";

/// A place to listen on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Listen {
    /// An address and port.
    Address(SocketAddr),
    /// A socket in the file system, written `unix:/run/homepulse/web.sock`; who may write to its
    /// folder's file may connect.
    Socket(PathBuf),
}

impl Listen {
    /// The address, where it is one.
    #[must_use]
    pub const fn address(&self) -> Option<SocketAddr> {
        match self {
            Self::Address(address) => Some(*address),
            Self::Socket(_) => None,
        }
    }

    /// Whether only this machine can connect.
    #[must_use]
    pub const fn is_local(&self) -> bool {
        match self {
            Self::Address(address) => address.ip().is_loopback(),
            Self::Socket(_) => true,
        }
    }
}

impl FromStr for Listen {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        match text.strip_prefix("unix:") {
            Some(path) if Path::new(path).is_absolute() => Ok(Self::Socket(path.into())),
            Some(_) => Err(()),
            None => text.parse().map(Self::Address).map_err(drop),
        }
    }
}

impl fmt::Display for Listen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address(address) => address.fmt(f),
            Self::Socket(path) => write!(f, "unix:{}", path.display()),
        }
    }
}

/// The files of the server's certificate, both in PEM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsFiles {
    /// The certificate, followed by those between it and the authority.
    pub certificate: PathBuf,
    /// Its private key.
    pub key: PathBuf,
}

/// Where to listen, by flags, environment, file or default.
pub(super) fn listen(
    raw: &RawConfig,
    flags: &Flags,
    environment: &Environment,
    problems: &mut Vec<String>,
) -> Vec<Listen> {
    let texts = if flags.listen.is_empty() {
        environment
            .get("HOMEPULSE_LISTEN")
            .map(|text| text.split(',').map(|part| part.trim().to_owned()).collect())
            .or_else(|| raw.listen.clone().map(OneOrMany::into_vec))
            .unwrap_or_else(|| vec![DEFAULT.to_owned()])
    } else {
        flags.listen.clone()
    };
    let mut places = Vec::new();
    for text in texts {
        match text.parse() {
            Ok(place) => places.push(place),
            Err(()) => problems.push(format!(
                "listen: '{text}' is neither an address and port, such as {DEFAULT} or \
                 [::1]:7655, nor a socket, such as unix:/run/homepulse/web.sock"
            )),
        }
    }
    places
}

/// The certificate's files, where any are given; both or neither.
pub(super) fn tls(
    raw: RawTls,
    environment: &Environment,
    problems: &mut Vec<String>,
) -> Option<TlsFiles> {
    let file = |name, given: Option<PathBuf>| environment.get(name).map(PathBuf::from).or(given);
    let certificate = file("HOMEPULSE_TLS_CERT_FILE", raw.cert_file);
    let key = file("HOMEPULSE_TLS_KEY_FILE", raw.key_file);
    let missing = match (certificate, key) {
        (Some(certificate), Some(key)) => return Some(TlsFiles { certificate, key }),
        (None, None) => return None,
        (Some(_), None) => "key_file",
        (None, Some(_)) => "cert_file",
    };
    problems.push(format!(
        "tls.{missing}: is missing; a certificate needs cert_file and key_file"
    ));
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_an_address_or_an_absolute_path() {
        for (text, is_good) in [
            ("127.0.0.1:7655", true),
            ("[::1]:7655", true),
            ("unix:/run/homepulse/web.sock", true),
            ("unix:web.sock", false),
            ("localhost:7655", false),
            ("127.0.0.1", false),
            ("", false),
        ] {
            let place = text.parse::<Listen>();
            assert_eq!(place.is_ok(), is_good, "{text}");
            if let Ok(place) = place {
                assert_eq!(place.to_string(), text);
            }
        }
    }

    #[test]
    fn a_certificate_without_its_key_is_told_by_name() {
        let mut problems = Vec::new();
        let raw = RawTls {
            cert_file: Some("/a.pem".into()),
            key_file: None,
        };
        assert_eq!(tls(raw, &Environment::default(), &mut problems), None);
        assert!(problems[0].starts_with("tls.key_file:"), "{problems:?}");
    }
}
