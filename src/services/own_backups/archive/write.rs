//! Writing an archive.

use std::fs::File;
use std::io::{self, BufWriter, Read, Write as _};
use std::path::PathBuf;

use flate2::Compression;
use flate2::write::GzEncoder;
use ring::digest::{Context, SHA256};

use super::{ArchiveError, Listed, Manifest, Member, damaged, file_error};
use crate::secret::hex;

/// What becomes a file of the archive.
pub(in crate::services::own_backups) enum Source {
    /// A file, which nobody changes meanwhile.
    File(PathBuf),
    /// Bytes.
    Bytes(Vec<u8>),
}

impl Source {
    fn open(&self) -> Result<(u64, Box<dyn Read + '_>), ArchiveError> {
        match self {
            Self::Bytes(bytes) => Ok((bytes.len() as u64, Box::new(bytes.as_slice()))),
            Self::File(path) => {
                let reading = || format!("read {}", path.display());
                let file = File::open(path).map_err(file_error(reading()))?;
                let length = file.metadata().map_err(file_error(reading()))?.len();
                Ok((length, Box::new(file)))
            }
        }
    }

    fn list(&self, member: &Member) -> Result<Listed, ArchiveError> {
        let (bytes, mut reader) = self.open()?;
        let mut digest = Context::new(&SHA256);
        let mut buffer = vec![0; 64 << 10];
        loop {
            match reader.read(&mut buffer) {
                Ok(0) => break,
                Ok(count) => digest.update(&buffer[..count]),
                Err(error) => return Err(file_error(format!("read {}", member.name()))(error)),
            }
        }
        Ok(Listed {
            name: member.name(),
            bytes,
            sha256: hex(digest.finish().as_ref()),
        })
    }
}

/// Writes an archive of `sources` into `file` and makes sure that it is on the disk. The manifest
/// gets its list of files here. `go_on` hears the share that is done, 0 to 1.
pub(in crate::services::own_backups) fn write(
    file: &File,
    mut manifest: Manifest,
    sources: &[(Member, Source)],
    go_on: &mut dyn FnMut(f64) -> bool,
) -> Result<Manifest, ArchiveError> {
    manifest.files = sources
        .iter()
        .map(|(member, source)| source.list(member))
        .collect::<Result<_, _>>()?;
    let total = manifest.bytes();
    let head = serde_json::to_vec_pretty(&manifest).map_err(|error| damaged(error.to_string()))?;

    let packing = || "write the archive".to_owned();
    // History is packed already: more effort would find little in it.
    let packed = GzEncoder::new(BufWriter::new(file), Compression::fast());
    let mut tar = tar::Builder::new(packed);
    let seconds = u64::try_from(manifest.made_at.seconds()).unwrap_or(0);
    tar.append(
        &header("manifest.json", head.len() as u64, seconds)?,
        &*head,
    )
    .map_err(file_error(packing()))?;
    let mut done = 0;
    for ((_, source), listed) in sources.iter().zip(&manifest.files) {
        let (_, reader) = source.open()?;
        let counted = Counted {
            inner: reader.take(listed.bytes),
            done: &mut done,
            total,
            go_on,
        };
        tar.append(&header(&listed.name, listed.bytes, seconds)?, counted)
            .map_err(|error| {
                if was_stopped(&error) {
                    ArchiveError::Ended
                } else {
                    file_error(packing())(error)
                }
            })?;
    }
    let packed = tar.into_inner().map_err(file_error(packing()))?;
    let mut inner = packed.finish().map_err(file_error(packing()))?;
    inner.flush().map_err(file_error(packing()))?;
    file.sync_all().map_err(file_error(packing()))?;
    Ok(manifest)
}

fn header(name: &str, bytes: u64, seconds: u64) -> Result<tar::Header, ArchiveError> {
    let mut header = tar::Header::new_ustar();
    header
        .set_path(name)
        .map_err(file_error(format!("name {name}")))?;
    header.set_size(bytes);
    header.set_mode(0o600);
    header.set_mtime(seconds);
    header.set_entry_type(tar::EntryType::Regular);
    header.set_cksum();
    Ok(header)
}

/// Tells how much was read.
struct Counted<'a, R> {
    inner: R,
    done: &'a mut u64,
    total: u64,
    go_on: &'a mut dyn FnMut(f64) -> bool,
}

impl<R: Read> Read for Counted<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        *self.done += count as u64;
        let share = *self.done as f64 / self.total.max(1) as f64;
        if (self.go_on)(share) {
            Ok(count)
        } else {
            // `Interrupted` would be tried again by `io::copy`.
            Err(io::Error::other(Stopped))
        }
    }
}

/// Somebody ended the reading.
#[derive(Debug, thiserror::Error)]
#[error("it was broken off")]
struct Stopped;

/// Whether it was somebody's wish that it failed.
fn was_stopped(error: &io::Error) -> bool {
    error.get_ref().is_some_and(|inner| inner.is::<Stopped>())
}
