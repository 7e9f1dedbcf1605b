//! Everything there was at a moment of the past.

use actix_web::get;
use actix_web::web::{Data, Query};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::api::dialect::{Answer, Hp, Reply};
use crate::api::guard::{Allow, FleetRead};
use crate::api::problem::{Kind, Problem};
use crate::api::shared::Shared;
use crate::api::ws::FullFrame;
use crate::model::facts::Facts;
use crate::model::resource::Resource;
use crate::model::time::Timestamp;
use crate::services::changes::Past;
use crate::state::TargetView;
use crate::telemetry::clock;

use super::alert::Alert;
use super::errors;
use super::target::Target;
use super::view::{Datastore, Game, Guest, Node, Storage};

/// Which moment.
#[derive(Debug, Deserialize, IntoParams)]
pub(super) struct PastQuery {
    /// The moment, in milliseconds; not in the future.
    at: i64,
}

/// Everything there was at a moment. What was not recorded is `null`, or `unknown` where states
/// are; disks, and how looking at targets went, never are.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PastFleet {
    /// The fleet, in the form of the present; `version` and handles mean nothing.
    fleet: FullFrame,
    /// Since when states, names and places are recorded, in milliseconds.
    changes_since: Option<i64>,
}

/// Everything there was at a moment: figures from history, names, places and states as they were
/// recorded, and the alerts that held.
#[utoipa::path(
    tag = "hp",
    params(PastQuery),
    responses((status = 200, body = PastFleet), (status = 400, body = errors::Problem)),
)]
#[get("/fleet/past")]
pub(crate) async fn get_past_fleet(
    _: Allow<Hp, FleetRead>,
    query: Query<PastQuery>,
    shared: Data<Shared>,
) -> Answer<Hp, PastFleet> {
    if !(0..=clock::now().millis()).contains(&query.at) {
        let text = "at is a moment of the past, in milliseconds since 1970";
        return Err(Problem::new(Kind::Invalid, "invalid_moment", text)
            .in_field("at")
            .into());
    }
    let past = shared.parts.changes.fleet_at(Timestamp(query.at)).await?;
    Ok(Reply::ok(PastFleet {
        changes_since: past.changes_since.map(|at| at.millis()),
        fleet: frame(past),
    }))
}

fn frame(past: Past) -> FullFrame {
    let mut handles = 1..;
    let mut handle = move || handles.next().unwrap_or(u32::MAX);
    let targets = past.targets.into_iter().map(|summary| {
        let view = TargetView {
            summary,
            resources: std::collections::BTreeMap::new(),
            facts: Facts::default(),
            seen_at: None,
        };
        Target::new(handle(), &view)
    });
    let mut frame = FullFrame {
        kind: "full",
        version: 0,
        at: past.at.millis(),
        boot: "past".to_owned(),
        targets: targets.collect(),
        nodes: Vec::new(),
        guests: Vec::new(),
        storages: Vec::new(),
        datastores: Vec::new(),
        disks: Vec::new(),
        games: Vec::new(),
        alerts: past.alerts.iter().map(Alert::from).collect(),
        jobs: Vec::new(),
    };
    for resource in &past.resources {
        match resource {
            Resource::Node(node) => frame.nodes.push(Node::new(handle(), node)),
            Resource::Guest(guest) => frame.guests.push(Guest::new(handle(), guest)),
            Resource::Storage(storage) => frame.storages.push(Storage::new(handle(), storage)),
            Resource::Datastore(store) => frame.datastores.push(Datastore::new(handle(), store)),
            Resource::Game(game) => frame.games.push(Game::new(handle(), game)),
            Resource::Disk(_) => {}
        }
    }
    frame
}
