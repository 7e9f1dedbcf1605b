//! Down-sampling: samples into buckets of equal length that keep minimum, maximum and average.
//!
//! A sample stands until the next one is due, so a bucket shorter than the distance of samples
//! shows the sample before it; a bucket that no sample reaches is a gap.

use crate::model::time::{Timestamp, Window};

use super::HOUR;
use super::header::Header;
use super::scale::Scale;
use super::summary::DAY_HOURS;

/// Buckets are not shorter than this, in seconds: the usual distance of samples.
const FINEST: i64 = 10;

/// Bucket boundaries, in seconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Grid {
    pub(super) from: i64,
    pub(super) step: i64,
    pub(super) count: usize,
}

impl Grid {
    /// At most `points` buckets over `window`: whole hours where an hour fits into one.
    ///
    /// Nothing is older than 1970. Left in, a window around that moment would never fit into one
    /// bucket, however long.
    pub(super) fn new(window: Window, points: usize) -> Self {
        let (from, to) = (
            window.from.seconds().max(0),
            window.to.millis().div_euclid(1000)
                + i64::from(window.to.millis().rem_euclid(1000) > 0),
        );
        let points = i64::try_from(points.clamp(1, 100_000)).unwrap_or(1);
        let length = to.saturating_sub(from).max(0);
        let least = length.div_euclid(points).max(1);
        let unit = if least >= HOUR { HOUR } else { FINEST };
        let mut step = (least + unit - 1) / unit * unit;
        loop {
            let start = from.div_euclid(step) * step;
            let count = (to - start + step - 1).div_euclid(step);
            if count <= points || length == 0 {
                return Self {
                    from: start,
                    step,
                    count: usize::try_from(count).unwrap_or(0).min(100_000),
                };
            }
            step += if step >= HOUR { HOUR } else { FINEST };
            if step > HOUR {
                step = (step + HOUR - 1) / HOUR * HOUR;
            }
        }
    }

    /// First second after the last bucket.
    pub(super) const fn to(&self) -> i64 {
        self.from + self.step * self.count as i64
    }

    /// The span of the buckets.
    pub(super) const fn window(&self) -> Window {
        Window {
            from: Timestamp::from_seconds(self.from),
            to: Timestamp::from_seconds(self.to()),
        }
    }

    /// Whether hours are never divided, so that headers suffice.
    pub(super) const fn is_hourly(&self) -> bool {
        self.step % HOUR == 0
    }

    /// First and last hour that reach into the buckets.
    pub(super) const fn hours(&self) -> (i64, i64) {
        (self.from.div_euclid(HOUR), (self.to() - 1).div_euclid(HOUR))
    }

    /// First and last day that reach into the buckets.
    pub(super) const fn days(&self) -> (i64, i64) {
        let (from, to) = self.hours();
        // Days before 1970 have no summaries.
        let from = from.div_euclid(DAY_HOURS);
        (if from < 0 { 0 } else { from }, to.div_euclid(DAY_HOURS))
    }

    /// The bucket of a second, if it has one.
    pub(super) fn bucket(&self, second: i64) -> Option<usize> {
        let bucket = usize::try_from((second - self.from).div_euclid(self.step)).ok()?;
        (bucket < self.count).then_some(bucket)
    }

    /// When the buckets begin.
    pub(super) fn starts(&self) -> Vec<Timestamp> {
        (0..self.count)
            .map(|bucket| Timestamp::from_seconds(self.from + self.step * bucket as i64))
            .collect()
    }

    /// Which samples of an hour fall into which bucket.
    pub(super) fn cut(&self, hour: i64, seconds: &[u16]) -> Vec<Cut> {
        let mut cuts = Vec::new();
        let start = hour * HOUR;
        let mut index = 0;
        while index < seconds.len() {
            let at = start + i64::from(seconds[index]);
            let end = (at - self.from).div_euclid(self.step) * self.step + self.step + self.from;
            let length = seconds[index..].partition_point(|s| start + i64::from(*s) < end);
            if let Some(bucket) = self.bucket(at) {
                cuts.push(Cut {
                    bucket,
                    from: index,
                    to: index + length,
                });
            }
            index += length.max(1);
        }
        cuts
    }
}

/// Samples `from..to` of a list fall into `bucket`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cut {
    pub(super) bucket: usize,
    from: usize,
    to: usize,
}

/// The buckets of one series.
pub(super) struct Buckets {
    grid: Grid,
    counts: Vec<u32>,
    pub(super) sums: Vec<f64>,
    pub(super) mins: Vec<f64>,
    pub(super) maxs: Vec<f64>,
}

impl Buckets {
    pub(super) fn new(grid: Grid) -> Self {
        Self {
            grid,
            counts: vec![0; grid.count],
            sums: vec![0.0; grid.count],
            mins: vec![f64::INFINITY; grid.count],
            maxs: vec![f64::NEG_INFINITY; grid.count],
        }
    }

    /// Adds the figures of an hour, cut by [`Grid::cut`].
    pub(super) fn add(&mut self, cuts: &[Cut], figures: &[i32], scale: Scale) {
        for cut in cuts {
            let Some(part) = figures.get(cut.from..cut.to) else {
                continue;
            };
            let (mut min, mut max) = (i32::MAX, i32::MIN);
            for &steps in part {
                min = min.min(steps);
                max = max.max(steps);
            }
            let sum = match scale {
                #[expect(clippy::cast_precision_loss, reason = "3,600 numbers of 32 bits")]
                Scale::Fixed(_) => {
                    scale.sum(part.iter().map(|steps| i64::from(*steps)).sum::<i64>() as f64)
                }
                Scale::Space | Scale::Relative => {
                    part.iter().map(|steps| scale.restore(*steps)).sum()
                }
            };
            let count = u32::try_from(part.len()).unwrap_or(u32::MAX);
            self.put(
                cut.bucket,
                count,
                sum,
                scale.restore(min),
                scale.restore(max),
            );
        }
    }

    /// Adds a whole hour by its header; for hourly grids.
    pub(super) fn add_header(&mut self, hour: i64, header: &Header, scale: Scale) {
        if let Some(bucket) = self.grid.bucket(hour * HOUR) {
            self.put(
                bucket,
                u32::from(header.count),
                header.sum,
                scale.restore(header.min),
                scale.restore(header.max),
            );
        }
    }

    /// Shows samples in the empty buckets that follow, up to when the next one is due, `usual`
    /// seconds later.
    pub(super) fn hold(&mut self, hour: i64, ticks: &[(u16, i32)], scale: Scale, usual: i64) {
        let step = self.grid.step;
        for (index, &(second, steps)) in ticks.iter().enumerate() {
            let at = hour * HOUR + i64::from(second);
            let next = ticks.get(index + 1);
            let next = next.map_or(i64::MAX, |(next, _)| hour * HOUR + i64::from(*next));
            let until = if next - at <= usual * 3 / 2 {
                next
            } else if step < usual {
                at + usual
            } else {
                // Behind it is a gap, and no bucket fits before that.
                continue;
            };
            let mut start = at - (at - self.grid.from).rem_euclid(step) + step;
            while start < until {
                if let Some(bucket) = self.grid.bucket(start)
                    && self.counts[bucket] == 0
                {
                    self.show(bucket, scale.restore(steps));
                }
                start += step;
            }
        }
    }

    /// Adds a figure that lasts from one second to another.
    pub(super) fn add_lasting(&mut self, at: i64, until: i64, value: f64) {
        if let Some(bucket) = self.grid.bucket(at) {
            self.put(bucket, 1, value, value, value);
        }
        let step = self.grid.step;
        let mut start = at - (at - self.grid.from).rem_euclid(step) + step;
        start = start.max(self.grid.from);
        while start < until.min(self.grid.to()) {
            if let Some(bucket) = self.grid.bucket(start)
                && self.counts[bucket] == 0
            {
                self.show(bucket, value);
            }
            start += step;
        }
    }

    /// Shows what `under` has, a figure for each `distance` seconds, in the gaps, and in the rest
    /// of buckets that samples cover only in part, each by the time it stands for; says whether
    /// there was anything.
    pub(super) fn lay_under(&mut self, under: &Self, distance: i64) -> bool {
        let mut found = false;
        for bucket in (0..self.grid.count).filter(|bucket| !under.is_gap(*bucket)) {
            if self.is_gap(bucket) {
                self.counts[bucket] = under.counts[bucket];
                self.sums[bucket] = under.sums[bucket];
                self.mins[bucket] = under.mins[bucket];
                self.maxs[bucket] = under.maxs[bucket];
                found = true;
                continue;
            }
            let rest = self
                .rest(bucket)
                .min(i64::from(under.counts[bucket]) * distance);
            if let Ok(count @ 1..) = u32::try_from(rest / FINEST)
                && rest >= distance
            {
                let average = under.sums[bucket] / f64::from(under.counts[bucket].max(1));
                self.counts[bucket] += count;
                self.sums[bucket] += average * f64::from(count);
                self.mins[bucket] = self.mins[bucket].min(under.mins[bucket]);
                self.maxs[bucket] = self.maxs[bucket].max(under.maxs[bucket]);
                found = true;
            }
        }
        found
    }

    /// Whether there are buckets that samples do not cover.
    pub(super) fn has_room(&self) -> bool {
        (0..self.grid.count).any(|bucket| self.is_gap(bucket) || self.rest(bucket) > FINEST * 2)
    }

    /// Seconds of a bucket that its samples do not stand for, each for the usual distance.
    fn rest(&self, bucket: usize) -> i64 {
        match self.counts[bucket] {
            // Held over from a sample before: covered.
            0 => 0,
            count => (self.grid.step - i64::from(count) * FINEST).max(0),
        }
    }

    fn is_gap(&self, bucket: usize) -> bool {
        self.mins[bucket] > self.maxs[bucket]
    }

    /// Shows a figure from before in a bucket without samples.
    fn show(&mut self, bucket: usize, value: f64) {
        self.sums[bucket] = value;
        self.mins[bucket] = value;
        self.maxs[bucket] = value;
    }

    /// Average, minimum and maximum per bucket; not a number where there is nothing.
    pub(super) fn finish(mut self) -> (Vec<f64>, Vec<f64>, Vec<f64>) {
        for bucket in 0..self.grid.count {
            if self.is_gap(bucket) {
                self.sums[bucket] = f64::NAN;
                self.mins[bucket] = f64::NAN;
                self.maxs[bucket] = f64::NAN;
            } else if self.counts[bucket] > 1 {
                let average = self.sums[bucket] / f64::from(self.counts[bucket]);
                self.sums[bucket] = average.clamp(self.mins[bucket], self.maxs[bucket]);
            }
        }
        (self.sums, self.mins, self.maxs)
    }

    fn put(&mut self, bucket: usize, count: u32, sum: f64, min: f64, max: f64) {
        if self.counts[bucket] == 0 {
            // What stood here was held over from an earlier sample.
            self.sums[bucket] = 0.0;
            self.mins[bucket] = f64::INFINITY;
            self.maxs[bucket] = f64::NEG_INFINITY;
        }
        self.counts[bucket] += count;
        self.sums[bucket] += sum;
        self.mins[bucket] = self.mins[bucket].min(min);
        self.maxs[bucket] = self.maxs[bucket].max(max);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn window(from: i64, length: i64) -> Window {
        Window {
            from: Timestamp::from_seconds(from),
            to: Timestamp::from_seconds(from + length),
        }
    }

    #[test]
    fn buckets_are_tens_of_seconds_or_whole_hours() {
        for (length, points, step, count) in [
            (3600, 240, 20, 180),
            (3600, 2000, 10, 360),
            (86_400, 240, 360, 240),
            (7 * 86_400, 168, 3600, 168),
            (365 * 86_400, 365, 86_400, 365),
            (365 * 86_400, 240, 37 * 3600, 238),
            (0, 100, 10, 0),
        ] {
            let grid = Grid::new(window(1_795_305_600, length), points);
            assert_eq!(
                (grid.step, grid.count),
                (step, count),
                "{length} s in {points}"
            );
        }
    }

    #[test]
    fn windows_that_begin_before_1970_have_an_end() {
        for points in [1, 2, 240] {
            let grid = Grid::new(window(-3600, 3601), points);
            assert_eq!((grid.from, grid.count), (0, 1), "{points}");
            assert_eq!(Grid::new(window(-7200, 3600), points).count, 0, "{points}");
        }
    }

    proptest! {
        #[test]
        fn every_second_of_the_window_has_a_bucket_and_there_are_not_too_many(
            from in 0..2_000_000_000_i64, length in 1..50_000_000_i64, points in 1..3000_usize,
        ) {
            let grid = Grid::new(window(from, length), points);
            prop_assert!(grid.count <= points);
            prop_assert!(grid.bucket(from).is_some());
            prop_assert!(grid.bucket(from + length - 1).is_some());
            prop_assert!(grid.from <= from && from < grid.from + grid.step);
        }

        #[test]
        fn cuts_put_every_sample_into_its_bucket(
            seconds in prop::collection::btree_set(0..3600_u16, 0..50), from in 0..7200_i64, points in 1..700_usize,
        ) {
            let seconds: Vec<u16> = seconds.into_iter().collect();
            let grid = Grid::new(window(from, 5000), points);
            let cuts = grid.cut(1, &seconds);
            for (index, second) in seconds.iter().enumerate() {
                let cut = cuts.iter().find(|cut| (cut.from..cut.to).contains(&index));
                let bucket = grid.bucket(HOUR + i64::from(*second));
                prop_assert_eq!(cut.map(|cut| cut.bucket), bucket);
            }
        }
    }
}
