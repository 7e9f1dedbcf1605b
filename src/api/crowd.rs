//! How many connections one client may hold: nobody alone takes every place there is.
//!
//! Counted as soon as a connection is there, before anything is read from it: whoever never says
//! anything takes a place, too.

use std::any::Any;
use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};

use actix_tls::accept::rustls_0_23::TlsStream;
use actix_web::rt::net::TcpStream;
use rustix::net::{Shutdown, shutdown};

use crate::auth::{TrustedProxies, network_of};

/// The connections of every client.
#[derive(Debug)]
pub(super) struct Crowd {
    most: usize,
    /// Everybody comes through these.
    exempt: TrustedProxies,
    held: Mutex<HashMap<IpAddr, usize>>,
}

impl Crowd {
    /// `most` for each client, and any number for `exempt`.
    pub(super) fn new(most: usize, exempt: TrustedProxies) -> Arc<Self> {
        Arc::new(Self {
            most,
            exempt,
            held: Mutex::default(),
        })
    }

    /// A place for `client`, if one is left.
    fn enter(self: &Arc<Self>, client: IpAddr) -> Option<Seat> {
        if self.exempt.has(client) {
            return Some(Seat(None));
        }
        let client = network_of(client);
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let count = held.entry(client).or_default();
        if *count >= self.most {
            return None;
        }
        *count += 1;
        Some(Seat(Some((Arc::clone(self), client))))
    }

    fn leave(&self, client: IpAddr) {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = held.get_mut(&client) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                held.remove(&client);
            }
        }
    }

    /// A place for a connection over the network, which ends at once where its client has no more.
    /// `None` where there is no place, or no client to be seen.
    pub(super) fn admit(self: &Arc<Self>, connection: &dyn Any) -> Option<Seat> {
        let stream = tcp(connection)?;
        let client = stream.peer_addr().ok().as_ref().map(SocketAddr::ip)?;
        let seat = self.enter(client);
        if seat.is_none() {
            // One that has gone by itself needs no end.
            let _ = shutdown(stream, Shutdown::Both);
        }
        seat
    }
}

/// The stream below a connection, plain or TLS.
fn tcp(connection: &dyn Any) -> Option<&TcpStream> {
    let plain = connection.downcast_ref::<TcpStream>();
    plain.or_else(|| {
        let sealed = connection.downcast_ref::<TlsStream<TcpStream>>()?;
        Some(sealed.get_ref().0)
    })
}

/// A client's place, given back when dropped; one of an exempt client is nobody's.
#[derive(Debug)]
pub(super) struct Seat(Option<(Arc<Crowd>, IpAddr)>);

impl Drop for Seat {
    fn drop(&mut self) {
        if let Some((crowd, client)) = self.0.take() {
            crowd.leave(client);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_client_gets_so_many_places_and_proxies_any_number() {
        let proxies = TrustedProxies::new(vec!["10.0.0.1/32".parse().unwrap()]);
        let crowd = Crowd::new(2, proxies);
        let enter = |text: &str| crowd.enter(text.parse().unwrap());
        let first = enter("2001:db8::1");
        let second = enter("2001:db8::2");
        assert!(first.is_some() && second.is_some());
        assert!(enter("2001:db8::3").is_none(), "the same network");
        assert!(enter("2001:db8:0:1::1").is_some());
        drop(first);
        assert!(enter("2001:db8::3").is_some());
        let through: Vec<_> = (0..5).map(|_| enter("10.0.0.1")).collect();
        assert!(through.iter().all(Option::is_some));
        drop((second, through));
        assert!(crowd.held.lock().unwrap().is_empty());
    }
}
