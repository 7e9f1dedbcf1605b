//! The fleet as it was: what was recorded of it, put together as if it were the present.
//!
//! Figures are those that history has for the moment. Names, nodes and states are those that were
//! recorded; where nothing was recorded yet, names and nodes are the ones that were seen first
//! afterwards, and a state is only claimed where figures prove it. Everything else is unknown.

use std::collections::HashMap;
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{Changes, ChangesError};
use crate::alerts::{Filter, Sort};
use crate::changes::{ABSENT, Attribute, Known};
use crate::history::{Points, Recorded};
use crate::model::alert::{Alert, AlertState};
use crate::model::id::{ResourceId, ResourceKind};
use crate::model::metric::{self, MetricKey};
use crate::model::resource::{
    Datastore, DatastoreStatus, Guest, GuestKind, GuestStatus, Node, NodeStatus, Rates, Resource,
    SharedResource, Storage, StorageStatus, Usage,
};
use crate::model::shared::Shared;
use crate::model::target::TargetSummary;
use crate::model::time::{Timestamp, Window};
use crate::rules;

/// How old a figure may be at the moment that is asked for: the longest distance of looks.
const FRESH: Duration = Duration::from_secs(300);

/// Buckets of that span, ten seconds each.
const POINTS: usize = 32;

/// Alerts that are shown at most.
const MOST_ALERTS: usize = 500;

/// The fleet at a moment of the past.
#[derive(Clone, Debug)]
pub struct Past {
    /// Which moment.
    pub at: Timestamp,
    /// The targets, as far as they are configured now; how looking at them went is not recorded.
    pub targets: Vec<TargetSummary>,
    /// What was there, in the order of ids.
    pub resources: Vec<Resource>,
    /// Alerts that held.
    pub alerts: Vec<Alert>,
    /// Since when states, names and places are recorded.
    pub changes_since: Option<Timestamp>,
}

/// Figures of one resource at the moment.
type Figures = HashMap<MetricKey, f64>;

impl Changes {
    /// The fleet as it was at `at`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn fleet_at(&self, at: Timestamp) -> Result<Past, ChangesError> {
        let fleet = self.live.fleet();
        let known = self.log.as_of(at).await?;
        let figures = self.figures_at(at, &self.history.recorded()).await?;
        let mut ids: Vec<&ResourceId> = figures.keys().chain(known.keys()).collect();
        ids.sort_unstable();
        ids.dedup();
        let (empty, unknown) = (Figures::new(), Known::default());
        let resources = ids
            .into_iter()
            .filter_map(|id| {
                let sight = Sight {
                    known: known.get(id).unwrap_or(&unknown),
                    figures: figures.get(id).unwrap_or(&empty),
                    at,
                };
                resource_at(id, &sight, fleet.resource(id))
            })
            .collect();
        let targets = fleet.targets().map(|view| {
            let now = &view.summary;
            TargetSummary::configured(
                now.id.clone(),
                now.name.clone(),
                &now.kind,
                now.address.clone(),
                now.verifies_certificate,
            )
        });
        Ok(Past {
            at,
            targets: targets.collect(),
            resources,
            alerts: self.alerts_at(at).await?,
            changes_since: self.log.first_at().await?,
        })
    }

    async fn figures_at(
        &self,
        at: Timestamp,
        recorded: &[Recorded],
    ) -> Result<HashMap<ResourceId, Figures>, ChangesError> {
        let window = Window {
            from: at - FRESH,
            to: at + Duration::from_millis(1),
        };
        let mut found: HashMap<ResourceId, Figures> = HashMap::new();
        for metric in metric::CATALOGUE {
            let key = metric.key();
            let ids: Vec<ResourceId> = recorded
                .iter()
                .filter(|one| one.metrics.contains(&key))
                .map(|one| one.resource.clone())
                .collect();
            if ids.is_empty() {
                continue;
            }
            let all = self
                .history
                .range_of_metric(&key, Some(&ids), window, POINTS);
            for (id, points) in all.await? {
                if let Some(value) = last(&points) {
                    found.entry(id).or_default().insert(key.clone(), value);
                }
            }
        }
        Ok(found)
    }

    async fn alerts_at(&self, at: Timestamp) -> Result<Vec<Alert>, ChangesError> {
        let after = at + Duration::from_millis(1);
        let filter = Filter {
            from: Some(after),
            to: Some(after),
            ..Filter::default()
        };
        let page = self
            .ledger
            .page(filter, Sort::Newest, None, MOST_ALERTS)
            .await?;
        Ok(page
            .alerts
            .into_iter()
            .map(|alert| alert_at(alert, at))
            .collect())
    }
}

fn last(points: &Points) -> Option<f64> {
    points
        .avg
        .iter()
        .rev()
        .copied()
        .find(|value| value.is_finite())
}

/// An alert as it was while it held: what came later is taken off it, and so is its last figure.
fn alert_at(mut alert: Alert, at: Timestamp) -> Alert {
    if alert.resolved_at.is_some() {
        // Its message tells of the end by now.
        let about = metric::find(&alert.subject)
            .map(|metric| metric.label)
            .or_else(|| Some(rules::rule_called(&alert.rule)?.kind().label))
            .unwrap_or(&alert.rule);
        alert.message = format!("{}: {about}", alert.resource_name);
    }
    alert.state = AlertState::Firing;
    alert.resolved_at = None;
    alert.value = None;
    alert.hold = None;
    alert.last_seen = at;
    if alert.acknowledged_at.is_some_and(|taken| taken > at) {
        alert.acknowledged_at = None;
        alert.acknowledged_by = None;
    }
    alert
}

/// What is known of one resource.
struct Sight<'a> {
    known: &'a Known,
    figures: &'a Figures,
    at: Timestamp,
}

impl Sight<'_> {
    fn recorded(&self, attribute: Attribute) -> Option<&str> {
        self.known.recorded.get(&attribute).map(String::as_str)
    }

    /// What was recorded, or seen first afterwards.
    fn likely(&self, attribute: Attribute) -> Option<&str> {
        self.recorded(attribute)
            .or_else(|| Some(self.known.later.get(&attribute)?))
    }

    fn state<T: DeserializeOwned>(&self) -> Option<T> {
        parse(self.recorded(Attribute::Status)?)
    }

    /// When it had come up: what was first seen afterwards counts where it had come up before.
    fn boot(&self) -> Option<Timestamp> {
        let boot = Timestamp(self.likely(Attribute::Boot)?.parse().ok()?);
        (boot <= self.at).then_some(boot)
    }

    fn figure(&self, key: &'static str) -> Option<f64> {
        self.figures.get(&MetricKey::known(key)).copied()
    }

    fn usage(&self, used: &'static str, total: &'static str) -> Usage {
        Usage {
            used: self.figure(used).map(bytes),
            total: self.figure(total).map(bytes),
        }
    }

    fn rates(&self) -> Rates {
        Rates {
            net_in: self.figure("net_in"),
            net_out: self.figure("net_out"),
            disk_read: self.figure("disk_read"),
            disk_write: self.figure("disk_write"),
        }
    }

    /// Only what runs takes memory.
    fn ran(&self) -> bool {
        self.figure("memory").is_some_and(|used| used > 0.0)
    }
}

/// Amounts are whole bytes below 2^53.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "amounts of bytes are recorded as whole positive numbers"
)]
const fn bytes(value: f64) -> u64 {
    value.max(0.0) as u64
}

fn parse<T: DeserializeOwned>(word: &str) -> Option<T> {
    serde_json::from_value(Value::String(word.to_owned())).ok()
}

/// The resource as it was; `None` where it was not there, and where not even its name is known.
fn resource_at(
    id: &ResourceId,
    sight: &Sight<'_>,
    now: Option<&SharedResource>,
) -> Option<Resource> {
    let presence = sight.recorded(Attribute::Presence);
    // What was first seen later was there if it has figures.
    if presence == Some(ABSENT) || presence.is_none() && sight.figures.is_empty() {
        return None;
    }
    let now = now.map(|now| &**now);
    match id.kind() {
        ResourceKind::Node => Some(Resource::Node(node_at(id, sight, now))),
        ResourceKind::Guest => Some(Resource::Guest(guest_at(id, sight, now)?)),
        ResourceKind::Storage => Some(Resource::Storage(storage_at(id, sight, now))),
        ResourceKind::Datastore => Some(Resource::Datastore(datastore_at(id, sight))),
        // What a disk was like is not recorded.
        ResourceKind::Target | ResourceKind::Disk | ResourceKind::Game | ResourceKind::Pushed => {
            None
        }
    }
}

fn node_at(id: &ResourceId, sight: &Sight<'_>, now: Option<&Resource>) -> Node {
    let cpus = match now {
        Some(Resource::Node(node)) => node.cpus,
        _ => None,
    };
    let proven = sight.ran().then_some(NodeStatus::Online);
    let status = sight.state().or(proven).unwrap_or(NodeStatus::Unknown);
    Node {
        id: id.clone(),
        name: sight
            .likely(Attribute::Name)
            .unwrap_or_else(|| id.local())
            .to_owned(),
        status,
        cpu: sight.figure("cpu"),
        cpus,
        memory: sight.usage("memory", "memory_total"),
        swap: sight.usage("swap", "swap_total"),
        rootfs: sight.usage("disk", "disk_total"),
        load: None,
        iowait: sight.figure("iowait"),
        rates: sight.rates(),
        booted_at: (status == NodeStatus::Online)
            .then(|| sight.boot())
            .flatten(),
        cpu_model: None,
        cpu_sockets: None,
        cpu_mhz: None,
        kernel: sight.recorded(Attribute::Kernel).map(str::to_owned),
        version: sight.recorded(Attribute::Version).map(str::to_owned),
        address: None,
        ha_state: None,
        facts: Shared::default(),
    }
}

fn guest_at(id: &ResourceId, sight: &Sight<'_>, now: Option<&Resource>) -> Option<Guest> {
    let now = match now {
        Some(Resource::Guest(guest)) => Some(guest),
        _ => None,
    };
    let form = sight.likely(Attribute::Form).and_then(parse::<GuestKind>);
    let proven = sight.ran().then_some(GuestStatus::Running);
    let status = sight.state().or(proven).unwrap_or(GuestStatus::Unknown);
    let tags = sight.likely(Attribute::Tags).unwrap_or_default().split(';');
    let runs = status == GuestStatus::Running;
    Some(Guest {
        id: id.clone(),
        vmid: id.local().parse().ok()?,
        name: sight
            .likely(Attribute::Name)
            .or_else(|| Some(now?.name.as_str()))
            .unwrap_or_default()
            .to_owned(),
        node: sight
            .likely(Attribute::Node)
            .or_else(|| Some(now?.node.as_str()))
            .unwrap_or_default()
            .to_owned(),
        kind: form.or_else(|| Some(now?.kind))?,
        status,
        status_word: None,
        template: now.is_some_and(|now| now.template),
        lock: None,
        tags: tags
            .filter(|tag| !tag.is_empty())
            .map(str::to_owned)
            .collect(),
        pool: None,
        ha_state: None,
        cpu: sight.figure("cpu"),
        cpus: None,
        memory: sight.usage("memory", "memory_total"),
        memory_source: None,
        disk: sight.usage("disk", "disk_total"),
        disk_source: None,
        rates: sight.rates(),
        started_at: runs.then(|| sight.boot()).flatten(),
        facts: Shared::default(),
    })
}

fn storage_at(id: &ResourceId, sight: &Sight<'_>, now: Option<&Resource>) -> Storage {
    let now = match now {
        Some(Resource::Storage(storage)) => Some(storage),
        _ => None,
    };
    let (name, node) = match id.local().split_once('@') {
        Some((name, node)) => (name, Some(node.to_owned())),
        None => (id.local(), None),
    };
    let usage = sight.usage("disk", "disk_total");
    let proven = usage.used.map(|_| StorageStatus::Available);
    Storage {
        id: id.clone(),
        name: sight.likely(Attribute::Name).unwrap_or(name).to_owned(),
        shared: node.is_none(),
        node,
        plugin: now.map_or_else(String::new, |now| now.plugin.clone()),
        content: now.map_or_else(Vec::new, |now| now.content.clone()),
        status: sight.state().or(proven).unwrap_or(StorageStatus::Unknown),
        usage,
        nodes: Vec::new(),
    }
}

fn datastore_at(id: &ResourceId, sight: &Sight<'_>) -> Datastore {
    let usage = sight.usage("disk", "disk_total");
    let proven = usage.used.map(|_| DatastoreStatus::Available);
    Datastore {
        id: id.clone(),
        name: sight
            .likely(Attribute::Name)
            .unwrap_or_else(|| id.local())
            .to_owned(),
        status: sight.state().or(proven).unwrap_or(DatastoreStatus::Failing),
        problem: None,
        maintenance: None,
        comment: None,
        usage,
        full_at: None,
        dedup: None,
        garbage: None,
        namespaces: crate::model::known::Known::default(),
        backend: None,
        mount: None,
    }
}
