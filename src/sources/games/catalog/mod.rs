//! What is known about running each game: image, ports, settings, saves, how to stop and ask it.
//!
//! Data, not behaviour: an entry is a JSON file in `entries/` and one line in [`embedded`], and
//! anybody's own files replace or add to them. Must not know any host or any server that exists.
//! Start with [`Entry`]; [`Catalog::load`] reads them, [`check`] says what is wrong with one.

mod check;
mod egg;
mod embedded;
mod entry;
mod environment;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, LazyLock, PoisonError, RwLock};

pub use check::problems;
pub use egg::{Imported, import_egg};
pub use entry::{
    Console, Entry, Eula, Format, HotSave, Idle, Players, Port, PortProtocol, PortRole, Query,
    Ready, Resources, Runtime, Saves, Start, Status, Stop, StopMethod, Update, UpdateMode,
    Variable, Volume, VolumePurpose, Wake,
};
pub use environment::{EnvironmentError, Setting};

/// Largest file of somebody's own that is read.
const LARGEST: u64 = 256 << 10;

/// Every game that is known, by its id.
#[derive(Clone, Debug, Default)]
pub struct Catalog {
    entries: BTreeMap<String, Entry>,
}

static CURRENT: LazyLock<RwLock<Arc<Catalog>>> =
    LazyLock::new(|| RwLock::new(Arc::new(Catalog::load(None).catalog)));

/// The catalogue that this process goes by: the built-in one until [`install`].
#[must_use]
pub fn current() -> Arc<Catalog> {
    let current = CURRENT.read().unwrap_or_else(PoisonError::into_inner);
    Arc::clone(&current)
}

/// Goes by `catalog` from now on.
pub fn install(catalog: Catalog) {
    *CURRENT.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(catalog);
}

/// What came of reading a catalogue.
#[derive(Debug)]
pub struct Loaded {
    /// Every entry that can be used.
    pub catalog: Catalog,
    /// Files that cannot, and why; the built-in entry of the same game stays in force.
    pub refused: Vec<String>,
}

impl Catalog {
    /// The built-in entries, each replaced by the file of the same id in `overrides`, if there is
    /// one, and the further files there.
    #[must_use]
    pub fn load(overrides: Option<&Path>) -> Loaded {
        let mut loaded = Loaded {
            catalog: Self::default(),
            refused: Vec::new(),
        };
        for (name, text) in embedded::ENTRIES {
            loaded.take_in(name, text);
        }
        if let Some(folder) = overrides {
            loaded.take_in_folder(folder);
        }
        loaded
    }

    /// The entry of one game.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&Entry> {
        self.entries.get(id)
    }

    /// Every entry, by id.
    pub fn iter(&self) -> impl Iterator<Item = &Entry> {
        self.entries.values()
    }

    /// The games that a container's image may be.
    pub fn of_image<'a>(&'a self, image: &'a str) -> impl Iterator<Item = &'a Entry> {
        self.iter().filter(move |entry| entry.is_image(image))
    }
}

impl Loaded {
    fn take_in(&mut self, name: &str, text: &str) {
        let entry: Entry = match serde_json::from_str(text) {
            Ok(entry) => entry,
            Err(error) => return self.refused.push(format!("{name}: {error}")),
        };
        let problems = problems(&entry);
        if problems.is_empty() {
            self.catalog.entries.insert(entry.id.clone(), entry);
        } else {
            self.refused
                .push(format!("{name}: {}", problems.join("; ")));
        }
    }

    fn take_in_folder(&mut self, folder: &Path) {
        let files = match std::fs::read_dir(folder) {
            Ok(files) => files,
            Err(error) => return self.refused.push(format!("{}: {error}", folder.display())),
        };
        let mut paths: Vec<_> = files.flatten().map(|file| file.path()).collect();
        paths.sort();
        for path in paths {
            if path.extension().is_none_or(|extension| extension != "json") {
                continue;
            }
            let name = path.display().to_string();
            let is_small = std::fs::metadata(&path).is_ok_and(|data| data.len() <= LARGEST);
            match std::fs::read_to_string(&path) {
                Ok(text) if is_small => self.take_in(&name, &text),
                Ok(_) => self
                    .refused
                    .push(format!("{name}: larger than {LARGEST} bytes")),
                Err(error) => self.refused.push(format!("{name}: {error}")),
            }
        }
    }
}
