//! What backups need of the file system.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _};
use std::path::Path;

/// Makes a directory that only its owner may enter, where there is none.
pub(super) fn make_private(directory: &Path) -> io::Result<()> {
    if directory.is_dir() {
        return Ok(());
    }
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(directory)
}

/// Makes sure that names in `directory` are on the disk.
pub(super) fn sync_names(directory: &Path) -> io::Result<()> {
    File::open(directory)?.sync_all()
}

/// Gives `path` to the owner of `directory`: what root makes by hand, the service must be able to
/// use. Without the right to do so nothing is changed. What a link leads to is never given away:
/// the owner of the directory may have put it there.
pub(in crate::services) fn give_to_owner_of(directory: &Path, path: &Path) {
    if let (Ok(owner), Ok(file)) = (fs::metadata(directory), fs::symlink_metadata(path))
        && (owner.uid(), owner.gid()) != (file.uid(), file.gid())
    {
        let _ = std::os::unix::fs::lchown(path, Some(owner.uid()), Some(owner.gid()));
    }
}

/// The size of a file; 0 where there is none.
pub(super) fn length(path: &Path) -> u64 {
    fs::metadata(path).map_or(0, |meta| meta.len())
}
