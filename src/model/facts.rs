//! What is known of a target beyond its resources: lists that change rarely, shared between the
//! versions of the present that hold them unchanged.

use super::backup::{BackupGroup, BackupJob, Backups};
use super::job::Job;
use super::known::Known;
use super::resource::Usage;
use super::shared::Shared;
use super::task::Task;
use super::time::Timestamp;

/// What is known of a target beyond its resources. Cloning costs nothing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Facts {
    /// Backups, by the place where they lie.
    pub backups: Shared<Backups>,
    /// Backup groups of a backup server.
    pub groups: Known<Shared<Vec<BackupGroup>>>,
    /// Jobs that back guests up.
    pub backup_jobs: Known<Shared<Vec<BackupJob>>>,
    /// Numbers of the guests that no backup job takes, as the host counts.
    pub uncovered: Known<Shared<Vec<u32>>>,
    /// Scheduled jobs of a backup server.
    pub jobs: Known<Shared<Vec<Job>>>,
    /// Recent tasks, newest first.
    pub tasks: Known<Shared<Vec<Task>>>,
    /// Replication of guests' disks between nodes.
    pub replication: Known<Shared<Vec<Replication>>>,
    /// The high-availability manager.
    pub ha: Known<Shared<HighAvailability>>,
    /// Ceph.
    pub ceph: Known<Shared<Ceph>>,
    /// Tape drives and libraries of a backup server.
    pub tape: Known<Shared<Vec<TapeDevice>>>,
}

/// A job that replicates a guest's disks to another node.
#[derive(Clone, Debug, PartialEq)]
pub struct Replication {
    /// Its id, such as `100-0`.
    pub id: String,
    /// The guest's number.
    pub vmid: Option<u32>,
    /// From which node.
    pub source: Option<String>,
    /// To which node.
    pub target: Option<String>,
    /// When it runs, in the host's words.
    pub schedule: Option<String>,
    /// Whether it is switched off.
    pub disabled: bool,
    /// When it last worked.
    pub last_sync: Option<Timestamp>,
    /// When it was last tried.
    pub last_try: Option<Timestamp>,
    /// When it runs next.
    pub next_sync: Option<Timestamp>,
    /// How long the last run took, in seconds.
    pub seconds: Option<f64>,
    /// How often it has failed in a row.
    pub failures: u32,
    /// The last error, in the host's words.
    pub error: Option<String>,
}

/// The high-availability manager of a cluster.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HighAvailability {
    /// The manager's own words about quorum.
    pub quorum: Option<String>,
    /// The manager's own words about who is master.
    pub master: Option<String>,
    /// The manager's own words about fencing; since version 9.
    pub fencing: Option<String>,
    /// What it manages, by id.
    pub services: Vec<HaService>,
}

/// A guest that the high-availability manager looks after.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HaService {
    /// Its id, such as `vm:101`.
    pub id: String,
    /// The node it is on.
    pub node: Option<String>,
    /// The manager's word for its state, such as `started` or `error`.
    pub state: Option<String>,
    /// The state that was asked for.
    pub wanted: Option<String>,
}

/// A Ceph cluster, summed up.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ceph {
    /// Its word for its health, such as `HEALTH_WARN`.
    pub health: String,
    /// What it complains about.
    pub checks: Vec<String>,
    /// Space.
    pub usage: Usage,
    /// Storage daemons: all, up and in.
    pub osds: [Option<u32>; 3],
    /// Monitors in the quorum.
    pub monitors: Vec<String>,
}

/// A tape drive or library.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TapeDevice {
    /// Its name.
    pub name: String,
    /// `drive` or `changer`.
    pub kind: String,
    /// Vendor and model.
    pub model: Option<String>,
    /// Serial number.
    pub serial: Option<String>,
}
