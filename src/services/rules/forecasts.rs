//! Works out now and then when spaces will be full, from a week of history.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::history::{History, HistoryError};
use crate::model::id::ResourceId;
use crate::model::metric::{self, MetricKey};
use crate::model::resource::{GameServer, Resource};
use crate::model::time::{Timestamp, Window};
use crate::rules::{Forecast, Forecasts, Hour, forecast, leak};
use crate::state::{Fleet, Live};
use crate::telemetry::{Chain, clock};

/// What a trend is drawn from.
const WEEK: Duration = Duration::from_secs(7 * 86_400);
const HOURS: usize = 7 * 24;

/// What a trend of memory since a start is drawn from.
const POINTS: usize = 96;

/// A server that loads its world takes memory for good reason.
const LOADING: Duration = Duration::from_secs(30 * 60);

/// Between two rounds. The figures of an hour change the trend of a week little.
const EVERY: Duration = Duration::from_secs(1800);

/// Before the first round, so that starting is not slowed down and the fleet has been seen.
const FIRST: Duration = Duration::from_secs(90);

/// Resources whose past is read at a time.
const BATCH: usize = 32;

/// The task that works forecasts out.
pub struct Forecaster {
    /// The present.
    pub live: Live,
    /// The past.
    pub history: History,
    /// Where they go.
    pub out: watch::Sender<Arc<Forecasts>>,
}

impl Forecaster {
    /// Runs until `stop`.
    pub async fn run(self, stop: CancellationToken) {
        let mut wait = FIRST;
        loop {
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                () = stop.cancelled() => return,
            }
            wait = EVERY;
            let fleet = self.live.fleet();
            match work_out(&self.history, &fleet, clock::now()).await {
                Ok(forecasts) => {
                    // When backups are due is told by somebody else.
                    self.out.send_modify(|known| {
                        let backups = known.backups.clone();
                        *known = Arc::new(Forecasts {
                            backups,
                            ..forecasts
                        });
                    });
                }
                Err(error) => {
                    tracing::warn!(
                        "cannot work out when spaces will be full: {}",
                        Chain(&error)
                    );
                }
            }
        }
    }
}

/// The forecasts of everything in the fleet that has space.
///
/// # Errors
/// When the database cannot be read.
pub async fn work_out(
    history: &History,
    fleet: &Fleet,
    now: Timestamp,
) -> Result<Forecasts, HistoryError> {
    let spaces: Vec<(ResourceId, f64)> = fleet.resources().filter_map(|it| space(it)).collect();
    let window = Window::ending_at(now, WEEK);
    let disk = MetricKey::known("disk");
    let mut found = Forecasts {
        made_at: Some(now),
        ..Forecasts::default()
    };
    for batch in spaces.chunks(BATCH) {
        let ids: Vec<ResourceId> = batch.iter().map(|(id, _)| id.clone()).collect();
        let read = history.range_of_metric(&disk, Some(&ids), window, HOURS + 1);
        for ((id, points), (_, total)) in read.await?.into_iter().zip(batch) {
            let hours = points.at.iter().copied().zip(points.avg);
            let hours: Vec<Hour> = hours.filter(|(_, value)| value.is_finite()).collect();
            if let Some(forecast) = forecast(&hours, *total, now) {
                found.filling.insert(id, forecast);
            }
        }
    }
    for resource in fleet.resources() {
        if let Resource::Game(game) = &**resource
            && let Some(forecast) = leak_of(history, game, now).await?
        {
            found.leaking.insert(game.id.clone(), forecast);
        }
    }
    Ok(found)
}

/// Whether a game server takes more and more memory since it was started.
async fn leak_of(
    history: &History,
    game: &GameServer,
    now: Timestamp,
) -> Result<Option<Forecast>, HistoryError> {
    let (Some(total), Some(started)) = (game.memory.total, game.started_at) else {
        return Ok(None);
    };
    let from = (started + LOADING).max(now - WEEK);
    if game.memory.used.is_none() || from >= now {
        return Ok(None);
    }
    let window = Window { from, to: now };
    let memory = MetricKey::known("memory");
    let points = history.range(&game.id, &memory, window, POINTS).await?;
    let points: Vec<Hour> = points
        .at
        .iter()
        .copied()
        .zip(points.avg)
        .filter(|(_, value)| value.is_finite())
        .collect();
    #[expect(
        clippy::cast_precision_loss,
        reason = "a trend needs no byte precision"
    )]
    let total = total as f64;
    Ok(leak(&points, total, now))
}

/// A resource with space, and how much it has in all.
fn space(resource: &Resource) -> Option<(ResourceId, f64)> {
    let used = metric::find("disk")?;
    let total = metric::find("disk_total")?;
    (used.read)(resource)?;
    let total = (total.read)(resource).filter(|total| *total > 0.0)?;
    Some((resource.id().clone(), total))
}

#[cfg(test)]
mod tests;
