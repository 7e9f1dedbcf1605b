//! Where backups lie, which there are, and what is wrong with one.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::archive::{self, Manifest, Member};
use super::create::{Turn, UNFINISHED, check_room};
use super::error::{BackupError, file};
use super::name::BackupName;
use crate::db;

/// What is backed up, and where to.
#[derive(Clone, Debug)]
pub struct Place {
    /// The directory of database and key.
    pub data_dir: PathBuf,
    /// The directory of the backups.
    pub directory: PathBuf,
    /// The configuration file, where there is one.
    pub config_file: Option<PathBuf>,
}

impl Place {
    /// The database.
    #[must_use]
    pub fn database(&self) -> PathBuf {
        self.data_dir.join("homepulse.db")
    }

    pub(super) fn key(&self) -> PathBuf {
        self.data_dir.join("secret.key")
    }

    pub(super) fn channel_kinds(&self) -> PathBuf {
        self.data_dir.join("channels")
    }

    /// The file of that name.
    ///
    /// # Errors
    /// When there is none.
    pub fn find(&self, name: &BackupName) -> Result<PathBuf, BackupError> {
        let path = self.directory.join(name.as_str());
        if path.is_file() {
            return Ok(path);
        }
        Err(BackupError::NotFound {
            name: name.to_string(),
        })
    }
}

/// A backup that lies there.
#[derive(Clone, Debug)]
pub struct Backup {
    /// Its name.
    pub name: BackupName,
    /// Its size.
    pub bytes: u64,
    /// What it says it holds, or why that cannot be read.
    pub manifest: Result<Manifest, String>,
}

/// The backups there are, the newest first. Only their beginnings are read.
///
/// # Errors
/// When the directory is there and cannot be read.
pub fn list(place: &Place) -> Result<Vec<Backup>, BackupError> {
    let directory = &place.directory;
    let entries = match fs::read_dir(directory) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(file(format!("read {}", directory.display()))(error)),
    };
    let mut found: Vec<(Option<SystemTime>, Backup)> = entries
        .flatten()
        .filter_map(|entry| {
            let name: BackupName = entry.file_name().to_str()?.parse().ok()?;
            let path = entry.path();
            let meta = fs::metadata(&path).ok().filter(fs::Metadata::is_file)?;
            let backup = Backup {
                name,
                bytes: meta.len(),
                manifest: archive::manifest_of(&path).map_err(|error| error.to_string()),
            };
            Some((meta.modified().ok(), backup))
        })
        .collect();
    // Names tell seconds: of two in one second, the file system knows the later one.
    found.sort_by(|(written_a, a), (written_b, b)| {
        let by_name = b.name.made_at.cmp(&a.name.made_at);
        by_name.then_with(|| written_b.cmp(written_a))
    });
    Ok(found.into_iter().map(|(_, backup)| backup).collect())
}

/// Reads the archive at `path` to its end, unpacks its database beside the other backups and has
/// SQLite check it. `go_on` hears the share that is done, 0 to 1.
///
/// # Errors
/// With what is wrong with it.
pub fn verify(
    place: &Place,
    path: &Path,
    go_on: &mut dyn FnMut(f64) -> bool,
) -> Result<Manifest, BackupError> {
    let turn = Turn::take_if_there(&place.directory)?;
    let manifest = archive::manifest_of(path)?;
    let room = if turn.is_some() {
        place.directory.clone()
    } else {
        std::env::temp_dir()
    };
    check_room(&room, manifest.bytes(), "checking a backup")?;
    let scratch = tempfile::Builder::new()
        .prefix(UNFINISHED)
        .tempdir_in(&room)
        .map_err(file(format!("write into {}", room.display())))?;
    archive::walk(path, Some(scratch.path()), &mut |share| go_on(0.8 * share))?;
    look_at(&manifest, scratch.path())?;
    Ok(manifest)
}

/// Opens the database that was unpacked to `directory`, and the key beside it.
pub(super) fn look_at(manifest: &Manifest, directory: &Path) -> Result<(), BackupError> {
    let database = Member::Database.path_in(directory);
    if !database.is_file() {
        return Err(BackupError::Archive(archive::damaged(
            "it holds no database",
        )));
    }
    // Said before anything opens it: a newer form may not even be readable.
    let found = db::schema_of(&database)?;
    let known = db::newest_schema();
    if found > known || manifest.schema > known {
        return Err(BackupError::NewerSchema {
            found: found.max(manifest.schema),
            known,
            version: manifest.version.clone(),
        });
    }
    let inspection = db::inspect(&database)?;
    if !inspection.problems.is_empty() {
        return Err(BackupError::DamagedDatabase {
            what: "the database in the backup",
            problems: inspection.problems,
        });
    }
    if Member::Key.path_in(directory).is_file() {
        crate::secret::Vault::open(directory)?;
    }
    Ok(())
}
