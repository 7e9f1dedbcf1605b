//! Numbers as small integers: how a metric's figures are rounded for keeping.
//!
//! Every scale is monotone, so minima and maxima of the integers are those of the figures.

use crate::model::metric::{self, MetricKey, Quantum};

use super::error::Damage;
use super::wire::Reader;

const KIB: f64 = 1024.0;
const GIB: f64 = KIB * KIB * KIB;
const PIB: f64 = GIB * KIB * KIB;

/// Finest step of [`Scale::Space`]: 64 KiB.
const FINE: f64 = 64.0 * KIB;
/// Its step from 1 GiB on.
const MIDDLE: f64 = KIB * KIB;
/// Its step from 1 PiB on.
const COARSE: f64 = GIB;
/// Integers below 1 GiB.
const FINE_STEPS: f64 = GIB / FINE;
/// Integers below 1 PiB.
const MIDDLE_STEPS: f64 = FINE_STEPS + (PIB - GIB) / MIDDLE;

/// How the figures of a series become integers of 32 bits.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Scale {
    /// Multiples of a step.
    Fixed(f64),
    /// Bytes: steps of 64 KiB below 1 GiB, 1 MiB below 1 PiB, 1 GiB above.
    Space,
    /// Anything, to one part in two million: the upper half of the number's own bits.
    Relative,
}

impl Scale {
    /// The scale of a metric: the catalogue's quantum, or relative for what others push.
    pub(super) fn of(metric: &MetricKey) -> Self {
        match metric::find(metric.as_str()).map(|row| row.quantum) {
            Some(Quantum::Fixed(step)) => Self::Fixed(step),
            Some(Quantum::Space) => Self::Space,
            None => Self::Relative,
        }
    }

    /// The nearest integer; figures too large for the scale become its largest.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "casts of floats saturate, which is what is wanted"
    )]
    pub(super) fn quantise(self, value: f64) -> i32 {
        match self {
            Self::Fixed(step) if step < 1.0 => (value * step.recip().round()).round() as i32,
            Self::Fixed(step) => (value / step).round() as i32,
            Self::Space => {
                let size = value.abs();
                let steps = if size < GIB {
                    size / FINE
                } else if size < PIB {
                    FINE_STEPS + (size - GIB) / MIDDLE
                } else {
                    MIDDLE_STEPS + (size - PIB) / COARSE
                };
                steps.round().copysign(value) as i32
            }
            Self::Relative => {
                let largest = i64::from((f64::MAX.to_bits() >> 32) as u32);
                let bits = i64::try_from(value.abs().to_bits()).unwrap_or(i64::MAX);
                let upper = (bits.saturating_add(1 << 31) >> 32).min(largest) as i32;
                if value < 0.0 { -upper } else { upper }
            }
        }
    }

    /// The figure an integer stands for.
    pub(super) fn restore(self, steps: i32) -> f64 {
        let steps = f64::from(steps);
        match self {
            Self::Fixed(step) => multiple(steps, step),
            Self::Space => {
                let size = steps.abs();
                let bytes = if size < FINE_STEPS {
                    size * FINE
                } else if size < MIDDLE_STEPS {
                    GIB + (size - FINE_STEPS) * MIDDLE
                } else {
                    PIB + (size - MIDDLE_STEPS) * COARSE
                };
                bytes.copysign(steps)
            }
            Self::Relative => {
                #[expect(
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    reason = "it came from 32 bits and the sign is put back"
                )]
                let upper = u64::from(steps.abs() as u32) << 32;
                f64::from_bits(upper).copysign(steps)
            }
        }
    }

    /// The step of which every sum is a whole multiple, where there is one.
    pub(super) const fn unit(self) -> Option<f64> {
        match self {
            Self::Fixed(step) => Some(step),
            Self::Space => Some(FINE),
            Self::Relative => None,
        }
    }

    /// The sum that is `units` times the unit.
    pub(super) fn sum(self, units: f64) -> f64 {
        multiple(units, self.unit().unwrap_or(1.0))
    }

    /// Appends the scale to bytes on disk.
    pub(super) fn encode(self, out: &mut Vec<u8>) {
        match self {
            Self::Fixed(step) => {
                out.push(0);
                out.extend_from_slice(&step.to_le_bytes());
            }
            Self::Space => out.push(1),
            Self::Relative => out.push(2),
        }
    }

    /// Reads [`Scale::encode`].
    pub(super) fn decode(reader: &mut Reader<'_>) -> Result<Self, Damage> {
        match reader.byte()? {
            0 => {
                let step = f64::from_le_bytes(reader.array()?);
                if step.is_finite() && step > 0.0 {
                    Ok(Self::Fixed(step))
                } else {
                    Err(reader.damage())
                }
            }
            1 => Ok(Self::Space),
            2 => Ok(Self::Relative),
            _ => Err(reader.damage()),
        }
    }

    /// The scale as text, as the registry keeps it.
    pub(super) fn word(self) -> String {
        match self {
            Self::Fixed(step) => format!("fixed:{step}"),
            Self::Space => "space".into(),
            Self::Relative => "relative".into(),
        }
    }

    /// Reads [`Scale::word`].
    pub(super) fn parse(word: &str) -> Option<Self> {
        match word {
            "space" => Some(Self::Space),
            "relative" => Some(Self::Relative),
            _ => {
                let step: f64 = word.strip_prefix("fixed:")?.parse().ok()?;
                (step.is_finite() && step > 0.0).then_some(Self::Fixed(step))
            }
        }
    }
}

/// Dividing by a whole number gives 0.3 where multiplying gives 0.30000000000000004.
fn multiple(count: f64, step: f64) -> f64 {
    if step < 1.0 {
        count / step.recip().round()
    } else {
        count * step
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn round_figures_come_back_exactly() {
        for (scale, value) in [
            (Scale::Fixed(0.001), 0.3),
            (Scale::Fixed(0.01), 12.34),
            (Scale::Fixed(1024.0), 7.0 * 1024.0),
            (Scale::Space, 512.0 * MIDDLE),
            (Scale::Space, 4.0 * GIB),
            (Scale::Space, 3.0 * PIB),
            (Scale::Relative, 0.0),
            (Scale::Relative, -1_000_001.0),
            (Scale::Relative, 0.5),
        ] {
            let back = scale.restore(scale.quantise(value));
            assert_eq!(back.to_bits(), value.to_bits(), "{scale:?} of {value}");
        }
    }

    #[test]
    fn a_scale_comes_back_from_its_word() {
        for scale in [
            Scale::Fixed(0.001),
            Scale::Fixed(1024.0),
            Scale::Space,
            Scale::Relative,
        ] {
            assert_eq!(Scale::parse(&scale.word()), Some(scale));
        }
        for word in ["", "fixed:", "fixed:0", "fixed:-1", "fixed:inf", "other"] {
            assert_eq!(Scale::parse(word), None, "{word}");
        }
    }

    proptest! {
        #[test]
        fn figures_come_back_within_the_quantum(ratio in -2.0..4.0_f64, size in 0.0..5e16_f64, any in -1e18..1e18_f64) {
            let fixed = Scale::Fixed(0.001);
            prop_assert!((fixed.restore(fixed.quantise(ratio)) - ratio).abs() <= 0.000_500_1);
            let space = Scale::Space;
            let step = if size < GIB { FINE } else if size < PIB { MIDDLE } else { COARSE };
            prop_assert!((space.restore(space.quantise(size)) - size).abs() <= step / 2.0);
            let relative = Scale::Relative;
            prop_assert!((relative.restore(relative.quantise(any)) - any).abs() <= any.abs() / 1_000_000.0);
        }

        #[test]
        fn a_larger_figure_never_gets_a_smaller_integer(a in -1e15..1e15_f64, b in -1e15..1e15_f64) {
            for scale in [Scale::Fixed(0.5), Scale::Space, Scale::Relative] {
                prop_assert_eq!(scale.quantise(a).cmp(&scale.quantise(b)) == a.total_cmp(&b), scale.quantise(a) != scale.quantise(b));
            }
        }
    }
}
