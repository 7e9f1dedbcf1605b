//! Newer releases of the product itself: looking for them, and installing one so that monitoring
//! is never left dead.
//!
//! [`Updates`] is the part of the running product: it looks, and asks. [`Updater`] is the part that
//! installs; it is run by the command line, in a unit of its own, because the product may not write
//! where programs lie.

mod apply;
mod error;
mod fetch;
mod journal;
mod kind;
mod layout;
mod machine;
mod release;
mod signature;
mod source;
mod unpack;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use semver::Version;
use tokio::sync::Mutex;

use crate::model::time::Timestamp;
use crate::telemetry::clock;

pub use apply::{Applied, Updater, roll_back};
pub use error::{NO_SOURCE, UpdateError};
pub use fetch::Fetch;
pub use journal::{Journal, Progress, Step};
pub use kind::InstallKind;
pub use layout::{LastUpdate, Layout};
pub use machine::Machine;
pub use release::{Asset, Channel, Release, asset_name, newer};
pub use signature::{Keys, sha256, statement};
pub use source::Source;

/// How long an answer about releases holds.
const HOLDS: Duration = Duration::from_secs(300);

/// The unit that watches for a wish to update.
const PATH_UNIT: &str = "homepulse-update.path";

/// The version that runs.
#[must_use]
pub fn current() -> Version {
    Version::parse(env!("CARGO_PKG_VERSION")).unwrap_or_else(|_| Version::new(0, 0, 0))
}

/// What is known of newer releases.
#[derive(Clone, Debug)]
pub struct Available {
    /// The version that runs.
    pub current: Version,
    /// The newest one that is newer; `None` where there is none or nobody can tell.
    pub newer: Option<Release>,
    /// Why nobody can tell.
    pub unknown_because: Option<String>,
    /// How this program was installed.
    pub kind: InstallKind,
    /// What installs the newer one.
    pub command: Option<String>,
    /// When releases were looked up.
    pub at: Timestamp,
}

/// Where releases are and what is wanted of them.
#[derive(Clone, Debug, Default)]
pub struct UpdateSettings {
    /// Where they are listed.
    pub source: Option<String>,
    /// Public keys besides those that were built in.
    pub keys: Vec<String>,
    /// Which ones are wanted.
    pub channel: Channel,
}

/// Looks for newer releases, and asks for one to be installed.
#[derive(Clone)]
pub struct Updates {
    inner: Arc<Inner>,
}

struct Inner {
    settings: UpdateSettings,
    journal: Journal,
    kind: InstallKind,
    /// Where units lie, below `/` but in tests.
    root: PathBuf,
    latest: Mutex<Option<(Channel, Available)>>,
    since: Timestamp,
}

impl Updates {
    /// Of the program that runs, with its data in `data_dir`. Since `now`, nothing has happened.
    #[must_use]
    pub fn new(settings: UpdateSettings, data_dir: &Path, now: Timestamp) -> Self {
        Self {
            inner: Arc::new(Inner {
                settings,
                journal: Journal::new(data_dir),
                kind: InstallKind::of_process(),
                root: PathBuf::from("/"),
                latest: Mutex::new(None),
                since: now,
            }),
        }
    }

    /// What is known of newer releases on `channel`, or on the one that is set. Answers hold for
    /// five minutes.
    pub async fn check(&self, channel: Option<Channel>) -> Available {
        let inner = &self.inner;
        let channel = channel.unwrap_or(inner.settings.channel);
        let now = clock::now();
        let mut latest = inner.latest.lock().await;
        if let Some((of, known)) = &*latest
            && *of == channel
            && now.since(known.at) < HOLDS
        {
            return known.clone();
        }
        let found = self.look(channel).await;
        let (newer, unknown_because) = match found {
            Ok(newer) => (newer, None),
            Err(error) => (None, Some(crate::telemetry::Chain(&error).to_string())),
        };
        let known = Available {
            current: current(),
            command: newer
                .as_ref()
                .map(|it| inner.kind.command(&it.version.to_string())),
            newer,
            unknown_because,
            kind: inner.kind.clone(),
            at: now,
        };
        *latest = Some((channel, known.clone()));
        known
    }

    async fn look(&self, channel: Channel) -> Result<Option<Release>, UpdateError> {
        let source = self.inner.settings.source.as_deref();
        let source = Source::parse(source.ok_or(UpdateError::NoSource)?)?;
        let url = source.url().to_string();
        let fetch = Fetch::new().map_err(|source| UpdateError::Fetch { url, source })?;
        let releases = fetch.releases(&source).await?;
        Ok(newer(&releases, &current(), channel).cloned())
    }

    /// Asks for `version`, or the newest, to be installed by the updater's own unit.
    ///
    /// # Errors
    /// When nobody said where releases are, or this installation is updated by other means.
    pub fn apply(&self, version: Option<Version>) -> Result<(), UpdateError> {
        let inner = &self.inner;
        if inner.settings.source.is_none() {
            return Err(UpdateError::NoSource);
        }
        let foreign = |command: String| UpdateError::Foreign {
            kind: inner.kind.clone(),
            command,
        };
        let newest = version
            .as_ref()
            .map_or_else(|| "VERSION".into(), Version::to_string);
        if !matches!(inner.kind, InstallKind::Managed(_)) {
            return Err(foreign(inner.kind.command(&newest)));
        }
        let is_watched = ["etc/systemd/system", "usr/lib/systemd/system"]
            .iter()
            .any(|folder| inner.root.join(folder).join(PATH_UNIT).exists());
        if !is_watched {
            return Err(foreign("homepulse update apply, as root".into()));
        }
        if Keys::with(&inner.settings.keys)?.is_empty() {
            return Err(UpdateError::NoKeys);
        }
        inner.journal.write(&Progress {
            step: Step::Requested,
            message: "the updater was asked".into(),
            error: None,
            version: version.clone(),
            at: clock::now(),
        });
        inner
            .journal
            .request(version)
            .map_err(|error| UpdateError::Machine(format!("ask the updater: {error}")))
    }

    /// How the latest update went, or goes.
    #[must_use]
    pub fn progress(&self) -> Progress {
        self.inner.journal.progress().unwrap_or_else(|| Progress {
            step: Step::Idle,
            message: match &self.inner.settings.source {
                None => NO_SOURCE.to_owned(),
                Some(_) => "no update was asked for".to_owned(),
            },
            error: None,
            version: None,
            at: self.inner.since,
        })
    }
}
