//! Finds addresses for the nodes to listen on.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use tokio::net::TcpListener;

/// Binds one listener per node on the same port of different loopback addresses. Systems that have only 127.0.0.1
/// get different ports instead.
pub(crate) async fn bind_all(count: usize, port: u16) -> io::Result<Vec<TcpListener>> {
    let address = |index: usize| Ipv4Addr::from(u32::from(Ipv4Addr::LOCALHOST) + index as u32);
    'attempt: for _ in 0..50 {
        let first = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
        let chosen = first.local_addr()?.port();
        let mut listeners = vec![first];
        for index in 1..count {
            match TcpListener::bind((address(index), chosen)).await {
                Ok(listener) => listeners.push(listener),
                Err(error) if error.kind() == io::ErrorKind::AddrInUse && port == 0 => {
                    continue 'attempt;
                }
                Err(error) if error.kind() == io::ErrorKind::AddrNotAvailable => {
                    listeners.push(TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?);
                }
                Err(error) => return Err(error),
            }
        }
        return Ok(listeners);
    }
    Err(io::ErrorKind::AddrInUse.into())
}

/// The old listener is dropped by its task a moment after the task was told to end.
pub(crate) async fn bind_patiently(address: SocketAddr) -> io::Result<TcpListener> {
    let mut attempts = 0;
    loop {
        match TcpListener::bind(address).await {
            Err(error) if error.kind() == io::ErrorKind::AddrInUse && attempts < 200 => {
                attempts += 1;
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
            other => return other,
        }
    }
}
