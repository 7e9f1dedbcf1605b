//! What the server kept of the time before the first look (`rrd`), of itself and its datastores,
//! and the latest of it that no look tells.

use std::time::Duration;

use super::jobs::{Job, PastOf};
use super::map;
use super::source::PbsSource;
use super::wire::PastRow;
use crate::model::id::ResourceId;
use crate::model::resource::Rates;
use crate::model::time::Timestamp;
use crate::sources::proxmox::past::{self, AFTER, STEP};
use crate::sources::proxmox::{moment, safe_in_path};

type Column = past::Column<PastRow>;

const OF_HOST: &[Column] = &[
    ("cpu", |row| row.cpu.0),
    ("memory", |row| row.memused.0),
    ("memory_total", |row| row.memtotal.0),
    ("disk", |row| row.used.0),
    ("disk_total", |row| row.total.0),
    ("net_in", |row| row.netin.0),
    ("net_out", |row| row.netout.0),
    ("load", |row| row.loadavg.0),
    ("iowait", |row| row.iowait.0),
    ("swap", |row| row.swapused.0),
    ("swap_total", |row| row.swaptotal.0),
];

const OF_STORE: &[Column] = &[
    ("disk", |row| row.used.0),
    ("disk_total", |row| row.total.0),
];

/// How old the latest row may be to stand for the present.
const LATEST_GOOD_FOR: Duration = Duration::from_secs(300);

impl past::Row for PastRow {
    fn seconds(&self) -> Option<u64> {
        self.time.0
    }
}

impl PbsSource {
    /// Plans the questions about everything that has a past, far apart from each other.
    pub(super) fn plan_past(&mut self, now: Timestamp) {
        let host = self.rights.system_gap().is_none().then_some(PastOf::Host);
        let stores = self
            .stores
            .iter()
            .filter(|(name, store)| store.answers() && safe_in_path(name))
            .map(|(name, _)| PastOf::Store(name.clone()));
        let all: Vec<PastOf> = host.into_iter().chain(stores).collect();
        let mut at = now + AFTER;
        for of in all {
            if self.past.add(of.clone()) && !self.rotation.has(&Job::Past(of.clone())) {
                self.rotation.plan(Job::Past(of), at);
                at = at + STEP;
            }
        }
    }

    /// Reads the next frame of one thing's past.
    pub(super) async fn read_past(&mut self, of: &PastOf) {
        let Some(frame) = self.past.next(of) else {
            return;
        };
        let (path, id, columns) = match of {
            PastOf::Host => (
                "/nodes/localhost".to_owned(),
                ResourceId::node(&self.id, "localhost"),
                OF_HOST,
            ),
            PastOf::Store(name) => (
                format!("/admin/datastore/{name}"),
                map::store_id(&self.id, name),
                OF_STORE,
            ),
        };
        let query = format!("{path}/rrd?timeframe={frame}&cf=AVERAGE");
        match self.list::<PastRow>(&query).await {
            Ok(rows) => self.past.enter(of, &id, columns, &rows),
            Err(refusal) if refusal.status.is_some() => self.past.enter(of, &id, columns, &[]),
            Err(_) => {}
        }
    }

    /// Reads the server's network traffic of the last minute, which its status does not tell.
    pub(super) async fn read_latest(&mut self, now: Timestamp) {
        let path = "/nodes/localhost/rrd?timeframe=hour&cf=AVERAGE";
        let rows = self.list::<PastRow>(path).await.unwrap_or_default();
        let newest = rows
            .into_iter()
            .filter(|row| row.netin.0.is_some() || row.netout.0.is_some())
            .max_by_key(|row| row.time.0)
            .filter(|row| moment(row.time.0).is_some_and(|at| now.since(at) < LATEST_GOOD_FOR))
            .unwrap_or_default();
        self.rates = Rates {
            net_in: newest.netin.0,
            net_out: newest.netout.0,
            ..Rates::default()
        };
    }
}
