//! What stopped a command, in words that say what to do about it.

use std::io;

use crate::api::ServeError;
use crate::http::without_code;

/// `error` with its causes on one line, and behind it what puts it right where that is known.
#[must_use]
pub fn complaint(error: &anyhow::Error) -> String {
    let said = without_code(&format!("{error:#}"));
    match error.chain().find_map(remedy) {
        Some(remedy) => format!("{said}\n  -> {remedy}"),
        None => said,
    }
}

fn remedy(cause: &(dyn std::error::Error + 'static)) -> Option<String> {
    let ServeError::Listen { address, source } = cause.downcast_ref::<ServeError>()? else {
        return None;
    };
    let port = address.port();
    Some(match source.kind() {
        io::ErrorKind::AddrInUse => format!(
            "see who has the port with: ss -ltnp 'sport = :{port}'; take another one with \
             --listen {}:{}",
            shown(address),
            if port == u16::MAX { 7655 } else { port + 1 }
        ),
        io::ErrorKind::AddrNotAvailable => format!(
            "this machine does not have the address {}; --listen 0.0.0.0:{port} takes all that it has",
            address.ip()
        ),
        io::ErrorKind::PermissionDenied => format!(
            "ports below 1024 are root's: put a reverse proxy in front, or take another one with \
             --listen {}:7655",
            shown(address)
        ),
        _ => return None,
    })
}

fn shown(address: &std::net::SocketAddr) -> String {
    match address.ip() {
        std::net::IpAddr::V4(ip) => ip.to_string(),
        std::net::IpAddr::V6(ip) => format!("[{ip}]"),
    }
}

#[cfg(test)]
mod tests {
    use anyhow::Context as _;

    use super::*;

    #[test]
    fn a_port_that_is_taken_comes_with_what_to_do() {
        let taken = ServeError::Listen {
            address: ([127, 0, 0, 1], 7655).into(),
            source: io::Error::from_raw_os_error(98),
        };
        let said = complaint(&anyhow::Error::from(taken));
        assert_eq!(
            said,
            "listen on 127.0.0.1:7655: Address already in use\n  -> see who has the port with: \
             ss -ltnp 'sport = :7655'; take another one with --listen 127.0.0.1:7656"
        );
    }

    #[test]
    fn numbers_of_the_system_are_left_out() {
        let error = Err::<(), _>(io::Error::from_raw_os_error(2))
            .context("read the token in x")
            .expect_err("it fails");
        assert_eq!(
            complaint(&error),
            "read the token in x: No such file or directory"
        );
    }
}
