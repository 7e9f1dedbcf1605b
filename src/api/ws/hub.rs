//! Turns every change of the present into one frame that all live clients share.

use std::sync::{Arc, Mutex, PoisonError};

use bytestring::ByteString;
use serde::Serialize;
use tokio::sync::{broadcast, watch};

use crate::model::alert::Alert;
use crate::model::time::Timestamp;
use crate::services::jobs::Job;
use crate::state::Fleet;

use super::delta;
use super::handles::Handles;
use super::place::{Place, Traffic};
use super::present::Present;

/// Frames that a client may lag behind before it gets a full one instead.
const BACKLOG: usize = 8;

/// One step of the present.
pub(in crate::api) struct Tick {
    /// The present after it.
    pub present: Arc<Present>,
    /// The version before it.
    pub previous: u64,
    /// The delta frame; `None` where only a full frame tells the truth.
    pub delta: Option<ByteString>,
    /// Alerts that changed.
    pub alerts: Vec<Alert>,
}

/// Where live clients meet the present; shared by all workers.
pub struct Hub {
    boot: String,
    handles: Handles,
    present: watch::Sender<Arc<Present>>,
    writing: Mutex<()>,
    ticks: broadcast::Sender<Arc<Tick>>,
    /// Messages for all clients of Pulse's dialect.
    said: broadcast::Sender<ByteString>,
    traffic: Arc<Traffic>,
    places: usize,
}

impl Hub {
    /// A hub with room for `places` clients.
    #[must_use]
    pub fn new(places: usize) -> Self {
        Self {
            boot: format!("{:08x}", rand::random::<u32>()),
            handles: Handles::default(),
            present: watch::Sender::new(Arc::default()),
            writing: Mutex::new(()),
            ticks: broadcast::Sender::new(BACKLOG),
            said: broadcast::Sender::new(BACKLOG),
            traffic: Arc::default(),
            places,
        }
    }

    /// The newest version.
    #[must_use]
    pub fn present(&self) -> Arc<Present> {
        self.present.borrow().clone()
    }

    /// Counters of clients and bytes.
    #[must_use]
    pub fn traffic(&self) -> &Traffic {
        &self.traffic
    }

    /// Makes `fleet` the present and tells all clients what changed. A fleet that is not newer
    /// than the present one changes nothing.
    pub fn publish(&self, fleet: &Arc<Fleet>, alerts: &[Alert]) {
        let next = |before: &Present| {
            let is_news = fleet.version > before.fleet.version || !alerts.is_empty();
            is_news.then(|| before.next(Arc::clone(fleet), alerts, fleet.at))
        };
        self.step(next, Some(alerts));
    }

    /// Tells all clients of alerts that changed without a look at any target.
    pub fn publish_alerts(&self, alerts: &[Alert], now: Timestamp) {
        self.step(
            |before| Some(before.next(Arc::clone(&before.fleet), alerts, now)),
            Some(alerts),
        );
    }

    /// Tells all clients of a job that began, went on or ended.
    pub fn publish_job(&self, job: &Arc<Job>, now: Timestamp) {
        self.step(|before| Some(before.with_job(job, now)), Some(&[]));
    }

    /// Says something to all clients of Pulse's dialect.
    pub fn say_to_pulse<T: Serialize>(&self, r#type: &'static str, data: T) {
        // An error means that there are no such clients.
        let _ = self
            .said
            .send(json(&super::pulse::Message { r#type, data }));
    }

    /// What is said to all clients of Pulse's dialect from now on.
    pub(super) fn said(&self) -> broadcast::Receiver<ByteString> {
        self.said.subscribe()
    }

    /// Begins anew with what is known to be true; every client gets a full frame.
    pub fn restart(&self, fleet: Arc<Fleet>, open: &[Alert], now: Timestamp) {
        self.step(|before| Some(before.restart(fleet, open, now)), None);
    }

    fn step(&self, next: impl FnOnce(&Present) -> Option<Present>, alerts: Option<&[Alert]>) {
        let _only_one = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let before = self.present();
        let Some(after) = next(&before).map(Arc::new) else {
            return;
        };
        self.present.send_replace(Arc::clone(&after));
        if self.ticks.receiver_count() == 0 {
            return;
        }
        let delta = alerts
            .map(|alerts| delta::delta(&before, &after, alerts, &self.handles))
            .map(|frame| json(&frame));
        let tick = Tick {
            present: after,
            previous: before.version,
            delta,
            alerts: alerts.unwrap_or_default().to_vec(),
        };
        // An error means that the last client has just left.
        let _ = self.ticks.send(Arc::new(tick));
    }

    /// The full frame of `present`, rendered once.
    pub fn full(&self, present: &Present) -> ByteString {
        let render = || json(&delta::full(present, &self.boot, &self.handles));
        present.full.get_or_init(render).clone()
    }

    /// The number of an id in rows of vitals.
    #[must_use]
    pub fn handle(&self, id: &str) -> u32 {
        self.handles.of(id)
    }

    pub(in crate::api) fn take_place(&self) -> Option<Place> {
        self.traffic.take(self.places)
    }

    pub(in crate::api) fn ticks(&self) -> broadcast::Receiver<Arc<Tick>> {
        self.ticks.subscribe()
    }
}

/// Compact JSON. Our frames have no maps with odd keys, so that it cannot fail.
pub(in crate::api) fn json(value: &impl Serialize) -> ByteString {
    serde_json::to_string(value).unwrap_or_default().into()
}

#[cfg(test)]
mod tests;
