//! The program out of a release's archive.

use std::io::Read as _;

use flate2::read::GzDecoder;
use tar::{Archive, EntryType};

use super::error::UpdateError;

/// The most bytes a program may have.
const MOST: u64 = 256 << 20;

/// Entries that are looked at.
const ENTRIES: usize = 200;

/// The program in the archive `bytes`, which is called `name`: the plain file `homepulse` in the
/// folder that is called like the archive. Nothing else of it is looked at, and nothing is written.
pub(super) fn program(name: &str, bytes: &[u8]) -> Result<Vec<u8>, UpdateError> {
    let wrong = |problem: String| UpdateError::Archive {
        name: name.to_owned(),
        problem,
    };
    let folder = name.strip_suffix(".tar.gz").unwrap_or(name);
    let wanted = format!("{folder}/homepulse");
    let mut archive = Archive::new(GzDecoder::new(bytes).take(4 * MOST));
    let mut found = None;
    let entries = archive
        .entries()
        .map_err(|error| wrong(error.to_string()))?;
    for entry in entries.raw(true).take(ENTRIES) {
        let entry = entry.map_err(|error| wrong(error.to_string()))?;
        let is_it = *entry.path_bytes() == *wanted.as_bytes()
            && entry.header().entry_type() == EntryType::Regular;
        if !is_it {
            continue;
        }
        let size = entry.header().entry_size().unwrap_or(u64::MAX);
        if size > MOST {
            return Err(wrong("its program is larger than it can be".into()));
        }
        let mut program = Vec::new();
        entry
            .take(MOST)
            .read_to_end(&mut program)
            .map_err(|error| wrong(error.to_string()))?;
        if program.len() as u64 != size || program.is_empty() {
            return Err(wrong("its program is cut off".into()));
        }
        found = Some(program);
    }
    // The sum over all of it comes last: one that was cut off is not taken, whatever is in it.
    let mut rest = archive.into_inner();
    std::io::copy(&mut rest, &mut std::io::sink()).map_err(|error| wrong(error.to_string()))?;
    found.ok_or_else(|| wrong(format!("it holds no {wanted}")))
}
