//! The circumstances of a request: from where, under which name, on whose behalf.

use std::net::{IpAddr, Ipv4Addr};

use actix_web::HttpRequest;
use actix_web::http::header::{self, HeaderMap, HeaderName};
use actix_web::http::{Method, Version};

use crate::auth::{Authority, Forwarded, HostList, TrustedProxies, Vouched};

use super::problem::{Kind, Problem};

/// What the edge found out about a request; handlers find it in the request's extensions.
#[derive(Clone, Debug)]
pub struct Asked {
    /// Who is asking, our own proxies seen through.
    pub client: IpAddr,
    /// Whether it came straight from this machine; see [`crate::auth::Claim`].
    pub is_local: bool,
    /// Whether the browser uses TLS: with us, or with a believed proxy that says so.
    pub is_secure: bool,
    /// Where the browser sees our root: `/`, or `/pulse/` behind a proxy.
    pub base: String,
    /// Whom a proxy vouches for that is trusted to.
    pub vouched: Option<Vouched>,
}

/// The headers in which a proxy says who is asking, once it has had them log in.
#[derive(Clone, Debug)]
pub struct TrustedHeader {
    /// The addresses from which it is believed: of the peer itself, never of one that a header
    /// names.
    pub peers: TrustedProxies,
    /// The header with the name.
    pub user: HeaderName,
    /// The header with the groups, separated by commas or bars.
    pub groups: Option<HeaderName>,
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
    /// Where a proxy says who is asking.
    pub header: Option<TrustedHeader>,
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
        // The address as proxies are asked; it would hold instead of the header (RFC 9112, 3.2.2).
        let asked_for = request.uri().authority();
        if asked_for.is_some_and(|other| !other.as_str().eq_ignore_ascii_case(host)) {
            return Err(Problem::new(
                Kind::Invalid,
                "host_invalid",
                "the Host header is not that of the address",
            ));
        }
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
        if peer.is_none() && changes_something(request.method()) {
            return Err(Problem::new(
                Kind::Invalid,
                "nobody_there",
                "the connection was gone before anybody could see whose it was",
            ));
        }
        let peer = peer.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
        let forwarded = forwarded(headers);
        let vouched = match &self.header {
            Some(trusted) if trusted.peers.has(peer) => trusted.read(headers)?,
            _ => None,
        };
        // A proxy on this machine that passes neither name nor client on must not look like it.
        let is_local = peer.to_canonical().is_loopback()
            && authority.is_loopback()
            && !forwarded.is_present
            && !self.proxies.has(peer)
            && request.version() >= Version::HTTP_11
            && !is_foreign
            && !is_referred_from_elsewhere(headers, &authority);
        Ok(Asked {
            vouched,
            client: self.proxies.client(peer, &forwarded),
            is_local,
            is_secure: match text(headers, &HeaderName::from_static("x-forwarded-proto")) {
                Some(scheme) if self.proxies.has(peer) => scheme == "https",
                _ => request.app_config().secure(),
            },
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

impl TrustedHeader {
    /// Whom the headers name.
    fn read(&self, headers: &HeaderMap) -> Result<Option<Vouched>, Problem> {
        let mut names = headers.get_all(&self.user);
        let Some(name) = names.next() else {
            return Ok(None);
        };
        if names.next().is_some() {
            let text = format!("the header {} is there twice", self.user);
            return Err(Problem::new(Kind::Invalid, "header_twice", text));
        }
        let name = std::str::from_utf8(name.as_bytes()).unwrap_or_default();
        let groups = self.groups.iter().flat_map(|name| headers.get_all(name));
        let groups = groups
            .filter_map(|value| std::str::from_utf8(value.as_bytes()).ok())
            .flat_map(|value| value.split([',', '|']))
            .map(|group| group.trim().to_owned())
            .filter(|group| !group.is_empty());
        // An empty name is how proxies say that nobody has logged in.
        Ok((!name.trim().is_empty()).then(|| Vouched {
            name: name.trim().to_owned(),
            groups: groups.collect(),
        }))
    }
}

/// Whether a page under another name is behind the request; our own pages say where they are.
fn is_referred_from_elsewhere(headers: &HeaderMap, host: &Authority<'_>) -> bool {
    let Some(referrer) = headers.get(header::REFERER) else {
        return false;
    };
    let referrer = referrer
        .to_str()
        .ok()
        .and_then(|text| text.parse::<url::Url>().ok());
    let origin = referrer.map(|referrer| referrer.origin().ascii_serialization());
    let origin = origin.as_deref().and_then(Authority::of_origin);
    !origin.is_some_and(|origin| host.is_same_place(&origin))
}

/// The other end of the connection. One that is gone already has no address and is nobody, unlike
/// one through a socket in the file system, which never had one and is on this machine.
fn peer(request: &HttpRequest) -> Option<IpAddr> {
    if request.conn_data::<ThroughSocket>().is_some() {
        return Some(IpAddr::V4(Ipv4Addr::LOCALHOST));
    }
    request.peer_addr().map(|address| address.ip())
}

/// Whether a prefix is safe to stand in a page.
fn is_plain_path(path: &str) -> bool {
    path.starts_with('/')
        && !path.starts_with("//")
        && path
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "/-_.~".contains(c))
}

/// Whether a request of that method may change something.
pub(super) fn changes_something(method: &Method) -> bool {
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
        "cf-connecting-ip",
        "forwarded",
        "remote-user",
        "true-client-ip",
        "via",
        "x-client-ip",
        "x-real-ip",
    ];
    let is_present = headers
        .keys()
        .map(HeaderName::as_str)
        .any(|name| signs.contains(&name) || name.starts_with("x-forwarded-"));
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

    fn from_loopback() -> TestRequest {
        TestRequest::get()
            .peer_addr("127.0.0.1:50000".parse().unwrap())
            .insert_header(("host", "127.0.0.1:7655"))
    }

    #[test]
    fn a_proxy_on_this_machine_does_not_look_like_this_machine() {
        let is_local = |door: &Door, request: TestRequest| {
            door.judge(&request.to_http_request()).unwrap().is_local
        };
        let door = Door::default();
        assert!(is_local(&door, from_loopback()));
        let here = ("referer", "http://127.0.0.1:7655/guests");
        assert!(is_local(&door, from_loopback().insert_header(here)));
        for (name, value) in [
            ("x-forwarded-for", "192.0.2.7"),
            ("x-forwarded-server", "proxy"),
            ("x-forwarded-prefix", "/"),
            ("forwarded", "for=192.0.2.7"),
            ("via", "1.1 proxy"),
            ("x-real-ip", "192.0.2.7"),
            ("remote-user", "ada"),
            ("referer", "https://pulse.example.org/"),
            ("referer", "nonsense"),
            ("sec-fetch-site", "same-site"),
        ] {
            let request = from_loopback().insert_header((name, value));
            assert!(!is_local(&door, request), "{name}: {value}");
        }
        let old = from_loopback().version(Version::HTTP_10);
        assert!(
            !is_local(&door, old),
            "what nginx speaks unless told otherwise"
        );
        let door = Door {
            proxies: TrustedProxies::new(vec!["127.0.0.0/8".parse().unwrap()]),
            ..Door::default()
        };
        assert!(!is_local(&door, from_loopback()), "a proxy is there");
    }

    #[test]
    fn a_proxy_vouches_only_from_its_own_address_and_for_one_person() {
        let trusted = TrustedHeader {
            peers: TrustedProxies::new(vec!["10.0.0.1/32".parse().unwrap()]),
            user: HeaderName::from_static("remote-user"),
            groups: Some(HeaderName::from_static("remote-groups")),
        };
        let door = Door {
            header: Some(trusted),
            proxies: TrustedProxies::new(vec!["10.0.0.0/8".parse().unwrap()]),
            ..Door::default()
        };
        let ask = |peer: &str, names: &[&str]| {
            let mut request = TestRequest::get()
                .peer_addr(format!("{peer}:50000").parse().unwrap())
                .insert_header(("host", "10.0.0.9"))
                .insert_header(("x-forwarded-for", "10.0.0.1"))
                .insert_header(("remote-groups", "root, family|x"));
            for name in names {
                request = request.append_header(("remote-user", *name));
            }
            door.judge(&request.to_http_request())
                .map(|asked| asked.vouched)
        };
        let vouched = ask("10.0.0.1", &["ada"]).unwrap().unwrap();
        assert_eq!(vouched.name, "ada");
        assert_eq!(vouched.groups, ["root", "family", "x"]);
        assert_eq!(ask("10.0.0.2", &["ada"]).unwrap(), None, "not that proxy");
        assert_eq!(ask("10.0.0.1", &[]).unwrap(), None);
        assert_eq!(ask("10.0.0.1", &[" "]).unwrap(), None);
        let twice = ask("10.0.0.1", &["ada", "root"]).unwrap_err();
        assert_eq!(twice.code, "header_twice");
    }

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
