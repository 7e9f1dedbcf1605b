//! What a reverse proxy says of the request it passes on; believed only from configured addresses.

use std::net::IpAddr;

use ipnet::IpNet;

/// The addresses of reverse proxies whose `X-Forwarded-*` headers are believed.
#[derive(Clone, Debug, Default)]
pub struct TrustedProxies(Vec<IpNet>);

/// The forwarding headers of a request, unchecked.
#[derive(Clone, Debug, Default)]
pub struct Forwarded {
    /// Addresses in `X-Forwarded-For`, client first.
    pub chain: Vec<String>,
    /// Whether any sign of a proxy was there at all.
    pub is_present: bool,
}

impl TrustedProxies {
    /// Proxies with addresses in these networks.
    #[must_use]
    pub const fn new(networks: Vec<IpNet>) -> Self {
        Self(networks)
    }

    /// Whether `address` is one of them.
    #[must_use]
    pub fn has(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|network| network.contains(&address))
    }

    /// Who is asking: the peer, or the last address before our own proxies.
    #[must_use]
    pub fn client(&self, peer: IpAddr, forwarded: &Forwarded) -> IpAddr {
        let mut client = peer.to_canonical();
        for hop in forwarded.chain.iter().rev() {
            if !self.has(client) {
                break;
            }
            match hop.trim().parse::<IpAddr>() {
                Ok(address) => client = address.to_canonical(),
                Err(_) => break,
            }
        }
        client
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_configured_proxies_are_believed() {
        let proxies = TrustedProxies::new(vec!["127.0.0.1/32".parse().unwrap()]);
        let forwarded = Forwarded {
            chain: vec!["6.6.6.6".into(), "192.168.1.9".into()],
            is_present: true,
        };
        for (peer, client) in [
            ("127.0.0.1", "192.168.1.9"),
            ("::ffff:127.0.0.1", "192.168.1.9"),
            ("10.0.0.1", "10.0.0.1"),
        ] {
            let peer: IpAddr = peer.parse().unwrap();
            let client: IpAddr = client.parse().unwrap();
            assert_eq!(proxies.client(peer, &forwarded), client, "{peer}");
        }
    }
}
