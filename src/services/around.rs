//! What a metric did around an alert, for the pictures in mails.

use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use crate::history::{History, Points};
use crate::model::alert::Alert;
use crate::model::metric::{self, MetricKey};
use crate::model::time::{Timestamp, Window};
use crate::notify::{Figures, Series};

/// How much is shown before an alert began, and at most altogether.
const BEFORE: Duration = Duration::from_secs(2 * 3600);
const LONGEST: Duration = Duration::from_secs(24 * 3600);

/// Points of a picture; it has not many more pixels.
const POINTS: usize = 270;

/// Reads them from history.
pub struct AroundAlerts {
    history: History,
}

impl AroundAlerts {
    /// From the given history.
    #[must_use]
    pub const fn new(history: History) -> Self {
        Self { history }
    }

    async fn read(&self, alert: &Alert, now: Timestamp) -> Option<Series> {
        let metric = metric::find(&alert.subject)?;
        let span = now.since(alert.started_at) + BEFORE;
        let window = Window::ending_at(now, span.min(LONGEST));
        let mut keys = vec![MetricKey::known(metric.key)];
        keys.extend(metric.total.map(MetricKey::known));
        let history = &self.history;
        let read = history.range_of_resource(&alert.resource, &keys, window, POINTS);
        let series = read.await.ok()?;
        let figures = series.first()?;
        // Limits of a metric with a whole are shares of it.
        let whole = metric.total.and(series.get(1));
        let points = figures.at.iter().enumerate();
        let points = points.map(|(index, at)| (*at, share(figures, whole, index)));
        Some(Series {
            window,
            points: points.collect(),
        })
    }
}

fn share(figures: &Points, whole: Option<&Points>, index: usize) -> Option<f64> {
    let figure = figures.avg.get(index).copied()?;
    let share = match whole {
        Some(whole) => figure / whole.avg.get(index).copied()?,
        None => figure,
    };
    share.is_finite().then_some(share)
}

impl Figures for AroundAlerts {
    fn around<'a>(&'a self, alert: &'a Alert, now: Timestamp) -> BoxFuture<'a, Option<Series>> {
        self.read(alert, now).boxed()
    }
}
