//! Names of files in a backup: none leads out of its folder.

use std::io;
use std::path::{Component, Path, PathBuf};

/// The folder's number and the name under it.
pub(super) fn place_of(path: &Path) -> io::Result<(usize, PathBuf)> {
    let mut parts = path.components();
    let is_files = parts.next() == Some(Component::Normal("files".as_ref()));
    let root = parts.next().and_then(|part| match part {
        Component::Normal(number) => number.to_str()?.parse().ok(),
        _ => None,
    });
    match root {
        Some(root) if is_files => Ok((root, parts.as_path().to_owned())),
        _ => Err(odd(path, "it lies nowhere")),
    }
}

/// A name that leads nowhere but down.
pub(super) fn plain(path: &Path) -> io::Result<String> {
    let mut name = String::new();
    for part in path.components() {
        match part {
            Component::Normal(part) => {
                let part = part.to_str().ok_or_else(|| odd(path, "it is no text"))?;
                if !name.is_empty() {
                    name.push('/');
                }
                name.push_str(part);
            }
            Component::CurDir => {}
            Component::ParentDir | Component::RootDir | Component::Prefix(_) => {
                return Err(odd(path, "it leads out of its folder"));
            }
        }
    }
    Ok(name)
}

pub(super) fn odd(path: &Path, problem: &str) -> io::Error {
    let shown: String = path.to_string_lossy().chars().take(200).collect();
    io::Error::new(
        io::ErrorKind::InvalidData,
        format!("the file {shown:?} is refused: {problem}"),
    )
}
