//! Where releases lie: `releases/<version>/homepulse`, and `current`, a link to one of them.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};

use semver::Version;
use serde::{Deserialize, Serialize};

use super::error::{UpdateError, file};

/// The link to the release that runs.
const CURRENT: &str = "current";

/// The folder of the releases.
const RELEASES: &str = "releases";

/// The program in the folder of a release.
const PROGRAM: &str = "homepulse";

/// What is needed to go back.
const STATE: &str = "update.json";

/// A folder that holds releases.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    root: PathBuf,
}

/// What the latest update did, kept so that it can be undone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastUpdate {
    /// What ran before.
    pub from: Version,
    /// What was installed.
    pub to: Version,
    /// The backup that was made before it.
    pub backup: PathBuf,
    /// The schema of the data then.
    pub schema: u32,
}

impl Layout {
    /// In that folder.
    #[must_use]
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// The one that `program` belongs to, if it is `releases/<version>/homepulse` of one.
    #[must_use]
    pub fn around(program: &Path) -> Option<Self> {
        let release = program.parent()?;
        let releases = release.parent()?;
        let is_ours = program.file_name()? == PROGRAM && releases.file_name()? == RELEASES;
        Version::parse(release.file_name()?.to_str()?).ok()?;
        let layout = Self::new(releases.parent()?);
        let is_linked = fs::symlink_metadata(layout.root.join(CURRENT))
            .is_ok_and(|meta| meta.file_type().is_symlink());
        (is_ours && is_linked).then_some(layout)
    }

    /// The folder.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The program of a release.
    #[must_use]
    pub fn program(&self, version: &Version) -> PathBuf {
        self.release(version).join(PROGRAM)
    }

    fn release(&self, version: &Version) -> PathBuf {
        self.root.join(RELEASES).join(version.to_string())
    }

    /// The release that `current` leads to.
    #[must_use]
    pub fn current(&self) -> Option<Version> {
        let target = fs::read_link(self.root.join(CURRENT)).ok()?;
        Version::parse(target.file_name()?.to_str()?).ok()
    }

    /// Writes a release's program, complete or not at all. The release that runs is never touched.
    pub(super) fn put(&self, version: &Version, program: &[u8]) -> Result<PathBuf, UpdateError> {
        if self.current().as_ref() == Some(version) {
            return Err(UpdateError::Busy);
        }
        let folder = self.release(version);
        fs::create_dir_all(&folder).map_err(file("make", &folder))?;
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o755))
            .map_err(file("open to readers", &folder))?;
        let path = folder.join(PROGRAM);
        let mut written = tempfile::Builder::new()
            .prefix(".new-")
            .permissions(fs::Permissions::from_mode(0o755))
            .tempfile_in(&folder)
            .map_err(file("write", &path))?;
        std::io::Write::write_all(&mut written, program).map_err(file("write", &path))?;
        written.as_file().sync_all().map_err(file("write", &path))?;
        // A file that is open for writing anywhere cannot be run.
        let closed = written.into_temp_path();
        fs::set_permissions(&closed, fs::Permissions::from_mode(0o755))
            .map_err(file("make runnable", &path))?;
        closed
            .persist(&path)
            .map_err(|error| file("write", &path)(error.error))?;
        Ok(path)
    }

    /// Makes `version` the one that runs at the next start, in one step.
    pub(super) fn switch(&self, version: &Version) -> Result<(), UpdateError> {
        let program = self.program(version);
        if !program.is_file() {
            return Err(UpdateError::NoWayBack);
        }
        let link = self.root.join(CURRENT);
        let new = self.root.join(".current-new");
        let _ = fs::remove_file(&new);
        symlink(Path::new(RELEASES).join(version.to_string()), &new)
            .map_err(file("write", &new))?;
        fs::rename(&new, &link).map_err(file("switch", &link))?;
        let folder = fs::File::open(&self.root).map_err(file("open", &self.root))?;
        folder.sync_all().map_err(file("write", &self.root))
    }

    /// Removes a release that does not run.
    pub(super) fn remove(&self, version: &Version) {
        if self.current().as_ref() != Some(version) {
            let _ = fs::remove_dir_all(self.release(version));
        }
    }

    /// Removes all releases but those to `keep`.
    pub(super) fn tidy_up(&self, keep: &[&Version]) {
        let folder = self.root.join(RELEASES);
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let name = entry.file_name();
            let version = name.to_str().and_then(|name| Version::parse(name).ok());
            if let Some(version) = version
                && !keep.contains(&&version)
            {
                self.remove(&version);
            }
        }
    }

    /// Keeps what is needed to go back.
    pub(super) fn remember(&self, last: &LastUpdate) -> Result<(), UpdateError> {
        let path = self.root.join(STATE);
        let text = serde_json::to_vec_pretty(last).unwrap_or_default();
        let mut written =
            tempfile::NamedTempFile::new_in(&self.root).map_err(file("write", &path))?;
        std::io::Write::write_all(&mut written, &text).map_err(file("write", &path))?;
        written.as_file().sync_all().map_err(file("write", &path))?;
        written
            .persist(&path)
            .map_err(|error| file("write", &path)(error.error))?;
        Ok(())
    }

    /// What is needed to go back; `None` where there was no update.
    #[must_use]
    pub fn last_update(&self) -> Option<LastUpdate> {
        let text = fs::read(self.root.join(STATE)).ok()?;
        serde_json::from_slice(&text).ok()
    }

    /// Forgets it: there is no way back twice.
    pub(super) fn forget(&self) {
        let _ = fs::remove_file(self.root.join(STATE));
    }

    /// One update at a time.
    pub(super) fn turn(&self) -> Result<fs::File, UpdateError> {
        let path = self.root.join(".lock");
        let lock = fs::OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .map_err(file("write", &path))?;
        match lock.try_lock() {
            Ok(()) => Ok(lock),
            Err(fs::TryLockError::WouldBlock) => Err(UpdateError::Busy),
            Err(fs::TryLockError::Error(error)) => Err(file("lock", &path)(error)),
        }
    }
}
