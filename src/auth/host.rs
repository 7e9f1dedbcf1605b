//! Which names this server answers to, against DNS rebinding and foreign pages.

use std::net::IpAddr;

/// A host and, where given, a port, as in a `Host` header or behind `https://` in an `Origin`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Authority<'a> {
    /// Name or address; IPv6 without brackets.
    pub host: &'a str,
    /// Port, where one was written.
    pub port: Option<u16>,
}

impl<'a> Authority<'a> {
    /// Reads `name`, `name:port`, `[::1]` or `[::1]:port`.
    #[must_use]
    pub fn parse(text: &'a str) -> Option<Self> {
        if let Some(rest) = text.strip_prefix('[') {
            let (host, rest) = rest.split_once(']')?;
            let port = match rest.strip_prefix(':') {
                Some(port) => Some(port.parse().ok()?),
                None if rest.is_empty() => None,
                None => return None,
            };
            return Some(Self { host, port });
        }
        let (host, port) = match text.split_once(':') {
            Some((host, port)) => (host, Some(port.parse().ok()?)),
            None => (text, None),
        };
        let plain = |c: char| c.is_ascii_alphanumeric() || "-._".contains(c);
        (!host.is_empty() && host.chars().all(plain)).then_some(Self { host, port })
    }

    /// Reads an `Origin`; the port of its scheme is filled in.
    #[must_use]
    pub fn of_origin(origin: &'a str) -> Option<Self> {
        let (scheme, rest) = origin.split_once("://")?;
        let default = match scheme {
            "http" => 80,
            "https" => 443,
            _ => return None,
        };
        let authority = Self::parse(rest)?;
        Some(Self {
            port: Some(authority.port.unwrap_or(default)),
            ..authority
        })
    }

    /// The address, where the host is one.
    #[must_use]
    pub fn address(&self) -> Option<IpAddr> {
        self.host.parse().ok()
    }

    /// Whether the name means this machine wherever it is looked up.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        self.host.eq_ignore_ascii_case("localhost")
            || self.address().is_some_and(|address| address.is_loopback())
    }

    /// Whether both name the same place. A `Host` without a port stands for 80 or 443.
    #[must_use]
    pub fn is_same_place(&self, origin: &Self) -> bool {
        let ports = match (self.port, origin.port) {
            (Some(here), Some(there)) => here == there,
            (None, Some(there)) => matches!(there, 80 | 443),
            (_, None) => true,
        };
        ports && self.host.eq_ignore_ascii_case(origin.host)
    }
}

/// The names that this server answers to.
#[derive(Clone, Debug, Default)]
pub struct HostList(Vec<String>);

impl HostList {
    /// Addresses and `localhost` are always among them; `names` are added.
    #[must_use]
    pub fn new(names: &[String]) -> Self {
        let names = names.iter().map(|name| name.trim_end_matches('.'));
        Self(names.map(str::to_ascii_lowercase).collect())
    }

    /// Whether the server answers to `authority`.
    #[must_use]
    pub fn knows(&self, authority: &Authority<'_>) -> bool {
        authority.is_loopback() || authority.address().is_some() || self.names(authority)
    }

    /// Whether `authority` is one of the names that were configured.
    #[must_use]
    pub fn names(&self, authority: &Authority<'_>) -> bool {
        let host = authority.host.trim_end_matches('.');
        self.0.iter().any(|name| name.eq_ignore_ascii_case(host))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_and_configured_names_are_known_and_others_are_not() {
        let hosts = HostList::new(&["Pulse.lan".into()]);
        for (text, expected) in [
            ("localhost:7655", true),
            ("127.0.0.1", true),
            ("192.168.1.5:7655", true),
            ("[::1]:7655", true),
            ("[2001:db8::1]", true),
            ("pulse.lan", true),
            ("PULSE.LAN.:443", true),
            ("evil.example", false),
            ("localhost.evil.example", false),
            ("127.0.0.1.evil.example", false),
        ] {
            let authority = Authority::parse(text).unwrap();
            assert_eq!(hosts.knows(&authority), expected, "{text}");
        }
        for text in ["", "a b", "user@host", "host:port", "[::1", "[::1]x", "a/b"] {
            assert_eq!(Authority::parse(text), None, "{text:?}");
        }
    }

    #[test]
    fn loopback_is_a_name_or_an_address_of_this_machine() {
        for (text, expected) in [
            ("localhost", true),
            ("LOCALHOST:1", true),
            ("127.8.9.1", true),
            ("[::1]", true),
            ("10.0.0.1", false),
            ("localhost.lan", false),
        ] {
            let authority = Authority::parse(text).unwrap();
            assert_eq!(authority.is_loopback(), expected, "{text}");
        }
    }

    #[test]
    fn an_origin_is_the_same_place_when_name_and_port_agree() {
        for (host, origin, expected) in [
            ("pulse.lan", "https://pulse.lan", true),
            ("pulse.lan", "http://pulse.lan", true),
            ("pulse.lan:7655", "http://pulse.lan:7655", true),
            ("localhost:7655", "http://localhost:3000", false),
            ("pulse.lan", "https://evil.example", false),
        ] {
            let host = Authority::parse(host).unwrap();
            let origin = Authority::of_origin(origin).unwrap();
            assert_eq!(host.is_same_place(&origin), expected, "{host:?} {origin:?}");
        }
        assert_eq!(Authority::of_origin("null"), None);
    }
}
