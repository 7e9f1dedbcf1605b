//! The circumstances of a request: from where, under which name, on whose behalf.

use std::net::{IpAddr, Ipv4Addr};

use actix_web::HttpRequest;
use actix_web::http::Method;
use actix_web::http::header::{self, HeaderMap, HeaderName};

use crate::auth::{Authority, Forwarded, HostList, TrustedProxies};

use super::problem::{Kind, Problem};

/// What the edge found out about a request; handlers find it in the request's extensions.
#[derive(Clone, Debug)]
pub struct Asked {
    /// Who is asking, our own proxies seen through.
    pub client: IpAddr,
    /// Whether it came straight from this machine; see [`crate::auth::Claim`].
    pub is_local: bool,
    /// Whether the browser uses TLS, as far as a believed proxy says.
    pub is_secure: bool,
    /// Where the browser sees our root: `/`, or `/pulse/` behind a proxy.
    pub base: String,
}

/// Marks a connection through a socket in the file system: only users of this machine that its
/// permissions let in can have made it.
#[derive(Clone, Copy, Debug)]
pub(super) struct ThroughSocket;

/// What the edge judges requests by.
#[derive(Clone, Debug, Default)]
pub struct Door {
    /// Names that the server answers to.
    pub hosts: HostList,
    /// Proxies that are believed.
    pub proxies: TrustedProxies,
    /// Path prefix that the server is configured to live under: empty, or like `/pulse`.
    pub base_path: String,
}

impl Door {
    /// Judges a request before any handler sees it.
    ///
    /// # Errors
    /// When it is asked under a foreign name, or would change something for a foreign page.
    pub fn judge(&self, request: &HttpRequest) -> Result<Asked, Problem> {
        let headers = request.headers();
        let host = text(headers, &header::HOST).ok_or_else(|| {
            Problem::new(Kind::Invalid, "host_missing", "the Host header is missing")
        })?;
        let authority = Authority::parse(host).ok_or_else(|| {
            Problem::new(
                Kind::Invalid,
                "host_invalid",
                "the Host header makes no sense",
            )
        })?;
        if !self.hosts.knows(&authority) {
            return Err(misdirected(authority.host));
        }
        let is_foreign = self.is_foreign(headers, &authority);
        if is_foreign && (changes_something(request.method()) || is_upgrade(headers)) {
            return Err(Problem::new(
                Kind::Forbidden,
                "foreign_origin",
                "a page of another origin may not do this; if homepulse is behind a proxy under \
                 that name, add the name to allowed_hosts",
            ));
        }
        let peer = peer(request);
        let forwarded = forwarded(headers);
        let is_local = peer.to_canonical().is_loopback()
            && authority.is_loopback()
            && !forwarded.is_present
            && !is_foreign;
        Ok(Asked {
            client: self.proxies.client(peer, &forwarded),
            is_local,
            is_secure: self.proxies.has(peer)
                && text(headers, &HeaderName::from_static("x-forwarded-proto")) == Some("https"),
            base: self.base(peer, headers),
        })
    }

    /// Whether a page of another origin is behind the request.
    fn is_foreign(&self, headers: &HeaderMap, host: &Authority<'_>) -> bool {
        if headers.contains_key(header::ORIGIN) {
            let origin = text(headers, &header::ORIGIN).and_then(Authority::of_origin);
            return !origin
                .is_some_and(|origin| host.is_same_place(&origin) || self.hosts.names(&origin));
        }
        matches!(
            text(headers, &HeaderName::from_static("sec-fetch-site")),
            Some("cross-site" | "same-site")
        )
    }

    /// Our root as the browser sees it, with a slash at both ends.
    fn base(&self, peer: IpAddr, headers: &HeaderMap) -> String {
        let prefix = text(headers, &HeaderName::from_static("x-forwarded-prefix"))
            .filter(|_| self.proxies.has(peer))
            .filter(|prefix| is_plain_path(prefix))
            .unwrap_or(&self.base_path);
        let prefix = prefix.trim_matches('/');
        if prefix.is_empty() {
            "/".to_owned()
        } else {
            format!("/{prefix}/")
        }
    }
}

/// The other end of the connection. One that is gone already has no address and is nobody, unlike
/// one through a socket in the file system, which never had one and is on this machine.
fn peer(request: &HttpRequest) -> IpAddr {
    if request.conn_data::<ThroughSocket>().is_some() {
        return IpAddr::V4(Ipv4Addr::LOCALHOST);
    }
    request
        .peer_addr()
        .map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |address| address.ip())
}

/// Whether a prefix is safe to stand in a page.
fn is_plain_path(path: &str) -> bool {
    path.starts_with('/')
        && !path.starts_with("//")
        && path
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "/-_.~".contains(c))
}

fn changes_something(method: &Method) -> bool {
    !matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}

fn is_upgrade(headers: &HeaderMap) -> bool {
    headers.contains_key(header::UPGRADE)
}

fn forwarded(headers: &HeaderMap) -> Forwarded {
    let chain = headers
        .get_all(header::X_FORWARDED_FOR)
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(|hop| hop.trim().to_owned())
        .collect();
    let signs = [
        "x-forwarded-for",
        "x-forwarded-host",
        "x-forwarded-proto",
        "x-real-ip",
    ];
    let is_present = signs.iter().any(|name| headers.contains_key(*name))
        || headers.contains_key(header::FORWARDED)
        || headers.contains_key(header::VIA);
    Forwarded { chain, is_present }
}

fn misdirected(host: &str) -> Problem {
    Problem::new(
        Kind::Misdirected,
        "host_unknown",
        format!(
            "this server does not answer to the name '{host}'; add it to allowed_hosts, or use its \
             address"
        ),
    )
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn a_page_learns_under_which_path_the_browser_sees_it() {
        let door = Door {
            proxies: TrustedProxies::new(vec!["10.0.0.0/8".parse().unwrap()]),
            base_path: "/pulse".into(),
            ..Door::default()
        };
        for (peer, prefix, expected) in [
            ("10.1.1.1", "/apps/pulse", "/apps/pulse/"),
            ("10.1.1.1", "//evil.example", "/pulse/"),
            ("10.1.1.1", "/\"><script>", "/pulse/"),
            ("10.1.1.1", "/", "/"),
            ("192.168.1.1", "/evil", "/pulse/"),
        ] {
            let request = TestRequest::get()
                .peer_addr(format!("{peer}:50000").parse().unwrap())
                .insert_header(("host", "localhost"))
                .insert_header(("x-forwarded-prefix", prefix));
            let asked = door.judge(&request.to_http_request()).unwrap();
            assert_eq!(asked.base, expected, "{prefix} from {peer}");
        }
    }
}
