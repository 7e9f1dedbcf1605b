//! Reading an archive, which may have come from anywhere.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, BufReader, Read, Write};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::Path;

use flate2::read::GzDecoder;
use ring::digest::{Context, SHA256};
use tar::{Archive, Entry, EntryType};

use super::{ArchiveError, FORMAT, Listed, Manifest, Member, damaged, file_error};
use crate::secret::hex;

/// The most bytes a manifest may have.
const MOST_HEAD: u64 = 64 << 10;

/// The most files an archive may hold.
const MOST_FILES: usize = 64;

type Packed = GzDecoder<BufReader<File>>;

/// What the archive at `path` says it holds; only its beginning is read.
pub(in crate::services::own_backups) fn manifest_of(path: &Path) -> Result<Manifest, ArchiveError> {
    let mut archive = open(path)?;
    let mut entries = entries(&mut archive)?;
    head(&mut entries)
}

/// Reads the whole archive at `path`, comparing every file with the manifest; with `into`, files
/// are also unpacked to that directory, which has to be empty. `go_on` hears the share that is
/// done, 0 to 1.
pub(in crate::services::own_backups) fn walk(
    path: &Path,
    into: Option<&Path>,
    go_on: &mut dyn FnMut(f64) -> bool,
) -> Result<Manifest, ArchiveError> {
    let mut archive = open(path)?;
    let mut entries = entries(&mut archive)?;
    let manifest = head(&mut entries)?;
    let total = manifest.bytes();
    let mut done = 0;
    for listed in &manifest.files {
        let member = Member::parse(&listed.name)
            .ok_or_else(|| damaged(format!("a file is called {:?}", shown(&listed.name))))?;
        let entry = entries
            .next()
            .ok_or_else(|| damaged(format!("{} is missing", listed.name)))?
            .map_err(unreadable)?;
        check(&entry, &listed.name, listed.bytes)?;
        let mut out = into
            .map(|directory| create(&member, directory))
            .transpose()?;
        let mut progress = |count: u64| {
            done += count;
            go_on(done as f64 / total.max(1) as f64)
        };
        compare(entry, listed, out.as_mut(), &mut progress)?;
        if let Some(file) = out {
            let writing = format!("write {}", listed.name);
            file.sync_all().map_err(file_error(writing))?;
        }
    }
    if entries.next().is_some() {
        return Err(damaged("it holds more files than its manifest lists"));
    }
    drop(entries);
    // The last bytes hold the check sum of all: a file that was cut off ends before them.
    let mut rest = archive.into_inner().take(1 << 20);
    io::copy(&mut rest, &mut io::sink()).map_err(unreadable)?;
    Ok(manifest)
}

fn open(path: &Path) -> Result<Archive<Packed>, ArchiveError> {
    let file = File::open(path).map_err(file_error(format!("open {}", path.display())))?;
    let packed = GzDecoder::new(BufReader::with_capacity(64 << 10, file));
    Ok(Archive::new(packed))
}

/// The entries as they lie there: extensions of the format, such as long names, would make the
/// reader keep as much in memory as an archive likes.
fn entries(
    archive: &mut Archive<Packed>,
) -> Result<impl Iterator<Item = io::Result<Entry<'_, Packed>>>, ArchiveError> {
    Ok(archive.entries().map_err(unreadable)?.raw(true))
}

fn head<'a>(
    entries: &mut impl Iterator<Item = io::Result<Entry<'a, Packed>>>,
) -> Result<Manifest, ArchiveError> {
    let entry = entries
        .next()
        .ok_or_else(|| damaged("it is empty"))?
        .map_err(unreadable)?;
    let length = entry.header().entry_size().unwrap_or(u64::MAX);
    check(&entry, "manifest.json", length)?;
    if length > MOST_HEAD {
        return Err(damaged("its manifest is too long"));
    }
    let mut text = Vec::new();
    entry
        .take(MOST_HEAD)
        .read_to_end(&mut text)
        .map_err(unreadable)?;
    /// What every form has.
    #[derive(serde::Deserialize)]
    struct Form {
        format: u32,
    }
    let form: Form =
        serde_json::from_slice(&text).map_err(|_| damaged("its manifest cannot be read"))?;
    if form.format > FORMAT {
        return Err(ArchiveError::TooNew { found: form.format });
    }
    let manifest: Manifest =
        serde_json::from_slice(&text).map_err(|_| damaged("its manifest cannot be read"))?;
    if manifest.files.len() > MOST_FILES {
        return Err(damaged("it lists too many files"));
    }
    let mut names: Vec<&str> = manifest.files.iter().map(|file| &*file.name).collect();
    names.sort_unstable();
    names.dedup();
    if names.len() != manifest.files.len() {
        return Err(damaged("it lists a file twice"));
    }
    Ok(manifest)
}

/// Whether an entry is the plain file that is expected here.
fn check(entry: &Entry<'_, Packed>, name: &str, bytes: u64) -> Result<(), ArchiveError> {
    let header = entry.header();
    let is_expected = header.entry_type() == EntryType::Regular
        && *entry.path_bytes() == *name.as_bytes()
        && header.entry_size().is_ok_and(|size| size == bytes);
    if !is_expected {
        let found = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        return Err(damaged(format!(
            "where {name} should be is {:?}",
            shown(&found)
        )));
    }
    let most = Member::parse(name).map_or(MOST_HEAD, |member| member.most_bytes());
    if bytes > most {
        return Err(damaged(format!("{name} is larger than it can be")));
    }
    Ok(())
}

fn create(member: &Member, directory: &Path) -> Result<File, ArchiveError> {
    let path = member.path_in(directory);
    let writing = || format!("write {}", path.display());
    if let Some(folder) = path.parent() {
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)
            .map_err(file_error(writing()))?;
    }
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&path)
        .map_err(file_error(writing()))
}

/// Reads one file to its end, into `out` where there is one, and compares it with what is listed.
fn compare(
    mut entry: Entry<'_, Packed>,
    listed: &Listed,
    mut out: Option<&mut File>,
    progress: &mut dyn FnMut(u64) -> bool,
) -> Result<(), ArchiveError> {
    let mut digest = Context::new(&SHA256);
    let mut buffer = vec![0; 64 << 10];
    let mut bytes = 0;
    loop {
        let count = entry.read(&mut buffer).map_err(unreadable)?;
        if count == 0 {
            break;
        }
        bytes += count as u64;
        digest.update(&buffer[..count]);
        if let Some(file) = out.as_mut() {
            file.write_all(&buffer[..count])
                .map_err(file_error(format!("write {}", listed.name)))?;
        }
        if !progress(count as u64) {
            return Err(ArchiveError::Ended);
        }
    }
    if bytes != listed.bytes || hex(digest.finish().as_ref()) != listed.sha256 {
        return Err(damaged(format!(
            "{} is not what its check sum says",
            listed.name
        )));
    }
    Ok(())
}

fn unreadable(error: io::Error) -> ArchiveError {
    damaged(format!("it cannot be read to its end ({error})"))
}

fn shown(name: &str) -> String {
    name.chars().take(80).collect()
}
