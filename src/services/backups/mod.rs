//! Which guests have backups, of when and where: copies from storages and backup servers joined
//! with the guests they were made of.
//!
//! Pure functions over the present. Start with [`overview`]; [`copies`] says which backup belongs
//! to which guest.

mod copies;
mod days;

use std::collections::{BTreeMap, HashMap};

use crate::model::backup::{BackupGroup, BackupKind};
use crate::model::id::ResourceId;
use crate::model::resource::Guest;
use crate::model::time::Timestamp;
use crate::state::{Fleet, TargetView};

pub use copies::{Copies, Copy, Location, Owner, Stray};
pub use days::{Calendar, Day, DayState};

/// A guest and its backups.
#[derive(Clone, Debug)]
pub struct GuestBackups<'a> {
    /// The guest.
    pub guest: &'a Guest,
    /// The newest copy of each moment, newest first.
    pub copies: Vec<Copy<'a>>,
    /// When the newest was made, by the copies and by the groups of backup servers.
    pub latest: Option<Timestamp>,
    /// Ids of the jobs that take it; empty when none does, `None` when jobs are not known.
    pub jobs: Option<Vec<String>>,
    /// Whether a job takes it; `None` when that is not known.
    pub covered: Option<bool>,
    /// One entry per day of the calendar, oldest first.
    pub days: Vec<Day>,
}

/// Everything about backups at one moment.
#[derive(Clone, Debug)]
pub struct Overview<'a> {
    /// Guests with their backups, in the order of their ids.
    pub guests: Vec<GuestBackups<'a>>,
    /// Backups of no guest that is known.
    pub strays: Vec<Stray<'a>>,
}

/// Joins all backups with the guests they were made of.
#[must_use]
pub fn overview<'a>(fleet: &'a Fleet, calendar: &Calendar) -> Overview<'a> {
    let Copies { owned, strays } = copies::of(fleet);
    let groups = latest_of_groups(fleet);
    let mut owned: HashMap<&ResourceId, Vec<Copy<'a>>> = owned;
    let mut guests = Vec::new();
    for view in fleet.targets() {
        let jobs = jobs_of(view);
        for guest in view.resources.values().filter_map(|r| guest_of(r)) {
            let copies = owned.remove(&guest.id).unwrap_or_default();
            let by_group = groups.get(&guest.id).copied();
            guests.push(GuestBackups {
                latest: copies.first().map(|copy| copy.at()).max(by_group),
                covered: covered(view, guest),
                jobs: jobs.map(|jobs| {
                    let taking = jobs.iter().filter(|job| job.covers(guest));
                    taking.map(|job| job.id.clone()).collect()
                }),
                days: calendar.days(&copies, &days::failures(view, guest)),
                copies,
                guest,
            });
        }
    }
    Overview { guests, strays }
}

fn guest_of(resource: &crate::model::resource::SharedResource) -> Option<&Guest> {
    match &**resource {
        crate::model::resource::Resource::Guest(guest) => Some(guest),
        _ => None,
    }
}

fn jobs_of(view: &TargetView) -> Option<&Vec<crate::model::backup::BackupJob>> {
    view.facts.backup_jobs.value().map(|jobs| &**jobs)
}

/// What the host counts as covered goes before what its jobs' selections say.
fn covered(view: &TargetView, guest: &Guest) -> Option<bool> {
    if let Some(uncovered) = view.facts.uncovered.value() {
        return Some(!uncovered.contains(&guest.vmid));
    }
    jobs_of(view).map(|jobs| jobs.iter().any(|job| job.covers(guest)))
}

/// The newest backup of each guest by the groups of backup servers, which are read more often than
/// the backups themselves. A number that several clusters have says nothing.
fn latest_of_groups(fleet: &Fleet) -> HashMap<ResourceId, Timestamp> {
    let mut owners: BTreeMap<u32, Vec<&Guest>> = BTreeMap::new();
    for guest in fleet.guests() {
        owners.entry(guest.vmid).or_default().push(guest);
    }
    let groups = fleet
        .targets()
        .filter_map(|view| view.facts.groups.value())
        .flat_map(|groups| groups.iter());
    let mut latest = HashMap::new();
    for (vmid, at) in groups.filter_map(vmid_and_time) {
        if let Some([guest]) = owners.get(&vmid).map(Vec::as_slice) {
            let known = latest.entry(guest.id.clone()).or_insert(at);
            *known = at.max(*known);
        }
    }
    latest
}

fn vmid_and_time(group: &BackupGroup) -> Option<(u32, Timestamp)> {
    let guest = matches!(group.kind, BackupKind::Vm | BackupKind::Container);
    let vmid = group.subject.parse().ok().filter(|_| guest)?;
    Some((vmid, group.latest?))
}

#[cfg(test)]
mod tests;
