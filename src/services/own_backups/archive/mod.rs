//! The form of a backup: a gzipped tar whose first entry says what the others are.
//!
//! Archives may come from anywhere. Entries are plain files with names of a fixed set, none is
//! larger than the manifest says, and none is written before its name was understood.

mod member;
mod read;
mod write;

use serde::{Deserialize, Serialize};

use super::name::Reason;
use crate::model::time::Timestamp;

pub(super) use member::Member;
pub(super) use read::{manifest_of, walk};
pub(super) use write::{Source, write};

/// The only form there is so far.
pub(super) const FORMAT: u32 = 1;

/// What happened to the key that opens the secrets in the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyState {
    /// It lies in the archive as it is: who has the archive has every token and password.
    Included,
    /// It lies in the archive, sealed with a passphrase.
    Sealed,
    /// It is not in the archive; without it, tokens and passwords have to be entered again.
    LeftOut,
}

impl KeyState {
    /// The state as one word, as it stands in APIs.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Included => "included",
            Self::Sealed => "sealed",
            Self::LeftOut => "left_out",
        }
    }

    /// What it means, as a sentence.
    #[must_use]
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Included => {
                "Tokens and passwords in homepulse.db are sealed with secret.key, which lies beside \
                 it in this archive: keep the archive as safe as the passwords themselves."
            }
            Self::Sealed => {
                "Tokens and passwords in homepulse.db are sealed with secret.key, which is in this \
                 archive as secret.key.sealed and opens with the passphrase it was made with."
            }
            Self::LeftOut => {
                "Tokens and passwords in homepulse.db are sealed with secret.key, which is not in \
                 this archive: without a copy of it they have to be entered again."
            }
        }
    }
}

/// What an archive holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// The form of the archive.
    pub format: u32,
    /// The release that made it.
    pub version: String,
    /// The schema of the database.
    pub schema: u32,
    /// When it was made, in milliseconds.
    pub made_at: Timestamp,
    /// Why.
    pub reason: Reason,
    /// Where the key is.
    pub key: KeyState,
    /// What that means, for people who open the archive by hand.
    pub about_secrets: String,
    /// Every file that follows.
    pub files: Vec<Listed>,
}

impl Manifest {
    /// Bytes of all files once they are unpacked.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        let sizes = self.files.iter().map(|file| file.bytes);
        sizes.fold(0, u64::saturating_add)
    }
}

/// A file in an archive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listed {
    /// Its name in the archive.
    pub name: String,
    /// Its size.
    pub bytes: u64,
    /// SHA-256 of its contents, in hexadecimal.
    pub sha256: String,
}

/// Why an archive cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// It is not one, or not all of it, or was changed.
    #[error("{what}; this archive is damaged or not a backup of homepulse")]
    Damaged {
        /// What is wrong with it.
        what: String,
    },
    /// A newer release made it.
    #[error(
        "the archive has form {found} and this release reads form {FORMAT}; install the release \
         that made it, or a newer one"
    )]
    TooNew {
        /// Its form.
        found: u32,
    },
    /// A file cannot be read or written.
    #[error("{attempted}")]
    File {
        /// What was attempted.
        attempted: String,
        /// The system's reason.
        source: std::io::Error,
    },
    /// Somebody ended it.
    #[error("it was broken off")]
    Ended,
}

pub(super) fn damaged(what: impl Into<String>) -> ArchiveError {
    ArchiveError::Damaged { what: what.into() }
}

pub(super) fn file_error(
    attempted: impl Into<String>,
) -> impl FnOnce(std::io::Error) -> ArchiveError {
    let attempted = attempted.into();
    move |source| ArchiveError::File { attempted, source }
}
