//! Proving a channel: a test message carries a code, and whoever read it gives it back.

use std::collections::VecDeque;
use std::time::Duration;

use rusqlite::{Connection, OptionalExtension};
use subtle::ConstantTimeEq;

use super::table::forget_code;
use super::{ChannelError, ConfigError};
use crate::model::id::ChannelId;
use crate::model::time::Timestamp;

/// How long a code proves anything.
const VALID: Duration = Duration::from_secs(15 * 60);
/// Guesses that one code stands.
const GUESSES: u32 = 5;
/// Test messages within a minute, over all channels.
const TESTS: usize = 10;

/// A new code of four digits.
pub(super) fn code() -> String {
    format!("{:04}", rand::random_range(0..10_000_u16))
}

/// Keeps the code that a test message is about to carry.
pub(super) fn expect_code(
    tx: &Connection,
    id: &ChannelId,
    code: &str,
    now: Timestamp,
) -> Result<(), ChannelError> {
    tx.prepare_cached(
        "UPDATE channels SET proof_code = ?2, proof_until = ?3, proof_guesses = 0 WHERE id = ?1",
    )?
    .execute((id.as_str(), code, (now + VALID).millis()))?;
    Ok(())
}

/// Marks a channel proven if `given` is the code that its latest test message carried. What the
/// answer says of the guess is the inner result: a guess is counted even where it was wrong.
pub(super) fn prove(
    tx: &Connection,
    id: &ChannelId,
    given: &str,
    now: Timestamp,
) -> Result<Result<(), ChannelError>, ChannelError> {
    let row: Option<(Option<String>, Option<i64>, u32)> = tx
        .prepare_cached(
            "SELECT proof_code, proof_until, proof_guesses FROM channels WHERE id = ?1",
        )?
        .query_row([id.as_str()], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })
        .optional()?;
    let Some((code, until, guesses)) = row else {
        return Err(ChannelError::NotFound { id: id.clone() });
    };
    let (Some(code), Some(until)) = (code, until) else {
        return Ok(Err(ChannelError::NoCode));
    };
    if now >= Timestamp(until) || guesses >= GUESSES {
        forget_code(tx, id)?;
        return Ok(Err(ChannelError::NoCode));
    }
    if bool::from(code.as_bytes().ct_eq(given.as_bytes())) {
        forget_code(tx, id)?;
        mark(tx, id, now)?;
        return Ok(Ok(()));
    }
    tx.prepare_cached("UPDATE channels SET proof_guesses = proof_guesses + 1 WHERE id = ?1")?
        .execute([id.as_str()])?;
    let left = GUESSES - guesses - 1;
    Ok(Err(ChannelError::WrongCode { left }))
}

/// Marks a channel proven.
pub(super) fn mark(tx: &Connection, id: &ChannelId, now: Timestamp) -> Result<(), ChannelError> {
    tx.prepare_cached("UPDATE channels SET proven_at = ?2 WHERE id = ?1")?
        .execute((id.as_str(), now.millis()))?;
    Ok(())
}

/// Four digits, with or without blanks around and between.
pub(super) fn checked_code(given: &str) -> Result<String, ConfigError> {
    let digits: String = given.chars().filter(|c| !c.is_whitespace()).collect();
    match digits.len() == 4 && digits.bytes().all(|byte| byte.is_ascii_digit()) {
        true => Ok(digits),
        false => Err(ConfigError::new(
            "code",
            "must be the four digits of the test message",
        )),
    }
}

/// Keeps test messages from becoming a flood.
#[derive(Debug, Default)]
pub(super) struct Tests(VecDeque<Timestamp>);

impl Tests {
    /// Counts one more, unless there were too many within the last minute.
    pub(super) fn begin(&mut self, now: Timestamp) -> Result<(), ChannelError> {
        let minute = Duration::from_secs(60);
        self.0.retain(|at| *at <= now && now.since(*at) < minute);
        if self.0.len() < TESTS {
            self.0.push_back(now);
            return Ok(());
        }
        let oldest = self.0.front().copied().unwrap_or(now);
        Err(ChannelError::TooMany {
            retry_after: minute
                .saturating_sub(now.since(oldest))
                .max(Duration::from_secs(1)),
        })
    }
}
