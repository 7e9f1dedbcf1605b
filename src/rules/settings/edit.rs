//! Changing one level of the settings.

use super::{Level, RuleSettings, SettingsError};
use crate::model::id::{ResourceId, ResourceKind};

/// Which level is meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LevelKey {
    /// A kind of resource.
    Kind(ResourceKind),
    /// A pool.
    Pool(String),
    /// A tag.
    Tag(String),
    /// One resource.
    Resource(ResourceId),
}

/// Why there is no such level.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EditError {
    /// The sort of level is not known.
    #[error("a level is one of kind, pool, tag and resource, not '{word}'")]
    Unknown {
        /// What was said.
        word: String,
    },
    /// The key does not fit the sort.
    #[error("'{key}' is not the key of a level of the sort {sort}")]
    Key {
        /// Which sort.
        sort: &'static str,
        /// What was said.
        key: String,
    },
}

/// Longest name of a pool or tag.
const LONGEST_NAME: usize = 128;

impl LevelKey {
    /// Reads a level's name: `kind` `guest`, `pool` `prod`, `tag` `db`, `resource` `guest:…:100`.
    ///
    /// # Errors
    /// When there can be no such level.
    pub fn parse(word: &str, key: &str) -> Result<Self, EditError> {
        let shown = || key.chars().take(80).collect::<String>();
        let wrong = |sort| EditError::Key { sort, key: shown() };
        let name = |sort| {
            let fits = !key.is_empty()
                && key.chars().count() <= LONGEST_NAME
                && !key.chars().any(char::is_control);
            fits.then(|| key.to_owned()).ok_or_else(|| wrong(sort))
        };
        match word {
            "kind" => key.parse().map(Self::Kind).map_err(|_| wrong("kind")),
            "pool" => name("pool").map(Self::Pool),
            "tag" => name("tag").map(Self::Tag),
            "resource" => key
                .parse()
                .map(Self::Resource)
                .map_err(|_| wrong("resource")),
            other => Err(EditError::Unknown {
                word: other.chars().take(80).collect(),
            }),
        }
    }
}

impl RuleSettings {
    /// The level, where something is set at it.
    #[must_use]
    pub fn level(&self, key: &LevelKey) -> Option<&Level> {
        match key {
            LevelKey::Kind(kind) => self.kinds.get(kind),
            LevelKey::Pool(name) => self.pools.get(name),
            LevelKey::Tag(name) => self.tags.get(name),
            LevelKey::Resource(id) => self.resources.get(id),
        }
    }

    /// Puts `level` in the place of what is set at it; an empty one takes it away.
    ///
    /// # Errors
    /// Every mistake in what would be the settings then; these stay as they are.
    pub fn with_level(&self, key: LevelKey, level: Level) -> Result<Self, Vec<SettingsError>> {
        fn put<K: Ord>(map: &mut std::collections::BTreeMap<K, Level>, key: K, level: Level) {
            if level.is_empty() {
                map.remove(&key);
            } else {
                map.insert(key, level);
            }
        }
        let mut next = self.clone();
        match key {
            LevelKey::Kind(kind) => put(&mut next.kinds, kind, level),
            LevelKey::Pool(name) => put(&mut next.pools, name, level),
            LevelKey::Tag(name) => put(&mut next.tags, name, level),
            LevelKey::Resource(id) => put(&mut next.resources, id, level),
        }
        next.validate()?;
        Ok(next)
    }
}
