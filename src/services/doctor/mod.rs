//! Looks at an installation as a whole: what is wrong, and which command puts it right.
//!
//! Facts are gathered here, judged by the pure functions of `checks`, and told by whoever asks.
//! [`Doctor`] is asked in a running product; [`from_outside`] needs none.

mod bundle;
mod checks;
mod facts;
mod report;
mod scrub;
#[cfg(test)]
mod tests;

use std::net::SocketAddr;
use std::path::Path;

use secrecy::SecretString;

use super::own_backups::{self, OwnBackups, Place};
use super::transfer::Transfer;
use crate::model::time::Timestamp;
use crate::notify::Channels;
use crate::state::{Fleet, Live};

use facts::{BackupFacts, PortFacts};

pub use bundle::{BundleFile, pack};
pub use facts::UNIT;
pub use report::{Check, Report, Verdict};
pub use scrub::Scrub;

/// Looks at the running product.
#[derive(Clone)]
pub struct Doctor {
    place: Place,
    live: Live,
    channels: Channels,
    backups: OwnBackups,
    transfer: Transfer,
    api_token: Option<SecretString>,
}

impl Doctor {
    /// Over the parts that know.
    #[must_use]
    pub const fn new(
        place: Place,
        live: Live,
        channels: Channels,
        backups: OwnBackups,
        transfer: Transfer,
        api_token: Option<SecretString>,
    ) -> Self {
        Self {
            place,
            live,
            channels,
            backups,
            transfer,
            api_token,
        }
    }

    /// Looks at everything; `asked_at` is the address through which we are asked.
    pub async fn examine(&self, asked_at: Option<SocketAddr>, now: Timestamp) -> Report {
        let place = self.place.clone();
        let local = tokio::task::spawn_blocking(move || local(&place)).await;
        let mut checks = local.unwrap_or_default();
        let fleet = self.live.fleet();
        checks.extend(targets(&fleet, now));
        if let Ok(channels) = self.channels.list().await {
            checks.extend(checks::channels(&channels));
        }
        if let Some(address) = asked_at {
            checks.push(checks::port(&PortFacts::Ours(address.to_string())));
        }
        let root = Path::new("/");
        checks.push(checks::unit(&facts::unit(root)));
        checks.push(container(root));
        checks.push(checks::backups(&self.backup_facts().await, now));
        Report { at: now, checks }
    }

    async fn backup_facts(&self) -> BackupFacts {
        let Ok(overview) = self.backups.overview().await else {
            return BackupFacts::default();
        };
        let good = overview.backups.iter().filter(|(backup, checked)| {
            let failed = checked.as_ref().is_some_and(|it| it.problem.is_some());
            backup.manifest.is_ok() && !failed
        });
        BackupFacts {
            planned: overview.plan.enabled,
            due: overview.next,
            newest_good: good.map(|(backup, _)| backup.name.made_at).max(),
            last_problem: overview.last.and_then(|last| last.problem),
        }
    }

    /// What takes secrets out of texts: every secret that is kept, and what looks like one.
    pub async fn scrub(&self) -> Scrub {
        let mut known: Vec<SecretString> = self.api_token.iter().cloned().collect();
        if let Ok(snapshot) = self.transfer.snapshot().await {
            known.extend(snapshot.targets.into_iter().map(|target| target.new.secret));
            let channels = snapshot.channels.into_iter();
            known.extend(channels.flat_map(|channel| channel.secrets.into_values()));
        }
        Scrub::of(known)
    }

    /// The support bundle's files: what was found and what the product costs, with secrets taken
    /// out. `more` are texts that only the caller has.
    pub async fn bundle(&self, report: &Report, more: Vec<BundleFile>) -> Vec<BundleFile> {
        let scrub = self.scrub().await;
        let fleet = self.live.fleet();
        let mut files = vec![
            bundle::about(report.at),
            bundle::findings(report),
            bundle::targets(&fleet),
        ];
        if let Ok(channels) = self.channels.list().await {
            files.push(bundle::channels(&channels));
        }
        files.extend(more);
        for file in &mut files {
            file.text = scrub.clean(&file.text);
        }
        files
    }
}

/// Looks at an installation whose product does not run, or does not answer.
#[must_use]
pub fn from_outside(
    place: &Place,
    listen: &[SocketAddr],
    is_running: bool,
    now: Timestamp,
) -> Report {
    let mut checks = local(place);
    for address in listen {
        checks.push(checks::port(&if is_running {
            PortFacts::Silent(address.to_string())
        } else {
            facts::port(*address)
        }));
    }
    let root = Path::new("/");
    checks.push(checks::unit(&facts::unit(root)));
    checks.push(container(root));
    let good = own_backups::list(place).unwrap_or_default();
    let newest = good.iter().find(|backup| backup.manifest.is_ok());
    let facts = BackupFacts {
        planned: true,
        newest_good: newest.map(|backup| backup.name.made_at),
        ..BackupFacts::default()
    };
    checks.push(checks::backups(&facts, now));
    Report { at: now, checks }
}

/// What can be seen in files, whether or not the product runs.
fn local(place: &Place) -> Vec<Check> {
    vec![
        checks::database(&facts::database(place)),
        checks::key(&facts::key(place)),
        checks::disk(&facts::disk(&place.data_dir)),
    ]
}

fn targets(fleet: &Fleet, now: Timestamp) -> Vec<Check> {
    let mut found = Vec::new();
    let skews: Vec<(String, i64)> = fleet
        .targets()
        .filter_map(|view| Some((view.summary.name.clone(), view.summary.clock_skew_ms?)))
        .collect();
    found.push(checks::clock(&skews));
    let before = found.len();
    for view in fleet.targets() {
        found.extend(checks::target(&view.summary, now));
    }
    if found.len() == before {
        found.push(checks::no_targets());
    }
    found
}

fn container(root: &Path) -> Check {
    let (kind, nests, loosened) = facts::container(root);
    checks::container(kind.as_deref(), nests, loosened)
}
