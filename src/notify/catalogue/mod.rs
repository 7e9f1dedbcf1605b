//! Every kind of channel: the files that ship with the program, and a user's own beside them.
//!
//! A kind is data: what has to be filled in, how a message reads there, and which request tells
//! it. A new kind is one file in `kinds/`; a file in the user's own folder adds a kind or takes
//! the place of one.

mod check;
mod field;
mod file;
mod link;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, LazyLock};

use secrecy::SecretString;
use serde_json::Value;

pub(in crate::notify) use field::Values;
pub use field::{Field, FieldKind};
pub use file::{Edit, Kind, Limits, Link, Preset, ReceiptForm, Request, Role, Text, Transport};
pub use link::ParsedLink;

use super::outbox::Rate;

/// Secrets by the names of their fields.
pub type Secrets = BTreeMap<String, SecretString>;

/// Largest file of a kind in bytes, and most of them.
const FILE_SIZE: u64 = 256 * 1024;
const FILES: usize = 200;

/// Headers that no configuration may set: they belong to the connection or to us.
const OWN_HEADERS: [&str; 9] = [
    "connection",
    "content-length",
    "host",
    "te",
    "transfer-encoding",
    "upgrade",
    "webhook-id",
    "webhook-signature",
    "webhook-timestamp",
];

/// Fields that every kind which tells messages has: somebody's own words.
pub const TITLE_TEMPLATE: &str = "title_template";
/// See [`TITLE_TEMPLATE`].
pub const TEXT_TEMPLATE: &str = "text_template";
/// A field that every kind which tells messages by HTTP has: header lines that nobody may read
/// back, such as those of a proxy in front of the other side.
pub const SECRET_HEADERS: &str = "secret_headers";

macro_rules! kinds {
    ($($name:literal),* $(,)?) => {
        [$(($name, include_str!(concat!("kinds/", $name, ".toml")))),*]
    };
}

/// The files that ship with the program, in the order of their names.
static FILES_OF_OURS: &[(&str, &str)] = &kinds![
    "apprise",
    "discord",
    "email",
    "googlechat",
    "gotify",
    "healthchecks",
    "homeassistant",
    "jsm",
    "matrix",
    "mattermost",
    "mqtt",
    "ntfy",
    "opsgenie",
    "pagerduty",
    "pushover",
    "rocketchat",
    "signal",
    "slack",
    "teams",
    "telegram",
    "webhook",
    "zulip",
];

static OURS: LazyLock<Catalogue> = LazyLock::new(|| {
    let mut kinds = BTreeMap::new();
    for (name, text) in FILES_OF_OURS {
        // A test reads every one of them.
        if let Ok(kind) = check::parse(text, Some(name), true) {
            kinds.insert(kind.name.clone(), Arc::new(kind));
        }
    }
    Catalogue {
        kinds: Arc::new(kinds),
        problems: Arc::default(),
    }
});

/// A file of a user's own that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KindProblem {
    /// The file's name.
    pub file: String,
    /// What is wrong with it.
    pub problem: String,
}

/// Every kind of channel. Cheap to clone.
#[derive(Clone)]
pub struct Catalogue {
    kinds: Arc<BTreeMap<String, Arc<Kind>>>,
    problems: Arc<Vec<KindProblem>>,
}

impl Catalogue {
    /// The kinds that ship with the program.
    #[must_use]
    pub fn ours() -> Self {
        OURS.clone()
    }

    /// The kinds that ship with the program and those in a folder of the user's own, if it is
    /// there. A file that cannot be used is named among the problems; the others still work.
    #[must_use]
    pub fn with_folder(folder: &Path) -> Self {
        let mut kinds = (*OURS.kinds).clone();
        let mut problems = Vec::new();
        let mut paths: Vec<_> = std::fs::read_dir(folder)
            .into_iter()
            .flatten()
            .flatten()
            .map(|entry| entry.path())
            .filter(|path| path.extension().is_some_and(|end| end == "toml"))
            .collect();
        paths.sort();
        for path in paths.into_iter().take(FILES) {
            let file = path.file_name().unwrap_or_default().to_string_lossy();
            match read(&path) {
                Ok(kind) => {
                    kinds.insert(kind.name.clone(), Arc::new(kind));
                }
                Err(problem) => problems.push(KindProblem {
                    file: file.into_owned(),
                    problem,
                }),
            }
        }
        Self {
            kinds: Arc::new(kinds),
            problems: Arc::new(problems),
        }
    }

    /// The kind of that name.
    #[must_use]
    pub fn kind(&self, name: &str) -> Option<&Arc<Kind>> {
        self.kinds.get(name)
    }

    /// Every kind, in the order of their names.
    pub fn kinds(&self) -> impl Iterator<Item = &Arc<Kind>> {
        self.kinds.values()
    }

    /// The files of the user's own that cannot be used.
    #[must_use]
    pub fn problems(&self) -> &[KindProblem] {
        &self.problems
    }

    /// Reads an address of another notification tool, such as `ntfy://ntfy.sh/topic`.
    ///
    /// # Errors
    /// What is wrong with it, as a problem of the field `url`.
    pub fn parse_link(&self, url: &str) -> Result<ParsedLink, super::ConfigError> {
        link::parse(self, url)
    }
}

impl Kind {
    /// Every field, the common ones included.
    #[must_use]
    pub fn all_fields(&self) -> Vec<Field> {
        let mut fields = self.fields.clone();
        if self.role == Role::Messages {
            let words = |name: &str, label: &str, help: &str| Field {
                name: name.into(),
                label: label.into(),
                help: help.into(),
                kind: FieldKind::Template,
                advanced: true,
                ..Field::default()
            };
            let help =
                "A template for the title, such as {{ word }}: {{ name }}. Empty: the usual one.";
            fields.push(words(TITLE_TEMPLATE, "Own title", help));
            let help = "A template for the text, such as {{ sentence }}. Empty: the usual one.";
            fields.push(words(TEXT_TEMPLATE, "Own text", help));
        }
        if self.role == Role::Messages && self.transport == Transport::Http {
            fields.push(Field {
                name: SECRET_HEADERS.into(),
                label: "Secret headers".into(),
                help: "Sent with every request and never shown: Authorization: Bearer …".into(),
                kind: FieldKind::Headers,
                secret: true,
                advanced: true,
                ..Field::default()
            });
        }
        fields
    }

    /// The names of its secrets; the first is the one meant where only one secret can be given.
    pub fn secrets(&self) -> impl Iterator<Item = &str> {
        let secrets = self.fields.iter().filter(|field| field.is_secret());
        secrets.map(|field| field.name.as_str())
    }

    /// How many messages it takes.
    #[must_use]
    pub const fn rate(&self) -> Rate {
        Rate {
            per_hour: self.limits.per_minute.saturating_mul(60),
            burst: self.limits.burst,
        }
    }

    /// What a severity or occasion is called there.
    pub(in crate::notify) fn priority_of(&self, word: &str) -> Value {
        self.priority.get(word).cloned().unwrap_or_default()
    }
}

fn read(path: &Path) -> Result<Kind, String> {
    let size = std::fs::metadata(path).map_err(|error| error.to_string())?;
    if size.len() > FILE_SIZE {
        return Err(format!("is larger than {FILE_SIZE} bytes"));
    }
    let text = std::fs::read_to_string(path).map_err(|error| error.to_string())?;
    let stem = path.file_stem().and_then(|stem| stem.to_str());
    check::parse(&text, stem, false)
}

#[cfg(test)]
mod tests;
