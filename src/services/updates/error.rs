//! Why there is no update.

use std::path::PathBuf;

use semver::Version;

use super::kind::InstallKind;
use crate::db::DbError;
use crate::http::HttpError;
use crate::services::own_backups::BackupError;

/// Why there is no update.
#[derive(Debug, thiserror::Error)]
pub enum UpdateError {
    /// There is nowhere to look.
    #[error("{NO_SOURCE}")]
    NoSource,
    /// The source makes no sense.
    #[error(
        "updates.source: '{given}' is neither the address of a manifest.json nor github:owner/repo \
         nor gitea:https://host/owner/repo"
    )]
    Source {
        /// What was given.
        given: String,
    },
    /// A key makes no sense.
    #[error("updates.keys: '{given}' is not an ed25519 key of 32 bytes in Base64")]
    Key {
        /// What was given.
        given: String,
    },
    /// Nobody's signature can be checked.
    #[error(
        "no release key is known, so that nobody's signature can be checked; put the key of who \
         makes your releases into updates.keys"
    )]
    NoKeys,
    /// It is installed in a way that has its own updates.
    #[error("this installation ({}) is updated by other means: {command}", kind.word())]
    Foreign {
        /// How it is installed.
        kind: InstallKind,
        /// What updates it.
        command: String,
    },
    /// The list of releases cannot be read.
    #[error("read the releases at {url}: {problem}")]
    List {
        /// Where.
        url: String,
        /// What is wrong with it.
        problem: String,
    },
    /// Something cannot be fetched.
    #[error("fetch {url}")]
    Fetch {
        /// What.
        url: String,
        /// Why not.
        source: HttpError,
    },
    /// Something is not there.
    #[error("fetch {url}: the server answers {status}")]
    Status {
        /// What.
        url: String,
        /// The status.
        status: u16,
    },
    /// There is nothing newer.
    #[error("there is no newer release than {current} on the channel {channel}")]
    NothingNewer {
        /// What runs.
        current: Version,
        /// Where was looked.
        channel: &'static str,
    },
    /// The wanted release is not there.
    #[error("there is no release {version} for this machine")]
    Unknown {
        /// Which one.
        version: Version,
    },
    /// The wanted release is older.
    #[error(
        "{version} is not newer than {current}: data cannot go back to an older form; to return to \
         the release before the latest update: homepulse update rollback"
    )]
    Downgrade {
        /// Which one.
        version: Version,
        /// What runs.
        current: Version,
    },
    /// It is not what its check sum says.
    #[error("{name} is not what its check sum says; nothing was installed")]
    Checksum {
        /// Which archive.
        name: String,
    },
    /// There is no check sum.
    #[error("{name} has no check sum; nothing was installed")]
    NoChecksum {
        /// Which archive.
        name: String,
    },
    /// None of the known keys signed it.
    #[error("{name} is not signed by a key that is known here; nothing was installed")]
    Signature {
        /// Which archive.
        name: String,
    },
    /// The archive is not one of ours.
    #[error("{name} is damaged or no archive of homepulse ({problem}); nothing was installed")]
    Archive {
        /// Which archive.
        name: String,
        /// What is wrong with it.
        problem: String,
    },
    /// The new program does not work on this data.
    #[error("{version} does not work here: {problem}; nothing was installed")]
    SelfCheck {
        /// Which release.
        version: Version,
        /// What it said.
        problem: String,
    },
    /// The new release did not come up, and the old one runs again.
    #[error("{version} did not come up ({problem}); {current} runs again{}", if *restored { " with the data of before" } else { "" })]
    RolledBack {
        /// Which release.
        version: Version,
        /// What was wrong.
        problem: String,
        /// What runs.
        current: Version,
        /// Whether data was put back as well.
        restored: bool,
    },
    /// Neither came up.
    #[error(
        "{version} did not come up, and neither does what ran before: {problem}; see: journalctl \
         -u homepulse -n 50"
    )]
    Down {
        /// Which release.
        version: Version,
        /// What is wrong.
        problem: String,
    },
    /// There is no way back.
    #[error("there is no release to go back to")]
    NoWayBack,
    /// Another update is under way.
    #[error("another update is under way")]
    Busy,
    /// The service cannot be told what to do.
    #[error("{0}")]
    Machine(String),
    /// A file cannot be read or written.
    #[error("{attempted} {path}", path = path.display())]
    File {
        /// What was attempted.
        attempted: &'static str,
        /// Which file.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// The backup before it failed.
    #[error("make a backup before the update")]
    Backup(#[from] BackupError),
    /// The database failed.
    #[error("read the database")]
    Database(#[from] DbError),
}

/// Said wherever an update is asked for and nobody said where releases are.
pub const NO_SOURCE: &str = "no source of releases is configured, so nothing is looked up or \
                             installed; set updates.source in the configuration";

pub(super) fn file<'a>(
    attempted: &'static str,
    path: &'a std::path::Path,
) -> impl Fn(std::io::Error) -> UpdateError + 'a {
    move |source| UpdateError::File {
        attempted,
        path: path.to_owned(),
        source,
    }
}
