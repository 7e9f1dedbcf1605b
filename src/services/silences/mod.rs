//! What people set so as not to be told for a while: silences, maintenance windows and calendars.
//!
//! Every change is in force at once: the ingest task follows [`Silences::follow`]. Start with
//! [`Silences`]; `table` has the SQL.

mod calendars;
mod check;
mod preview;
mod table;
mod upcoming;

pub use crate::holds::Waits;
pub use calendars::{CalendarChange, CalendarRow, NewCalendar};
pub use check::SilenceError;
pub use preview::{Preview, preview};
pub use upcoming::{Marked, Occurrence, Source};

use std::sync::Arc;

use tokio::sync::{Mutex, Notify, watch};

use crate::db::Db;
use crate::holds::{self, Suppressions};
use crate::http::{Client, HttpError, Limits, Trust};
use crate::model::id::{CalendarId, SilenceId, WindowId};
use crate::model::silence::{MaintenanceWindow, Schedule, Scope, Silence};
use crate::model::time::{Timestamp, Window};
use crate::secret::Vault;
use crate::services::settings::Settings;

/// Under which key it is kept how long things are waited for.
const WAITS: &str = "holds";

/// A silence to be made.
#[derive(Clone, Debug)]
pub struct NewSilence {
    /// Which alerts.
    pub scope: Scope,
    /// First moment; now unless told.
    pub from: Option<Timestamp>,
    /// First moment after.
    pub until: Timestamp,
    /// Why.
    pub note: Option<String>,
}

/// A maintenance window to be set up.
#[derive(Clone, Debug)]
pub struct NewWindow {
    /// What people call it.
    pub name: String,
    /// Which alerts.
    pub scope: Scope,
    /// When.
    pub schedule: Schedule,
    /// Whether it counts at all.
    pub enabled: bool,
}

/// Manages silences, windows and calendars. Cheap to clone.
#[derive(Clone)]
pub struct Silences {
    db: Db,
    settings: Settings,
    vault: Vault,
    present: Arc<watch::Sender<Arc<Suppressions>>>,
    /// Held while something changes, so that what is published is always the latest.
    changing: Arc<Mutex<()>>,
    /// Rung when calendars are to be fetched.
    wanted: Arc<Notify>,
    client: Client,
}

impl Silences {
    /// Those in `db`, as they are in force at `now`.
    ///
    /// # Errors
    /// When the database fails, or no client for calendars can be made.
    pub async fn open(db: Db, vault: Vault, now: Timestamp) -> Result<Self, SilenceError> {
        let limits = Limits {
            body: holds::ical::MOST_BYTES,
            ..Limits::default()
        };
        let client = Client::new(&Trust::System, limits).map_err(client_failed)?;
        let silences = Self {
            settings: Settings::new(db.clone()),
            db,
            vault,
            present: Arc::new(watch::Sender::default()),
            changing: Arc::default(),
            wanted: Arc::default(),
            client,
        };
        silences.publish(now).await?;
        Ok(silences)
    }

    /// What is in force, and every change of it.
    #[must_use]
    pub fn follow(&self) -> watch::Receiver<Arc<Suppressions>> {
        self.present.subscribe()
    }

    /// What is in force.
    #[must_use]
    pub fn present(&self) -> Arc<Suppressions> {
        Arc::clone(&self.present.borrow())
    }

    /// Silences that have not ended, the next to end first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list(&self, now: Timestamp) -> Result<Vec<Silence>, SilenceError> {
        let listed = self.db.reader.run(move |c| table::silences(c, now)).await;
        Ok(listed?)
    }

    /// Makes a silence.
    ///
    /// # Errors
    /// The field that is wrong; or when the database fails.
    pub async fn add(
        &self,
        new: NewSilence,
        by: &str,
        now: Timestamp,
    ) -> Result<Silence, SilenceError> {
        let from = new.from.unwrap_or(now);
        check::scope(&new.scope)?;
        check::span(from, new.until, now)?;
        let silence = Silence {
            id: SilenceId::random(),
            scope: new.scope,
            from,
            until: new.until,
            note: check::note(new.note)?,
            created_by: by.chars().take(120).collect(),
            created_at: now,
        };
        let kept = silence.clone();
        self.change(now, move |tx| table::put_silence(tx, &kept))
            .await?;
        Ok(silence)
    }

    /// Changes an unfinished silence's end; an end that is past ends it.
    ///
    /// # Errors
    /// When there is no such silence, the end makes no sense, or the database fails.
    pub async fn extend(
        &self,
        id: &SilenceId,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<Silence, SilenceError> {
        let mut silence = self.silence(id, now).await?;
        check::span(silence.from, until, now)?;
        silence.until = until;
        let kept = silence.clone();
        self.change(now, move |tx| table::put_silence(tx, &kept))
            .await?;
        Ok(silence)
    }

    /// Ends a silence now: what it held back and still holds is told.
    ///
    /// # Errors
    /// When there is no such silence, or the database fails.
    pub async fn remove(&self, id: &SilenceId, now: Timestamp) -> Result<Silence, SilenceError> {
        let silence = self.silence(id, now).await?;
        let gone = id.clone();
        self.change(now, move |tx| table::remove(tx, "silences", gone.as_str()))
            .await?;
        Ok(silence)
    }

    async fn silence(&self, id: &SilenceId, now: Timestamp) -> Result<Silence, SilenceError> {
        let found = self.list(now).await?.into_iter().find(|s| s.id == *id);
        found.ok_or_else(|| SilenceError::missing("silence", id.as_str()))
    }

    /// Maintenance windows, by name.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn windows(&self) -> Result<Vec<MaintenanceWindow>, SilenceError> {
        Ok(self.db.reader.run(table::windows).await?)
    }

    /// Sets up a window.
    ///
    /// # Errors
    /// The field that is wrong, a name that is taken; or when the database fails.
    pub async fn add_window(
        &self,
        new: NewWindow,
        now: Timestamp,
    ) -> Result<MaintenanceWindow, SilenceError> {
        self.put_window(WindowId::random(), now, new, now).await
    }

    /// Replaces everything about a window but its id.
    ///
    /// # Errors
    /// The field that is wrong, a name that is taken, no such window; or when the database fails.
    pub async fn replace_window(
        &self,
        id: &WindowId,
        new: NewWindow,
        now: Timestamp,
    ) -> Result<MaintenanceWindow, SilenceError> {
        let known = self.windows().await?.into_iter().find(|w| w.id == *id);
        let known =
            known.ok_or_else(|| SilenceError::missing("maintenance window", id.as_str()))?;
        self.put_window(known.id, known.created_at, new, now).await
    }

    async fn put_window(
        &self,
        id: WindowId,
        created_at: Timestamp,
        new: NewWindow,
        now: Timestamp,
    ) -> Result<MaintenanceWindow, SilenceError> {
        check::scope(&new.scope)?;
        holds::check(&new.schedule)?;
        let window = MaintenanceWindow {
            name: check::name(&new.name)?,
            scope: new.scope,
            schedule: new.schedule,
            enabled: new.enabled,
            id,
            created_at,
        };
        let taken = |other: &MaintenanceWindow| other.name == window.name && other.id != window.id;
        if self.windows().await?.iter().any(taken) {
            return Err(SilenceError::NameTaken { name: window.name });
        }
        let kept = window.clone();
        self.change(now, move |tx| table::put_window(tx, &kept))
            .await?;
        Ok(window)
    }

    /// Removes a window: what it held back and still holds is told.
    ///
    /// # Errors
    /// When there is no such window, or the database fails.
    pub async fn remove_window(&self, id: &WindowId, now: Timestamp) -> Result<(), SilenceError> {
        let gone = id.clone();
        let removed = self
            .change(now, move |tx| {
                table::remove(tx, "maintenance_windows", gone.as_str())
            })
            .await?;
        if removed {
            Ok(())
        } else {
            Err(SilenceError::missing("maintenance window", id.as_str()))
        }
    }

    /// Removes a calendar.
    ///
    /// # Errors
    /// When there is no such calendar, or the database fails.
    pub async fn remove_calendar(
        &self,
        id: &CalendarId,
        now: Timestamp,
    ) -> Result<(), SilenceError> {
        let gone = id.clone();
        let removed = self
            .change(now, move |tx| {
                table::remove(tx, "maintenance_calendars", gone.as_str())
            })
            .await?;
        if removed {
            Ok(())
        } else {
            Err(SilenceError::missing("calendar", id.as_str()))
        }
    }

    /// What is marked in `range`: windows, calendar entries and silences, by their beginning.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn upcoming(
        &self,
        range: Window,
        now: Timestamp,
    ) -> Result<Vec<Occurrence>, SilenceError> {
        let marked = self.marked(range, now).await?.into_iter();
        Ok(marked.map(|marked| marked.occurrence).collect())
    }

    /// The same, each with the alerts that are meant.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn marked(&self, range: Window, now: Timestamp) -> Result<Vec<Marked>, SilenceError> {
        let rows = self.db.reader.run(table::calendars).await?;
        let silences = self.list(now).await?;
        let windows = self.windows().await?;
        let found = upcoming::list(&silences, &windows, &rows, range).into_iter();
        let scope = |one: &Occurrence| match one.source {
            Source::Silence => {
                let same = silences.iter().find(|it| it.id.as_str() == one.id);
                same.map(|it| it.scope.clone())
            }
            Source::Window => {
                let same = windows.iter().find(|it| it.id.as_str() == one.id);
                same.map(|it| it.scope.clone())
            }
            Source::Calendar => {
                let same = rows.iter().find(|it| it.id.as_str() == one.id);
                same.map(|it| it.scope.clone())
            }
        };
        let found = found.filter_map(|occurrence| {
            Some(Marked {
                scope: scope(&occurrence)?,
                occurrence,
            })
        });
        Ok(found.collect())
    }

    /// Changes rows and puts the change in force.
    async fn change<T, F>(&self, now: Timestamp, change: F) -> Result<T, SilenceError>
    where
        T: Send + 'static,
        F: FnOnce(&rusqlite::Connection) -> Result<T, crate::db::DbError> + Send + 'static,
    {
        let _changing = self.changing.lock().await;
        let changed = self.db.writer.run(change).await?;
        self.publish(now).await?;
        Ok(changed)
    }

    async fn publish(&self, now: Timestamp) -> Result<(), SilenceError> {
        let waits = self.settings.get(WAITS).await?.unwrap_or_default();
        let (silences, windows, rows) = self
            .db
            .reader
            .run(move |connection| -> Result<_, crate::db::DbError> {
                Ok((
                    table::silences(connection, now)?,
                    table::windows(connection)?,
                    table::calendars(connection)?,
                ))
            })
            .await?;
        self.present.send_replace(Arc::new(Suppressions {
            silences,
            windows,
            calendars: rows.iter().map(|row| row.read_around(now)).collect(),
            waits,
        }));
        Ok(())
    }

    /// How long things are waited for, and what counts as flapping.
    #[must_use]
    pub fn waits(&self) -> Waits {
        self.present.borrow().waits
    }

    /// Sets how long things are waited for, and what counts as flapping. It counts at once, for
    /// what is held already too.
    ///
    /// # Errors
    /// The field that is wrong; or when the database fails.
    pub async fn set_waits(&self, waits: Waits, now: Timestamp) -> Result<(), SilenceError> {
        if let Some((field, problem)) = waits.mistake() {
            return Err(SilenceError::Invalid { field, problem });
        }
        let _changing = self.changing.lock().await;
        self.settings.put(WAITS, &waits).await?;
        self.publish(now).await
    }
}

fn client_failed(error: HttpError) -> SilenceError {
    SilenceError::Client(error)
}

#[cfg(test)]
mod tests;
