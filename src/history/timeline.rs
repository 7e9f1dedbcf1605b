//! The seconds of an hour at which samples were taken, shared by all series that were looked at
//! together.

use super::error::Damage;
use super::wire::{Reader, put_len, put_varint};

/// Seconds within one hour; more samples than this a series cannot have in it.
pub(super) const SECONDS: usize = 3600;

/// Appends ascending seconds as runs of equal steps.
pub(super) fn encode(out: &mut Vec<u8>, seconds: &[u16]) {
    put_len(out, seconds.len());
    let mut previous = 0;
    let mut run: Option<(u16, u64)> = None;
    for &second in seconds {
        let step = second - previous;
        previous = second;
        run = match run {
            Some((same, count)) if same == step => Some((same, count + 1)),
            other => {
                put_run(out, other);
                Some((step, 1))
            }
        };
    }
    put_run(out, run);
}

fn put_run(out: &mut Vec<u8>, run: Option<(u16, u64)>) {
    if let Some((step, count)) = run {
        put_varint(out, u64::from(step));
        put_varint(out, count);
    }
}

/// Reads what [`encode`] wrote; the seconds ascend and lie within the hour.
pub(super) fn decode(reader: &mut Reader<'_>) -> Result<Vec<u16>, Damage> {
    let count = reader.len(SECONDS)?;
    let mut seconds = Vec::with_capacity(count);
    let mut at = 0_u16;
    while seconds.len() < count {
        let step: u16 = reader.number()?;
        for _ in 0..reader.len(count - seconds.len())?.max(1) {
            let next = at.checked_add(step).ok_or(reader.damage())?;
            if usize::from(next) >= SECONDS || (step == 0 && !seconds.is_empty()) {
                return Err(reader.damage());
            }
            at = next;
            seconds.push(at);
        }
    }
    Ok(seconds)
}

/// The step that is most usual between samples; `None` for fewer than two.
pub(super) fn usual_step(seconds: &[u16]) -> Option<u16> {
    let mut steps: Vec<u16> = seconds.windows(2).map(|pair| pair[1] - pair[0]).collect();
    if steps.is_empty() {
        return None;
    }
    let middle = steps.len() / 2;
    Some(*steps.select_nth_unstable(middle).1)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_regular_hour_takes_a_few_bytes() {
        let seconds: Vec<u16> = (3..3600).step_by(10).collect();
        let mut bytes = Vec::new();
        encode(&mut bytes, &seconds);
        assert!(bytes.len() <= 8, "{bytes:?}");
        assert_eq!(decode(&mut Reader::new(&bytes, "times")), Ok(seconds));
    }

    proptest! {
        #[test]
        fn seconds_come_back_as_they_went_in(seconds: BTreeSet<u16>) {
            let seconds: Vec<u16> = seconds.into_iter().filter(|s| *s < 3600).collect();
            let mut bytes = Vec::new();
            encode(&mut bytes, &seconds);
            prop_assert_eq!(decode(&mut Reader::new(&bytes, "times")), Ok(seconds));
        }

        #[test]
        fn any_bytes_give_ascending_seconds_or_damage(bytes: Vec<u8>) {
            if let Ok(seconds) = decode(&mut Reader::new(&bytes, "times")) {
                prop_assert!(seconds.is_sorted_by(|a, b| a < b));
            }
        }
    }
}
