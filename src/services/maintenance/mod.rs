//! Times of maintenance that begin and end, told to webhooks that asked for it and to live clients:
//! maintenance windows, entries of calendars, silences over more than single alerts, and updates of
//! the product itself.
//!
//! What was told to be open is kept in the transaction that queues the messages: each turn is told
//! once, and what ended while nobody ran this is told afterwards.

mod turns;

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use tokio::sync::broadcast;
use tokio_util::sync::CancellationToken;

use crate::db::{Db, DbError};
use crate::model::time::{Timestamp, Window};
use crate::notify::outbox::{self, OutboxError};
use crate::notify::{Channels, Happening, Maintenance, MaintenanceKind};
use crate::services::settings;
use crate::services::silences::{Marked, SilenceError, Silences, Source};
use crate::services::updates::{Journal, Progress, Step};
use crate::telemetry::{Chain, clock};

/// Under which key is kept what was told to be open.
const KEY: &str = "maintenance_told";

/// How often it is seen what is open; an update goes through its steps in seconds.
const LOOK: Duration = Duration::from_secs(2);

/// How long what is marked is believed before it is read again.
const BELIEVED: Duration = Duration::from_secs(600);

/// An update that has not moved for so long is none any more.
const STUCK: Duration = Duration::from_secs(3600);

/// Why it could not be told.
#[derive(Debug, thiserror::Error)]
enum TellError {
    #[error("read what is marked")]
    Silences(#[from] SilenceError),
    #[error("queue what to tell")]
    Outbox(#[from] OutboxError),
    #[error("read what was told")]
    Database(#[from] DbError),
}

/// Tells of times of maintenance.
pub struct MaintenanceEvents {
    db: Db,
    silences: Silences,
    journal: Journal,
    channels: Channels,
    told: broadcast::Sender<Arc<Happening>>,
    /// What is marked, and when that was read.
    marked: Option<(Timestamp, Vec<Marked>)>,
    /// What was told to be open, once that was read.
    open: Option<Vec<Maintenance>>,
}

impl MaintenanceEvents {
    /// Over what is marked, and how updates go; live clients are told by `told`.
    #[must_use]
    pub const fn new(
        db: Db,
        silences: Silences,
        journal: Journal,
        channels: Channels,
        told: broadcast::Sender<Arc<Happening>>,
    ) -> Self {
        Self {
            db,
            silences,
            journal,
            channels,
            told,
            marked: None,
            open: None,
        }
    }

    /// Tells what begins and ends until `stop`.
    pub async fn run(mut self, stop: CancellationToken) {
        let mut changes = self.silences.follow();
        let mut looks = tokio::time::interval(LOOK);
        looks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                _ = looks.tick() => {}
                changed = changes.changed() => match changed {
                    Ok(()) => self.marked = None,
                    Err(_) => return,
                },
                () = stop.cancelled() => return,
            }
            if let Err(error) = self.look(clock::now()).await {
                tracing::error!("cannot tell of maintenance: {}", Chain(&error));
            }
        }
    }

    async fn look(&mut self, now: Timestamp) -> Result<(), TellError> {
        let before = match &self.open {
            Some(open) => open.clone(),
            None => kept(self.db.reader.run(|c| settings::read(c, KEY)).await?),
        };
        let mut open = self.marked(now).await?;
        open.extend(update(self.journal.progress(), &before, now));
        if before == open {
            self.open = Some(before);
            return Ok(());
        }
        let events = turns::turns(&before, &open, now).into_iter();
        let events: Vec<Happening> = events.map(Happening::from).collect();
        let text = serde_json::to_value(&open).unwrap_or(Value::Null);
        let (audience, queued) = (self.channels.enabled(), events.clone());
        let written = self
            .db
            .writer
            .run(move |tx| -> Result<usize, OutboxError> {
                settings::write(tx, KEY, &text)?;
                outbox::enqueue_happenings(tx, &queued, &audience, now)
            })
            .await?;
        self.open = Some(open);
        if written > 0 {
            self.channels.bell().ring();
        }
        for event in events {
            // An error means that nobody follows, which is fine.
            let _ = self.told.send(Arc::new(event));
        }
        Ok(())
    }

    /// What is marked that is open at `now`.
    async fn marked(&mut self, now: Timestamp) -> Result<Vec<Maintenance>, TellError> {
        let is_fresh = |at: Timestamp| now >= at && now.since(at) < BELIEVED;
        let marked = match self.marked.take().filter(|(at, _)| is_fresh(*at)) {
            Some(marked) => marked,
            None => {
                let range = Window {
                    from: now,
                    to: now + BELIEVED * 2,
                };
                (now, self.silences.marked(range, now).await?)
            }
        };
        let open = marked.1.iter().filter_map(|one| maintenance(one, now));
        let open = open.collect();
        self.marked = Some(marked);
        Ok(open)
    }
}

/// What was kept; something that is no longer understood is as good as nothing.
fn kept(value: Option<Value>) -> Vec<Maintenance> {
    let kept = value.and_then(|value| serde_json::from_value(value).ok());
    kept.unwrap_or_default()
}

/// A mark that is open at `now`. A snooze of single alerts is no maintenance.
fn maintenance(marked: &Marked, now: Timestamp) -> Option<Maintenance> {
    let (one, scope) = (&marked.occurrence, &marked.scope);
    let kind = match one.source {
        Source::Window => MaintenanceKind::Window,
        Source::Calendar => MaintenanceKind::Calendar,
        Source::Silence if scope.alerts.is_empty() => MaintenanceKind::Silence,
        Source::Silence => return None,
    };
    (one.span.from <= now && now < one.span.to).then(|| Maintenance {
        kind,
        id: one.id.clone(),
        name: one.name.clone(),
        from: one.span.from,
        until: Some(one.span.to),
        scope: Some(scope.clone()),
    })
}

/// The update that is under way, as it was told first.
fn update(
    progress: Option<Progress>,
    known: &[Maintenance],
    now: Timestamp,
) -> Option<Maintenance> {
    let progress = progress.filter(|progress| now.since(progress.at) < STUCK)?;
    match progress.step {
        Step::Downloading
        | Step::Verifying
        | Step::BackingUp
        | Step::Applying
        | Step::Restarting => {}
        Step::Idle
        | Step::Requested
        | Step::Checking
        | Step::Completed
        | Step::Failed
        | Step::RolledBack => return None,
    }
    let mut known = known.iter();
    let same = known.find(|one| one.kind == MaintenanceKind::Update);
    Some(same.cloned().unwrap_or_else(|| {
        let version = progress.version.map(|version| version.to_string());
        Maintenance {
            kind: MaintenanceKind::Update,
            name: version
                .as_ref()
                .map_or_else(|| "homepulse".to_owned(), |to| format!("homepulse {to}")),
            id: version.unwrap_or_else(|| "newest".to_owned()),
            from: progress.at,
            until: None,
            scope: None,
        }
    }))
}

#[cfg(test)]
mod tests;
