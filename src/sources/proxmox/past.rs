//! What a host kept of the time before the first look, read once and slowly, finest first: an hour
//! by the minute, then coarser and further back. Each answer adds only what lies before the one
//! before it, so that nothing is given twice.

use std::collections::BTreeMap;
use std::time::Duration;

use super::moment;
use crate::model::id::ResourceId;
use crate::model::metric::MetricKey;
use crate::model::observation::PastFigures;
use crate::model::time::Timestamp;

/// What hosts keep, the finest first.
const FRAMES: [&str; 5] = ["hour", "day", "week", "month", "year"];
/// When the first question about the past comes after the first look.
pub(in crate::sources) const AFTER: Duration = Duration::from_secs(120);
/// Between two questions about the past, when nothing else presses.
pub(in crate::sources) const STEP: Duration = Duration::from_secs(8);

/// A row of what a host kept: a moment and columns, all of which may be missing.
pub(in crate::sources) trait Row {
    /// Unix seconds of the row's moment.
    fn seconds(&self) -> Option<u64>;
}

/// A column of the past and what it is here.
pub(in crate::sources) type Column<R> = (&'static str, fn(&R) -> Option<f64>);

/// What is still to be read of the past, by whose it is.
#[derive(Debug)]
pub(in crate::sources) struct Past<K> {
    /// Until when figures are wanted; `None` where they are not.
    until: Option<Timestamp>,
    known: BTreeMap<K, Progress>,
    read: Vec<PastFigures>,
}

#[derive(Clone, Copy, Debug)]
struct Progress {
    frame: usize,
    covered_from: Timestamp,
}

impl<K: Clone + Ord> Past<K> {
    /// Figures from before `until` are wanted.
    pub(in crate::sources) const fn until(until: Option<Timestamp>) -> Self {
        Self {
            until,
            known: BTreeMap::new(),
            read: Vec::new(),
        }
    }

    /// What is not read to its end.
    pub(in crate::sources) fn wanted(&self) -> impl Iterator<Item = K> {
        let open = self.known.iter().filter(|(_, p)| p.frame < FRAMES.len());
        open.map(|(of, _)| of.clone())
    }

    /// When the next frame of one thing is due, by how many are not read to their end.
    pub(in crate::sources) fn pause(&self) -> Duration {
        STEP * u32::try_from(self.wanted().count())
            .unwrap_or(u32::MAX)
            .max(8)
    }

    /// What was read since the last time.
    pub(in crate::sources) fn take(&mut self) -> Vec<PastFigures> {
        std::mem::take(&mut self.read)
    }

    /// Also reads the past of `of`, where any is wanted; whether that is news.
    pub(in crate::sources) fn add(&mut self, of: K) -> bool {
        let Some(until) = self.until else {
            return false;
        };
        let new = !self.known.contains_key(&of);
        self.known.entry(of).or_insert(Progress {
            frame: 0,
            covered_from: until,
        });
        new
    }

    /// The frame to ask for next of `of`.
    pub(in crate::sources) fn next(&self, of: &K) -> Option<&'static str> {
        FRAMES.get(self.known.get(of)?.frame).copied()
    }

    /// Enters the rows of the frame that was asked for; none where the host answered that it has
    /// none.
    pub(in crate::sources) fn enter<R: Row>(
        &mut self,
        of: &K,
        resource: &ResourceId,
        columns: &[Column<R>],
        rows: &[R],
    ) {
        let Some(progress) = self.known.get_mut(of) else {
            return;
        };
        let (found, earliest) = figures(resource, columns, rows, progress.covered_from);
        self.read.extend(found);
        progress.frame += 1;
        if let Some(earliest) = earliest {
            progress.covered_from = earliest;
        }
    }
}

/// The figures of `rows` from before `until`, by column, and the earliest moment any of them has.
fn figures<R: Row>(
    resource: &ResourceId,
    columns: &[Column<R>],
    rows: &[R],
    until: Timestamp,
) -> (Vec<PastFigures>, Option<Timestamp>) {
    let mut times: Vec<Timestamp> = rows
        .iter()
        .filter_map(|row| moment(row.seconds()))
        .collect();
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
            .filter_map(|row| Some((moment(row.seconds())?, read(row)?.max(0.0))))
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

    use serde::Deserialize;

    use super::{Column, Past, Row};
    use crate::model::id::{ResourceId, TargetId};
    use crate::model::time::Timestamp;
    use crate::sources::lenient::{Number, Whole};

    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Space {
        time: Whole,
        used: Number,
    }

    impl Row for Space {
        fn seconds(&self) -> Option<u64> {
            self.time.0
        }
    }

    const COLUMNS: &[Column<Space>] = &[("disk", |row| row.used.0)];

    fn rows(json: &str) -> Vec<Space> {
        serde_json::from_str(json).expect("rows")
    }

    #[test]
    fn gaps_stay_out_and_nothing_comes_twice() {
        let id = ResourceId::storage(&TargetId::random(), "nas", None);
        let until = Timestamp::from_seconds(250);
        let mut past = Past::until(Some(until));
        assert!(past.add("nas") && !past.add("nas"));
        assert_eq!(past.next(&"nas"), Some("hour"));
        let hour = rows(
            r#"[{"time":120,"used":"5"},{"time":60},{"time":180,"used":6},{"time":240,"used":7}]"#,
        );
        past.enter(&"nas", &id, COLUMNS, &hour);
        let found = past.take();
        assert_eq!(found[0].resolution, Duration::from_secs(60));
        let seconds = |points: &[(Timestamp, f64)]| -> Vec<_> {
            points.iter().map(|(at, v)| (at.seconds(), *v)).collect()
        };
        assert_eq!(
            seconds(&found[0].points),
            [(120, 5.0), (180, 6.0)],
            "the last is not over before {until:?}"
        );
        assert_eq!(past.next(&"nas"), Some("day"));
        let day = rows(r#"[{"time":60,"used":1},{"time":120,"used":5},{"time":0}]"#);
        past.enter(&"nas", &id, COLUMNS, &day);
        assert_eq!(seconds(&past.take()[0].points), [(60, 1.0)]);
    }

    #[test]
    fn nothing_is_read_where_nothing_is_wanted() {
        let mut past = Past::until(None);
        assert!(!past.add("nas"));
        assert_eq!((past.wanted().count(), past.next(&"nas")), (0, None));
    }
}
