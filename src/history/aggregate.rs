//! One series over a span in a few figures: for analytics and reports.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::model::id::ResourceId;
use crate::model::metric::MetricKey;
use crate::model::time::{Timestamp, Window};

use super::scale::Scale;
use super::stream::Tick;
use super::timeline;
use super::{HOUR, History, HistoryError};

/// A series over a span, in a few figures, all from single samples.
#[derive(Clone, Debug, PartialEq)]
pub struct Aggregate {
    /// Number of samples.
    pub count: u64,
    /// Average.
    pub avg: f64,
    /// Smallest sample.
    pub min: f64,
    /// Largest sample.
    pub max: f64,
    /// When the largest sample was taken first.
    pub max_at: Timestamp,
    /// Half of the samples are not larger.
    pub p50: f64,
    /// 95 % of the samples are not larger.
    pub p95: f64,
    /// 99 % of the samples are not larger.
    pub p99: f64,
    /// How long the series stood above the limit that was asked for. Gaps do not count.
    pub above: Duration,
}

impl History {
    /// A series over `window` in a few figures; `None` when it has no samples there.
    ///
    /// Imported points do not take part: they are averages already.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn aggregate(
        &self,
        resource: &ResourceId,
        metric: &MetricKey,
        window: Window,
        limit: Option<f64>,
    ) -> Result<Option<Aggregate>, HistoryError> {
        let Some(scan) = self
            .shared
            .head()
            .scan_of(resource, std::slice::from_ref(metric), window)
        else {
            return Ok(None);
        };
        let reader = &self.shared.db.reader;
        let (tally, spots) = reader
            .run(move |connection| {
                let mut tally = Tally::new(window, limit);
                let spots = scan.run(connection, |hour, _, scale, ticks| {
                    tally.add(hour, scale, ticks);
                })?;
                Ok::<_, HistoryError>((tally, spots))
            })
            .await?;
        self.shared.head().damages.report(spots);
        Ok(tally.finish())
    }
}

/// Samples counted by figure.
struct Tally {
    from: i64,
    to: i64,
    limit: f64,
    counts: BTreeMap<i32, u64>,
    scale: Scale,
    sum: f64,
    max_at: Option<(i32, i64)>,
    /// Seconds above the limit.
    above: i64,
    /// The last sample when it stood above the limit: when it was, and how long it stands.
    standing: Option<(i64, i64)>,
}

impl Tally {
    fn new(window: Window, limit: Option<f64>) -> Self {
        Self {
            from: window.from.seconds(),
            to: window.to.seconds(),
            limit: limit.unwrap_or(f64::INFINITY),
            counts: BTreeMap::new(),
            scale: Scale::Relative,
            sum: 0.0,
            max_at: None,
            above: 0,
            standing: None,
        }
    }

    fn add(&mut self, hour: i64, scale: Scale, ticks: &[Tick]) {
        self.scale = scale;
        let seconds: Vec<u16> = ticks.iter().map(|tick| tick.0).collect();
        let usual = i64::from(timeline::usual_step(&seconds).unwrap_or(0));
        for &(second, steps) in ticks {
            let at = hour * HOUR + i64::from(second);
            if at < self.from || at >= self.to {
                continue;
            }
            self.end_standing(at);
            *self.counts.entry(steps).or_default() += 1;
            let value = scale.restore(steps);
            self.sum += value;
            if self.max_at.is_none_or(|(max, _)| steps > max) {
                self.max_at = Some((steps, at));
            }
            if value > self.limit {
                self.standing = Some((at, usual));
            }
        }
    }

    fn end_standing(&mut self, next: i64) {
        if let Some((since, usual)) = self.standing.take() {
            let length = next - since;
            // A next sample that is far off leaves a gap behind this one.
            self.above += if length > usual * 3 / 2 {
                usual
            } else {
                length
            };
        }
    }

    fn finish(mut self) -> Option<Aggregate> {
        self.end_standing(i64::MAX / 2);
        let (max, max_at) = self.max_at?;
        let count = self.counts.values().sum::<u64>();
        let min = self.scale.restore(*self.counts.keys().next()?);
        let max = self.scale.restore(max);
        #[expect(clippy::cast_precision_loss, reason = "far fewer than 2^52 samples")]
        let avg = (self.sum / count as f64).clamp(min, max);
        Some(Aggregate {
            count,
            avg,
            min,
            max,
            max_at: Timestamp::from_seconds(max_at),
            p50: self.share(count, 50),
            p95: self.share(count, 95),
            p99: self.share(count, 99),
            above: Duration::from_secs(self.above.unsigned_abs()),
        })
    }

    /// The smallest figure that `percent` of the samples do not exceed.
    fn share(&self, count: u64, percent: u64) -> f64 {
        let rank = (count * percent).div_ceil(100).max(1);
        let mut passed = 0;
        for (&steps, &here) in &self.counts {
            passed += here;
            if passed >= rank {
                return self.scale.restore(steps);
            }
        }
        f64::NAN
    }
}
