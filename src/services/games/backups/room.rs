//! Room for a backup, asked for before it is begun: a full disk takes more than the backup down.

use std::path::Path;

use super::super::GamesError;
use super::types::GameBackup;
use crate::db;

/// Room that must be there where nothing is known of the server's size.
const LEAST: u64 = 256 << 20;

/// Checks that twice the last backup fits, or what the server's files take where there is none.
pub(super) fn check(
    folder: &Path,
    last: Option<&GameBackup>,
    used: Option<u64>,
) -> Result<(), GamesError> {
    let wanted = wanted(last.map(|backup| backup.bytes), used);
    let free = db::free_bytes(folder)
        .map_err(|error| GamesError::Files(format!("look at {}: {error}", folder.display())))?;
    enough(folder, free, wanted)
}

fn wanted(last: Option<u64>, used: Option<u64>) -> u64 {
    let wanted = last.map(|bytes| bytes.saturating_mul(2)).or(used);
    wanted.unwrap_or(LEAST).max(1 << 20)
}

fn enough(folder: &Path, free: u64, wanted: u64) -> Result<(), GamesError> {
    if free >= wanted {
        return Ok(());
    }
    Err(GamesError::NoRoom(format!(
        "a backup needs {} MiB in {}, where {} are free",
        wanted.div_ceil(1 << 20),
        folder.display(),
        free >> 20
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn twice_the_last_backup_must_fit() {
        assert_eq!(wanted(Some(5 << 30), Some(100 << 30)), 10 << 30);
        assert_eq!(wanted(None, Some(3 << 30)), 3 << 30);
        assert_eq!(wanted(None, None), LEAST);
        let folder = Path::new("/backups");
        assert!(enough(folder, 10 << 20, 10 << 20).is_ok());
        let refused = enough(folder, (10 << 20) - 1, 10 << 20).expect_err("too little");
        assert!(refused.to_string().contains("/backups"), "{refused}");
    }
}
