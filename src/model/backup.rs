//! Backups, wherever they lie, and the jobs that make them.

use super::id::ResourceId;
use super::known::Known;
use super::resource::Guest;
use super::shared::Shared;
use super::time::Timestamp;

/// What a backup was made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BackupKind {
    /// A virtual machine.
    Vm,
    /// A container.
    Container,
    /// Files of a host.
    Host,
    /// The name of the backup does not say.
    Unknown,
}

impl BackupKind {
    /// The kind as one word, as it stands in APIs.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Vm => "vm",
            Self::Container => "container",
            Self::Host => "host",
            Self::Unknown => "unknown",
        }
    }
}

/// Whether a backup was read again and found whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verification {
    /// It was whole.
    Ok,
    /// It was not.
    Failed,
    /// A word that is not known here.
    Other(String),
}

impl Verification {
    /// What a host's word for it means.
    #[must_use]
    pub fn of_word(word: &str) -> Self {
        match word {
            "ok" => Self::Ok,
            "failed" => Self::Failed,
            other => Self::Other(other.chars().take(40).collect()),
        }
    }
}

/// One backup.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Backup {
    /// The host's name for it, unique where it lies: a volume id, or `ct/201/1795337439`.
    pub name: String,
    /// What it was made of.
    pub kind: BackupKind,
    /// Number or name of what it was made of: `201`, `laptop`.
    pub subject: String,
    /// The guest's number, where it is one.
    pub vmid: Option<u32>,
    /// When it was made.
    pub at: Timestamp,
    /// Bytes, before deduplication.
    pub size: Option<u64>,
    /// Its format, such as `tzst` or `pbs-vm`.
    pub format: Option<String>,
    /// Whether it was verified; `None` if nobody tried.
    pub verification: Option<Verification>,
    /// Whether it may not be pruned.
    pub protected: bool,
    /// Whether it is encrypted; `None` where the host does not say.
    pub encrypted: Option<bool>,
    /// The owner's notes; hostile text.
    pub notes: Option<String>,
    /// Who made it.
    pub owner: Option<String>,
}

/// A place that holds backups: a storage as one node sees it, or a namespace of a datastore.
#[derive(Clone, Debug, PartialEq)]
pub struct BackupPlace {
    /// The storage or datastore.
    pub resource: ResourceId,
    /// Its name.
    pub name: String,
    /// The node that was asked; `None` on a backup server.
    pub node: Option<String>,
    /// The namespace; `None` on a storage, empty for the root.
    pub namespace: Option<String>,
    /// When it was last read.
    pub read_at: Option<Timestamp>,
    /// The backups in it, newest first; or why they are not known.
    pub backups: Known<Shared<Vec<Backup>>>,
}

/// All backups that a target knows of.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Backups {
    /// The places that hold them.
    pub places: Vec<BackupPlace>,
}

impl Backups {
    /// Every backup with the place where it lies.
    pub fn all(&self) -> impl Iterator<Item = (&BackupPlace, &Backup)> {
        self.places.iter().flat_map(|place| {
            let backups = place.backups.value().into_iter();
            backups.flat_map(move |list| list.iter().map(move |backup| (place, backup)))
        })
    }

    /// The newest backup of a guest.
    #[must_use]
    pub fn newest_of(&self, vmid: u32) -> Option<&Backup> {
        self.all()
            .map(|(_, backup)| backup)
            .filter(|backup| backup.vmid == Some(vmid))
            .max_by_key(|backup| backup.at)
    }

    /// Whether every place could be read, so that what is not listed does not exist.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        !self.places.is_empty()
            && self
                .places
                .iter()
                .all(|place| place.backups.value().is_some())
    }
}

/// All backups of one guest or host in one namespace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BackupGroup {
    /// The datastore.
    pub datastore: ResourceId,
    /// The namespace; empty for the root.
    pub namespace: String,
    /// What they were made of.
    pub kind: BackupKind,
    /// Number or name of what they were made of.
    pub subject: String,
    /// When the newest was made.
    pub latest: Option<Timestamp>,
    /// How many there are.
    pub count: Option<u64>,
    /// Who owns them.
    pub owner: Option<String>,
    /// The owner's comment; hostile text.
    pub comment: Option<String>,
}

/// Which guests a backup job takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Selection {
    /// All but some.
    All {
        /// The numbers of those left out.
        except: Vec<u32>,
    },
    /// Those named.
    Guests(Vec<u32>),
    /// Those in a pool.
    Pool(String),
}

/// A job that backs guests up by schedule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BackupJob {
    /// Its id in the cluster's configuration.
    pub id: String,
    /// Whether it is switched on.
    pub enabled: bool,
    /// When it runs, in the host's words.
    pub schedule: Option<String>,
    /// When it runs next.
    pub next_run: Option<Timestamp>,
    /// The storage it writes to.
    pub storage: Option<String>,
    /// The only node it runs on, where it is limited to one.
    pub node: Option<String>,
    /// Which guests it takes.
    pub selection: Selection,
    /// How it takes them, such as `snapshot`.
    pub mode: Option<String>,
    /// What it keeps, such as `keep-last=3`, sorted.
    pub keep: Vec<String>,
    /// The owner's comment; hostile text.
    pub comment: Option<String>,
}

impl BackupJob {
    /// Whether it takes `guest`, by its configuration.
    #[must_use]
    pub fn covers(&self, guest: &Guest) -> bool {
        let chosen = match &self.selection {
            Selection::All { except } => !except.contains(&guest.vmid),
            Selection::Guests(guests) => guests.contains(&guest.vmid),
            Selection::Pool(pool) => guest.pool.as_ref() == Some(pool),
        };
        let here = self.node.as_ref().is_none_or(|node| *node == guest.node);
        self.enabled && chosen && here
    }
}
