//! Backups: which guests have them, of when, where, and who makes them.

use std::sync::Arc;

use actix_web::get;
use actix_web::web::{Data, Path, Query};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::api::dialect::{Answer, Hp, Reply};
use crate::api::guard::{Allow, FleetRead};
use crate::api::shared::Shared;
use crate::model::resource::Resource;
use crate::services::backups::{self, Calendar};
use crate::state::{Fleet, TargetView};
use crate::telemetry::clock;

use super::backup_view::{
    BackedUpGuest, Backup, BackupGroup, BackupJob, Orphan, ServerJob, TapeDevice,
};
use super::details::find;
use super::errors::Problem;
use super::known::Known;
use super::page::Page;

/// Days that the matrix shows unless told.
const DAYS: usize = 14;
/// The most days that it shows.
const MOST_DAYS: usize = 92;
/// The most minutes that clocks are ahead of UTC or behind it.
const MOST_OFFSET: i32 = 14 * 60;

/// Which guests, and which days.
#[derive(Debug, Default, Deserialize, IntoParams)]
pub(super) struct GetBackups {
    /// Only guests of this target.
    target: Option<String>,
    /// Days up to today; 14 unless told, 92 at most.
    days: Option<usize>,
    /// How many minutes the reader's clock is ahead of UTC, so that days are the reader's.
    #[serde(default)]
    utc_offset_minutes: i32,
    /// Only guests whose name or number holds this.
    search: Option<String>,
    /// How many guests to skip.
    #[serde(default)]
    offset: usize,
    /// The most guests to list; 100 unless told, 1000 at most.
    limit: Option<usize>,
}

/// A place that holds backups.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Place {
    /// The storage or datastore.
    resource: String,
    /// Its name.
    name: String,
    /// The node that was asked.
    node: Option<String>,
    /// The namespace; `null` on a storage, empty for the root.
    namespace: Option<String>,
    /// When it was last read, in milliseconds.
    read_at: Option<i64>,
    /// How many backups it holds, or why that is not known.
    backups: Known<usize>,
}

/// What one target tells of backups.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct TargetBackups {
    /// The target.
    target: String,
    /// Its name.
    name: String,
    /// Places that hold backups.
    places: Vec<Place>,
    /// Jobs that back guests up.
    backup_jobs: Known<Vec<BackupJob>>,
    /// Numbers of the guests that no job takes, as the host counts.
    uncovered: Known<Vec<u32>>,
    /// Scheduled jobs of a backup server.
    jobs: Known<Vec<ServerJob>>,
    /// Tape drives and libraries.
    tape: Known<Vec<TapeDevice>>,
}

impl From<&TargetView> for TargetBackups {
    fn from(view: &TargetView) -> Self {
        let facts = &view.facts;
        let places = facts.backups.places.iter().map(|place| Place {
            resource: place.resource.to_string(),
            name: place.name.clone(),
            node: place.node.clone(),
            namespace: place.namespace.clone(),
            read_at: place.read_at.map(|at| at.millis()),
            backups: Known::of(&place.backups, |list| list.len()),
        });
        Self {
            target: view.summary.id.to_string(),
            name: view.summary.name.clone(),
            places: places.collect(),
            backup_jobs: Known::list(&facts.backup_jobs, |list| list),
            uncovered: Known::of(&facts.uncovered, |list| list.to_vec()),
            jobs: Known::list(&facts.jobs, |list| list),
            tape: Known::list(&facts.tape, |list| list),
        }
    }
}

/// Guests by days, what belongs to no guest, and what each target tells.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct BackupOverview {
    /// When each day begins, in milliseconds, oldest first.
    days: Vec<i64>,
    /// Guests with one entry per day.
    guests: Vec<BackedUpGuest>,
    /// How many guests there are in all that were asked for.
    total: usize,
    /// Backups of something that is no known guest.
    orphans: Vec<Orphan>,
    /// What each target tells.
    targets: Vec<TargetBackups>,
}

fn present(shared: &Shared) -> Arc<Fleet> {
    Arc::clone(&shared.hub.present().fleet)
}

/// Which guests have backups of which days, and who makes them.
#[utoipa::path(
    tag = "hp",
    params(GetBackups),
    responses((status = 200, body = BackupOverview), (status = 400, body = Problem)),
)]
#[get("/backups")]
pub(crate) async fn get_backups(
    _: Allow<Hp, FleetRead>,
    query: Query<GetBackups>,
    shared: Data<Shared>,
) -> Answer<Hp, BackupOverview> {
    let fleet = present(&shared);
    let calendar = Calendar::ending_at(
        clock::now(),
        query.days.unwrap_or(DAYS).clamp(1, MOST_DAYS),
        query.utc_offset_minutes.clamp(-MOST_OFFSET, MOST_OFFSET),
    );
    let overview = backups::overview(&fleet, &calendar);
    let search = query.search.as_deref().unwrap_or_default().to_lowercase();
    let wanted = overview.guests.iter().filter(|one| {
        let target = one.guest.id.target_text();
        let named = one.guest.name.to_lowercase().contains(&search)
            || one.guest.vmid.to_string().contains(&search);
        named && query.target.as_deref().is_none_or(|only| only == target)
    });
    let guests: Vec<_> = wanted.collect();
    let total = guests.len();
    let page = Page::new(query.offset, query.limit).of(guests);
    Ok(Reply::ok(BackupOverview {
        days: calendar.starts().map(|at| at.millis()).collect(),
        guests: page.into_iter().map(BackedUpGuest::from).collect(),
        total,
        orphans: overview.strays.iter().map(Orphan::from).collect(),
        targets: fleet.targets().map(|view| (&**view).into()).collect(),
    }))
}

/// Backups of one guest.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct BackupsOfGuest {
    /// The backups, newest first.
    backups: Vec<Backup>,
    /// How many there are in all.
    total: usize,
    /// Ids of the jobs that take the guest; `null` when jobs are not known.
    jobs: Option<Vec<String>>,
}

/// The backups of one guest, newest first, wherever they lie.
#[utoipa::path(
    tag = "hp",
    params(("id" = String, Path, description = "The guest's id"), Page),
    responses((status = 200, body = BackupsOfGuest), (status = 404, body = Problem)),
)]
#[get("/guests/{id}/backups")]
pub(crate) async fn list_guest_backups(
    _: Allow<Hp, FleetRead>,
    id: Path<String>,
    page: Query<Page>,
    shared: Data<Shared>,
) -> Answer<Hp, BackupsOfGuest> {
    let fleet = present(&shared);
    let resource = find(&fleet, &id, "guest")?;
    let overview = backups::overview(&fleet, &Calendar::ending_at(clock::now(), 1, 0));
    let found = match &*resource {
        Resource::Guest(guest) => overview.guests.iter().find(|one| one.guest.id == guest.id),
        _ => None,
    };
    let copies = found.map(|one| one.copies.as_slice()).unwrap_or_default();
    let shown = copies.iter().map(Backup::from).collect();
    Ok(Reply::ok(BackupsOfGuest {
        backups: page.of(shown),
        total: copies.len(),
        jobs: found.and_then(|one| one.jobs.clone()),
    }))
}

/// Which groups to list.
#[derive(Debug, Default, Deserialize, IntoParams)]
pub(super) struct ListGroups {
    /// Only those of this target.
    target: Option<String>,
    /// Only those of this datastore, by its id.
    datastore: Option<String>,
    /// Only those of this namespace; empty for the root.
    namespace: Option<String>,
    /// How many to skip.
    #[serde(default)]
    offset: usize,
    /// The most to list; 100 unless told, 1000 at most.
    limit: Option<usize>,
}

/// Backup groups of backup servers.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct BackupGroups {
    /// The groups, by datastore and namespace.
    groups: Vec<BackupGroup>,
    /// How many there are in all that were asked for.
    total: usize,
}

/// Backup groups of backup servers.
#[utoipa::path(
    tag = "hp",
    params(ListGroups),
    responses((status = 200, body = BackupGroups), (status = 400, body = Problem)),
)]
#[get("/backups/groups")]
pub(crate) async fn list_backup_groups(
    _: Allow<Hp, FleetRead>,
    query: Query<ListGroups>,
    shared: Data<Shared>,
) -> Answer<Hp, BackupGroups> {
    let fleet = present(&shared);
    let same = |wanted: &Option<String>, found: &str| {
        wanted.as_deref().is_none_or(|wanted| wanted == found)
    };
    let groups: Vec<BackupGroup> = fleet
        .targets()
        .filter(|view| same(&query.target, view.summary.id.as_str()))
        .filter_map(|view| view.facts.groups.value())
        .flat_map(|groups| groups.iter())
        .filter(|group| same(&query.datastore, group.datastore.as_str()))
        .filter(|group| same(&query.namespace, &group.namespace))
        .map(BackupGroup::from)
        .collect();
    Ok(Reply::ok(BackupGroups {
        total: groups.len(),
        groups: Page::new(query.offset, query.limit).of(groups),
    }))
}
