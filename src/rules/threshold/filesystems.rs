//! The file systems of a guest, each judged by itself: a sum would hide a full one behind an empty
//! one.

use std::fmt::Write as _;

use super::{FILESYSTEM, idle, measured, sentence};
use crate::model::id::ResourceId;
use crate::model::metric::{self, Unit};
use crate::model::resource::{FileSystem, Guest, Resource};
use crate::rules::reading::{Evidence, Reading};
use crate::rules::scene::{It, Scene, Watched};
use crate::rules::settings::Limits;

/// Types that are always full, or whose space is somebody else's.
const FOREIGN: &[&str] = &[
    "squashfs", "iso9660", "udf", "erofs", "cdfs", "CDFS", "UDF", "tmpfs", "devtmpfs", "overlay",
    "nfs", "nfs4", "cifs", "9p", "virtiofs",
];

/// A guest's file systems that are judged one by one; none where it has one only, which its
/// `disk` tells as well.
pub(super) enum Volumes<'a> {
    None,
    Some(&'a Guest, &'a [FileSystem]),
}

impl Volumes<'_> {
    pub(super) const fn is_empty(&self) -> bool {
        matches!(self, Self::None)
    }
}

pub(super) fn of<'a>(watched: &Watched<'a>) -> Volumes<'a> {
    let It::Resource(Resource::Guest(guest)) = watched.it else {
        return Volumes::None;
    };
    match guest.facts.filesystems.value() {
        Some(all) if all.len() > 1 && own(all).nth(1).is_some() => Volumes::Some(guest, all),
        _ => Volumes::None,
    }
}

/// Those that are the guest's own, each device once.
fn own(all: &[FileSystem]) -> impl Iterator<Item = &FileSystem> {
    let is_own = |one: &FileSystem| {
        let foreign = one
            .kind
            .as_deref()
            .is_some_and(|kind| FOREIGN.contains(&kind) || kind.starts_with("fuse"));
        !foreign && one.usage.total.is_some_and(|total| total > 0)
    };
    all.iter().enumerate().filter_map(move |(place, one)| {
        let is_again = |other: &FileSystem| {
            one.device.is_some() && other.device == one.device && is_own(other)
        };
        (is_own(one) && !all[..place].iter().any(is_again)).then_some(one)
    })
}

pub(super) fn look(
    watched: &Watched<'_>,
    volumes: &Volumes<'_>,
    is_fresh: bool,
    report: &mut dyn FnMut(Reading<'_>),
) {
    let Volumes::Some(guest, all) = volumes else {
        return;
    };
    let set = watched.set();
    let of_disk = set.limits.iter().find(|entry| entry.key.as_str() == "disk");
    let of_disk = of_disk.map(|entry| &entry.limits);
    if of_disk.is_none() && set.filesystems.is_empty() {
        return;
    }
    let metric = metric::find("disk");
    let mut subject = String::from(FILESYSTEM);
    for one in own(all) {
        let named = set
            .filesystems
            .iter()
            .find(|(mount, _)| *mount == one.mount);
        let limits: Option<&Limits> = match named {
            Some((_, limits)) => limits.as_ref(),
            None => of_disk,
        };
        let Some(limits) = limits else {
            continue;
        };
        subject.truncate(FILESYSTEM.len());
        // Writing to a string cannot fail.
        let _ = write!(subject, "{}", one.mount);
        let evidence = match (is_fresh, idle(guest), one.usage.ratio()) {
            (true, None, Some(share)) => measured(share, metric, limits),
            (true, Some(evidence), _) => evidence,
            _ => Evidence::Unknown,
        };
        report(Reading {
            subject: &subject,
            about: watched,
            evidence,
            sentence: &|moment| {
                let label = format!("File system {}", one.mount);
                let unit = Some(Unit::Ratio);
                sentence(watched, &label, unit, (metric, limits), evidence, moment)
            },
        });
    }
}

/// Whether the file systems of a guest are known, so that one that is not among them is no more.
pub(super) fn are_known(scene: &Scene<'_>, id: &ResourceId) -> bool {
    match scene.view.resources.get(id).map(|resource| &**resource) {
        Some(Resource::Guest(guest)) => guest.facts.filesystems.value().is_some(),
        _ => true,
    }
}
