//! What clusters tell beyond their resources: tasks, replication, high availability, Ceph.

use std::sync::Arc;

use actix_web::get;
use actix_web::web::{Data, Query};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::api::dialect::{Answer, Hp, Reply};
use crate::api::guard::{Allow, FleetRead};
use crate::api::shared::Shared;
use crate::model::facts;
use crate::state::{Fleet, TargetView};

use super::errors::Problem;
use super::known::Known;
use super::page::Page;
use super::view::Space;
use super::words;

/// A task of a host.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Task {
    /// The target it belongs to.
    pub target: String,
    /// The host's id of it.
    pub id: String,
    /// The node it runs on; `null` on a backup server.
    pub node: Option<String>,
    /// What it does, in the host's word, such as `vzdump`.
    pub kind: String,
    /// What it does it to, such as a guest's number.
    pub subject: Option<String>,
    /// Who started it.
    pub user: Option<String>,
    /// When it began, in milliseconds.
    pub began_at: i64,
    /// When it ended, in milliseconds.
    pub ended_at: Option<i64>,
    /// How it came out.
    #[schema(schema_with = words::task_state)]
    pub state: &'static str,
    /// The host's words where it failed.
    pub error: Option<String>,
}

impl Task {
    fn new(view: &TargetView, task: &crate::model::task::Task) -> Self {
        Self {
            target: view.summary.id.to_string(),
            id: task.id.clone(),
            node: task.node.clone(),
            kind: task.kind.clone(),
            subject: task.subject.clone(),
            user: task.user.clone(),
            began_at: task.began_at.millis(),
            ended_at: task.ended_at.map(|at| at.millis()),
            state: task.outcome.word(),
            error: task.outcome.error().map(str::to_owned),
        }
    }
}

/// Which tasks to list.
#[derive(Debug, Default, Deserialize, IntoParams)]
pub(super) struct ListTasks {
    /// Only those of this target.
    target: Option<String>,
    /// Only those of this node.
    node: Option<String>,
    /// Only those of this kind, such as `vzdump`.
    kind: Option<String>,
    /// Only those about this, such as a guest's number.
    subject: Option<String>,
    /// Only those that came out so: `running`, `ok`, `warnings`, `failed` or `unknown`.
    state: Option<String>,
    /// How many to skip.
    #[serde(default)]
    offset: usize,
    /// The most to list; 100 unless told, 1000 at most.
    limit: Option<usize>,
}

impl ListTasks {
    fn wants(&self, task: &Task) -> bool {
        let same = |wanted: &Option<String>, found: Option<&str>| {
            wanted.as_deref().is_none_or(|wanted| found == Some(wanted))
        };
        same(&self.target, Some(&task.target))
            && same(&self.node, task.node.as_deref())
            && same(&self.kind, Some(&task.kind))
            && same(&self.subject, task.subject.as_deref())
            && same(&self.state, Some(task.state))
    }
}

/// A target whose list is not known.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Unknown {
    /// The target.
    pub target: String,
    /// Why, as one word.
    pub reason: &'static str,
    /// Why, as a sentence.
    pub message: String,
}

/// Recent tasks of hosts.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Tasks {
    /// The tasks, newest first.
    pub tasks: Vec<Task>,
    /// How many there are in all that were asked for.
    pub total: usize,
    /// Targets whose tasks are not known.
    pub unknown: Vec<Unknown>,
}

/// Recent tasks of all hosts, newest first.
#[utoipa::path(
    tag = "hp",
    params(ListTasks),
    responses((status = 200, body = Tasks), (status = 400, body = Problem)),
)]
#[get("/tasks")]
pub(crate) async fn list_tasks(
    _: Allow<Hp, FleetRead>,
    query: Query<ListTasks>,
    shared: Data<Shared>,
) -> Answer<Hp, Tasks> {
    let fleet = Arc::clone(&shared.hub.present().fleet);
    let mut tasks = Vec::new();
    let mut unknown = Vec::new();
    for view in fleet.targets() {
        match view.facts.tasks.value() {
            Some(list) => tasks.extend(list.iter().map(|task| Task::new(view, task))),
            None => unknown.extend(view.facts.tasks.gap().map(|gap| Unknown {
                target: view.summary.id.to_string(),
                reason: gap.word(),
                message: gap.to_string(),
            })),
        }
    }
    tasks.retain(|task| query.wants(task));
    tasks.sort_by(|a, b| (b.began_at, &b.id).cmp(&(a.began_at, &a.id)));
    Ok(Reply::ok(Tasks {
        total: tasks.len(),
        tasks: Page::new(query.offset, query.limit).of(tasks),
        unknown,
    }))
}

/// What one target tells.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct OfTarget<T> {
    /// The target.
    pub target: String,
    /// Its name.
    pub name: String,
    /// What it tells.
    #[serde(flatten)]
    pub told: Known<T>,
}

/// What each target tells.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PerTarget<T> {
    /// One entry per target.
    pub targets: Vec<OfTarget<T>>,
}

fn per_target<T>(fleet: &Fleet, show: impl Fn(&TargetView) -> Known<T>) -> PerTarget<T> {
    let one = |view: &Arc<TargetView>| OfTarget {
        target: view.summary.id.to_string(),
        name: view.summary.name.clone(),
        told: show(view),
    };
    PerTarget {
        targets: fleet.targets().map(one).collect(),
    }
}

/// A job that replicates a guest's disks to another node.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Replication {
    /// Its id, such as `100-0`.
    id: String,
    /// The guest's number.
    vmid: Option<u32>,
    /// From which node.
    source: Option<String>,
    /// To which node.
    target: Option<String>,
    /// When it runs, in the host's words.
    schedule: Option<String>,
    /// Whether it is switched off.
    disabled: bool,
    /// When it last worked, in milliseconds.
    last_sync_at: Option<i64>,
    /// When it was last tried, in milliseconds.
    last_try_at: Option<i64>,
    /// When it runs next, in milliseconds.
    next_sync_at: Option<i64>,
    /// How long the last run took.
    seconds: Option<f64>,
    /// How often it has failed in a row.
    failures: u32,
    /// The last error, in the host's words.
    error: Option<String>,
}

impl From<&facts::Replication> for Replication {
    fn from(job: &facts::Replication) -> Self {
        Self {
            id: job.id.clone(),
            vmid: job.vmid,
            source: job.source.clone(),
            target: job.target.clone(),
            schedule: job.schedule.clone(),
            disabled: job.disabled,
            last_sync_at: job.last_sync.map(|at| at.millis()),
            last_try_at: job.last_try.map(|at| at.millis()),
            next_sync_at: job.next_sync.map(|at| at.millis()),
            seconds: job.seconds,
            failures: job.failures,
            error: job.error.clone(),
        }
    }
}

/// Replication of guests' disks, by target.
#[utoipa::path(tag = "hp", responses((status = 200, body = PerTarget<Vec<Replication>>)))]
#[get("/replication")]
pub(crate) async fn list_replication(
    _: Allow<Hp, FleetRead>,
    shared: Data<Shared>,
) -> Answer<Hp, PerTarget<Vec<Replication>>> {
    let fleet = Arc::clone(&shared.hub.present().fleet);
    let told = per_target(&fleet, |view| {
        Known::list(&view.facts.replication, |list| list)
    });
    Ok(Reply::ok(told))
}

/// A guest that the high-availability manager looks after.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct HaService {
    /// Its id, such as `vm:101`.
    id: String,
    /// The node it is on.
    node: Option<String>,
    /// The manager's word for its state.
    state: Option<String>,
    /// The state that was asked for.
    wanted: Option<String>,
}

/// The high-availability manager of a cluster.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct HighAvailability {
    /// Its own words about quorum.
    quorum: Option<String>,
    /// Its own words about who is master.
    master: Option<String>,
    /// Its own words about fencing.
    fencing: Option<String>,
    /// What it manages.
    services: Vec<HaService>,
}

impl From<&facts::HighAvailability> for HighAvailability {
    fn from(ha: &facts::HighAvailability) -> Self {
        let service = |service: &facts::HaService| HaService {
            id: service.id.clone(),
            node: service.node.clone(),
            state: service.state.clone(),
            wanted: service.wanted.clone(),
        };
        Self {
            quorum: ha.quorum.clone(),
            master: ha.master.clone(),
            fencing: ha.fencing.clone(),
            services: ha.services.iter().map(service).collect(),
        }
    }
}

/// High-availability managers, by target.
#[utoipa::path(tag = "hp", responses((status = 200, body = PerTarget<HighAvailability>)))]
#[get("/ha")]
pub(crate) async fn get_high_availability(
    _: Allow<Hp, FleetRead>,
    shared: Data<Shared>,
) -> Answer<Hp, PerTarget<HighAvailability>> {
    let fleet = Arc::clone(&shared.hub.present().fleet);
    let told = per_target(&fleet, |view| {
        Known::of(&view.facts.ha, |ha| HighAvailability::from(&**ha))
    });
    Ok(Reply::ok(told))
}

/// A Ceph cluster, summed up.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Ceph {
    /// Its word for its health, such as `HEALTH_WARN`.
    health: String,
    /// What it complains about.
    checks: Vec<String>,
    /// Space.
    usage: Space,
    /// Storage daemons in all.
    osds: Option<u32>,
    /// Storage daemons that are up.
    osds_up: Option<u32>,
    /// Storage daemons that take part.
    osds_in: Option<u32>,
    /// Monitors in the quorum.
    monitors: Vec<String>,
}

impl From<&facts::Ceph> for Ceph {
    fn from(ceph: &facts::Ceph) -> Self {
        let [osds, osds_up, osds_in] = ceph.osds;
        Self {
            health: ceph.health.clone(),
            checks: ceph.checks.clone(),
            usage: ceph.usage.into(),
            osds,
            osds_up,
            osds_in,
            monitors: ceph.monitors.clone(),
        }
    }
}

/// Ceph, by target.
#[utoipa::path(tag = "hp", responses((status = 200, body = PerTarget<Ceph>)))]
#[get("/ceph")]
pub(crate) async fn get_ceph(
    _: Allow<Hp, FleetRead>,
    shared: Data<Shared>,
) -> Answer<Hp, PerTarget<Ceph>> {
    let fleet = Arc::clone(&shared.hub.present().fleet);
    let told = per_target(&fleet, |view| {
        Known::of(&view.facts.ceph, |ceph| Ceph::from(&**ceph))
    });
    Ok(Reply::ok(told))
}
