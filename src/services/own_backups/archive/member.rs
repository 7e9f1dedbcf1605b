//! Which files an archive may hold, and under which names.

use std::path::{Path, PathBuf};

/// A file that an archive may hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::services::own_backups) enum Member {
    /// The database.
    Database,
    /// The key of its secrets.
    Key,
    /// That key, sealed with a passphrase.
    SealedKey,
    /// The configuration file.
    Config(String),
    /// A kind of channel that people added.
    ChannelKind(String),
}

impl Member {
    /// The member of that name; `None` for every other name, and so for every path that leads
    /// anywhere else.
    pub(in crate::services::own_backups) fn parse(name: &str) -> Option<Self> {
        match name {
            "homepulse.db" => return Some(Self::Database),
            "secret.key" => return Some(Self::Key),
            "secret.key.sealed" => return Some(Self::SealedKey),
            _ => {}
        }
        let (folder, file) = name.split_once('/')?;
        if !is_plain(file) {
            return None;
        }
        match folder {
            "config" => Some(Self::Config(file.to_owned())),
            "channels" => Some(Self::ChannelKind(file.to_owned())),
            _ => None,
        }
    }

    /// Its name in the archive.
    pub(in crate::services::own_backups) fn name(&self) -> String {
        match self {
            Self::Database => "homepulse.db".to_owned(),
            Self::Key => "secret.key".to_owned(),
            Self::SealedKey => "secret.key.sealed".to_owned(),
            Self::Config(file) => format!("config/{file}"),
            Self::ChannelKind(file) => format!("channels/{file}"),
        }
    }

    /// Where it is unpacked to.
    pub(in crate::services::own_backups) fn path_in(&self, directory: &Path) -> PathBuf {
        directory.join(self.name())
    }

    /// The most bytes it may have; only the database grows.
    pub(super) const fn most_bytes(&self) -> u64 {
        match self {
            Self::Database => 1 << 42,
            Self::Key | Self::SealedKey => 4096,
            Self::Config(_) | Self::ChannelKind(_) => 4 << 20,
        }
    }
}

/// Whether `file` can only be the name of a file.
pub(in crate::services::own_backups) fn is_plain(file: &str) -> bool {
    (1..=80).contains(&file.len())
        && !file.starts_with('.')
        && file
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::Member;

    #[test]
    fn a_member_is_found_under_its_own_name_only() {
        for member in [
            Member::Database,
            Member::Key,
            Member::SealedKey,
            Member::Config("config.toml".into()),
            Member::ChannelKind("pager.toml".into()),
        ] {
            assert_eq!(Member::parse(&member.name()), Some(member));
        }
        for name in [
            "",
            "..",
            "/etc/passwd",
            "../homepulse.db",
            "./homepulse.db",
            "config/../../x",
            "config/..",
            "config/.hidden",
            "config/a/b",
            "channels/a\0b",
            "channels/",
            "other/file",
            "homepulse.db/",
        ] {
            assert_eq!(Member::parse(name), None, "{name:?}");
        }
    }
}
