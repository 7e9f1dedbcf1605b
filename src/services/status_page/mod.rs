//! The public status page: what outsiders may see of the fleet, chosen by the admin and nothing
//! else. Off until somebody switches it on.

mod check;
mod uptime;

pub use uptime::DAYS;

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::sync::Mutex;

use crate::changes::ChangeLog;
use crate::db::{Db, DbError};
use crate::history::{History, HistoryError};
use crate::model::id::ResourceId;
use crate::model::resource::{
    DatastoreStatus, GameStatus, GuestStatus, NodeStatus, Resource, StorageStatus,
};
use crate::model::time::Timestamp;
use crate::state::{Fleet, Live};

use super::settings::Settings;

/// Under which key the setting is kept.
const KEY: &str = "status_page";

/// How long a page that was put together is shown: whoever asks more often costs nothing.
const FRESH: Duration = Duration::from_secs(60);

/// What the admin chose to show.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Setting {
    /// Whether there is a page at all.
    pub enabled: bool,
    /// The last part of its address.
    pub slug: String,
    /// What stands above it.
    pub title: String,
    /// What is shown, in this order.
    pub items: Vec<Item>,
}

impl Default for Setting {
    fn default() -> Self {
        Self {
            enabled: false,
            slug: "home".to_owned(),
            title: "Status".to_owned(),
            items: Vec::new(),
        }
    }
}

/// One thing that is shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// What it is; outsiders do not see this.
    pub resource: ResourceId,
    /// What outsiders see it called.
    pub name: String,
}

/// How something is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It does what it should.
    Up,
    /// It does not.
    Down,
    /// Nobody can tell now.
    Unknown,
}

/// One thing as outsiders see it.
#[derive(Clone, Debug, PartialEq)]
pub struct Shown {
    /// Its name.
    pub name: String,
    /// How it is doing now.
    pub state: State,
    /// Share of the measured time in which it was up, 0 to 1, for each of the last [`DAYS`] days
    /// (UTC), oldest first; `None` where nothing was measured.
    pub days: Vec<Option<f64>>,
    /// The same over all these days.
    pub uptime: Option<f64>,
}

/// The page as outsiders see it.
#[derive(Clone, Debug, PartialEq)]
pub struct Page {
    /// What stands above it.
    pub title: String,
    /// What is shown.
    pub items: Vec<Shown>,
    /// When it was put together.
    pub at: Timestamp,
}

/// Why there is no page, or why it could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum StatusPageError {
    /// There is no page of that name, or it is switched off.
    #[error("show a status page: there is none at this address")]
    NotFound,
    /// A field is wrong.
    #[error("{field}: {problem}")]
    Invalid {
        /// Which one.
        field: String,
        /// What is wrong and what would be right.
        problem: String,
    },
    /// The history failed.
    #[error("read the past for the status page")]
    History(#[from] HistoryError),
    /// The database failed.
    #[error("keep the status page")]
    Database(#[from] DbError),
}

/// A page, and the settings and minute that it was made for.
type Made = (String, Arc<Page>);

/// Sets the page up and puts it together. Cheap to clone.
#[derive(Clone)]
pub struct StatusPages {
    settings: Settings,
    log: ChangeLog,
    history: History,
    live: Live,
    /// One page is put together at a time.
    last: Arc<Mutex<Option<Made>>>,
}

impl StatusPages {
    /// Over the given database, history and present.
    #[must_use]
    pub fn new(db: Db, history: History, live: Live) -> Self {
        Self {
            settings: Settings::new(db.clone()),
            log: ChangeLog::new(db),
            history,
            live,
            last: Arc::default(),
        }
    }

    /// What is shown.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn setting(&self) -> Result<Setting, StatusPageError> {
        Ok(self.settings.get(KEY).await?.unwrap_or_default())
    }

    /// Shows something else from now on.
    ///
    /// # Errors
    /// When something of it makes no sense, with the field; or when the database fails.
    pub async fn set(&self, setting: Setting) -> Result<Setting, StatusPageError> {
        let setting = check::check(setting)?;
        let mut last = self.last.lock().await;
        self.settings.put(KEY, &setting).await?;
        *last = None;
        Ok(setting)
    }

    /// The page at `slug`, at most a minute old.
    ///
    /// # Errors
    /// When there is none, or the past cannot be read.
    pub async fn page(&self, slug: &str, now: Timestamp) -> Result<Arc<Page>, StatusPageError> {
        let mut last = self.last.lock().await;
        if let Some((of, page)) = &*last
            && of == slug
            && now.since(page.at) < FRESH
            && page.at <= now
        {
            return Ok(Arc::clone(page));
        }
        let setting = self.setting().await?;
        if !setting.enabled || setting.slug != slug {
            return Err(StatusPageError::NotFound);
        }
        let fleet = self.live.fleet();
        let mut items = Vec::with_capacity(setting.items.len());
        for item in setting.items {
            let uptime = uptime::read(&self.history, &self.log, &item.resource, now).await?;
            items.push(Shown {
                state: state(&fleet, &item.resource),
                name: item.name,
                uptime: uptime.overall(),
                days: uptime.days(),
            });
        }
        let page = Arc::new(Page {
            title: setting.title,
            items,
            at: now,
        });
        *last = Some((slug.to_owned(), Arc::clone(&page)));
        Ok(page)
    }
}

/// How a resource is doing, as far as its host tells.
fn state(fleet: &Fleet, id: &ResourceId) -> State {
    let target = id.target_text().parse().ok();
    let answers = target
        .and_then(|target| fleet.target(&target))
        .is_some_and(|view| view.summary.reachability.is_online());
    let Some(resource) = fleet.resource(id).filter(|_| answers) else {
        return State::Unknown;
    };
    let (is_up, is_known) = match &**resource {
        Resource::Node(node) => (
            node.status == NodeStatus::Online,
            node.status != NodeStatus::Unknown,
        ),
        Resource::Guest(guest) => (
            guest.status == GuestStatus::Running,
            guest.status != GuestStatus::Unknown,
        ),
        Resource::Storage(storage) => (storage.status == StorageStatus::Available, true),
        Resource::Datastore(store) => (store.status == DatastoreStatus::Available, true),
        Resource::Game(game) => (
            matches!(game.status, GameStatus::Running | GameStatus::Sleeping),
            game.status != GameStatus::Unknown,
        ),
        Resource::Disk(_) => (false, false),
    };
    match (is_known, is_up) {
        (false, _) => State::Unknown,
        (true, true) => State::Up,
        (true, false) => State::Down,
    }
}

#[cfg(test)]
mod tests;
