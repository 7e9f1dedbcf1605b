//! The samples of one series in one hour while they are in memory: a byte or two each.
//!
//! A token is a varint whose two low bits say what it is: the next sample at the usual step, one
//! at a new step, or a run of samples that repeat value and step.

use super::wire::{Reader, put_signed, put_varint, unzigzag, zigzag};

/// One kept sample: second within the hour and the figure as an integer.
pub(super) type Tick = (u16, i32);

const SAME_STEP: u64 = 0;
const NEW_STEP: u64 = 1;
const RUN: u64 = 2;

/// Samples of one series in one hour, in the order they came.
#[derive(Clone, Default)]
pub(super) struct Stream {
    bytes: Vec<u8>,
    last: Tick,
    step: i16,
    /// Repeats of the last sample that are not in `bytes` yet.
    run: u16,
    count: u16,
    /// Latest second.
    latest: u16,
    disordered: bool,
}

impl Stream {
    /// Adds a sample, unless its second is taken already.
    pub(super) fn push(&mut self, (second, steps): Tick) -> bool {
        if self.count > 0 && second <= self.latest {
            if self.raw().any(|(taken, _)| taken == second) {
                return false;
            }
            self.disordered = true;
        }
        // Both are seconds of one hour.
        let step = i32::from(second) as i16 - i32::from(self.last.0) as i16;
        let change = i64::from(steps) - i64::from(self.last.1);
        if self.count > 0 && step == self.step && change == 0 {
            self.run += 1;
        } else {
            self.end_run();
            if self.count > 0 && step == self.step {
                put_varint(&mut self.bytes, zigzag(change) << 2 | SAME_STEP);
            } else {
                put_varint(&mut self.bytes, zigzag(change) << 2 | NEW_STEP);
                put_signed(&mut self.bytes, i64::from(step));
                self.step = step;
            }
        }
        self.last = (second, steps);
        self.latest = self.latest.max(second);
        self.count += 1;
        true
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Number of samples.
    pub(super) const fn count(&self) -> u16 {
        self.count
    }

    /// Bytes this takes beside the struct itself.
    pub(super) fn heap_bytes(&self) -> usize {
        self.bytes.capacity()
    }

    /// The samples by time.
    pub(super) fn ticks(&self) -> Vec<Tick> {
        let mut ticks = Vec::with_capacity(usize::from(self.count));
        ticks.extend(self.raw());
        if self.disordered {
            ticks.sort_unstable_by_key(|tick| tick.0);
        }
        ticks
    }

    fn end_run(&mut self) {
        if self.run > 0 {
            put_varint(&mut self.bytes, u64::from(self.run) << 2 | RUN);
            self.run = 0;
        }
    }

    /// The samples in the order they came.
    fn raw(&self) -> impl Iterator<Item = Tick> + '_ {
        let mut reader = Reader::new(&self.bytes, "head");
        let mut at: Tick = (0, 0);
        let mut step = 0_i16;
        let mut repeats = 0_u64;
        let mut open = u64::from(self.run);
        std::iter::from_fn(move || {
            if repeats == 0 {
                match reader.varint() {
                    Ok(token) if token & 3 == RUN => repeats = token >> 2,
                    Ok(token) => {
                        if token & 3 == NEW_STEP {
                            step = reader.signed().ok()? as i16;
                        }
                        at.1 = (i64::from(at.1) + unzigzag(token >> 2)) as i32;
                        at.0 = at.0.wrapping_add_signed(step);
                        return Some(at);
                    }
                    Err(_) => repeats = std::mem::take(&mut open),
                }
            }
            repeats = repeats.checked_sub(1)?;
            at.0 = at.0.wrapping_add_signed(step);
            Some(at)
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_constant_series_takes_a_few_bytes() {
        let mut stream = Stream::default();
        for second in (0..3600).step_by(10) {
            assert!(stream.push((second, 4096)));
        }
        assert_eq!(stream.count(), 360);
        assert!(stream.heap_bytes() <= 8, "{}", stream.heap_bytes());
        assert!(
            stream
                .ticks()
                .into_iter()
                .eq((0..3600).step_by(10).map(|s| (s, 4096)))
        );
    }

    proptest! {
        #[test]
        fn samples_come_back_by_time_and_the_first_of_a_second_stays(
            ticks in prop::collection::vec((0..3600_u16, prop_oneof![any::<i32>(), -3..3_i32]), 0..400)
        ) {
            let mut stream = Stream::default();
            let mut expected = BTreeMap::new();
            for (second, steps) in ticks {
                let is_new = !expected.contains_key(&second);
                expected.entry(second).or_insert(steps);
                prop_assert_eq!(stream.push((second, steps)), is_new);
            }
            prop_assert!(stream.ticks().into_iter().eq(expected));
        }
    }
}
