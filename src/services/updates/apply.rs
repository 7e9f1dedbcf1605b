//! Installing a release: nothing that runs is touched before the new program has been fetched,
//! proven and tried on a copy of the data; after that, whatever goes wrong, what ran before runs
//! again.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use semver::Version;

use super::error::{UpdateError, file};
use super::fetch::Fetch;
use super::journal::{Journal, Progress, Step};
use super::layout::{LastUpdate, Layout};
use super::machine::Machine;
use super::release::{Channel, Release, newer};
use super::signature::Keys;
use super::source::Source;
use super::unpack;
use crate::db::{self, Pace};
use crate::services::own_backups::{
    self, KeyChoice, Place, Reason, RestoreOptions, Wanted, create, restore,
};
use crate::telemetry::{Chain, clock};

/// How long what ran before may take to be ready again, at least.
const BACK: Duration = Duration::from_secs(60);

/// How long the new program may try itself on a copy of the data.
const SELF_CHECK: Duration = Duration::from_secs(300);

/// Everything that an update needs.
pub struct Updater {
    /// Where releases lie.
    pub layout: Layout,
    /// What is backed up, and where to.
    pub place: Place,
    /// Where releases are listed.
    pub source: Source,
    /// Which ones are wanted.
    pub channel: Channel,
    /// Who may have made them.
    pub keys: Keys,
    /// What runs the product.
    pub machine: Machine,
    /// How long the new release may take to be ready.
    pub patience: Duration,
    /// Fetches them.
    pub fetch: Fetch,
}

/// What an update did.
#[derive(Clone, Debug)]
pub struct Applied {
    /// What ran before.
    pub from: Version,
    /// What runs now.
    pub to: Version,
}

impl Updater {
    /// Installs `wanted`, or the newest release of the channel.
    ///
    /// # Errors
    /// With what went wrong, and what runs now.
    pub async fn apply(&self, wanted: Option<Version>) -> Result<Applied, UpdateError> {
        let _turn = self.layout.turn()?;
        let outcome = self.try_apply(wanted).await;
        if let Err(error) = &outcome {
            let step = match error {
                UpdateError::RolledBack { .. } => Step::RolledBack,
                _ => Step::Failed,
            };
            self.note(
                step,
                error.to_string(),
                None,
                Some(Chain(error).to_string()),
            );
        }
        outcome
    }

    async fn try_apply(&self, wanted: Option<Version>) -> Result<Applied, UpdateError> {
        if self.keys.is_empty() {
            return Err(UpdateError::NoKeys);
        }
        let current = self.layout.current().ok_or(UpdateError::NoWayBack)?;
        self.note(Step::Checking, "looking up releases", None, None);
        let releases = self.fetch.releases(&self.source).await?;
        let release = self.choose(&releases, wanted, &current)?;
        let version = release.version.clone();
        let missing = || UpdateError::Unknown {
            version: version.clone(),
        };
        let asset = release.asset.as_ref().ok_or_else(missing)?;

        self.note(
            Step::Downloading,
            "fetching the archive",
            Some(&version),
            None,
        );
        let archive = self.fetch.archive(release, asset, &self.keys).await?;
        let program = unpack::program(&asset.name, &archive)?;
        drop(archive);
        let path = self.layout.put(&version, &program)?;
        drop(program);

        let prepared = self.prepare(&path, &version);
        let backup = match prepared {
            Ok(backup) => backup,
            Err(error) => {
                self.layout.remove(&version);
                return Err(error);
            }
        };
        let last = LastUpdate {
            from: current.clone(),
            to: version.clone(),
            ..backup
        };
        self.layout.remember(&last)?;
        self.note(
            Step::Applying,
            "putting the new program in place",
            Some(&version),
            None,
        );
        self.layout.switch(&version)?;
        self.note(
            Step::Restarting,
            "starting the new release",
            Some(&version),
            None,
        );
        let started = match self.machine.restart() {
            Ok(()) => self.machine.wait_ready(self.patience).await,
            Err(error) => Err(error.to_string()),
        };
        if let Err(problem) = started {
            return Err(self.back_out(&last, problem).await);
        }
        self.layout.tidy_up(&[&current, &version]);
        self.note(
            Step::Completed,
            format!("{version} runs; {current} is kept to go back to"),
            Some(&version),
            None,
        );
        Ok(Applied {
            from: current,
            to: version,
        })
    }

    fn choose<'a>(
        &self,
        releases: &'a [Release],
        wanted: Option<Version>,
        current: &Version,
    ) -> Result<&'a Release, UpdateError> {
        match wanted {
            None => {
                newer(releases, current, self.channel).ok_or_else(|| UpdateError::NothingNewer {
                    current: current.clone(),
                    channel: self.channel.word(),
                })
            }
            Some(version) if version <= *current => Err(UpdateError::Downgrade {
                version,
                current: current.clone(),
            }),
            Some(version) => releases
                .iter()
                .find(|it| it.version == version)
                .ok_or(UpdateError::Unknown { version }),
        }
    }

    /// Has the new program try itself on a copy of the data, then makes a backup of the data.
    fn prepare(&self, program: &Path, version: &Version) -> Result<LastUpdate, UpdateError> {
        self.note(
            Step::Verifying,
            "trying the new program on a copy of the data",
            Some(version),
            None,
        );
        let failed = |problem: String| UpdateError::SelfCheck {
            version: version.clone(),
            problem,
        };
        let said = run(program, &["--version"], SELF_CHECK).map_err(failed)?;
        if said.split_whitespace().last() != Some(version.to_string().as_str()) {
            return Err(failed(format!("it calls itself '{}'", said.trim())));
        }
        let scratch = tempfile::Builder::new()
            .prefix(".self-check-")
            // Not among the data: their owner must not be able to swap it meanwhile.
            .tempdir_in(self.layout.root())
            .map_err(file("write into", self.layout.root()))?;
        let database = self.place.database();
        own_backups::check_room(self.layout.root(), db_bytes(&database), "trying an update")?;
        let copy = scratch.path().join("homepulse.db");
        db::copy(&database, &copy, Pace::GENTLE, &mut |_, _| true)?;
        let key = self.place.data_dir.join("secret.key");
        if key.is_file() {
            std::fs::copy(&key, scratch.path().join("secret.key")).map_err(file("read", &key))?;
        }
        let directory = scratch.path().to_string_lossy().into_owned();
        run(
            program,
            &["self-check", "--data-dir", &directory],
            SELF_CHECK,
        )
        .map_err(failed)?;
        drop(scratch);

        self.note(Step::BackingUp, "making a backup", Some(version), None);
        let wanted = Wanted {
            reason: Reason::BeforeUpdate,
            key: KeyChoice::Include,
            pace: Pace::GENTLE,
        };
        let (name, manifest) = create(&self.place, &wanted, clock::now(), &mut |_, _| true)?;
        Ok(LastUpdate {
            from: version.clone(),
            to: version.clone(),
            backup: self.place.directory.join(name.as_str()),
            schema: manifest.schema,
        })
    }

    /// Goes back after a release that did not come up.
    async fn back_out(&self, last: &LastUpdate, problem: String) -> UpdateError {
        match self.go_back(last).await {
            Ok(restored) => {
                self.layout.forget();
                self.layout.remove(&last.to);
                UpdateError::RolledBack {
                    version: last.to.clone(),
                    problem,
                    current: last.from.clone(),
                    restored,
                }
            }
            Err(error) => UpdateError::Down {
                version: last.to.clone(),
                problem: format!("{problem}; {}", Chain(&error)),
            },
        }
    }

    async fn go_back(&self, last: &LastUpdate) -> Result<bool, UpdateError> {
        // Whether it could be stopped or not, the link decides what starts next.
        let stopped = self.machine.stop();
        self.layout.switch(&last.from)?;
        let restored = stopped.and_then(|()| put_data_back(&self.place, last));
        // Even where the data could not be put back: most often the old release can use them.
        self.machine.restart()?;
        let ready = self.machine.wait_ready(self.patience.max(BACK)).await;
        let restored = restored?;
        ready.map_err(UpdateError::Machine)?;
        Ok(restored)
    }

    fn note(
        &self,
        step: Step,
        message: impl Into<String>,
        version: Option<&Version>,
        error: Option<String>,
    ) {
        let message = message.into();
        tracing::info!("update: {message}");
        Journal::new(&self.place.data_dir).write(&Progress {
            step,
            message,
            error,
            version: version.cloned(),
            at: clock::now(),
        });
    }
}

/// Goes back to what ran before the latest update; needs no network.
///
/// # Errors
/// When there was none, or what ran before does not come up.
pub async fn roll_back(
    layout: &Layout,
    place: &Place,
    machine: &Machine,
    patience: Duration,
) -> Result<(Applied, bool), UpdateError> {
    let _turn = layout.turn()?;
    let last = layout.last_update().ok_or(UpdateError::NoWayBack)?;
    if layout.current().as_ref() != Some(&last.to) || !layout.program(&last.from).is_file() {
        return Err(UpdateError::NoWayBack);
    }
    machine.stop()?;
    let restored = match put_data_back(place, &last) {
        Ok(restored) => restored,
        Err(error) => {
            // Nothing was changed: what ran runs on.
            machine.restart()?;
            return Err(error);
        }
    };
    layout.switch(&last.from)?;
    layout.forget();
    machine.restart()?;
    let ready = machine.wait_ready(patience).await;
    ready.map_err(UpdateError::Machine)?;
    Journal::new(&place.data_dir).write(&Progress {
        step: Step::RolledBack,
        message: format!("{} runs again", last.from),
        error: None,
        version: Some(last.from.clone()),
        at: clock::now(),
    });
    let applied = Applied {
        from: last.to,
        to: last.from,
    };
    Ok((applied, restored))
}

/// Puts the data of before back where the new release has brought them to a form that the old one
/// does not know; otherwise what was recorded since is kept.
fn put_data_back(place: &Place, last: &LastUpdate) -> Result<bool, UpdateError> {
    let found = db::schema_of(&place.database());
    if found.is_ok_and(|schema| schema <= last.schema) {
        return Ok(false);
    }
    let options = RestoreOptions {
        keep_schema: true,
        keep_key: true,
        set_aside: true,
        ..RestoreOptions::default()
    };
    restore(place, &last.backup, &options, clock::now(), &mut |_, _| {
        true
    })?;
    Ok(true)
}

fn db_bytes(path: &Path) -> u64 {
    std::fs::metadata(path).map_or(0, |meta| 2 * meta.len())
}

/// Runs the new program; what it prints, or what was wrong.
fn run(program: &Path, arguments: &[&str], limit: Duration) -> Result<String, String> {
    let out = tempfile::tempfile().map_err(|error| error.to_string())?;
    let both = |file: &std::fs::File| file.try_clone().map_err(|error| error.to_string());
    let mut child = Command::new(program)
        .args(arguments)
        .env_clear()
        .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
        .stdin(std::process::Stdio::null())
        .stdout(both(&out)?)
        .stderr(both(&out)?)
        .spawn()
        .map_err(|error| format!("it cannot be run: {error}"))?;
    let until = Instant::now() + limit;
    let status = loop {
        match child.try_wait() {
            Ok(Some(status)) => break status,
            Ok(None) if Instant::now() < until => std::thread::sleep(Duration::from_millis(20)),
            Ok(None) | Err(_) => {
                let _ = child.kill();
                let _ = child.wait();
                return Err(format!("it did not end within {} s", limit.as_secs()));
            }
        }
    };
    let text = printed(out);
    if status.success() {
        return Ok(text);
    }
    Err(format!("it ends with {status}: {}", text.trim()))
}

/// The first of what was written to a file that was shared with another process.
fn printed(mut file: std::fs::File) -> String {
    use std::io::{Read as _, Seek as _};
    let mut bytes = Vec::new();
    let _ = file.rewind();
    let _ = file.take(4096).read_to_end(&mut bytes);
    String::from_utf8_lossy(&bytes).into_owned()
}
