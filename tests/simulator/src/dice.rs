//! Chance that repeats: everything "random" about the world is a hash of its seed and of what is asked.
//!
//! A pure function instead of a generator with state, so that any instant of any guest can be computed
//! without the instants before it.

use std::sync::atomic::{AtomicU64, Ordering};

/// Mixes any numbers into 64 well spread bits (the finaliser of SplitMix64, applied per number).
pub(crate) fn hash(parts: &[u64]) -> u64 {
    parts.iter().fold(0x9e37_79b9_7f4a_7c15, |state, part| {
        mix(state ^ part.wrapping_mul(0xff51_afd7_ed55_8ccd))
    })
}

/// A fraction in `0..1` that depends on `parts` only.
pub(crate) fn unit(parts: &[u64]) -> f64 {
    (hash(parts) >> 11) as f64 / (1_u64 << 53) as f64
}

/// One of `choices`, decided by `parts`.
pub(crate) fn pick<T: Copy>(choices: &[T], parts: &[u64]) -> T {
    choices[(hash(parts) % choices.len() as u64) as usize]
}

/// A text's hash, to make names part of a decision.
pub(crate) fn text(value: &str) -> u64 {
    value.bytes().fold(0xcbf2_9ce4_8422_2325, |state, byte| {
        mix(state ^ u64::from(byte))
    })
}

fn mix(value: u64) -> u64 {
    let mut z = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// A sequence of different numbers, for what must differ from answer to answer (key order, list order).
#[derive(Debug)]
pub(crate) struct Shuffler(AtomicU64);

impl Shuffler {
    pub(crate) fn new(seed: u64) -> Self {
        Self(AtomicU64::new(seed))
    }

    /// Puts `items` into an order that no two calls share on purpose.
    pub(crate) fn shuffle<T>(&self, items: &mut [T]) {
        for end in (1..items.len()).rev() {
            let other = self.next() % (end as u64 + 1);
            items.swap(end, other as usize);
        }
    }

    pub(crate) fn next(&self) -> u64 {
        mix(self.0.fetch_add(1, Ordering::Relaxed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_question_has_the_same_answer() {
        assert_eq!(unit(&[1, 2, 3]).to_bits(), unit(&[1, 2, 3]).to_bits());
        assert_ne!(hash(&[1, 2]), hash(&[2, 1]));
        assert!((0.0..1.0).contains(&unit(&[u64::MAX, 7])));
    }

    #[test]
    fn a_shuffle_keeps_every_item() {
        let shuffler = Shuffler::new(1);
        let mut items: Vec<u32> = (0..100).collect();
        shuffler.shuffle(&mut items);
        assert_ne!(items, (0..100).collect::<Vec<_>>());
        items.sort_unstable();
        assert_eq!(items, (0..100).collect::<Vec<_>>());
    }
}
