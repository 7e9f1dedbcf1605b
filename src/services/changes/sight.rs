//! One resource as it was: put together of what was recorded of it and its figures.

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::changes::{ABSENT, Attribute, Known};
use crate::history::Standing;
use crate::model;
use crate::model::id::{ResourceId, ResourceKind};
use crate::model::metric::MetricKey;
use crate::model::resource::{
    Datastore, DatastoreStatus, GameAnswer, GameServer, GameStatus, Guest, GuestKind, GuestStatus,
    Node, NodeStatus, PlayerTrust, Rates, Resource, SharedResource, Storage, StorageStatus, Usage,
};
use crate::model::shared::Shared;
use crate::model::time::Timestamp;

/// Whether anything of this kind is shown.
pub(super) fn is_shown(id: &ResourceId) -> bool {
    !matches!(
        id.kind(),
        ResourceKind::Target | ResourceKind::Disk | ResourceKind::Pushed
    )
}

/// What is known of one resource.
pub(super) struct Sight<'a> {
    pub(super) known: &'a Known,
    pub(super) figures: &'a Standing,
    pub(super) at: Timestamp,
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
pub(super) fn resource_at(
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
        ResourceKind::Game => Some(Resource::Game(game_at(id, sight, now))),
        // What a disk was like is not recorded.
        ResourceKind::Target | ResourceKind::Disk | ResourceKind::Pushed => None,
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
        namespaces: model::known::Known::default(),
        backend: None,
        mount: None,
    }
}

/// Who was on it and where it ran is not recorded, and nothing can be done to it any more.
fn game_at(id: &ResourceId, sight: &Sight<'_>, now: Option<&Resource>) -> GameServer {
    let now = match now {
        Some(Resource::Game(game)) => Some(game),
        _ => None,
    };
    let name = sight
        .likely(Attribute::Name)
        .or_else(|| Some(now?.name.as_str()))
        .unwrap_or_else(|| id.local());
    let mut game = GameServer::new(id.clone(), name);
    let players = sight.figure("players").map(whole);
    let answer = GameAnswer {
        round_trip_ms: sight.figure("latency"),
        players,
        max_players: sight.figure("players_max").map(whole),
        version: sight.recorded(Attribute::Version).map(str::to_owned),
        ..GameAnswer::default()
    };
    let proven = sight.figure("up").filter(|up| *up > 0.0);
    let status = sight.state().or(proven.map(|_| GameStatus::Running));
    game.status = status.unwrap_or(GameStatus::Unknown);
    if answer != GameAnswer::default() {
        game.answer = model::known::Known::Is(answer);
    }
    if players.is_some() {
        game.player_trust = now.map_or(PlayerTrust::Unreliable, |now| now.player_trust);
    }
    game.game = now.and_then(|now| now.game.clone());
    game.guest = now.and_then(|now| now.guest.clone());
    game.cpu = sight.figure("cpu");
    game.memory = sight.usage("memory", "memory_total");
    game.disk = sight.usage("disk", "disk_total");
    game.rates = sight.rates();
    game.started_at = (game.status == GameStatus::Running)
        .then(|| sight.boot())
        .flatten();
    game
}

/// Players are recorded as whole positive numbers.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "casts of floats saturate, which is what is wanted"
)]
const fn whole(value: f64) -> u32 {
    value.max(0.0) as u32
}
