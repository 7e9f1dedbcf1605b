//! Ranges for charts: what is in memory and what is on disk, read together into buckets.

use crate::model::id::ResourceId;
use crate::model::metric::MetricKey;
use crate::model::time::{Timestamp, Window};

use super::buckets::Grid;
use super::collect::collect;
use super::head::Head;
use super::scale::Scale;
use super::stream::Stream;
use super::{History, HistoryError};

/// A down-sampled series: buckets of equal length. Not a number is a gap.
#[derive(Clone, Debug, PartialEq)]
pub struct Points {
    /// Which metric.
    pub metric: MetricKey,
    /// Length of a bucket.
    pub step_ms: i64,
    /// When each bucket begins.
    pub at: Vec<Timestamp>,
    /// Average of the samples in each bucket.
    pub avg: Vec<f64>,
    /// Smallest sample in each bucket.
    pub min: Vec<f64>,
    /// Largest sample in each bucket.
    pub max: Vec<f64>,
    /// Where imported points are shown, the largest distance they have.
    pub imported_step_ms: Option<i64>,
}

impl History {
    /// One series over `window` in at most `points` buckets.
    ///
    /// # Errors
    /// When the database cannot be read. What was never recorded is a gap, not an error.
    pub async fn range(
        &self,
        resource: &ResourceId,
        metric: &MetricKey,
        window: Window,
        points: usize,
    ) -> Result<Points, HistoryError> {
        let metrics = std::slice::from_ref(metric);
        let mut all = self
            .range_of_resource(resource, metrics, window, points)
            .await?;
        all.pop().ok_or(HistoryError::Stopped)
    }

    /// Several metrics of one resource, in the order asked for.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn range_of_resource(
        &self,
        resource: &ResourceId,
        metrics: &[MetricKey],
        window: Window,
        points: usize,
    ) -> Result<Vec<Points>, HistoryError> {
        let grid = Grid::new(window, points);
        let wanted: Vec<Wanted> = {
            let head = self.shared.head();
            let number = head.registry.number(resource);
            metrics
                .iter()
                .map(|metric| head.wanted(number, metric, &grid))
                .collect()
        };
        self.read(wanted, grid).await
    }

    /// One metric of many resources: of those given, or of all that have it.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn range_of_metric(
        &self,
        metric: &MetricKey,
        resources: Option<&[ResourceId]>,
        window: Window,
        points: usize,
    ) -> Result<Vec<(ResourceId, Points)>, HistoryError> {
        let grid = Grid::new(window, points);
        let (names, wanted): (Vec<ResourceId>, Vec<Wanted>) = {
            let head = self.shared.head();
            let registry = &head.registry;
            let all: Vec<(ResourceId, Option<u32>)> = match resources {
                Some(names) => names
                    .iter()
                    .map(|name| (name.clone(), registry.number(name)))
                    .collect(),
                None => registry
                    .resources()
                    .filter(|(number, _)| registry.find(*number, metric, 0).is_some())
                    .map(|(number, resource)| (resource.name.clone(), Some(number)))
                    .collect(),
            };
            all.into_iter()
                .map(|(name, number)| (name, head.wanted(number, metric, &grid)))
                .unzip()
        };
        let points = self.read(wanted, grid).await?;
        Ok(names.into_iter().zip(points).collect())
    }

    /// Reads on two connections where there is much to decompress.
    async fn read(&self, wanted: Vec<Wanted>, grid: Grid) -> Result<Vec<Points>, HistoryError> {
        if wanted.len() <= SPLIT {
            return self.read_one(wanted, grid).await;
        }
        let is_odd = |wanted: &Wanted| wanted.place.is_some_and(|place| place.group % 2 == 1);
        let sides: Vec<bool> = wanted.iter().map(is_odd).collect();
        let (odd, even): (Vec<Wanted>, Vec<Wanted>) = wanted.into_iter().partition(is_odd);
        let (odd, even) = tokio::try_join!(self.read_one(odd, grid), self.read_one(even, grid))?;
        let (mut odd, mut even) = (odd.into_iter(), even.into_iter());
        Ok(sides
            .into_iter()
            .filter_map(|is_odd| if is_odd { odd.next() } else { even.next() })
            .collect())
    }

    async fn read_one(&self, wanted: Vec<Wanted>, grid: Grid) -> Result<Vec<Points>, HistoryError> {
        let reader = &self.shared.db.reader;
        let (points, spots) = reader
            .run(move |connection| collect(connection, wanted, grid))
            .await?;
        self.shared.head().damages.report(spots);
        Ok(points)
    }
}

/// More series than this are read by two threads.
const SPLIT: usize = 64;

/// One series that is asked for, with what of it is in memory.
pub(super) struct Wanted {
    pub(super) metric: MetricKey,
    /// `None` when nothing was ever recorded.
    pub(super) place: Option<Place>,
    pub(super) head: Vec<(i64, Stream)>,
}

/// Where a series lies.
#[derive(Clone, Copy)]
pub(super) struct Place {
    pub(super) series: u32,
    pub(super) resource: u32,
    pub(super) group: u32,
    pub(super) scale: Scale,
}

impl Head {
    fn wanted(&self, resource: Option<u32>, metric: &MetricKey, grid: &Grid) -> Wanted {
        let (from, to) = grid.hours();
        let place = resource.and_then(|resource| {
            let series = self.registry.find(resource, metric, 0)?;
            Some(Place {
                series,
                resource,
                group: self.registry.resource(resource)?.group,
                scale: self.registry.series(series)?.scale,
            })
        });
        Wanted {
            metric: metric.clone(),
            place,
            head: place.map_or_else(Vec::new, |place| self.streams(place.series, from, to)),
        }
    }
}
