//! How an update goes, in a file that the product shows while another process works on it.

use std::path::{Path, PathBuf};

use semver::Version;
use serde::{Deserialize, Serialize};

use crate::model::time::Timestamp;
use crate::services::own_backups;

/// Where an update is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Step {
    /// Nothing happens.
    Idle,
    /// Somebody asked for one.
    Requested,
    /// Releases are looked up.
    Checking,
    /// The archive is fetched, and its check sum and signature are compared.
    Downloading,
    /// The new program tries itself on a copy of the data.
    Verifying,
    /// A backup is made.
    BackingUp,
    /// The new program takes the place of the old one.
    Applying,
    /// It starts.
    Restarting,
    /// It runs.
    Completed,
    /// Nothing was installed.
    Failed,
    /// What ran before runs again.
    RolledBack,
}

impl Step {
    /// As one word, as it stands in APIs.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Idle => "idle",
            Self::Requested => "requested",
            Self::Checking => "checking",
            Self::Downloading => "downloading",
            Self::Verifying => "verifying",
            Self::BackingUp => "backing-up",
            Self::Applying => "applying",
            Self::Restarting => "restarting",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::RolledBack => "rolled-back",
        }
    }

    /// Roughly how far that is, in percent.
    #[must_use]
    pub const fn percent(self) -> u8 {
        match self {
            Self::Idle | Self::Requested => 0,
            Self::Checking => 5,
            Self::Downloading => 15,
            Self::Verifying => 40,
            Self::BackingUp => 55,
            Self::Applying => 75,
            Self::Restarting => 85,
            Self::Completed | Self::Failed | Self::RolledBack => 100,
        }
    }
}

/// How the latest update went, or goes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// Where it is.
    pub step: Step,
    /// One sentence for people.
    pub message: String,
    /// Why it failed.
    pub error: Option<String>,
    /// To which version.
    pub version: Option<Version>,
    /// Since when it has been so.
    pub at: Timestamp,
}

/// The files by which the product and the updater talk.
#[derive(Clone, Debug)]
pub struct Journal {
    data_dir: PathBuf,
}

/// What the product asks of the updater: a version, or the newest.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Request {
    version: Option<Version>,
}

const PROGRESS: &str = "update-progress.json";
const REQUEST: &str = "update-request.json";

impl Journal {
    /// In a data directory.
    #[must_use]
    pub fn new(data_dir: &Path) -> Self {
        Self {
            data_dir: data_dir.to_owned(),
        }
    }

    /// How the latest update went; `None` where there was none.
    #[must_use]
    pub fn progress(&self) -> Option<Progress> {
        let text = std::fs::read(self.data_dir.join(PROGRESS)).ok()?;
        serde_json::from_slice(&text).ok()
    }

    /// Takes down how it goes. An update does not fail because nobody can read about it.
    pub fn write(&self, progress: &Progress) {
        let _ = self.put(PROGRESS, &serde_json::to_vec(progress).unwrap_or_default());
    }

    /// Asks the updater, which a path unit starts, for an update.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn request(&self, version: Option<Version>) -> std::io::Result<()> {
        let text = serde_json::to_vec(&Request { version }).unwrap_or_default();
        self.put(REQUEST, &text)
    }

    /// Takes a request away, so that it is answered once; `None` where there is none.
    #[must_use]
    pub fn take_request(&self) -> Option<Option<Version>> {
        let path = self.data_dir.join(REQUEST);
        let text = std::fs::read(&path).ok()?;
        std::fs::remove_file(&path).ok()?;
        let request: Request = serde_json::from_slice(&text).unwrap_or_default();
        Some(request.version)
    }

    fn put(&self, name: &str, text: &[u8]) -> std::io::Result<()> {
        let path = self.data_dir.join(name);
        let mut written = tempfile::NamedTempFile::new_in(&self.data_dir)?;
        std::io::Write::write_all(&mut written, text)?;
        written.persist(&path).map_err(|error| error.error)?;
        own_backups::give_to_owner_of(&self.data_dir, &path);
        Ok(())
    }
}
