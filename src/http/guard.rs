//! Where messages may be sent to: the home network and the internet, but not this machine's
//! neighbours in the cloud, nor this program itself.
//!
//! Whoever may set a channel up chooses an address that this program then connects to from
//! inside the network. Private networks stay open, because that is where a home lab's own
//! services are; what is refused has no business in a home lab and is what such an address is
//! abused for.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::sync::{Arc, PoisonError, RwLock};

/// What of this machine's loopback may be connected to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Loopback {
    /// Every port but the ones this program listens on.
    #[default]
    OtherPorts,
    /// These ports only, less the ones this program listens on.
    Only(Vec<u16>),
}

/// An address that nothing is sent to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{address} is not sent to: it is {what}")]
pub struct Forbidden {
    /// Which address.
    pub address: SocketAddr,
    /// What it is.
    pub what: &'static str,
}

/// Decides about addresses. Cheap to clone; all clones know the same ports.
#[derive(Clone, Debug, Default)]
pub struct Guard {
    loopback: Loopback,
    own_ports: Arc<RwLock<Vec<u16>>>,
}

impl Guard {
    /// One that is so open to loopback.
    #[must_use]
    pub fn new(loopback: Loopback) -> Self {
        Self {
            loopback,
            own_ports: Arc::default(),
        }
    }

    /// One that keeps out of the same ports of this program, but of nothing else on loopback.
    #[must_use]
    pub fn open_to_loopback(&self) -> Self {
        Self {
            loopback: Loopback::OtherPorts,
            own_ports: Arc::clone(&self.own_ports),
        }
    }

    /// Names the ports that this program itself listens on.
    pub fn keep_out_of(&self, ports: impl IntoIterator<Item = u16>) {
        let mut own = self
            .own_ports
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        own.extend(ports);
    }

    /// Whether `address` may be connected to.
    ///
    /// # Errors
    /// What it is, if it may not.
    pub fn check(&self, address: SocketAddr) -> Result<(), Forbidden> {
        let forbidden = |what| Forbidden { address, what };
        match address.ip() {
            IpAddr::V4(ip) => self.check_v4(ip, address.port()),
            IpAddr::V6(ip) => {
                let inside = embedded(ip);
                check_v6(ip)
                    .and_then(|()| match inside {
                        Some(inside) => self.check_v4(inside, address.port()),
                        None => Ok(()),
                    })
                    .and_then(|()| match ip.is_loopback() {
                        true => self.check_loopback(address.port()),
                        false => Ok(()),
                    })
            }
        }
        .and_then(|()| self.check_own(address))
        .map_err(forbidden)
    }

    fn check_v4(&self, ip: Ipv4Addr, port: u16) -> Result<(), &'static str> {
        match ip.octets() {
            [0, ..] => Err("no address of anybody"),
            [127, ..] => self.check_loopback(port),
            [169, 254, ..] => Err("link-local, where clouds keep credentials"),
            [100, 100, 100, 200] | [168, 63, 129, 16] | [192, 0, 0, 192] => {
                Err("where a cloud keeps credentials")
            }
            [224..=239, ..] => Err("a multicast address"),
            [240..=255, ..] => Err("a broadcast or reserved address"),
            _ => Ok(()),
        }
    }

    fn check_loopback(&self, port: u16) -> Result<(), &'static str> {
        match &self.loopback {
            Loopback::OtherPorts => Ok(()),
            Loopback::Only(ports) if ports.contains(&port) => Ok(()),
            Loopback::Only(_) => Err("a port of this machine that channels may not use"),
        }
    }

    /// Whatever address of this machine it is, its own ports are not talked to.
    fn check_own(&self, address: SocketAddr) -> Result<(), &'static str> {
        let own = self
            .own_ports
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        if own.contains(&address.port()) && is_of_this_machine(address.ip()) {
            return Err("this program itself");
        }
        Ok(())
    }
}

fn check_v6(ip: Ipv6Addr) -> Result<(), &'static str> {
    // Of these only the address without the last part is known, and it is the same everywhere.
    const AWS: Ipv6Addr = Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254);
    const GOOGLE: Ipv6Addr = Ipv6Addr::new(0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254);
    match ip.segments() {
        _ if ip.is_unspecified() => Err("no address of anybody"),
        _ if ip == AWS || ip == GOOGLE => Err("where a cloud keeps credentials"),
        [first, ..] if first & 0xffc0 == 0xfe80 => Err("link-local"),
        [first, ..] if first & 0xffc0 == 0xfec0 => Err("site-local, which nobody may use any more"),
        [first, ..] if first & 0xff00 == 0xff00 => Err("a multicast address"),
        _ => Ok(()),
    }
}

/// The IPv4 address that packets to an IPv6 address end up at, where it names one: mapped,
/// compatible, NAT64, 6to4, Teredo and ISATAP.
fn embedded(ip: Ipv6Addr) -> Option<Ipv4Addr> {
    let parts = ip.segments();
    let v4 = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        Some(Ipv4Addr::new(a, b, c, d))
    };
    match parts {
        [0, 0, 0, 0, 0, 0, 0, 0 | 1] => None,
        [0, 0, 0, 0, 0 | 0xffff, 0, high, low] | [0, 0, 0, 0, 0, 0xffff, high, low] => {
            v4(high, low)
        }
        [0x64, 0xff9b, .., high, low] => v4(high, low),
        [0x2002, high, low, ..] => v4(high, low),
        [0x2001, 0, .., high, low] => v4(!high, !low),
        [.., 0 | 0x200, 0x5efe, high, low] => v4(high, low),
        _ => None,
    }
}

/// Only an address of this machine can be bound to.
fn is_of_this_machine(ip: IpAddr) -> bool {
    let ip = match ip {
        IpAddr::V6(v6) => embedded(v6).map_or(ip, IpAddr::V4),
        IpAddr::V4(_) => ip,
    };
    ip.is_loopback() || UdpSocket::bind((ip, 0)).is_ok()
}

#[cfg(test)]
mod tests;
