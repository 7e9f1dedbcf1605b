//! How figures move: a daily cycle, slow noise and bursts, each a pure function of time.
//!
//! Rates can also be integrated in closed form, which makes the counters built from them exact and monotone
//! however rarely they are asked for.

use std::f64::consts::TAU;

use crate::dice;

const DAY: f64 = 86_400.0;

/// One guest's or node's way of moving.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Curve {
    seed: u64,
    burst_period: f64,
    burst_phase: f64,
    /// Weight, period and phase of each wave in a rate.
    waves: [(f64, f64, f64); 3],
}

impl Curve {
    pub(crate) fn new(seed: u64) -> Self {
        let phase = |tag| TAU * dice::unit(&[seed, tag]);
        Self {
            seed,
            burst_period: 2400.0 + 12_000.0 * dice::unit(&[seed, 1]),
            burst_phase: phase(31),
            waves: [
                (0.5, DAY, phase(41)),
                (0.25, 3607.0, phase(42)),
                (0.2, 433.0, phase(43)),
            ],
        }
    }

    /// About -1..1, wandering over hours and minutes with a little flicker: for loads.
    pub(crate) fn wander(&self, at: f64) -> f64 {
        0.45 * self.daily(at)
            + 0.25 * self.smooth(at / 3000.0, 11)
            + 0.2 * self.smooth(at / 240.0, 12)
            + 0.1 * self.smooth(at / 17.0, 13)
    }

    /// About -1..1, moving over hours only: for memory and disk.
    pub(crate) fn drift(&self, at: f64) -> f64 {
        0.6 * self.smooth(at / 21_000.0, 21) + 0.4 * self.smooth(at / 3700.0, 22)
    }

    /// 0..1, nearly always close to 0 with a peak once in a while.
    pub(crate) fn burst(&self, at: f64) -> f64 {
        let angle = TAU * at / self.burst_period / 2.0 + self.burst_phase;
        angle.cos().powi(8)
    }

    /// A rate around 1, never below 0.05.
    pub(crate) fn rate(&self, at: f64) -> f64 {
        self.waves.iter().fold(1.0, |sum, (weight, period, phase)| {
            sum + weight * (TAU * at / period + phase).sin()
        }) + 1.5 * self.burst(at)
    }

    /// The integral of [`Curve::rate`] over `from..to`, in seconds.
    pub(crate) fn amount(&self, from: f64, to: f64) -> f64 {
        self.primitive(to) - self.primitive(from)
    }

    fn primitive(&self, at: f64) -> f64 {
        let waves = self.waves.iter().fold(at, |sum, (weight, period, phase)| {
            sum - weight * period / TAU * (TAU * at / period + phase).cos()
        });
        // The integral of cos^8, from its expansion into cosines of multiples of the angle.
        let angle = TAU * at / self.burst_period / 2.0 + self.burst_phase;
        let peaks = (35.0 * angle
            + 28.0 * (2.0 * angle).sin()
            + 7.0 * (4.0 * angle).sin()
            + 4.0 / 3.0 * (6.0 * angle).sin()
            + (8.0 * angle).sin() / 8.0)
            / 128.0;
        waves + 1.5 * peaks * 2.0 * self.burst_period / TAU
    }

    /// Highest in the evening of the world, give or take three hours.
    fn daily(&self, at: f64) -> f64 {
        (TAU * (at / DAY - 0.55) + (dice::unit(&[self.seed, 51]) - 0.5) * 1.6).sin()
    }

    /// Value noise: random heights at whole positions, joined by smooth steps.
    fn smooth(&self, position: f64, tag: u64) -> f64 {
        let floor = position.floor();
        let fraction = position - floor;
        let height = |cell: f64| 2.0 * dice::unit(&[self.seed, tag, cell as i64 as u64]) - 1.0;
        let step = fraction * fraction * (3.0 - 2.0 * fraction);
        height(floor) * (1.0 - step) + height(floor + 1.0) * step
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_is_the_sum_of_its_rates() {
        for seed in 0..20 {
            let curve = Curve::new(seed);
            let start = 1_795_000_000.0;
            let summed: f64 = (0..20_000)
                .map(|step| curve.rate(start + f64::from(step) + 0.5))
                .sum();
            let amount = curve.amount(start, start + 20_000.0);
            assert!(
                (summed - amount).abs() < amount * 1e-4,
                "seed {seed}: {summed} and {amount}"
            );
        }
    }

    #[test]
    fn rates_never_stand_still() {
        let curve = Curve::new(3);
        assert!((0..90_000).all(|second| curve.rate(f64::from(second)) > 0.04));
    }
}
