//! What is known of a series' hour without its samples: what long charts are drawn from.

use super::error::Damage;
use super::scale::Scale;
use super::stream::Tick;
use super::wire::{Reader, put_signed, put_varint};

/// What is known of a series' hour without decompressing it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Header {
    pub(super) count: u16,
    pub(super) first: i32,
    pub(super) last: i32,
    pub(super) min: i32,
    pub(super) max: i32,
    /// Of the figures, in the metric's unit.
    pub(super) sum: f64,
}

impl Header {
    /// The header of samples; `None` when there are none.
    pub(super) fn of(ticks: &[Tick], scale: Scale) -> Option<Self> {
        let figures = ticks.iter().map(|tick| tick.1);
        Some(Self {
            count: u16::try_from(ticks.len()).ok()?,
            first: ticks.first()?.1,
            last: ticks.last()?.1,
            min: figures.clone().min()?,
            max: figures.clone().max()?,
            sum: figures.map(|steps| scale.restore(steps)).sum(),
        })
    }

    /// Appends all but the count; `before` is the figure that the hour is likely to begin near.
    pub(super) fn encode(&self, out: &mut Vec<u8>, scale: Scale, before: i32) {
        let (first, last) = (i64::from(self.first), i64::from(self.last));
        put_signed(out, first - i64::from(before));
        put_signed(out, last - first);
        put_signed(out, first.min(last) - i64::from(self.min));
        put_signed(out, i64::from(self.max) - first.max(last));
        match scale.unit() {
            #[expect(
                clippy::cast_possible_truncation,
                reason = "a saturated sum is still a sum"
            )]
            Some(unit) => {
                let base = (scale.restore(self.min) / unit).round() * f64::from(self.count);
                put_signed(out, ((self.sum / unit).round() - base) as i64);
            }
            None => put_varint(out, self.sum.to_bits().swap_bytes()),
        }
    }

    pub(super) fn decode(
        reader: &mut Reader<'_>,
        scale: Scale,
        count: u16,
        before: i32,
    ) -> Result<Self, Damage> {
        let damage = reader.damage();
        let narrow = |value: Option<i64>| value.and_then(|v| i32::try_from(v).ok()).ok_or(damage);
        let first = narrow(i64::from(before).checked_add(reader.signed()?))?;
        let last = narrow(i64::from(first).checked_add(reader.signed()?))?;
        let min = narrow(i64::from(first.min(last)).checked_sub(reader.signed()?))?;
        let max = narrow(i64::from(first.max(last)).checked_add(reader.signed()?))?;
        let sum = match scale.unit() {
            #[expect(
                clippy::cast_precision_loss,
                reason = "it was a float when it was written"
            )]
            Some(unit) => {
                let base = (scale.restore(min) / unit).round() * f64::from(count);
                scale.sum(reader.signed()? as f64 + base)
            }
            None => f64::from_bits(reader.varint()?.swap_bytes()),
        };
        Ok(Self {
            count,
            first,
            last,
            min,
            max,
            sum,
        })
    }

    /// The header of an hour in which the figure did not change.
    pub(super) fn constant(count: u16, steps: i32, scale: Scale) -> Self {
        Self {
            count,
            first: steps,
            last: steps,
            min: steps,
            max: steps,
            sum: scale.restore(steps) * f64::from(count),
        }
    }
}
