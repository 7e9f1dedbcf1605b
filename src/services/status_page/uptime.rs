//! For how much of the past something was up.
//!
//! An hour counts as measured when it has figures. Within it, what was recorded of its state
//! counts; before anything was recorded, only what runs takes memory. Hours without figures, as
//! while nobody looked, count neither way.

use std::time::Duration;

use super::StatusPageError;
use crate::changes::{Attribute, ChangeLog};
use crate::history::{History, Points};
use crate::model::id::{ResourceId, ResourceKind};
use crate::model::metric::MetricKey;
use crate::model::time::{Timestamp, Window};

/// Days that are shown.
pub const DAYS: usize = 90;

const DAY: Duration = Duration::from_secs(86_400);
const HOUR: Duration = Duration::from_secs(3600);

/// Milliseconds that were measured, and those of them in which it was up, by day, oldest first.
pub(super) struct Uptime(Vec<(u64, u64)>);

impl Uptime {
    pub(super) fn days(&self) -> Vec<Option<f64>> {
        self.0.iter().map(|day| share(*day)).collect()
    }

    pub(super) fn overall(&self) -> Option<f64> {
        let sum = self
            .0
            .iter()
            .fold((0, 0), |sum, day| (sum.0 + day.0, sum.1 + day.1));
        share(sum)
    }
}

#[expect(clippy::cast_precision_loss, reason = "90 days are few milliseconds")]
fn share((measured, up): (u64, u64)) -> Option<f64> {
    (measured > 0).then(|| up as f64 / measured as f64)
}

/// Reads it from history and from what was recorded of states.
pub(super) async fn read(
    history: &History,
    log: &ChangeLog,
    id: &ResourceId,
    now: Timestamp,
) -> Result<Uptime, StatusPageError> {
    let days = u32::try_from(DAYS).unwrap_or(u32::MAX);
    let window = Window {
        from: now.floor_to(DAY) - DAY * (days - 1),
        to: now.floor_to(HOUR) + HOUR,
    };
    let takes_memory = matches!(id.kind(), ResourceKind::Node | ResourceKind::Guest);
    let metric = MetricKey::known(match id.kind() {
        ResourceKind::Node | ResourceKind::Guest => "memory",
        ResourceKind::Game => "players",
        _ => "disk",
    });
    let points = history.range(id, &metric, window, DAYS * 24).await?;
    let states = log.values_of(id, Attribute::Status).await?;
    Ok(count(&points, &states, takes_memory, window.from, now))
}

/// Counts hour by hour; `states` are the words of its state with when each began.
pub(super) fn count(
    points: &Points,
    states: &[(Timestamp, String)],
    takes_memory: bool,
    from: Timestamp,
    now: Timestamp,
) -> Uptime {
    let mut days = vec![(0, 0); DAYS];
    for (start, most) in points.at.iter().zip(&points.max) {
        let end = Timestamp(start.millis().saturating_add(points.step_ms)).min(now);
        let day = start.since(from).as_secs() / DAY.as_secs();
        let day = usize::try_from(day).ok().and_then(|day| days.get_mut(day));
        let Some(day) = day.filter(|_| most.is_finite() && *start >= from) else {
            continue;
        };
        let proven = !takes_memory || *most > 0.0;
        let (measured, up) = hour(*start, end, states, proven);
        day.0 += measured;
        day.1 += up;
    }
    Uptime(days)
}

/// Milliseconds of `start..end` that count, and those in which it was up.
fn hour(
    start: Timestamp,
    end: Timestamp,
    states: &[(Timestamp, String)],
    proven: bool,
) -> (u64, u64) {
    let first = states
        .first()
        .map_or(end, |(at, _)| (*at).clamp(start, end));
    let before = length(start, first);
    let mut counted = (before, if proven { before } else { 0 });
    for (index, (at, word)) in states.iter().enumerate() {
        let until = states.get(index + 1).map_or(end, |(next, _)| *next);
        let span = length((*at).clamp(start, end), until.clamp(start, end));
        match word.as_str() {
            "online" | "running" | "sleeping" | "available" => {
                counted = (counted.0 + span, counted.1 + span)
            }
            "unknown" => {}
            _ => counted.0 += span,
        }
    }
    counted
}

fn length(from: Timestamp, to: Timestamp) -> u64 {
    u64::try_from(to.since(from).as_millis()).unwrap_or(u64::MAX)
}
