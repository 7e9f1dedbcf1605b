//! History as a whole, over a real database file.

mod aggregates;
mod basics;
mod exports;
mod faults;
mod imports;
mod moments;
mod offered;
mod random;
mod retention;
mod spans;

use std::time::Duration;

use crate::db::Db;
use crate::model::id::{ResourceId, TargetId};
use crate::model::metric::MetricKey;
use crate::model::observation::Sample;
use crate::model::time::{Timestamp, Window};

use super::{History, Settings};

/// 2026-11-22 10:00:00 UTC.
const START: Timestamp = Timestamp::from_seconds(1_795_341_600);

/// A database in a directory of its own.
struct Place {
    dir: tempfile::TempDir,
    db: Db,
    history: History,
}

impl Place {
    async fn new() -> Self {
        Self::with(Settings::default()).await
    }

    async fn with(settings: Settings) -> Self {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let db = Db::open(&dir.path().join("test.db")).expect("a fresh database opens");
        let history = History::open(db.clone(), settings, START)
            .await
            .expect("history opens");
        Self { dir, db, history }
    }

    /// Closes the database as at the end of the process and opens it again.
    async fn reopen(self, now: Timestamp) -> Self {
        self.db.writer.stop();
        let db = Db::open(&self.dir.path().join("test.db")).expect("it opens again");
        let history = History::open(db.clone(), Settings::default(), now)
            .await
            .expect("history opens again");
        Self {
            dir: self.dir,
            db,
            history,
        }
    }

    /// Commits at `now`, which seals the hours that are over by then.
    async fn commit(&self, now: Timestamp) {
        self.history.shared.commit(now).await.expect("it commits");
    }
}

fn target() -> TargetId {
    "tgt_home".parse().expect("an id")
}

fn guest(number: u32) -> ResourceId {
    ResourceId::guest(&target(), number)
}

const CPU: MetricKey = MetricKey::known("cpu");

fn sample(resource: &ResourceId, metric: &MetricKey, at: Timestamp, value: f64) -> Sample {
    Sample {
        resource: resource.clone(),
        metric: metric.clone(),
        at,
        value,
    }
}

fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

fn window(from: Timestamp, length: Duration) -> Window {
    Window {
        from,
        to: from + length,
    }
}
