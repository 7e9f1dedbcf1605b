//! Backups as people meet them: real databases, real archives, real damage.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use flate2::Compression;
use flate2::write::GzEncoder;
use secrecy::SecretString;

use super::*;
use crate::db::{Claim, Connection, Db, newest_schema};
use crate::secret::{Place as Column, Vault};

const NOON: Timestamp = Timestamp(1_795_000_000_000);

fn wanted(key: KeyChoice) -> Wanted {
    Wanted {
        reason: Reason::Manual,
        key,
        pace: Pace::FULL,
    }
}

fn quiet() -> impl FnMut(f64, &'static str) -> bool {
    |_, _| true
}

/// A data directory with a database in it that holds the settings `keys`.
fn installation(root: &Path, name: &str, keys: &[&str]) -> Place {
    let data_dir = root.join(name);
    fs::create_dir(&data_dir).expect("a directory");
    let place = Place {
        directory: data_dir.join("backups"),
        config_file: None,
        data_dir,
    };
    Vault::open(&place.data_dir).expect("a key");
    let connection = open(&place);
    for key in keys {
        connection
            .execute("INSERT INTO settings VALUES (?1, 'true')", [key])
            .expect("a row");
    }
    place
}

fn open(place: &Place) -> Connection {
    let db = Db::open(&place.database()).expect("a database");
    db.writer.stop();
    Connection::open(place.database()).expect("a connection")
}

fn keys(place: &Place) -> Vec<String> {
    let connection = Connection::open(place.database()).expect("a connection");
    let mut statement = connection
        .prepare("SELECT key FROM settings ORDER BY key")
        .expect("a statement");
    let rows = statement.query_map([], |row| row.get(0)).expect("rows");
    rows.map(|row| row.expect("a key")).collect()
}

fn backup(place: &Place, key: KeyChoice) -> PathBuf {
    let (name, _) = create(place, &wanted(key), NOON, &mut quiet()).expect("a backup");
    place.find(&name).expect("its file")
}

fn files(directory: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(directory)
        .expect("a directory")
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

#[test]
fn what_was_backed_up_is_there_again_after_a_restore() {
    let root = tempfile::tempdir().expect("a directory");
    let mut place = installation(root.path(), "old", &["a", "b"]);
    place.config_file = Some(root.path().join("config.toml"));
    fs::write(root.path().join("config.toml"), "instance_name = 'x'").expect("a file");
    fs::create_dir(place.channel_kinds()).expect("a folder");
    fs::write(place.channel_kinds().join("pager.toml"), "kind").expect("a file");
    let vault = Vault::open(&place.data_dir).expect("a key");
    let column = Column::new("targets", "secret", "one");
    let sealed = vault
        .seal(&column, &SecretString::from("hunter2"))
        .expect("sealed");
    let archive = backup(&place, KeyChoice::Include);
    let listed = list(&place).expect("a list");
    let manifest = listed[0].manifest.clone().expect("a manifest");
    let names: Vec<&str> = manifest.files.iter().map(|it| &*it.name).collect();
    assert_eq!(
        names,
        [
            "homepulse.db",
            "secret.key",
            "channels/pager.toml",
            "config/config.toml"
        ]
    );

    let other = installation(root.path(), "new", &["z"]);
    let out = root.path().join("restored.toml");
    let options = RestoreOptions {
        config_out: Some(out.clone()),
        ..RestoreOptions::default()
    };
    let restored = restore(&other, &archive, &options, NOON, &mut quiet()).expect("restored");
    assert_eq!(keys(&other), ["a", "b"]);
    assert_eq!(restored.key, RestoredKey::Restored);
    let vault = Vault::open(&other.data_dir).expect("the key");
    vault
        .unseal(&column, &sealed)
        .expect("it opens what it sealed");
    assert_eq!(
        fs::read_to_string(out).expect("the file"),
        "instance_name = 'x'"
    );
    assert!(other.channel_kinds().join("pager.toml").is_file());

    // And what was there before can be had again.
    let before = restored.before.expect("a safety copy");
    restore(
        &other,
        &before,
        &RestoreOptions::default(),
        NOON,
        &mut quiet(),
    )
    .expect("restored");
    assert_eq!(keys(&other), ["z"]);
}

#[test]
fn a_backup_made_while_rows_are_written_is_whole() {
    let root = tempfile::tempdir().expect("a directory");
    let place = installation(root.path(), "home", &[]);
    let writer = Connection::open(place.database()).expect("a connection");
    writer
        .execute_batch("PRAGMA journal_mode = WAL; CREATE TABLE bulk (n INTEGER, text TEXT)")
        .expect("a table");
    let write = |from: u32| {
        writer.execute_batch("BEGIN").expect("a transaction");
        for n in from..from + 500 {
            writer
                .execute(
                    "INSERT INTO bulk VALUES (?1, ?2)",
                    rusqlite::params![n, "x".repeat(1000)],
                )
                .expect("a row");
        }
        writer.execute_batch("COMMIT").expect("a commit");
    };
    for at in 0..4 {
        write(at * 500);
    }
    let gentle = Wanted {
        pace: Pace {
            pages: 20,
            rest: std::time::Duration::ZERO,
        },
        ..wanted(KeyChoice::Include)
    };
    let mut steps = 0;
    let (name, _) = create(&place, &gentle, NOON, &mut |_, doing| {
        if doing == "copying the database" {
            steps += 1;
            write(2000 + steps * 500);
        }
        true
    })
    .expect("a backup");
    assert!(steps > 5, "the copy took {steps} steps");
    let archive = place.find(&name).expect("its file");
    verify(&place, &archive, &mut |_| true).expect("it is sound");
    let other = installation(root.path(), "other", &[]);
    restore(
        &other,
        &archive,
        &RestoreOptions::default(),
        NOON,
        &mut quiet(),
    )
    .expect("restored");
    let rows: u32 = Connection::open(other.database())
        .expect("a connection")
        .query_row("SELECT count(*) FROM bulk", [], |row| row.get(0))
        .expect("a count");
    assert_eq!(rows, 2000, "as it was when the copy began");
}

#[test]
fn of_two_backups_in_one_second_the_later_one_is_first() {
    let root = tempfile::tempdir().expect("a directory");
    let directory = root.path().join("backups");
    std::fs::create_dir(&directory).expect("a directory");
    let moment = SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000);
    for (order, word) in ["manual", "before-restore", "scheduled"].iter().enumerate() {
        let name = format!("homepulse-20261122T033000Z-{word}.tar.gz");
        let written = std::fs::File::create(directory.join(name)).expect("a file");
        let later = Duration::from_millis(order as u64);
        written.set_modified(moment + later).expect("its time");
    }
    let mut place = installation(root.path(), "data", &[]);
    place.directory = directory;
    let reasons = shelf::list(&place).expect("backups");
    let reasons: Vec<Reason> = reasons.iter().map(|it| it.name.reason).collect();
    let expected = [Reason::Scheduled, Reason::BeforeRestore, Reason::Manual];
    assert_eq!(reasons, expected);
}

#[test]
fn nothing_is_left_of_a_backup_that_was_broken_off() {
    let root = tempfile::tempdir().expect("a directory");
    let place = installation(root.path(), "home", &["a"]);
    for doing in ["copying the database", "packing", "reading it back"] {
        let error = create(&place, &wanted(KeyChoice::Include), NOON, &mut |_, now| {
            now != doing
        })
        .expect_err("it was broken off");
        assert!(
            matches!(error, BackupError::Archive(ArchiveError::Ended)),
            "{doing}: {error}"
        );
        assert_eq!(files(&place.directory), [".lock"], "{doing}");
    }
    fs::write(place.directory.join(".unfinished-crash"), "half").expect("a file");
    backup(&place, KeyChoice::Include);
    assert_eq!(
        files(&place.directory).len(),
        2,
        "a crash's rest is removed"
    );
}

fn unpacked(bytes: &[u8]) -> Option<Vec<u8>> {
    use std::io::Read as _;
    let mut out = Vec::new();
    let mut packed = flate2::read::GzDecoder::new(bytes);
    packed.read_to_end(&mut out).ok().map(|_| out)
}

#[test]
fn a_damaged_archive_is_refused_and_changes_nothing() {
    let root = tempfile::tempdir().expect("a directory");
    let place = installation(root.path(), "home", &["a"]);
    let good = fs::read(backup(&place, KeyChoice::Include)).expect("bytes");
    let other = installation(root.path(), "other", &["mine"]);
    let bad = root.path().join("bad.tar.gz");
    let mut tried = 0;
    let mut cases: Vec<Vec<u8>> = [0, 10, good.len() / 2, good.len() - 1, good.len() - 9]
        .into_iter()
        .map(|length| good[..length].to_vec())
        .collect();
    for at in (0..good.len()).step_by(good.len() / 12) {
        let mut bytes = good.clone();
        bytes[at] ^= 0x40;
        // The head of a gzip holds a time and a system's number that mean nothing.
        if !(4..10).contains(&at) {
            cases.push(bytes);
        }
    }
    // A bit that the compression does not need changes nothing.
    let whole = unpacked(&good).expect("a gzip");
    cases.retain(|bytes| unpacked(bytes).as_ref() != Some(&whole));
    cases.push(b"not an archive at all".to_vec());
    for bytes in cases {
        let length = bytes.len();
        fs::write(&bad, bytes).expect("a file");
        let found = verify(&other, &bad, &mut |_| true);
        assert!(
            found.is_err(),
            "{length} of {} bytes: {found:?}",
            good.len()
        );
        restore(&other, &bad, &RestoreOptions::default(), NOON, &mut quiet())
            .expect_err("it is damaged");
        tried += 1;
    }
    assert!(tried > 10);
    assert_eq!(keys(&other), ["mine"]);
    assert_eq!(
        files(&other.data_dir),
        ["homepulse.db", "homepulse.lock", "secret.key"]
    );
}

/// An archive of `entries` behind a manifest that lists them as they are.
fn forged(path: &Path, schema: u32, entries: &[(&str, tar::EntryType, &[u8])]) {
    let files = entries
        .iter()
        .map(|(name, _, bytes)| Listed {
            name: (*name).to_owned(),
            bytes: bytes.len() as u64,
            sha256: crate::secret::hex(ring::digest::digest(&ring::digest::SHA256, bytes).as_ref()),
        })
        .collect();
    let manifest = Manifest {
        format: 1,
        version: "9.9.9".into(),
        schema,
        made_at: NOON,
        reason: Reason::Manual,
        key: KeyState::LeftOut,
        about_secrets: String::new(),
        files,
    };
    let head = serde_json::to_vec(&manifest).expect("JSON");
    let file = fs::File::create(path).expect("a file");
    let mut tar = tar::Builder::new(GzEncoder::new(file, Compression::fast()));
    let mut put = |name: &str, kind: tar::EntryType, bytes: &[u8]| {
        let mut header = tar::Header::new_gnu();
        let field = &mut header.as_old_mut().name;
        field[..name.len()].copy_from_slice(name.as_bytes());
        header.set_entry_type(kind);
        header.set_size(bytes.len() as u64);
        if kind == tar::EntryType::Symlink {
            header.set_link_name("/etc").expect("a link");
        }
        header.set_cksum();
        tar.append(&header, bytes).expect("an entry");
    };
    put("manifest.json", tar::EntryType::Regular, &head);
    for (name, kind, bytes) in entries {
        put(name, *kind, bytes);
    }
    tar.into_inner().expect("a tar").finish().expect("a gzip");
}

#[test]
fn an_archive_cannot_write_outside_of_its_place() {
    let root = tempfile::tempdir().expect("a directory");
    let other = installation(root.path(), "other", &["mine"]);
    let archive = root.path().join("evil.tar.gz");
    let regular = tar::EntryType::Regular;
    let escape = root.path().join("escaped").display().to_string();
    let cases: Vec<Vec<(&str, tar::EntryType, &[u8])>> = vec![
        vec![("../escaped", regular, b"x")],
        vec![("channels/../../escaped", regular, b"x")],
        vec![(&escape, regular, b"x")],
        vec![("config/..", regular, b"x")],
        vec![
            ("channels", tar::EntryType::Symlink, b""),
            ("channels/escaped", regular, b"x"),
        ],
        vec![("channels/link", tar::EntryType::Symlink, b"")],
        vec![("homepulse.db", tar::EntryType::Link, b"")],
        vec![("homepulse.db", tar::EntryType::GNULongName, b"x")],
        vec![
            ("homepulse.db", regular, b"x"),
            ("homepulse.db", regular, b"y"),
        ],
    ];
    for entries in cases {
        forged(&archive, 1, &entries);
        let error = restore(
            &other,
            &archive,
            &RestoreOptions::default(),
            NOON,
            &mut quiet(),
        )
        .expect_err("it is refused");
        assert!(
            matches!(error, BackupError::Archive(ArchiveError::Damaged { .. })),
            "{entries:?}: {error}"
        );
    }
    assert_eq!(files(root.path()), ["evil.tar.gz", "other"]);
    assert_eq!(
        files(&other.data_dir),
        ["homepulse.db", "homepulse.lock", "secret.key"]
    );
}

#[test]
fn a_backup_of_a_newer_release_is_refused_with_what_to_do() {
    let root = tempfile::tempdir().expect("a directory");
    let other = installation(root.path(), "other", &["mine"]);
    let archive = root.path().join("newer.tar.gz");
    let database = fs::read(other.database()).expect("bytes");
    let newer = newest_schema() + 1;
    forged(
        &archive,
        newer,
        &[("homepulse.db", tar::EntryType::Regular, &database)],
    );
    let error = restore(
        &other,
        &archive,
        &RestoreOptions::default(),
        NOON,
        &mut quiet(),
    )
    .expect_err("it is refused");
    let text = error.to_string();
    assert!(text.contains("install 9.9.9 or a newer release"), "{text}");
    assert_eq!(keys(&other), ["mine"]);
}

#[test]
fn a_backup_of_an_older_release_is_brought_to_the_present_form() {
    let root = tempfile::tempdir().expect("a directory");
    let data_dir = root.path().join("old");
    fs::create_dir(&data_dir).expect("a directory");
    let old = Place {
        directory: data_dir.join("backups"),
        config_file: None,
        data_dir,
    };
    let connection = Connection::open(old.database()).expect("a database");
    connection
        .execute_batch(include_str!("../../db/migrations/0001_initial.sql"))
        .expect("the first schema");
    connection
        .pragma_update(None, "user_version", 1)
        .expect("its number");
    connection
        .execute("INSERT INTO settings VALUES ('old', 'true')", [])
        .expect("a row");
    drop(connection);
    let archive = backup(&old, KeyChoice::Include);
    let other = installation(root.path(), "other", &["mine"]);
    let restored = restore(
        &other,
        &archive,
        &RestoreOptions::default(),
        NOON,
        &mut quiet(),
    )
    .expect("restored");
    assert_eq!(
        (restored.schema, restored.migrated_to),
        (1, newest_schema())
    );
    assert_eq!(restored.key, RestoredKey::Kept);
    assert_eq!(keys(&other), ["old"]);
    drop(open(&other));
}

#[test]
fn nothing_is_restored_under_a_running_product() {
    let root = tempfile::tempdir().expect("a directory");
    let place = installation(root.path(), "home", &["a"]);
    let archive = backup(&place, KeyChoice::Include);
    let claim = Claim::take(&place.data_dir).expect("ours");
    let error = restore(
        &place,
        &archive,
        &RestoreOptions::default(),
        NOON,
        &mut quiet(),
    )
    .expect_err("somebody runs");
    assert!(
        Chain(&error).to_string().contains("stop it first"),
        "{error}"
    );
    drop(claim);
    restore(
        &place,
        &archive,
        &RestoreOptions::default(),
        NOON,
        &mut quiet(),
    )
    .expect("restored");
}

#[test]
fn a_damaged_present_is_kept_file_by_file() {
    let root = tempfile::tempdir().expect("a directory");
    let place = installation(root.path(), "home", &["a"]);
    let archive = backup(&place, KeyChoice::Include);
    let mut bytes = fs::read(place.database()).expect("bytes");
    let middle = bytes.len() / 2;
    for byte in &mut bytes[4096..middle] {
        *byte = 0x5a;
    }
    fs::write(place.database(), &bytes).expect("damage");
    let restored = restore(
        &place,
        &archive,
        &RestoreOptions::default(),
        NOON,
        &mut quiet(),
    )
    .expect("restored");
    assert_eq!(keys(&place), ["a"]);
    let kept = restored
        .before
        .expect("what was there")
        .join("homepulse.db");
    assert_eq!(fs::read(kept).expect("the damaged file"), bytes);
}

#[test]
fn a_sealed_key_needs_its_passphrase() {
    let root = tempfile::tempdir().expect("a directory");
    let place = installation(root.path(), "home", &["a"]);
    let secret = SecretString::from("correct horse battery");
    let archive = backup(&place, KeyChoice::Seal(secret.clone()));
    let key = fs::read(place.data_dir.join("secret.key")).expect("the key");
    let other = installation(root.path(), "other", &["mine"]);
    for passphrase in [None, Some(SecretString::from("another passphrase"))] {
        let options = RestoreOptions {
            passphrase,
            ..RestoreOptions::default()
        };
        restore(&other, &archive, &options, NOON, &mut quiet()).expect_err("it stays sealed");
        assert_eq!(keys(&other), ["mine"]);
    }
    let options = RestoreOptions {
        passphrase: Some(secret),
        ..RestoreOptions::default()
    };
    restore(&other, &archive, &options, NOON, &mut quiet()).expect("restored");
    let found = fs::read(other.data_dir.join("secret.key")).expect("the key");
    assert_eq!(found, key);
}

fn running(place: &Place) -> (OwnBackups, Db) {
    let db = Db::open(&place.database()).expect("a database");
    let settings = Settings::new(db.clone());
    let backups = OwnBackups::new(place.clone(), settings, CancellationToken::new());
    (backups, db)
}

#[tokio::test]
async fn the_plan_makes_backups_and_keeps_as_many_as_it_says() {
    let root = tempfile::tempdir().expect("a directory");
    let place = installation(root.path(), "home", &["a"]);
    let (backups, db) = running(&place);
    let plan = BackupPlan {
        zone: "UTC".into(),
        start: "12:00".into(),
        keep: 2,
        ..BackupPlan::default()
    };
    backups.set_plan(&plan).await.expect("a plan");
    backups.follow_plan(NOON).await.expect("the beginning");
    assert!(list(&place).expect("a list").is_empty(), "not due yet");
    let mut now = NOON;
    for _ in 0..4 {
        now = plan.next_after(now).expect("a next time");
        // Files are named by the real clock, so that a second's place is taken by the next.
        backups.follow_plan(now).await.expect("it is followed");
    }
    let overview = backups.overview().await.expect("an overview");
    assert_eq!(overview.backups.len(), 2);
    assert!(overview.backups.iter().all(|(backup, checked)| {
        backup.name.reason == Reason::Scheduled
            && checked.as_ref().is_some_and(|it| it.problem.is_none())
    }));
    assert_eq!(overview.next, plan.next_after(now));
    db.writer.stop();
}

#[tokio::test]
async fn a_failed_scheduled_backup_is_told_and_removes_nothing() {
    let root = tempfile::tempdir().expect("a directory");
    let mut place = installation(root.path(), "home", &["a"]);
    place.directory = root.path().join("home/secret.key/backups");
    let (backups, db) = running(&place);
    backups.follow_plan(NOON).await.expect("the beginning");
    let later = NOON + Duration::from_secs(8 * 86_400);
    backups.follow_plan(later).await.expect("it is followed");
    let last: LastRun = Settings::new(db.clone())
        .get(LAST)
        .await
        .expect("settings")
        .expect("an entry");
    assert_eq!(last.at, later);
    assert!(last.problem.is_some_and(|text| text.contains("backups")));
    assert_eq!(
        backups.job().as_ref().map(|job| job.state),
        Some(State::Failed)
    );
    db.writer.stop();
}

#[tokio::test]
async fn the_last_good_backup_goes_only_when_that_is_insisted_on() {
    let root = tempfile::tempdir().expect("a directory");
    let place = installation(root.path(), "home", &["a"]);
    let archive = backup(&place, KeyChoice::Include);
    let (backups, db) = running(&place);
    let name: BackupName = archive
        .file_name()
        .and_then(|name| name.to_str())
        .expect("a name")
        .parse()
        .expect("a backup's name");
    let error = backups.remove(&name, false).await.expect_err("it stays");
    assert!(matches!(error, BackupError::LastGood { .. }), "{error}");
    backups.remove(&name, true).await.expect("it goes");
    assert!(list(&place).expect("a list").is_empty());
    db.writer.stop();
}
