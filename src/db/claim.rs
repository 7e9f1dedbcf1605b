//! One process at a time owns a data directory.

use std::fs::{File, OpenOptions, TryLockError};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

/// The file whose lock says that somebody owns the directory.
const FILE: &str = "homepulse.lock";

/// Why a data directory cannot be owned.
#[derive(Debug, thiserror::Error)]
pub enum ClaimError {
    /// Another process owns it.
    #[error(
        "use {directory}: another homepulse runs on it; stop it first, such as with: \
         systemctl stop homepulse",
        directory = directory.display()
    )]
    Taken {
        /// Which directory.
        directory: PathBuf,
    },
    /// The file cannot be made or locked.
    #[error("make or lock {path}, where homepulse has to be able to write", path = path.display())]
    File {
        /// Which file.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
}

/// A data directory that is ours until this is dropped, or the process ends in any way.
#[derive(Debug)]
pub struct Claim {
    _file: File,
}

impl Claim {
    /// Takes the directory.
    ///
    /// # Errors
    /// When another process has it, or the file cannot be made.
    pub fn take(directory: &Path) -> Result<Self, ClaimError> {
        let path = directory.join(FILE);
        let failed = |source| ClaimError::File {
            path: path.clone(),
            source,
        };
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .mode(0o600)
            .open(&path)
            .map_err(failed)?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => Err(ClaimError::Taken {
                directory: directory.to_owned(),
            }),
            Err(TryLockError::Error(error)) => Err(failed(error)),
        }
    }

    /// Whether another process owns the directory now; `None` where nobody can tell.
    #[must_use]
    pub fn is_taken(directory: &Path) -> Option<bool> {
        match File::open(directory.join(FILE)) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Some(false),
            Err(_) => None,
            Ok(file) => match file.try_lock_shared() {
                Ok(()) => Some(false),
                Err(TryLockError::WouldBlock) => Some(true),
                Err(TryLockError::Error(_)) => None,
            },
        }
    }
}
