//! What is known of each container beyond the list: read again only when something changed, or
//! after a while.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream;

use super::engine::{Engine, EngineError, QUICK};
use super::wire::{Inspected, Listed};
use crate::model::time::Timestamp;

/// Time after which a container is read again though nothing seems to have changed.
const AGE: Duration = Duration::from_secs(60);

/// Questions on their way at the same time.
pub(super) const AT_ONCE: usize = 8;

/// What is remembered of one container.
#[derive(Debug)]
struct Detail {
    key: Key,
    read_at: Timestamp,
    inspected: Inspected,
}

/// Everything that is remembered, by the containers' ids.
#[derive(Debug, Default)]
pub(super) struct Details {
    all: HashMap<String, Detail>,
    /// Containers of which an event told.
    changed: HashSet<String>,
}

impl Details {
    /// Something happened to a container.
    pub(super) fn has_changed(&mut self, id: &str) {
        if self.all.contains_key(id) {
            self.changed.insert(id.to_owned());
        }
    }

    /// Reads what has changed of `listed`, and forgets all others.
    ///
    /// # Errors
    /// When the engine does not answer; a container that is gone meanwhile is none.
    pub(super) async fn refresh(
        &mut self,
        engine: &Engine,
        listed: &[&Listed],
        now: Timestamp,
    ) -> Result<(), EngineError> {
        let ids: HashSet<&str> = listed
            .iter()
            .filter_map(|one| one.id.0.as_deref())
            .collect();
        self.all.retain(|id, _| ids.contains(id.as_str()));
        let due: Vec<(String, Key)> = listed
            .iter()
            .filter_map(|one| {
                let id = one.id.0.clone()?;
                let key = key_of(one);
                self.is_due(&id, &key, now).then_some((id, key))
            })
            .collect();
        self.changed.clear();
        // Collected first: a stream of borrowing closures is none that may change threads.
        let questions: Vec<_> = due
            .into_iter()
            .map(|(id, key)| inspect(engine, id, key))
            .collect();
        let mut asking = stream::iter(questions).buffer_unordered(AT_ONCE);
        while let Some((id, key, read)) = asking.next().await {
            match read {
                Ok(inspected) => {
                    let detail = Detail {
                        key,
                        read_at: now,
                        inspected,
                    };
                    self.all.insert(id, detail);
                }
                Err(error) if error.status() == Some(404) => {
                    self.all.remove(&id);
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    fn is_due(&self, id: &str, key: &Key, now: Timestamp) -> bool {
        let Some(detail) = self.all.get(id) else {
            return true;
        };
        self.changed.contains(id)
            || detail.key != *key
            || now < detail.read_at
            || now.since(detail.read_at) >= AGE
    }

    /// What is known of a container.
    pub(super) fn of(&self, id: &str) -> Option<&Inspected> {
        self.all.get(id).map(|detail| &detail.inspected)
    }
}

type Key = (String, String);

async fn inspect(
    engine: &Engine,
    id: String,
    key: Key,
) -> (String, Key, Result<Inspected, EngineError>) {
    let read = engine.get(&["containers", &id, "json"], &[], QUICK).await;
    (id, key, read)
}

/// What shows in the list that a container is not as it was: its state, and the verdict of its
/// health check, which stands in brackets behind the time.
fn key_of(listed: &Listed) -> Key {
    let status = listed.status.0.as_deref().unwrap_or_default();
    let verdict = status.split_once('(').map_or("", |(_, rest)| rest);
    (
        listed.state.0.clone().unwrap_or_default(),
        verdict.to_owned(),
    )
}
