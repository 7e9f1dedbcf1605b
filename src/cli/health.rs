//! Asking a running appliance for its health, for container health checks.

use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Duration;

/// Asks the appliance at `address` for its health, for container health checks.
#[must_use]
pub(super) fn health(address: SocketAddr) -> ExitCode {
    match ask_health(address) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => {
            eprintln!("homepulse: {address} answers, but is not healthy");
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("homepulse: cannot ask {address}: {error}");
            ExitCode::FAILURE
        }
    }
}

fn ask_health(address: SocketAddr) -> std::io::Result<bool> {
    use std::io::{Read as _, Write as _};
    let limit = Duration::from_secs(3);
    let mut stream = std::net::TcpStream::connect_timeout(&address, limit)?;
    stream.set_read_timeout(Some(limit))?;
    stream.set_write_timeout(Some(limit))?;
    write!(
        stream,
        "GET /api/health HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n"
    )?;
    let mut answer = String::new();
    stream.take(64 << 10).read_to_string(&mut answer)?;
    Ok(answer.starts_with("HTTP/1.1 200") && answer.contains("\"healthy\""))
}
