//! From a name to the addresses that are tried.

use std::net::{IpAddr, SocketAddr};

use super::super::QueryError;

/// The first address of each family, in the order in which the system prefers them.
pub(super) async fn resolve(host: &str, port: u16) -> Result<Vec<SocketAddr>, QueryError> {
    let bare = host
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    let found: Vec<SocketAddr> = match bare.unwrap_or(host).parse::<IpAddr>() {
        Ok(address) => vec![SocketAddr::new(address, port)],
        Err(_) => tokio::net::lookup_host((host, port))
            .await
            .map_err(|_| QueryError::NameUnknown(host.to_owned()))?
            .collect(),
    };
    let mut chosen: Vec<SocketAddr> = Vec::with_capacity(2);
    for address in found {
        if !chosen
            .iter()
            .any(|known| known.is_ipv4() == address.is_ipv4())
        {
            chosen.push(address);
        }
    }
    if chosen.is_empty() {
        return Err(QueryError::NameUnknown(host.to_owned()));
    }
    chosen.retain(|address| is_one_host(address.ip()));
    if chosen.is_empty() {
        return Err(QueryError::NotOneServer(host.to_owned()));
    }
    Ok(chosen)
}

/// Questions to many hosts at once would make us a means of attack.
fn is_one_host(address: IpAddr) -> bool {
    let address = address.to_canonical();
    let broadcast = matches!(address, IpAddr::V4(v4) if v4.is_broadcast());
    !(address.is_multicast() || address.is_unspecified() || broadcast)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn groups_of_hosts_are_not_asked() {
        for host in [
            "255.255.255.255",
            "224.0.0.1",
            "0.0.0.0",
            "::",
            "[ff02::1]",
            "::ffff:224.0.0.1",
        ] {
            let refused = resolve(host, 1).await;
            assert!(
                matches!(refused, Err(QueryError::NotOneServer(_))),
                "{host}"
            );
        }
        assert_eq!(
            resolve("[::1]", 7).await.ok(),
            Some(vec![SocketAddr::from(([0, 0, 0, 0, 0, 0, 0, 1], 7))])
        );
    }
}
