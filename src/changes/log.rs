//! Reading what became different, and forgetting it in the end.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use super::table::{self, Values};
use super::tasks::{self, EndedTask};
use super::{Attribute, Change};
use crate::db::{Db, DbError};
use crate::model::id::ResourceId;
use crate::model::time::{Timestamp, Window};

/// How long changes are kept: as long as samples usually are, and a month.
const KEEP: Duration = Duration::from_secs(400 * 86_400);

/// Rows of attributes that are kept at most, beyond one for each attribute.
const MOST_CHANGES: usize = 200_000;

/// Tasks that are kept at most.
const MOST_TASKS: usize = 50_000;

/// Which changes.
#[derive(Clone, Debug)]
pub struct Question {
    /// When.
    pub window: Window,
    /// Whose; everything's where `None`.
    pub resources: Option<Vec<ResourceId>>,
    /// The most that are read, newest first.
    pub most: usize,
}

/// How one resource was at some moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Known {
    /// What the rows up to the moment say.
    pub recorded: BTreeMap<Attribute, String>,
    /// What it was when it was next seen, where nothing was recorded before.
    pub later: BTreeMap<Attribute, String>,
}

/// What became different, for readers. Cheap to clone.
#[derive(Clone)]
pub struct ChangeLog {
    db: Db,
}

impl ChangeLog {
    /// The log in `db`.
    #[must_use]
    pub const fn new(db: Db) -> Self {
        Self { db }
    }

    /// Changes of attributes, newest first; first sightings are none.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn changes(&self, question: Question) -> Result<Vec<Change>, DbError> {
        let Question {
            window,
            resources,
            most,
        } = question;
        self.db
            .reader
            .run(move |connection| table::between(connection, window, resources.as_deref(), most))
            .await
    }

    /// What an attribute of a resource was, and since when, oldest first; the first sighting
    /// included.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn values_of(
        &self,
        resource: &ResourceId,
        attribute: Attribute,
    ) -> Result<Vec<(Timestamp, String)>, DbError> {
        let resource = resource.clone();
        self.db
            .reader
            .run(move |connection| table::values_of(connection, &resource, attribute))
            .await
    }

    /// Tasks that began within `window` and have ended, newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn tasks(&self, window: Window, most: usize) -> Result<Vec<EndedTask>, DbError> {
        self.db
            .reader
            .run(move |connection| tasks::between(connection, window, most))
            .await
    }

    /// How everything was at a moment.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn as_of(&self, at: Timestamp) -> Result<HashMap<ResourceId, Known>, DbError> {
        let (recorded, later): (Values, Values) = self
            .db
            .reader
            .run(move |connection| -> Result<_, DbError> {
                Ok((table::latest(connection, at)?, table::next(connection, at)?))
            })
            .await?;
        let mut found: HashMap<ResourceId, Known> = HashMap::new();
        for (resource, values) in recorded {
            found.entry(resource).or_default().recorded = values;
        }
        for (resource, values) in later {
            found.entry(resource).or_default().later = values;
        }
        Ok(found)
    }

    /// When recording changes began; `None` where nothing is recorded.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn first_at(&self) -> Result<Option<Timestamp>, DbError> {
        self.db.reader.run(table::first_at).await
    }

    /// Forgets what is older than 400 days or too much, and tells how many rows.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn forget(&self, now: Timestamp) -> Result<usize, DbError> {
        self.db
            .writer
            .run(move |tx| -> Result<_, DbError> {
                let changes = table::forget(tx, now - KEEP, MOST_CHANGES)?;
                Ok(changes + tasks::forget(tx, now - KEEP, MOST_TASKS)?)
            })
            .await
    }
}
