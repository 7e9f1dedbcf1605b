//! What became different: the attributes of resources that people ask about afterwards, and the
//! tasks that hosts ran.
//!
//! An attribute is a text, such as the node that a guest is on. Its first row says what it was
//! when it was first seen, each later one what it became; so the rows before a moment say how
//! everything was at that moment.
//!
//! Must not know what counts as an attribute of what, nor why anybody asks. [`note`] writes inside
//! somebody else's transaction; [`ChangeLog`] is for everybody who reads.

mod log;
mod table;
mod tasks;

pub use log::{ChangeLog, Known, Question};
pub use table::{latest_id, note, since, standing};
pub use tasks::{EndedTask, keep};

use crate::model::id::ResourceId;
use crate::model::time::Timestamp;

/// What can become different about a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Attribute {
    /// Whether it is there: [`HERE`] or [`ABSENT`].
    Presence,
    /// Its name.
    Name,
    /// The node it is on.
    Node,
    /// The word for its state.
    Status,
    /// Machine or container.
    Form,
    /// Its tags, joined by `;`.
    Tags,
    /// When it came up, in milliseconds.
    Boot,
    /// The digest of its configuration.
    Config,
    /// Product version.
    Version,
    /// Running kernel.
    Kernel,
}

/// The value of [`Attribute::Presence`] of what is there.
pub const HERE: &str = "here";

/// The value of [`Attribute::Presence`] of what is not there.
pub const ABSENT: &str = "absent";

/// Characters of a value that are kept; hosts choose them.
pub const VALUE_LENGTH: usize = 300;

impl Attribute {
    const ALL: [Self; 10] = [
        Self::Presence,
        Self::Name,
        Self::Node,
        Self::Status,
        Self::Form,
        Self::Tags,
        Self::Boot,
        Self::Config,
        Self::Version,
        Self::Kernel,
    ];

    /// The word for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Presence => "presence",
            Self::Name => "name",
            Self::Node => "node",
            Self::Status => "status",
            Self::Form => "form",
            Self::Tags => "tags",
            Self::Boot => "boot",
            Self::Config => "config",
            Self::Version => "version",
            Self::Kernel => "kernel",
        }
    }

    fn parse(word: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|attribute| attribute.word() == word)
    }
}

/// One attribute of one resource became different.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// When it was seen.
    pub at: Timestamp,
    /// Whose.
    pub resource: ResourceId,
    /// Which attribute.
    pub attribute: Attribute,
    /// What it was; `None` when it was first seen.
    pub before: Option<String>,
    /// What it became.
    pub after: String,
}

#[cfg(test)]
mod tests;
