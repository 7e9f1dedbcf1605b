//! Subscribed calendars: fetched now and then, read with suspicion, kept in their latest good
//! version.

use std::time::Duration;

use secrecy::{ExposeSecret as _, SecretString};
use tokio_util::sync::CancellationToken;
use url::Url;

use super::{SilenceError, Silences, check, table};
use crate::holds::ical::{self, Reading};
use crate::holds::{self};
use crate::model::id::CalendarId;
use crate::model::silence::{Calendar, Scope};
use crate::model::time::{Timestamp, Window};
use crate::secret::Place;
use crate::telemetry::clock;

/// How often calendars are fetched.
const EVERY: Duration = Duration::from_secs(900);

/// How far ahead times are kept ready; they are read anew at every fetch.
const AHEAD: Duration = Duration::from_secs(8 * 86_400);

/// The most calendars.
const MOST: usize = 20;

/// A calendar to be subscribed to.
#[derive(Clone, Debug)]
pub struct NewCalendar {
    /// What people call it.
    pub name: String,
    /// Where it is; often a secret by itself.
    pub url: SecretString,
    /// Which alerts its entries silence.
    pub scope: Scope,
    /// Time zone of entries that name none.
    pub zone: String,
    /// Whether it counts at all.
    pub enabled: bool,
}

/// Everything about a calendar anew; its address stays unless another one is given.
#[derive(Clone, Debug)]
pub struct CalendarChange {
    /// What people call it.
    pub name: String,
    /// Another address.
    pub url: Option<SecretString>,
    /// Which alerts its entries silence.
    pub scope: Scope,
    /// Time zone of entries that name none.
    pub zone: String,
    /// Whether it counts at all.
    pub enabled: bool,
}

/// A calendar as it is kept.
#[derive(Clone, Debug, PartialEq)]
pub struct CalendarRow {
    /// Stable id.
    pub id: CalendarId,
    /// What people call it.
    pub name: String,
    /// The host it is fetched from; the whole address is never shown.
    pub host: String,
    /// Which alerts its entries silence.
    pub scope: Scope,
    /// Time zone of entries that name none.
    pub zone: String,
    /// Whether it counts at all.
    pub enabled: bool,
    /// When it was set up.
    pub created_at: Timestamp,
    /// The latest good version.
    pub body: Option<Vec<u8>>,
    /// When that was fetched.
    pub fetched_at: Option<Timestamp>,
    /// Why the latest attempt failed, if it did.
    pub last_error: Option<String>,
}

impl CalendarRow {
    /// The times within `range` that it marks, and what of it is not understood.
    #[must_use]
    pub fn read(&self, range: Window) -> Reading {
        let zone = holds::zone(&self.zone).unwrap_or(jiff::tz::TimeZone::UTC);
        let body = self.body.as_deref().unwrap_or_default();
        if body.is_empty() {
            return Reading::default();
        }
        // Only versions that can be read are kept.
        ical::read(body, &zone, range).unwrap_or_default()
    }

    /// The calendar with the times that matter now and until it is fetched again, and some more
    /// for when it cannot be.
    pub(super) fn read_around(&self, now: Timestamp) -> Calendar {
        let reading = self.read(Window {
            from: now,
            to: now + AHEAD,
        });
        Calendar {
            id: self.id.clone(),
            name: self.name.clone(),
            scope: self.scope.clone(),
            zone: self.zone.clone(),
            enabled: self.enabled,
            created_at: self.created_at,
            busy: reading.busy,
            problems: reading.problems,
            fetched_at: self.fetched_at,
            last_error: self.last_error.clone(),
        }
    }
}

impl Silences {
    /// Calendars, by name.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn calendars(&self) -> Result<Vec<CalendarRow>, SilenceError> {
        Ok(self.db.reader.run(table::calendars).await?)
    }

    /// Subscribes to a calendar; it is fetched soon after.
    ///
    /// # Errors
    /// The field that is wrong, a name that is taken; or when the database fails.
    pub async fn add_calendar(
        &self,
        new: NewCalendar,
        now: Timestamp,
    ) -> Result<CalendarRow, SilenceError> {
        if self.calendars().await?.len() >= MOST {
            return Err(check::invalid(
                "calendar",
                format!("there can be {MOST} at most"),
            ));
        }
        let row = CalendarRow {
            id: CalendarId::random(),
            name: new.name,
            host: String::new(),
            scope: new.scope,
            zone: new.zone,
            enabled: new.enabled,
            created_at: now,
            body: None,
            fetched_at: None,
            last_error: None,
        };
        self.put_calendar(row, Some(&new.url), now).await
    }

    /// Changes a calendar.
    ///
    /// # Errors
    /// The field that is wrong, a name that is taken, no such calendar; or when the database
    /// fails.
    pub async fn replace_calendar(
        &self,
        id: &CalendarId,
        change: CalendarChange,
        now: Timestamp,
    ) -> Result<CalendarRow, SilenceError> {
        let known = self
            .calendars()
            .await?
            .into_iter()
            .find(|row| row.id == *id);
        let known = known.ok_or_else(|| SilenceError::missing("calendar", id.as_str()))?;
        // Another address is another calendar: the old one's times do not count any more.
        let is_other = change.url.is_some();
        let row = CalendarRow {
            name: change.name,
            scope: change.scope,
            zone: change.zone,
            enabled: change.enabled,
            body: known.body.filter(|_| !is_other),
            fetched_at: known.fetched_at.filter(|_| !is_other),
            last_error: known.last_error.filter(|_| !is_other),
            ..known
        };
        self.put_calendar(row, change.url.as_ref(), now).await
    }

    async fn put_calendar(
        &self,
        mut row: CalendarRow,
        url: Option<&SecretString>,
        now: Timestamp,
    ) -> Result<CalendarRow, SilenceError> {
        row.name = check::name(&row.name)?;
        check::scope(&row.scope)?;
        holds::zone(&row.zone)?;
        let sealed = match url {
            Some(url) => {
                let url = check::address(url.expose_secret())?;
                row.host = host(&url);
                let text = SecretString::from(url.as_str());
                Some(self.vault.seal(&place(&row.id), &text)?)
            }
            None => None,
        };
        let taken = |other: &CalendarRow| other.name == row.name && other.id != row.id;
        if self.calendars().await?.iter().any(taken) {
            return Err(SilenceError::NameTaken { name: row.name });
        }
        let kept = row.clone();
        self.change(now, move |tx| {
            table::put_calendar(tx, &kept, sealed.as_deref())
        })
        .await?;
        self.wanted.notify_one();
        Ok(row)
    }

    /// Fetches calendars until `stop`.
    pub async fn run(self, stop: CancellationToken) {
        loop {
            if let Err(error) = self.fetch_all().await {
                tracing::error!("cannot note how fetching calendars went: {error}");
            }
            tokio::select! {
                () = stop.cancelled() => return,
                () = self.wanted.notified() => {}
                () = tokio::time::sleep(EVERY) => {}
            }
        }
    }

    /// Fetches every calendar that counts, one after the other.
    async fn fetch_all(&self) -> Result<(), SilenceError> {
        for row in self.calendars().await? {
            if row.enabled {
                self.fetch(&row).await?;
            }
        }
        Ok(())
    }

    /// Fetches one calendar and puts it in force, or notes why it could not be.
    pub(super) async fn fetch(&self, row: &CalendarRow) -> Result<(), SilenceError> {
        let outcome = self.download(row).await?;
        if let Err(problem) = &outcome
            && row.last_error.as_ref() != Some(problem)
        {
            tracing::warn!(calendar.name = %row.name, "cannot fetch the calendar {}: {problem}", row.name);
        }
        let (id, now) = (row.id.clone(), clock::now());
        self.change(now, move |tx| table::fetched(tx, &id, &outcome, now))
            .await
    }

    async fn download(&self, row: &CalendarRow) -> Result<Result<Vec<u8>, String>, SilenceError> {
        let id = row.id.clone();
        let sealed = self.db.reader.run(move |c| table::address(c, &id)).await?;
        let Some(sealed) = sealed else {
            return Ok(Err("it was removed".to_owned()));
        };
        let address = match self.vault.unseal(&place(&row.id), &sealed) {
            Ok(address) => address,
            Err(error) => return Ok(Err(error.to_string())),
        };
        let Ok(url) = check::address(address.expose_secret()) else {
            return Ok(Err("its address makes no sense; enter it again".to_owned()));
        };
        let answer = match self.client.get(url, &[], None).await {
            Ok(answer) => answer,
            Err(error) => return Ok(Err(error.to_string())),
        };
        if !answer.is_success() {
            // Redirects are not followed: the address has to be the calendar's own.
            return Ok(Err(format!("{} answered {}", row.host, answer.status)));
        }
        let zone = holds::zone(&row.zone)?;
        let now = clock::now();
        let range = Window {
            from: now,
            to: now + AHEAD,
        };
        Ok(ical::read(&answer.body, &zone, range)
            .map(|_| answer.body.to_vec())
            .map_err(|error| error.to_string()))
    }
}

fn host(url: &Url) -> String {
    url.host_str().unwrap_or_default().to_owned()
}

fn place(id: &CalendarId) -> Place {
    Place::new("maintenance_calendars", "address", id.as_str())
}
