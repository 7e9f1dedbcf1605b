//! Making a backup: copy, look at the copy, pack, read the archive back, and only then give it its
//! name.

use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

use secrecy::SecretString;
use tempfile::NamedTempFile;

use super::archive::{self, FORMAT, KeyState, Manifest, Member, Source};
use super::error::{BackupError, file};
use super::files::{give_to_owner_of, length, make_private, sync_names};
use super::name::{BackupName, Reason};
use super::shelf::Place;
use crate::db::{self, DbError, Pace};
use crate::model::time::Timestamp;
use crate::secret::passphrase;

/// Bytes that a backup leaves free: recording pauses when a disk is nearly full, and a backup must
/// never be what fills it.
const RESERVE: u64 = 256 << 20;

/// What the names of unfinished files begin with.
pub(super) const UNFINISHED: &str = ".unfinished-";

/// What becomes of the key.
#[derive(Clone, Debug)]
pub enum KeyChoice {
    /// It goes in as it is.
    Include,
    /// It goes in, sealed with a passphrase.
    Seal(SecretString),
    /// It stays out.
    LeaveOut,
}

/// How a backup is to be made.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// Why.
    pub reason: Reason,
    /// What becomes of the key.
    pub key: KeyChoice,
    /// How fast the database is copied.
    pub pace: Pace,
}

/// Hears how far it is, 0 to 1, and what is being done; ends it by `false`.
pub type Progress<'a> = dyn FnMut(f64, &'static str) -> bool + 'a;

/// Makes a backup of what is in `place`, beside a running product or without one.
///
/// # Errors
/// When there is too little room, the database is damaged, or a file cannot be written. Then
/// nothing is left behind.
pub fn create(
    place: &Place,
    wanted: &Wanted,
    now: Timestamp,
    progress: &mut Progress<'_>,
) -> Result<(BackupName, Manifest), BackupError> {
    let database = place.database();
    if !database.is_file() {
        return Err(BackupError::NoDatabase {
            directory: place.data_dir.clone(),
        });
    }
    let directory = &place.directory;
    make_private(directory).map_err(file(format!("make {}", directory.display())))?;
    give_to_owner_of(&place.data_dir, directory);
    let _turn = Turn::take(directory)?;
    check_room(directory, 2 * length(&database), "a backup")?;

    let copy = unfinished(directory)?;
    db::copy(&database, copy.path(), wanted.pace, &mut |done, total| {
        progress(
            0.5 * done as f64 / total.max(1) as f64,
            "copying the database",
        )
    })
    .map_err(ended)?;
    let found = db::inspect(copy.path())?;
    if !found.problems.is_empty() {
        return Err(BackupError::DamagedDatabase {
            what: "the database",
            problems: found.problems,
        });
    }

    let (key, mut sources) = key(place, &wanted.key)?;
    sources.insert(0, (Member::Database, Source::File(copy.path().to_owned())));
    sources.extend(settings_files(place));
    let manifest = Manifest {
        format: FORMAT,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        schema: found.schema,
        made_at: now,
        reason: wanted.reason,
        key,
        about_secrets: key.meaning().to_owned(),
        files: Vec::new(),
    };
    let packed = unfinished(directory)?;
    let manifest = archive::write(packed.as_file(), manifest, &sources, &mut |share| {
        progress(0.5 + 0.3 * share, "packing")
    })?;
    drop(copy);
    archive::walk(packed.path(), None, &mut |share| {
        progress(0.8 + 0.2 * share, "reading it back")
    })?;
    let name = place_of(packed, directory, now, wanted.reason)?;
    give_to_owner_of(&place.data_dir, &directory.join(name.as_str()));
    Ok((name, manifest))
}

/// Gives a finished archive its name, of the next second where one has that name already.
fn place_of(
    mut packed: NamedTempFile,
    directory: &Path,
    now: Timestamp,
    reason: Reason,
) -> Result<BackupName, BackupError> {
    for later in 0..60 {
        let name = BackupName::new(now + std::time::Duration::from_secs(later), reason);
        let path = directory.join(name.as_str());
        match packed.persist_noclobber(&path) {
            Ok(_) => {
                sync_names(directory).map_err(file(format!("write {}", directory.display())))?;
                return Ok(name);
            }
            Err(error) if error.error.kind() == std::io::ErrorKind::AlreadyExists => {
                packed = error.file;
            }
            Err(error) => return Err(file(format!("write {}", path.display()))(error.error)),
        }
    }
    Err(BackupError::Busy)
}

/// Whether `bytes` fit and leave something.
pub(in crate::services) fn check_room(
    directory: &Path,
    bytes: u64,
    attempted: &'static str,
) -> Result<(), BackupError> {
    let needed = bytes.saturating_add(RESERVE);
    match db::free_bytes(directory).ok() {
        Some(free) if free < needed => Err(BackupError::NoRoom {
            attempted,
            needed_mib: needed >> 20,
            free_mib: free >> 20,
            directory: directory.to_owned(),
        }),
        _ => Ok(()),
    }
}

fn unfinished(directory: &Path) -> Result<NamedTempFile, BackupError> {
    tempfile::Builder::new()
        .prefix(UNFINISHED)
        .tempfile_in(directory)
        .map_err(file(format!("write into {}", directory.display())))
}

/// An ended copy is no failure of the database.
fn ended(error: DbError) -> BackupError {
    match error {
        DbError::Stopped => BackupError::Archive(archive::ArchiveError::Ended),
        error => BackupError::Database(error),
    }
}

type Sources = Vec<(Member, Source)>;

fn key(place: &Place, choice: &KeyChoice) -> Result<(KeyState, Sources), BackupError> {
    let path = place.key();
    if !path.is_file() {
        return Ok((KeyState::LeftOut, Vec::new()));
    }
    Ok(match choice {
        KeyChoice::LeaveOut => (KeyState::LeftOut, Vec::new()),
        KeyChoice::Include => (KeyState::Included, vec![(Member::Key, Source::File(path))]),
        KeyChoice::Seal(secret) => {
            let reading = format!("read {}", path.display());
            let key = zeroize::Zeroizing::new(fs::read(&path).map_err(file(reading))?);
            let sealed = passphrase::seal(&key, secret)?;
            let source = Source::Bytes(sealed.into_bytes());
            (KeyState::Sealed, vec![(Member::SealedKey, source)])
        }
    })
}

/// The configuration file and the kinds of channel that people added. A file that we may not read
/// or whose name would need an escape stays out; the manifest lists what went in.
fn settings_files(place: &Place) -> Sources {
    let config = place.config_file.iter().filter_map(|path| {
        let name = path.file_name()?.to_str()?;
        Some((Member::parse(&format!("config/{name}"))?, path.clone()))
    });
    let folder = fs::read_dir(place.channel_kinds());
    let kinds = folder.into_iter().flatten().flatten().filter_map(|entry| {
        let name = entry.file_name();
        let member = Member::parse(&format!("channels/{}", name.to_str()?))?;
        Some((member, entry.path()))
    });
    let mut found: Vec<(Member, PathBuf)> = config.chain(kinds).collect();
    found.sort_by_key(|(member, _)| member.name());
    found
        .into_iter()
        .filter_map(|(member, path)| {
            let bytes = fs::read(path).ok()?;
            Some((member, Source::Bytes(bytes)))
        })
        .take(60)
        .collect()
}

/// One at a time works on a directory of backups.
pub(super) struct Turn {
    _file: File,
}

impl Turn {
    /// Takes the turn and removes what a crash has left unfinished.
    pub(super) fn take(directory: &Path) -> Result<Self, BackupError> {
        let path = directory.join(".lock");
        let opened = fs::OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path);
        let lock = opened.map_err(file(format!("write {}", path.display())))?;
        give_to_owner_of(directory, &path);
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(BackupError::Busy),
            Err(TryLockError::Error(error)) => {
                return Err(file(format!("lock {}", path.display()))(error));
            }
        }
        for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
            if entry.file_name().to_string_lossy().starts_with(UNFINISHED) {
                let _ = fs::remove_file(entry.path());
                let _ = fs::remove_dir_all(entry.path());
            }
        }
        Ok(Self { _file: lock })
    }

    /// The same where the directory is there; nobody needs a turn on one that is not.
    pub(super) fn take_if_there(directory: &Path) -> Result<Option<Self>, BackupError> {
        if directory.is_dir() {
            return Self::take(directory).map(Some);
        }
        Ok(None)
    }
}
