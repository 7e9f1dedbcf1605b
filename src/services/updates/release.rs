//! Releases, and which one is meant.

use semver::Version;
use serde::{Deserialize, Serialize};

/// Which releases are wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Channel {
    /// Finished ones.
    #[default]
    Stable,
    /// Candidates as well.
    Rc,
}

impl Channel {
    /// As one word, as it stands in settings.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Stable => "stable",
            Self::Rc => "rc",
        }
    }

    /// The channel of that name.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "stable" => Some(Self::Stable),
            "rc" => Some(Self::Rc),
            _ => None,
        }
    }
}

/// An archive of a release.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asset {
    /// Its name, such as `homepulse_0.2.0_linux_amd64.tar.gz`.
    pub name: String,
    /// Where it is.
    pub url: String,
    /// SHA-256 of it, in hexadecimal, where the list of releases has it.
    pub sha256: Option<String>,
    /// Where the list of check sums is, where that is a file of its own.
    pub sums_url: Option<String>,
    /// Where its signature is.
    pub signature_url: Option<String>,
}

/// A release.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Release {
    /// Its version.
    pub version: Version,
    /// Whether its makers call it unfinished.
    pub is_prerelease: bool,
    /// When it was published, as they write it.
    pub date: Option<String>,
    /// What is new, as they write it; hostile text.
    pub notes: Option<String>,
    /// Where to read about it.
    pub page: Option<String>,
    /// Its archive for this machine.
    pub asset: Option<Asset>,
}

impl Release {
    fn is_candidate(&self) -> bool {
        self.is_prerelease || !self.version.pre.is_empty()
    }
}

/// The name of the archive for this machine.
#[must_use]
pub fn asset_name(version: &Version) -> String {
    let arch = match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    };
    format!("homepulse_{version}_linux_{arch}.tar.gz")
}

/// The newest release on `channel` that is newer than `current`. Older ones are never chosen, and
/// neither is one without an archive for this machine.
#[must_use]
pub fn newer<'a>(
    releases: &'a [Release],
    current: &Version,
    channel: Channel,
) -> Option<&'a Release> {
    releases
        .iter()
        .filter(|it| it.asset.is_some() && it.version > *current)
        .filter(|it| channel == Channel::Rc || !it.is_candidate())
        .max_by(|a, b| a.version.cmp(&b.version))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn release(version: &str) -> Release {
        let version: Version = version.parse().expect("a version");
        Release {
            is_prerelease: false,
            date: None,
            notes: None,
            page: None,
            asset: Some(Asset {
                name: asset_name(&version),
                url: String::new(),
                sha256: None,
                sums_url: None,
                signature_url: None,
            }),
            version,
        }
    }

    #[test]
    fn the_newest_of_the_channel_is_chosen_and_never_an_older_one() {
        let mut all: Vec<Release> = ["0.1.0", "0.9.0", "0.10.0", "0.11.0-rc.1", "0.12.0"]
            .map(release)
            .into();
        all[4].asset = None;
        for (current, channel, chosen) in [
            ("0.1.0", Channel::Stable, Some("0.10.0")),
            ("0.1.0", Channel::Rc, Some("0.11.0-rc.1")),
            ("0.10.0", Channel::Stable, None),
            ("0.11.0-rc.1", Channel::Rc, None),
            ("1.0.0", Channel::Rc, None),
        ] {
            let current = current.parse().expect("a version");
            let found = newer(&all, &current, channel).map(|it| it.version.to_string());
            assert_eq!(found.as_deref(), chosen, "{current} {channel:?}");
        }
    }
}
