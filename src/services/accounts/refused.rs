//! Attempts that failed, in the audit: all of an honest person's, and of a guesser's as many as
//! the disk can bear.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use rusqlite::Connection;
use serde_json::json;

use super::{Accounts, Subject, entry};
use crate::auth::{Buckets, Pace};
use crate::db::DbError;
use crate::model::time::Timestamp;
use crate::services::audit::{self, Asker, NewEntry, Outcome};

/// A hundred at once, then one every half minute: less than a megabyte a day.
const PACE: Pace = Pace {
    interval: Duration::from_secs(30),
    burst: 100,
};

/// How many have been entered of late, and how many have not.
#[derive(Debug)]
pub(super) struct Refused {
    buckets: Buckets<()>,
    left_out: AtomicU64,
}

impl Default for Refused {
    fn default() -> Self {
        Self {
            buckets: Buckets::new(1),
            left_out: AtomicU64::new(0),
        }
    }
}

impl Refused {
    /// The entry about a refusal, if there is room for one more; it says how many were left out
    /// before it.
    pub(super) fn entry(
        &self,
        by: Asker,
        action: &str,
        why: &str,
        now: Timestamp,
    ) -> Option<NewEntry> {
        if self.buckets.take((), PACE, now).wait.is_some() {
            self.left_out.fetch_add(1, Ordering::Relaxed);
            return None;
        }
        let mut subject = Subject::new("", "");
        let left_out = self.left_out.swap(0, Ordering::Relaxed);
        if left_out > 0 {
            subject = subject.with(json!({ "left_out_before": left_out }));
        }
        Some(NewEntry {
            at: now,
            message: why.to_owned(),
            ..entry(by, action, subject, Outcome::Denied)
        })
    }
}

impl Accounts {
    /// Enters an attempt that failed, such as a wrong token, in the audit, as far as there is room.
    pub async fn note_refused(&self, by: Asker, action: &str, why: &str, now: Timestamp) {
        let Some(entry) = self.refused.entry(by, action, why, now) else {
            return;
        };
        let write = move |tx: &Connection| -> Result<(), DbError> { audit::append(tx, &entry) };
        if let Err(error) = self.db.writer.run(write).await {
            tracing::error!("cannot enter a failed attempt in the audit: {error}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guesser_cannot_fill_the_disk_and_what_was_left_out_is_counted() {
        let refused = Refused::default();
        let now = Timestamp(1_000_000);
        let by = || Asker {
            name: String::new(),
            peer: "192.0.2.66".into(),
        };
        let entered = |now| refused.entry(by(), "token.refused", "wrong", now);
        let count = (0..10_000).filter(|_| entered(now).is_some()).count();
        assert_eq!(count, 100);
        let next = entered(now + Duration::from_secs(30)).unwrap();
        assert_eq!(next.details["left_out_before"], 9_900);
    }
}
