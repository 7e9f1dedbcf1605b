//! What changed, and how everything was: the two questions about the past that figures alone do
//! not answer. [`Changes::between`] lists tasks, changes of resources and edges of alerts as one;
//! [`Changes::fleet_at`] puts the fleet together as it was at a moment.

mod event;
mod past;
mod retention;
mod sight;

pub use event::{Event, EventKind};
pub use past::Past;

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use crate::alerts::{AlertError, Filter, Ledger, Sort};
use crate::changes::{Attribute, ChangeLog, EndedTask, Question};
use crate::db::{Db, DbError};
use crate::history::{History, HistoryError};
use crate::model::alert::Alert;
use crate::model::id::{ResourceId, ResourceKind};
use crate::model::time::{Timestamp, Window};
use crate::state::{Fleet, Live};

/// How far before an alert's beginning a change may have caused it.
const BEFORE: Duration = Duration::from_secs(1800);

/// How far after it one may still be told of it: clocks differ, and tasks end.
const AFTER: Duration = Duration::from_secs(300);

/// Changes that are named beside an alert.
const NEAR: usize = 20;

/// The most that are read of each sort, so that a year can be asked for.
const MOST: usize = 2000;

/// Why the past could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ChangesError {
    /// The database failed.
    #[error("read what changed")]
    Database(#[from] DbError),
    /// The ledger failed.
    #[error("read the alerts of the past")]
    Ledger(#[from] AlertError),
    /// History failed.
    #[error("read the figures of the past")]
    History(#[from] HistoryError),
}

/// Which events.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// When.
    pub window: Window,
    /// Whose; everything's where `None`.
    pub resources: Option<Vec<ResourceId>>,
    /// The most that are listed, newest first.
    pub most: usize,
}

/// Answers what changed. Cheap to clone.
#[derive(Clone)]
pub struct Changes {
    log: ChangeLog,
    ledger: Ledger,
    history: History,
    live: Live,
}

impl Changes {
    /// Answers from `db`, `history` and the present.
    #[must_use]
    pub fn new(db: Db, history: History, live: Live) -> Self {
        Self {
            log: ChangeLog::new(db.clone()),
            ledger: Ledger::new(db),
            history,
            live,
        }
    }

    /// What happened within a window, newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn between(&self, wanted: Wanted) -> Result<Vec<Event>, ChangesError> {
        let fleet = self.live.fleet();
        let question = Question {
            window: wanted.window,
            resources: wanted.resources.clone(),
            most: MOST,
        };
        let changes = self.log.changes(question).await?;
        let mut events = event::of_changes(changes, wanted.window);
        let tasks = self.tasks(&fleet, wanted.window).await?;
        events.extend(tasks.iter().map(|task| event::of_task(task, &fleet)));
        events.extend(self.edges(&wanted).await?);
        if let Some(resources) = &wanted.resources {
            events.retain(|event| resources.contains(&event.resource));
        }
        events.sort_by(|a, b| b.at.cmp(&a.at).then_with(|| a.resource.cmp(&b.resource)));
        events.truncate(wanted.most);
        self.name(&mut events, &fleet).await?;
        Ok(events)
    }

    /// What happened to an alert's resource and its node near the alert's beginning, nearest
    /// first; the alert itself left out.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn near(&self, alert: &Alert) -> Result<Vec<Event>, ChangesError> {
        let mut resources = vec![alert.resource.clone()];
        if let (Ok(target), Some(node)) = (alert.resource.target_text().parse(), &alert.node) {
            resources.push(ResourceId::node(&target, node));
        }
        let wanted = Wanted {
            window: Window {
                from: alert.started_at - BEFORE,
                to: alert.started_at + AFTER,
            },
            resources: Some(resources),
            most: MOST,
        };
        let mut events = self.between(wanted).await?;
        events.retain(|event| event.alert.is_none());
        events.sort_by_key(|event| event.at.millis().abs_diff(alert.started_at.millis()));
        events.truncate(NEAR);
        Ok(events)
    }

    /// Tasks that ended, and those that the hosts tell of and that are not over.
    async fn tasks(&self, fleet: &Fleet, window: Window) -> Result<Vec<EndedTask>, ChangesError> {
        let mut tasks = self.log.tasks(window, MOST).await?;
        let kept: BTreeSet<String> = tasks.iter().map(|ended| ended.task.id.clone()).collect();
        for view in fleet.targets() {
            let told = view.facts.tasks.value();
            let told = told.into_iter().flat_map(|tasks| tasks.iter());
            for task in told.filter(|task| window.contains(task.began_at)) {
                if !kept.contains(&task.id) {
                    tasks.push(EndedTask {
                        target: view.summary.id.clone(),
                        task: task.clone(),
                    });
                }
            }
        }
        Ok(tasks)
    }

    async fn edges(&self, wanted: &Wanted) -> Result<Vec<Event>, ChangesError> {
        let resources = wanted.resources.iter().flatten();
        let filter = Filter {
            from: Some(wanted.window.from),
            to: Some(wanted.window.to),
            resources: resources.map(ToString::to_string).collect(),
            ..Filter::default()
        };
        let page = self.ledger.page(filter, Sort::Newest, None, MOST).await?;
        let edges = page.alerts.iter().flat_map(event::of_alert);
        Ok(edges
            .filter(|event| wanted.window.contains(event.at))
            .collect())
    }

    /// Gives events the names that people know their resources by, now or when they were last there.
    async fn name(&self, events: &mut [Event], fleet: &Arc<Fleet>) -> Result<(), ChangesError> {
        let mut known: Option<HashMap<ResourceId, String>> = None;
        for event in events {
            if !event.name.is_empty() {
                continue;
            }
            event.name = match fleet.resource(&event.resource) {
                Some(resource) => resource.label(),
                None if event.resource.kind() == ResourceKind::Target => {
                    let target = event.resource.target_text().parse().ok();
                    let view = target.and_then(|target| fleet.target(&target));
                    view.map_or_else(String::new, |view| view.summary.name.clone())
                }
                None => {
                    if known.is_none() {
                        known = Some(self.last_names().await?);
                    }
                    let name = known.as_ref().and_then(|known| known.get(&event.resource));
                    name.cloned().unwrap_or_default()
                }
            };
            if event.name.is_empty() {
                event.resource.local().clone_into(&mut event.name);
            }
        }
        Ok(())
    }

    async fn last_names(&self) -> Result<HashMap<ResourceId, String>, ChangesError> {
        let all = self.log.as_of(Timestamp(i64::MAX)).await?;
        let names = all.into_iter().filter_map(|(id, mut known)| {
            let name = known.recorded.remove(&Attribute::Name)?;
            Some((id, name))
        });
        Ok(names.collect())
    }
}
