//! What the host kept of the time before the first look (`rrddata`), read once and slowly, finest
//! first: an hour by the minute, then coarser and further back. Each answer adds only what lies
//! before the one before it, so that nothing is given twice.

use std::collections::BTreeMap;
use std::time::Duration;

use super::jobs::{Job, PAST_STEP, PastOf};
use super::source::PveSource;
use super::wire::past::PastRow;
use crate::model::id::{ResourceId, TargetId};
use crate::model::metric::MetricKey;
use crate::model::observation::PastFigures;
use crate::model::resource::GuestKind;
use crate::model::time::Timestamp;
use crate::sources::proxmox::{moment, safe_in_path};

/// What the host keeps, the finest first.
const FRAMES: [&str; 5] = ["hour", "day", "week", "month", "year"];
/// When the first question about the past comes after the first look.
const AFTER: Duration = Duration::from_secs(120);

/// A column of the past and what it is here.
type Column = (&'static str, fn(&PastRow) -> Option<f64>);

const OF_NODE: &[Column] = &[
    ("cpu", |row| row.cpu.0),
    ("memory", |row| row.memused.0),
    ("memory_total", |row| row.memtotal.0),
    ("disk", |row| row.rootused.0),
    ("disk_total", |row| row.roottotal.0),
    ("net_in", |row| row.netin.0),
    ("net_out", |row| row.netout.0),
    ("load", |row| row.loadavg.0),
    ("iowait", |row| row.iowait.0),
    ("swap", |row| row.swapused.0),
    ("swap_total", |row| row.swaptotal.0),
    ("arc", |row| row.arcsize.0),
    ("pressure_cpu", |row| percent(row.pressurecpusome.0)),
    ("pressure_io", |row| percent(row.pressureiosome.0)),
    ("pressure_memory", |row| percent(row.pressurememorysome.0)),
];

const OF_GUEST: &[Column] = &[
    ("cpu", |row| row.cpu.0),
    ("memory", |row| row.mem.0),
    ("memory_total", |row| row.maxmem.0),
    ("net_in", |row| row.netin.0),
    ("net_out", |row| row.netout.0),
    ("disk_read", |row| row.diskread.0),
    ("disk_write", |row| row.diskwrite.0),
    ("pressure_cpu", |row| percent(row.pressurecpusome.0)),
    ("pressure_io", |row| percent(row.pressureiosome.0)),
    ("pressure_memory", |row| percent(row.pressurememorysome.0)),
];

/// Only of containers: of a machine's disks the host knows nothing and writes 0.
const OF_CONTAINER: &[Column] = &[
    ("disk", |row| row.disk.0),
    ("disk_total", |row| row.maxdisk.0),
];

const OF_STORAGE: &[Column] = &[
    ("disk", |row| row.used.0),
    ("disk_total", |row| row.total.0),
];

fn percent(value: Option<f64>) -> Option<f64> {
    value.map(|value| value / 100.0)
}

/// What is still to be read of the past.
#[derive(Debug, Default)]
pub(super) struct Past {
    /// Until when figures are wanted; `None` where they are not.
    until: Option<Timestamp>,
    known: BTreeMap<PastOf, Progress>,
    read: Vec<PastFigures>,
}

#[derive(Clone, Copy, Debug)]
struct Progress {
    frame: usize,
    covered_from: Timestamp,
}

impl Past {
    /// Figures from before `until` are wanted.
    pub(super) fn until(until: Option<Timestamp>) -> Self {
        Self {
            until,
            ..Self::default()
        }
    }

    /// What is not read to its end.
    pub(super) fn wanted(&self) -> impl Iterator<Item = PastOf> {
        let open = self.known.iter().filter(|(_, p)| p.frame < FRAMES.len());
        open.map(|(of, _)| of.clone())
    }

    /// How many are not read to their end.
    pub(super) fn left(&self) -> usize {
        self.wanted().count()
    }

    /// What was read since the last time.
    pub(super) fn take(&mut self) -> Vec<PastFigures> {
        std::mem::take(&mut self.read)
    }

    fn add(&mut self, of: PastOf, until: Timestamp) -> bool {
        let new = !self.known.contains_key(&of);
        self.known.entry(of).or_insert(Progress {
            frame: 0,
            covered_from: until,
        });
        new
    }
}

impl PveSource {
    /// Plans the questions about everything that has a past, far apart from each other.
    pub(super) fn plan_past(&mut self, now: Timestamp) {
        let Some(until) = self.past.until else {
            return;
        };
        let nodes = self.seen.nodes.iter().cloned().map(PastOf::Node);
        let storages = self
            .seen
            .storages
            .iter()
            .filter(|s| !s.usable_on.is_empty());
        let storages = storages.map(|s| PastOf::Storage(s.name.clone(), s.node.clone()));
        let guests = self.seen.guests.iter().filter(|(_, guest)| !guest.template);
        let guests = guests.map(|(vmid, _)| PastOf::Guest(*vmid));
        let mut all: Vec<PastOf> = nodes.chain(storages).chain(guests).collect();
        all.sort_unstable();
        let mut at = now + AFTER;
        for of in all {
            if self.past.add(of.clone(), until) && !self.rotation.has(&Job::Past(of.clone())) {
                self.rotation.plan(Job::Past(of), at);
                at = at + PAST_STEP;
            }
        }
    }

    /// Reads the next frame of one thing's past.
    pub(super) async fn read_past(&mut self, of: &PastOf) {
        let Some(progress) = self.past.known.get(of).copied() else {
            return;
        };
        let Some((path, id, columns)) = self.place_of(of) else {
            return;
        };
        let Some(frame) = FRAMES.get(progress.frame) else {
            return;
        };
        let query = format!("{path}/rrddata?timeframe={frame}&cf=AVERAGE");
        let answer = self.list::<PastRow>(&query).await;
        let reached = answer.as_ref().is_ok()
            || answer
                .as_ref()
                .is_err_and(|refusal| refusal.status.is_some());
        let rows = answer.unwrap_or_default();
        let mut covered_from = progress.covered_from;
        let (figures, earliest) = figures(&id, &columns, &rows, covered_from);
        self.past.read.extend(figures);
        if let Some(earliest) = earliest {
            covered_from = earliest;
        }
        self.past.known.insert(
            of.clone(),
            Progress {
                frame: progress.frame + usize::from(reached),
                covered_from,
            },
        );
    }

    fn place_of(&self, of: &PastOf) -> Option<(String, ResourceId, Vec<Column>)> {
        let target: &TargetId = &self.id;
        match of {
            PastOf::Node(name) if safe_in_path(name) => Some((
                format!("/nodes/{name}"),
                ResourceId::node(target, name),
                OF_NODE.to_vec(),
            )),
            PastOf::Storage(name, node) if safe_in_path(name) => {
                let same = |s: &&super::details::SeenStorage| s.name == *name && s.node == *node;
                let seen = self.seen.storages.iter().find(same)?;
                let asked = seen.usable_on.iter().find(|node| safe_in_path(node))?;
                Some((
                    format!("/nodes/{asked}/storage/{name}"),
                    seen.id.clone(),
                    OF_STORAGE.to_vec(),
                ))
            }
            PastOf::Guest(vmid) => {
                let seen = self.seen.guests.get(vmid).filter(|guest| guest.reachable)?;
                let (word, more) = match seen.kind {
                    GuestKind::Vm => ("qemu", &[][..]),
                    GuestKind::Container => ("lxc", OF_CONTAINER),
                };
                let node = Some(&seen.node).filter(|node| safe_in_path(node))?;
                Some((
                    format!("/nodes/{node}/{word}/{vmid}"),
                    ResourceId::guest(target, *vmid),
                    [OF_GUEST, more].concat(),
                ))
            }
            PastOf::Node(_) | PastOf::Storage(..) => None,
        }
    }
}

/// The figures of `rows` from before `until`, by column, and the earliest moment any of them has.
fn figures(
    resource: &ResourceId,
    columns: &[Column],
    rows: &[PastRow],
    until: Timestamp,
) -> (Vec<PastFigures>, Option<Timestamp>) {
    let mut times: Vec<Timestamp> = rows.iter().filter_map(|row| moment(row.time.0)).collect();
    times.sort_unstable();
    let resolution = times
        .windows(2)
        .map(|pair| pair[1].since(pair[0]))
        .filter(|step| !step.is_zero())
        .min();
    let Some(resolution) = resolution else {
        return (Vec::new(), None);
    };
    let mut found = Vec::new();
    let mut earliest: Option<Timestamp> = None;
    for (metric, read) in columns {
        let mut points: Vec<(Timestamp, f64)> = rows
            .iter()
            .filter_map(|row| Some((moment(row.time.0)?, read(row)?.max(0.0))))
            .filter(|(at, _)| *at + resolution <= until)
            .collect();
        points.sort_unstable_by_key(|(at, _)| *at);
        points.dedup_by_key(|(at, _)| *at);
        if let Some((first, _)) = points.first() {
            earliest = Some(earliest.map_or(*first, |known| known.min(*first)));
            found.push(PastFigures {
                resource: resource.clone(),
                metric: MetricKey::known(metric),
                resolution,
                points,
            });
        }
    }
    (found, earliest)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{OF_STORAGE, figures};
    use crate::model::id::{ResourceId, TargetId};
    use crate::model::time::Timestamp;

    #[test]
    fn gaps_stay_out_and_nothing_comes_twice() {
        let rows = serde_json::from_str::<Vec<super::PastRow>>(
            r#"[{"time":120,"used":"5","total":10},{"time":60},{"time":180,"used":6,"total":10},
                {"time":240,"used":7,"total":10}]"#,
        )
        .expect("rows");
        let target = TargetId::random();
        let id = ResourceId::storage(&target, "nas", None);
        let until = Timestamp::from_seconds(250);
        let (found, earliest) = figures(&id, OF_STORAGE, &rows, until);
        assert_eq!(earliest, Some(Timestamp::from_seconds(120)));
        assert_eq!(found[0].resolution, Duration::from_secs(60));
        let used: Vec<_> = found[0]
            .points
            .iter()
            .map(|(at, v)| (at.seconds(), *v))
            .collect();
        assert_eq!(
            used,
            [(120, 5.0), (180, 6.0)],
            "the last is not over before {until:?}"
        );
    }
}
