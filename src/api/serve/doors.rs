//! The sockets that the server listens on: bound by us, or handed over by the supervisor.

use std::net::{SocketAddr, TcpListener};
use std::os::unix::fs::{FileTypeExt as _, PermissionsExt as _};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};

use super::ServeError;

/// An open socket to accept connections from.
#[derive(Debug)]
pub enum Open {
    /// Of an address.
    Address(TcpListener),
    /// In the file system.
    Socket(UnixListener),
}

impl Open {
    /// Whether it is an address that only this machine has. Through a socket in the file system a
    /// proxy may come, and with it anybody.
    pub(super) fn is_loopback(&self) -> bool {
        match self {
            Self::Address(listener) => listener
                .local_addr()
                .is_ok_and(|address| address.ip().is_loopback()),
            Self::Socket(_) => false,
        }
    }
}

/// Binds an address at once, so that a taken port is told before anything else begins.
pub(super) fn address(address: SocketAddr) -> Result<Open, ServeError> {
    TcpListener::bind(address)
        .map(Open::Address)
        .map_err(|source| ServeError::Listen { address, source })
}

/// Makes a socket that its owner and group may connect to. One that nobody answers any more is
/// replaced, as a crash leaves it behind; one in use and other files are not touched.
pub(super) fn socket(path: &Path) -> Result<Open, ServeError> {
    let problem = |source| ServeError::Socket {
        path: path.to_owned(),
        source,
    };
    let is_socket =
        std::fs::symlink_metadata(path).is_ok_and(|found| found.file_type().is_socket());
    if is_socket && UnixStream::connect(path).is_err() {
        std::fs::remove_file(path).map_err(problem)?;
    }
    let listener = UnixListener::bind(path).map_err(problem)?;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o660)).map_err(problem)?;
    Ok(Open::Socket(listener))
}

/// Removes the sockets that we made when the server ends.
#[derive(Debug)]
pub(super) struct Made(pub(super) Vec<PathBuf>);

impl Drop for Made {
    fn drop(&mut self) {
        for path in &self.0 {
            let _ = std::fs::remove_file(path);
        }
    }
}
