//! Facts about this machine, read where they lie.

use std::fs;
use std::net::{SocketAddr, TcpListener};
use std::path::Path;

use crate::db::{self, Inspection};
use crate::model::time::Timestamp;
use crate::secret::Vault;
use crate::services::own_backups::Place;

/// The unit that this release ships.
pub const UNIT: &str = include_str!("../../../systemd/homepulse.service");

/// Where units are, the one that wins first.
const UNIT_PLACES: [&str; 3] = [
    "/etc/systemd/system",
    "/usr/lib/systemd/system",
    "/lib/systemd/system",
];

const UNIT_NAME: &str = "homepulse.service";

/// What is known of the database file.
#[derive(Clone, Debug)]
pub(super) struct DatabaseFacts {
    /// What looking at it showed; `None` where there is none.
    pub(super) inspected: Option<Result<Inspection, String>>,
    /// The newest schema that this release knows.
    pub(super) newest: u32,
    /// Its size.
    pub(super) bytes: u64,
}

/// What is known of the key file.
#[derive(Clone, Debug)]
pub(super) enum KeyFacts {
    /// There is none.
    Missing,
    /// It can be used.
    Good,
    /// It cannot, and why.
    Bad(String),
    /// We may not look.
    Hidden(String),
}

/// Room on the disk.
#[derive(Clone, Debug)]
pub(super) struct DiskFacts {
    /// Which directory.
    pub(super) directory: String,
    /// Free bytes.
    pub(super) free_bytes: Option<u64>,
}

/// What an address that we should listen on is doing.
#[derive(Clone, Debug)]
pub(super) enum PortFacts {
    /// We are asked through it.
    Ours(String),
    /// Nobody listens.
    Free(String),
    /// We run, and it is silent.
    Silent(String),
    /// Somebody else listens, or nobody may.
    Taken {
        /// Which one.
        address: String,
        /// The system's reason.
        reason: String,
    },
}

/// How the installed unit stands to the one of this release.
#[derive(Clone, Debug)]
pub(super) enum UnitFacts {
    /// None is installed.
    None,
    /// The same.
    Same {
        /// Where.
        path: String,
        /// Files that change it.
        drop_ins: Vec<String>,
    },
    /// Another.
    Differs {
        /// Where.
        path: String,
        /// Settings that differ, five at most.
        lines: Vec<String>,
    },
}

/// What is known of backups.
#[derive(Clone, Debug, Default)]
pub(super) struct BackupFacts {
    /// Whether they are made by themselves.
    pub(super) planned: bool,
    /// When the next one is due.
    pub(super) due: Option<Timestamp>,
    /// When the newest good one was made.
    pub(super) newest_good: Option<Timestamp>,
    /// Why the latest scheduled one failed.
    pub(super) last_problem: Option<String>,
}

pub(super) fn database(place: &Place) -> DatabaseFacts {
    let path = place.database();
    let is_there = path.exists();
    DatabaseFacts {
        inspected: is_there.then(|| db::inspect(&path).map_err(|error| chain(&error))),
        newest: db::newest_schema(),
        bytes: fs::metadata(&path).map_or(0, |meta| meta.len()),
    }
}

pub(super) fn key(place: &Place) -> KeyFacts {
    let path = place.data_dir.join("secret.key");
    match fs::File::open(&path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => KeyFacts::Missing,
        Err(error) => KeyFacts::Hidden(error.to_string()),
        Ok(_) => match Vault::open(&place.data_dir) {
            Ok(_) => KeyFacts::Good,
            Err(error) => KeyFacts::Bad(chain(&error)),
        },
    }
}

pub(super) fn disk(directory: &Path) -> DiskFacts {
    DiskFacts {
        directory: directory.display().to_string(),
        free_bytes: db::free_bytes(directory).ok(),
    }
}

/// Tries an address that nobody of us listens on.
pub(super) fn port(address: SocketAddr) -> PortFacts {
    match TcpListener::bind(address) {
        Ok(_) => PortFacts::Free(address.to_string()),
        Err(error) => PortFacts::Taken {
            address: address.to_string(),
            reason: error.to_string(),
        },
    }
}

/// The unit installed below `root`, which is `/` but in tests.
pub(super) fn unit(root: &Path) -> UnitFacts {
    let below = |place: &str| root.join(place.trim_start_matches('/'));
    let found = UNIT_PLACES.iter().find_map(|place| {
        let text = fs::read_to_string(below(place).join(UNIT_NAME)).ok()?;
        Some((format!("{place}/{UNIT_NAME}"), text))
    });
    let Some((path, text)) = found else {
        return UnitFacts::None;
    };
    let lines = differing(&text);
    if !lines.is_empty() {
        return UnitFacts::Differs { path, lines };
    }
    let mut drop_ins: Vec<String> = UNIT_PLACES
        .iter()
        .flat_map(|place| {
            let folder = below(place).join(format!("{UNIT_NAME}.d"));
            fs::read_dir(folder).into_iter().flatten().flatten()
        })
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .filter(|name| name.ends_with(".conf"))
        .collect();
    drop_ins.sort();
    UnitFacts::Same { path, drop_ins }
}

/// Settings in which a unit differs from the one of this release. Where the program lies is the
/// installer's choice.
fn differing(installed: &str) -> Vec<String> {
    let settings = |text: &str| -> Vec<String> {
        let mut found: Vec<String> = text
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty() && !line.starts_with('#'))
            .map(|line| match line.split_once("/homepulse ") {
                Some((_, rest)) if line.starts_with("ExecStart=") => {
                    format!("ExecStart=homepulse {rest}")
                }
                _ => line.to_owned(),
            })
            .collect();
        found.sort();
        found
    };
    let (ours, theirs) = (settings(UNIT), settings(installed));
    let only = |a: &[String], b: &[String]| -> Vec<String> {
        let missing = a.iter().filter(|line| !b.contains(line));
        missing
            .map(|line| line.split('=').next().unwrap_or(line).to_owned())
            .collect()
    };
    let mut names = only(&ours, &theirs);
    names.extend(only(&theirs, &ours));
    names.sort();
    names.dedup();
    names.truncate(5);
    names
}

/// What systemd says the container is, whether containers may nest in it, and whether the service
/// is loosened for one in which they may not.
pub(super) fn container(root: &Path) -> (Option<String>, bool, bool) {
    let kind = fs::read_to_string(root.join("run/systemd/container")).ok();
    let kind = kind.map(|text| text.trim().to_owned());
    // LXC gives containers that may nest a place to mount /proc anew.
    let nests = root.join("dev/.lxc/proc").exists() || root.join("dev/.lxc").exists();
    let loosened = root
        .join("etc/systemd/system/homepulse.service.d/lxc-nonesting.conf")
        .exists();
    (kind.filter(|kind| !kind.is_empty()), nests, loosened)
}

fn chain(error: &dyn std::error::Error) -> String {
    crate::telemetry::Chain(error).to_string()
}
