//! What everything stood at, at one moment: the newest figure of every series, in one pass over
//! the blocks of the hours that hold the moment.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use rusqlite::Connection;

use crate::model::id::ResourceId;
use crate::model::metric::MetricKey;
use crate::model::time::{Timestamp, Window};

use super::block::{Block, Closed, column_of};
use super::damage::Spot;
use super::error::HistoryError;
use super::head::Head;
use super::import;
use super::scale::Scale;
use super::stream::Tick;
use super::{HOUR, History};

/// Figures of one resource at a moment.
pub type Standing = HashMap<MetricKey, f64>;

impl History {
    /// The newest figure of every series that `wanted` takes, at `at` and not older than `fresh`;
    /// what somebody else measured before counts where nothing was measured here.
    ///
    /// # Errors
    /// When the database cannot be read. What was not recorded is left out.
    pub async fn standing_at(
        &self,
        at: Timestamp,
        fresh: Duration,
        wanted: impl Fn(&ResourceId, &MetricKey) -> bool,
    ) -> Result<HashMap<ResourceId, Standing>, HistoryError> {
        let span = Span {
            from: (at - fresh).seconds(),
            to: at.seconds(),
        };
        let (names, search) = self.shared.head().search(span, wanted);
        let reader = &self.shared.db.reader;
        let (found, spots) = reader.run(move |connection| search.run(connection)).await?;
        self.shared.head().damages.report(spots);
        let mut standing: HashMap<ResourceId, Standing> = HashMap::new();
        for (series, (resource, metric)) in names {
            if let Some(value) = found.get(&series) {
                standing.entry(resource).or_default().insert(metric, *value);
            }
        }
        Ok(standing)
    }
}

/// The seconds in which a figure counts, both included.
#[derive(Clone, Copy)]
struct Span {
    from: i64,
    to: i64,
}

impl Span {
    /// Which of ascending seconds of an hour is the newest that counts.
    fn newest(self, hour: i64, seconds: &[u16]) -> Option<usize> {
        let start = hour * HOUR;
        let after = seconds.partition_point(|second| start + i64::from(*second) <= self.to);
        let newest = after.checked_sub(1)?;
        (start + i64::from(seconds[newest]) >= self.from).then_some(newest)
    }
}

/// A series on its way to its figure.
struct Sought {
    scale: Scale,
    /// Second since 1970 and figure of the newest sample that was found.
    newest: Option<(i64, i32)>,
}

impl Sought {
    fn offer(&mut self, at: i64, steps: i32) {
        if self.newest.is_none_or(|(newest, _)| newest < at) {
            self.newest = Some((at, steps));
        }
    }
}

struct Search {
    span: Span,
    /// By number.
    series: BTreeMap<u32, Sought>,
    groups: Vec<u32>,
    /// The columns that any series is in, ascending.
    columns: Vec<u32>,
}

/// The names of series by number.
type Names = Vec<(u32, (ResourceId, MetricKey))>;

impl Head {
    fn search(
        &self,
        span: Span,
        wanted: impl Fn(&ResourceId, &MetricKey) -> bool,
    ) -> (Names, Search) {
        let mut names = Vec::new();
        let mut search = Search {
            span,
            series: BTreeMap::new(),
            groups: Vec::new(),
            columns: Vec::new(),
        };
        for (_, resource) in self.registry.resources() {
            for &number in &resource.series {
                let Some(series) = self.registry.series(number) else {
                    continue;
                };
                if !wanted(&resource.name, &series.metric) {
                    continue;
                }
                search.groups.push(resource.group);
                search.columns.push(column_of(&series.metric));
                names.push((number, (resource.name.clone(), series.metric.clone())));
                let mut sought = Sought {
                    scale: series.scale,
                    newest: None,
                };
                self.offer(number, span, &mut sought);
                search.series.insert(number, sought);
            }
        }
        search.groups.sort_unstable();
        search.groups.dedup();
        search.columns.sort_unstable();
        search.columns.dedup();
        (names, search)
    }

    /// Offers what is in memory.
    fn offer(&self, series: u32, span: Span, sought: &mut Sought) {
        let hours = (span.from.div_euclid(HOUR), span.to.div_euclid(HOUR));
        for hour in self
            .hours()
            .filter(|hour| (hours.0..=hours.1).contains(&hour.hour))
        {
            let ticks = hour.stream(series).map(super::stream::Stream::ticks);
            let ticks: Vec<Tick> = ticks.unwrap_or_default();
            let (seconds, figures): (Vec<u16>, Vec<i32>) = ticks.into_iter().unzip();
            if let Some(newest) = span.newest(hour.hour, &seconds) {
                let at = hour.hour * HOUR + i64::from(seconds[newest]);
                sought.offer(at, figures[newest]);
            }
        }
    }
}

impl Search {
    fn run(
        mut self,
        connection: &Connection,
    ) -> Result<(HashMap<u32, f64>, Vec<Spot>), HistoryError> {
        // One snapshot: an hour must not be missed while it moves.
        let snapshot = connection.unchecked_transaction()?;
        let mut spots = Vec::new();
        let mut statement = snapshot.prepare_cached(
            "SELECT hour, data FROM history_blocks WHERE grp = ?1 AND hour BETWEEN ?2 AND ?3",
        )?;
        let (from, to) = (
            self.span.from.div_euclid(HOUR),
            self.span.to.div_euclid(HOUR),
        );
        for group in std::mem::take(&mut self.groups) {
            let mut rows = statement.query((group, from, to))?;
            while let Some(row) = rows.next()? {
                let hour: i64 = row.get(0)?;
                match Block::parse(row.get_ref(1)?.as_blob().unwrap_or_default()) {
                    Ok(block) if block.hour == hour => {
                        self.look_into(&block, group, &mut spots);
                    }
                    _ => spots.push(Spot::Block { group, hour }),
                }
            }
        }
        drop(statement);
        let mut found: HashMap<u32, f64> = HashMap::new();
        self.series.retain(|number, sought| {
            let figure = sought.newest.map(|(_, steps)| sought.scale.restore(steps));
            found.extend(figure.map(|figure| (*number, figure)));
            figure.is_none()
        });
        self.imported(&snapshot, &mut found, &mut spots)?;
        Ok((found, spots))
    }

    fn look_into(&mut self, block: &Block<'_>, group: u32, spots: &mut Vec<Spot>) {
        let newest: Vec<Option<usize>> = block
            .timelines
            .iter()
            .map(|seconds| self.span.newest(block.hour, seconds))
            .collect();
        if newest.iter().all(Option::is_none) {
            return;
        }
        for closed in &block.columns {
            if self.columns.binary_search(&closed.column).is_ok()
                && self.read_column(block, closed, &newest, spots).is_err()
            {
                let hour = block.hour;
                spots.push(Spot::Block { group, hour });
            }
        }
    }

    fn read_column(
        &mut self,
        block: &Block<'_>,
        closed: &Closed<'_>,
        newest: &[Option<usize>],
        spots: &mut Vec<Spot>,
    ) -> Result<(), super::error::Damage> {
        let column = closed.open(&block.timelines)?;
        let mut opener = column.opener();
        let mut figures = Vec::new();
        for entry in &column.entries {
            let Some(place) = newest[entry.timeline] else {
                continue;
            };
            let Some(sought) = self.series.get_mut(&entry.series) else {
                continue;
            };
            let seconds = &block.timelines[entry.timeline];
            let at = block.hour * HOUR + i64::from(seconds[place]);
            if opener.read(entry, &mut figures).is_err() {
                spots.push(Spot::Chunk {
                    series: entry.series,
                    hour: block.hour,
                });
                continue;
            }
            sought.scale = column.scale;
            sought.offer(at, figures[place]);
        }
        Ok(())
    }

    /// Adds what was imported for the series that are left, the finest first.
    fn imported(
        &self,
        connection: &Connection,
        found: &mut HashMap<u32, f64>,
        spots: &mut Vec<Spot>,
    ) -> Result<(), HistoryError> {
        let series: Vec<u32> = self.series.keys().copied().collect();
        let window = Window {
            from: Timestamp::from_seconds(self.span.from),
            to: Timestamp::from_seconds(self.span.to + 1),
        };
        let Span { from, to } = self.span;
        import::each_of(connection, &series, window, spots, |number, list| {
            let after = list.points.partition_point(|(at, _)| *at <= to);
            let Some(newest) = after.checked_sub(1) else {
                return false;
            };
            let (at, steps) = list.points[newest];
            if at + list.step <= from {
                return false;
            }
            let figure = self.series.get(&number).map(|one| one.scale.restore(steps));
            found.extend(figure.map(|figure| (number, figure)));
            true
        })
    }
}
