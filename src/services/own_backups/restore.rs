//! Putting a backup in the place of what is there, which is kept as a backup of its own.

use std::fs;
use std::path::{Path, PathBuf};

use secrecy::SecretString;
use serde::Serialize;

use super::archive::{self, KeyState, Manifest, Member};
use super::create::{KeyChoice, Progress, Wanted, check_room, create};
use super::error::{BackupError, file};
use super::files::{give_to_owner_of, length, make_private, sync_names};
use super::name::{Reason, stamp};
use super::shelf::{Place, look_at};
use crate::db::{self, Claim, Pace};
use crate::model::time::Timestamp;
use crate::secret::{Vault, passphrase};

/// What to restore besides the database.
#[derive(Clone, Debug, Default)]
pub struct RestoreOptions {
    /// Opens a sealed key.
    pub passphrase: Option<SecretString>,
    /// Leaves the key that is there, whatever the backup holds.
    pub keep_key: bool,
    /// Leaves the database in the form it has: for an older release that is to use it.
    pub keep_schema: bool,
    /// Sets aside what is there file by file instead of making a backup of it first.
    pub set_aside: bool,
    /// Where the backup's configuration file goes; it is left alone without.
    pub config_out: Option<PathBuf>,
}

/// What became of the key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RestoredKey {
    /// It is the backup's.
    Restored,
    /// It is the one that was there.
    Kept,
    /// There is none: tokens and passwords have to be entered again.
    Missing,
}

/// What a restore did.
#[derive(Clone, Debug, Serialize)]
pub struct Restored {
    /// When the backup was made.
    pub made_at: Timestamp,
    /// The release that made it.
    pub version: String,
    /// The schema it had.
    pub schema: u32,
    /// The schema it was migrated to.
    pub migrated_to: u32,
    /// Where what was there before is kept; `None` where there was nothing.
    pub before: Option<PathBuf>,
    /// What became of the key.
    pub key: RestoredKey,
    /// The configuration file that was written.
    pub config: Option<PathBuf>,
}

/// Restores the archive at `path` into `place`, which nobody may be using. Until the backup was
/// read to its end, checked, and migrated where an older release made it, nothing is changed.
///
/// # Errors
/// When a product runs there, the backup is damaged or of a newer release, or there is too little
/// room. What is there is then as it was.
pub fn restore(
    place: &Place,
    path: &Path,
    options: &RestoreOptions,
    now: Timestamp,
    progress: &mut Progress<'_>,
) -> Result<Restored, BackupError> {
    let data_dir = &place.data_dir;
    make_private(data_dir).map_err(file(format!("make {}", data_dir.display())))?;
    let _claim = Claim::take(data_dir)?;
    give_to_owner_of(data_dir, &data_dir.join("homepulse.lock"));
    let manifest = archive::manifest_of(path)?;
    if manifest.schema > db::newest_schema() {
        return Err(newer(&manifest));
    }
    check_room(data_dir, manifest.bytes(), "restoring a backup")?;
    let staged = tempfile::Builder::new()
        .prefix(".restore-")
        .tempdir_in(data_dir)
        .map_err(file(format!("write into {}", data_dir.display())))?;
    let manifest = archive::walk(path, Some(staged.path()), &mut |share| {
        progress(0.4 * share, "unpacking")
    })?;
    unseal(&manifest, staged.path(), options)?;
    look_at(&manifest, staged.path())?;
    let database = Member::Database.path_in(staged.path());
    let upgrades = manifest.schema < db::newest_schema() && !options.keep_schema;
    if upgrades {
        progress(0.5, "bringing it to this release's form");
        db::upgrade(&database)?;
    }

    let before = if options.set_aside {
        move_aside(place, now, "replaced").map(Some)?
    } else {
        set_aside(place, now, &mut |share, what| {
            progress(0.5 + 0.4 * share, what)
        })?
    };
    let put = put_in_place(place, staged.path(), options);
    if put.is_err()
        && let Some(folder) = before.as_deref().filter(|path| path.is_dir())
    {
        move_back(place, folder);
    }
    let key = put?;
    let config = config_out(&manifest, staged.path(), options)?;
    Ok(Restored {
        made_at: manifest.made_at,
        version: manifest.version,
        schema: manifest.schema,
        migrated_to: if upgrades {
            db::newest_schema()
        } else {
            manifest.schema
        },
        before,
        key,
        config,
    })
}

fn newer(manifest: &Manifest) -> BackupError {
    BackupError::NewerSchema {
        found: manifest.schema,
        known: db::newest_schema(),
        version: manifest.version.clone(),
    }
}

/// Opens a sealed key in place.
fn unseal(manifest: &Manifest, staged: &Path, options: &RestoreOptions) -> Result<(), BackupError> {
    if manifest.key != KeyState::Sealed || options.keep_key {
        return Ok(());
    }
    let secret = options
        .passphrase
        .as_ref()
        .ok_or(BackupError::PassphraseMissing)?;
    let sealed = Member::SealedKey.path_in(staged);
    let reading = format!("read {}", sealed.display());
    let text = fs::read_to_string(&sealed).map_err(file(reading))?;
    let key = passphrase::open(&text, secret)?;
    let path = Member::Key.path_in(staged);
    write_private(&path, &key)
}

fn write_private(path: &Path, bytes: &[u8]) -> Result<(), BackupError> {
    use std::io::Write as _;
    use std::os::unix::fs::OpenOptionsExt as _;
    let writing = || format!("write {}", path.display());
    let mut out = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .map_err(file(writing()))?;
    out.write_all(bytes)
        .and_then(|()| out.sync_all())
        .map_err(file(writing()))
}

/// Keeps what is there: as a backup where it can be read, file by file where it is damaged.
fn set_aside(
    place: &Place,
    now: Timestamp,
    progress: &mut Progress<'_>,
) -> Result<Option<PathBuf>, BackupError> {
    let database = place.database();
    if !database.is_file() {
        return Ok(None);
    }
    let wanted = Wanted {
        reason: Reason::BeforeRestore,
        key: KeyChoice::Include,
        pace: Pace::FULL,
    };
    match create(place, &wanted, now, progress) {
        Ok((name, _)) => {
            // What its log holds is in the copy; a log beside another database would damage that.
            db::settle(&database)?;
            Ok(Some(place.directory.join(name.as_str())))
        }
        Err(BackupError::DamagedDatabase { .. } | BackupError::Database(_)) => {
            move_aside(place, now, "damaged").map(Some)
        }
        Err(error) => Err(error),
    }
}

const PARTS: [&str; 3] = ["homepulse.db", "homepulse.db-wal", "homepulse.db-shm"];

fn move_aside(place: &Place, now: Timestamp, word: &str) -> Result<PathBuf, BackupError> {
    let folder = place.data_dir.join(format!("{word}-{}", stamp(now)));
    make_private(&folder).map_err(file(format!("make {}", folder.display())))?;
    give_to_owner_of(&place.data_dir, &folder);
    for name in PARTS {
        let from = place.data_dir.join(name);
        if from.exists() {
            fs::rename(&from, folder.join(name))
                .map_err(file(format!("move {} aside", from.display())))?;
        }
    }
    Ok(folder)
}

/// Undoes [`move_aside`] where nothing else has come into the place.
fn move_back(place: &Place, folder: &Path) {
    if !place.database().exists() {
        for name in PARTS {
            let _ = fs::rename(folder.join(name), place.data_dir.join(name));
        }
    }
}

fn put_in_place(
    place: &Place,
    staged: &Path,
    options: &RestoreOptions,
) -> Result<RestoredKey, BackupError> {
    let data_dir = &place.data_dir;
    for name in &PARTS[1..] {
        let stale = data_dir.join(name);
        if stale.exists() {
            fs::remove_file(&stale).map_err(file(format!("remove {}", stale.display())))?;
        }
    }
    let put = |from: PathBuf, to: PathBuf| -> Result<(), BackupError> {
        if let Some(folder) = to.parent() {
            make_private(folder).map_err(file(format!("make {}", folder.display())))?;
            give_to_owner_of(data_dir, folder);
        }
        give_to_owner_of(data_dir, &from);
        fs::rename(&from, &to).map_err(file(format!("write {}", to.display())))
    };
    let key = Member::Key.path_in(staged);
    let has_key = key.is_file() && length(&key) > 0;
    let outcome = if has_key && !options.keep_key {
        put(key, place.key())?;
        RestoredKey::Restored
    } else if place.key().is_file() {
        RestoredKey::Kept
    } else {
        RestoredKey::Missing
    };
    put(Member::Database.path_in(staged), place.database())?;
    for entry in fs::read_dir(staged.join("channels"))
        .into_iter()
        .flatten()
        .flatten()
    {
        put(entry.path(), place.channel_kinds().join(entry.file_name()))?;
    }
    sync_names(data_dir).map_err(file(format!("write {}", data_dir.display())))?;
    if outcome == RestoredKey::Restored {
        Vault::open(data_dir)?;
    }
    Ok(outcome)
}

/// Writes the configuration file where it is wanted; what was there gets another name.
fn config_out(
    manifest: &Manifest,
    staged: &Path,
    options: &RestoreOptions,
) -> Result<Option<PathBuf>, BackupError> {
    let Some(out) = &options.config_out else {
        return Ok(None);
    };
    let mut members = manifest
        .files
        .iter()
        .filter_map(|it| Member::parse(&it.name));
    let Some(config) = members.find(|it| matches!(it, Member::Config(_))) else {
        return Ok(None);
    };
    if out.exists() {
        let mut other = out.clone().into_os_string();
        other.push(".before-restore");
        fs::rename(out, &other).map_err(file(format!("rename {}", out.display())))?;
    }
    let from = config.path_in(staged);
    let bytes = fs::read(&from).map_err(file(format!("read {}", from.display())))?;
    write_private(out, &bytes)?;
    if let Some(folder) = out.parent() {
        give_to_owner_of(folder, out);
    }
    Ok(Some(out.clone()))
}
