//! The file of a backup: a tar of the server's files with a list of their check sums at its end,
//! compressed, and sealed where that is wished. Blocking, and free of anything but bytes.
//!
//! Inside, files lie under `files/N/`, N being the place of their folder in the list's `roots`.
//! Names that lead out of their folder, by dots or by links, are refused in both directions.

mod names;
mod sum;

use std::collections::HashSet;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use tar::{Archive, Builder, EntryType, Header};

use super::wanted::{Wanted, fits};
use crate::secret::{Opener, Sealer, StreamKey};
use names::{odd, place_of, plain};
use sum::Sum;

pub(super) use sum::sum_of;

/// Name of the list inside.
const MANIFEST: &str = "manifest.json";

/// Most files of a backup.
const MOST_FILES: usize = 1_000_000;

/// Largest list that is read.
const LARGEST_MANIFEST: u64 = 512 << 20;

/// How hard is compressed: the middle of what is quick.
const LEVEL: i32 = 3;

/// What is in a backup.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Manifest {
    pub(super) format: u32,
    /// The game's id in the catalogue.
    pub(super) game: String,
    /// What the server was called.
    pub(super) server: String,
    /// Folders that the files belong into, inside the server.
    pub(super) roots: Vec<String>,
    pub(super) files: Vec<Listed>,
}

/// One file of a backup.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Listed {
    /// Place of its folder in the roots.
    pub(super) root: usize,
    /// Its name under that.
    pub(super) path: String,
    pub(super) bytes: u64,
    pub(super) sha256: String,
}

/// What is written to, sealed or not.
enum Sink<W: Write> {
    Open(W),
    Sealed(Box<Sealer<W>>),
}

impl<W: Write> Write for Sink<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Open(to) => to.write(bytes),
            Self::Sealed(to) => to.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Open(to) => to.flush(),
            Self::Sealed(to) => to.flush(),
        }
    }
}

/// A backup that is being written.
pub(super) struct Packer<W: Write> {
    tar: Builder<zstd::Encoder<'static, Sink<Sum<W>>>>,
    manifest: Manifest,
    entries: usize,
}

/// A backup that was written.
pub(super) struct Packed<W> {
    pub(super) to: W,
    pub(super) bytes: u64,
    pub(super) sha256: String,
    pub(super) files: u64,
}

impl<W: Write> Packer<W> {
    pub(super) fn new(
        to: W,
        key: Option<&StreamKey>,
        game: &str,
        server: &str,
    ) -> io::Result<Self> {
        let to = Sum::new(to);
        let sink = match key {
            None => Sink::Open(to),
            Some(key) => Sink::Sealed(Box::new(Sealer::new(to, key)?)),
        };
        Ok(Self {
            tar: Builder::new(zstd::Encoder::new(sink, LEVEL)?),
            manifest: Manifest {
                format: 1,
                game: game.to_owned(),
                server: server.to_owned(),
                ..Manifest::default()
            },
            entries: 0,
        })
    }

    /// Takes in what a host says is under `wanted`: a tar whose names begin with the last part of
    /// that path.
    pub(super) fn add(
        &mut self,
        wanted: &Wanted,
        exclude: &[String],
        tar: impl Read,
    ) -> io::Result<()> {
        let mut folder = None;
        let above = wanted.root.rsplit_once('/').map_or("", |(above, _)| above);
        for entry in Archive::new(tar).entries()? {
            let mut entry = entry?;
            let path = entry.path()?.into_owned();
            let kind = entry.header().entry_type();
            let name = plain(&path)?;
            // The first entry says whether it is a folder or the file itself.
            let root = *folder.get_or_insert_with(|| {
                let root = if kind.is_dir() { &wanted.root } else { above };
                self.manifest.roots.push(root.to_owned());
                self.manifest.roots.len() - 1
            });
            let whole = format!("{above}/{name}");
            let base = self.manifest.roots[root].clone();
            let Some(rest) = whole.strip_prefix(&base) else {
                return Err(odd(&path, "it is not where it was looked for"));
            };
            let rest = rest.trim_start_matches('/').to_owned();
            let is_out = exclude.iter().any(|pattern| fits(pattern, &whole));
            if rest.is_empty() || is_out || !wanted.wants(&whole) {
                continue;
            }
            self.entries += 1;
            if self.entries > MOST_FILES {
                return Err(io::Error::other("it has more files than a backup can hold"));
            }
            let place = format!("files/{root}/{rest}");
            let mut header = entry.header().clone();
            match kind {
                EntryType::Directory => self.tar.append_data(&mut header, place, io::empty())?,
                EntryType::Symlink => {
                    if let Some(target) = entry.link_name()? {
                        self.tar.append_link(&mut header, place, target)?;
                    }
                }
                EntryType::Link => {
                    // The same file under a further name, which begins like all names here.
                    let target = entry.link_name()?.unwrap_or_default().into_owned();
                    let target = format!("{above}/{}", plain(&target)?);
                    let Some(target) = target.strip_prefix(&base) else {
                        continue;
                    };
                    let target = format!("files/{root}/{}", target.trim_start_matches('/'));
                    self.tar.append_link(&mut header, place, target)?;
                }
                kind if kind.is_file() => {
                    header.set_entry_type(EntryType::Regular);
                    let mut sum = Sum::new(&mut entry);
                    self.tar.append_data(&mut header, place, &mut sum)?;
                    let (_, bytes, sha256) = sum.finish();
                    self.manifest.files.push(Listed {
                        root,
                        path: rest,
                        bytes,
                        sha256,
                    });
                }
                // Sockets, pipes and devices are made anew by whoever needs them.
                _ => {}
            }
        }
        Ok(())
    }

    /// Whether nothing was taken in yet.
    pub(super) const fn is_empty(&self) -> bool {
        self.manifest.files.is_empty()
    }

    /// Writes the list and ends the file.
    pub(super) fn finish(mut self) -> io::Result<Packed<W>> {
        let files = self.manifest.files.len() as u64;
        let list = serde_json::to_vec(&self.manifest).map_err(io::Error::other)?;
        let mut header = Header::new_gnu();
        header.set_size(list.len() as u64);
        header.set_mode(0o600);
        self.tar.append_data(&mut header, MANIFEST, &list[..])?;
        let sink = self.tar.into_inner()?.finish()?;
        let sum = match sink {
            Sink::Open(sum) => sum,
            Sink::Sealed(sealer) => sealer.finish()?,
        };
        let (to, bytes, sha256) = sum.finish();
        Ok(Packed {
            to,
            bytes,
            sha256,
            files,
        })
    }
}

/// Reads a whole backup and checks each file against the list at its end. `to`, if given, is the
/// number of a folder whose files are written as a tar, with names as the host wants them.
pub(super) fn unpack<W: Write>(
    from: impl Read,
    key: Option<&StreamKey>,
    mut to: Option<(usize, &mut Builder<W>)>,
) -> io::Result<Manifest> {
    let from: Box<dyn Read + '_> = match key {
        None => Box::new(from),
        Some(key) => Box::new(Opener::new(from, key)?),
    };
    let mut archive = Archive::new(zstd::Decoder::new(from)?);
    let mut seen: Vec<Listed> = Vec::new();
    let mut links: HashSet<PathBuf> = HashSet::new();
    let mut manifest: Option<Manifest> = None;
    for entry in archive.entries()? {
        let mut entry = entry?;
        let path = entry.path()?.into_owned();
        if manifest.is_some() {
            return Err(odd(&path, "it lies behind the end"));
        }
        if path == Path::new(MANIFEST) {
            let limited = (&mut entry).take(LARGEST_MANIFEST);
            manifest = Some(serde_json::from_reader(limited).map_err(io::Error::other)?);
            continue;
        }
        let (root, rest) = place_of(&path)?;
        let kind = entry.header().entry_type();
        if rest
            .ancestors()
            .any(|above| links.contains(&Path::new(&root.to_string()).join(above)))
        {
            return Err(odd(&path, "a link leads elsewhere"));
        }
        let name = plain(&rest)?;
        let mut header = entry.header().clone();
        let mut out = to
            .as_mut()
            .filter(|(wanted, _)| *wanted == root)
            .map(|(_, out)| out);
        match kind {
            EntryType::Directory => {
                if let Some(out) = &mut out {
                    out.append_data(&mut header, &name, io::empty())?;
                }
            }
            EntryType::Symlink => {
                links.insert(Path::new(&root.to_string()).join(&rest));
                if let (Some(out), Some(target)) = (&mut out, entry.link_name()?) {
                    out.append_link(&mut header, &name, target)?;
                }
            }
            EntryType::Link => {
                let target = entry.link_name()?.unwrap_or_default().into_owned();
                let (of, target) = place_of(&target)?;
                let target = plain(&target)?;
                if of != root {
                    return Err(odd(&path, "a link leads elsewhere"));
                }
                if let Some(out) = &mut out {
                    out.append_link(&mut header, &name, target)?;
                }
            }
            kind if kind.is_file() => {
                let mut sum = Sum::new(&mut entry);
                match &mut out {
                    Some(out) => out.append_data(&mut header, &name, &mut sum)?,
                    None => drop(io::copy(&mut sum, &mut io::sink())?),
                }
                let (_, bytes, sha256) = sum.finish();
                seen.push(Listed {
                    root,
                    path: name,
                    bytes,
                    sha256,
                });
            }
            _ => return Err(odd(&path, "it is no file")),
        }
    }
    // To the very end, so that what is sealed is checked to its last frame.
    let mut rest = archive.into_inner();
    io::copy(&mut rest, &mut io::sink())?;
    let manifest = manifest.ok_or_else(|| io::Error::other("its end is missing"))?;
    match manifest.files == seen {
        true => Ok(manifest),
        false => Err(io::Error::other("its files are not those of its list")),
    }
}

#[cfg(test)]
mod tests;
