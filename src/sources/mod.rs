//! Everything we look at. A kind of source is one folder and one line in [`KINDS`].
//!
//! Must not know the database, thresholds or who listens; one kind never mentions another.
//! Start with [`Source`] for what a kind does and [`poller`] for when it is asked to.

mod amp;
pub mod backoff;
mod budget;
pub mod control;
mod crafty;
pub mod docker;
mod failure;
pub mod game_query;
pub mod games;
pub mod lenient;
mod panel;
pub mod pbs;
mod peon;
pub mod poller;
mod proxmox;
mod pterodactyl;
pub mod push;
pub mod pve;
pub mod rates;
mod trust;

use std::future::Future;
use std::pin::Pin;

use secrecy::SecretString;
use serde_json::Value;

use crate::http::Guard;
use crate::model::facts::Facts;
use crate::model::id::TargetId;
use crate::model::observation::{Coverage, PastFigures, Sample};
use crate::model::resource::Resource;
use crate::model::target::{Failure, TargetSummary};
use crate::model::time::Timestamp;

pub use budget::Requests;

#[cfg(test)]
mod recorded;

/// A future that borrows.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// What a good look yields.
#[derive(Debug)]
pub struct Look {
    /// The target as a whole.
    pub summary: TargetSummary,
    /// Whether everything under it was seen.
    pub coverage: Coverage,
    /// What was seen.
    pub resources: Vec<Resource>,
    /// Figures beyond those of the resources themselves.
    pub samples: Vec<Sample>,
    /// What is known beyond the resources.
    pub facts: Facts,
    /// Figures that the host kept from before the first look.
    pub past: Vec<PastFigures>,
}

/// Something that a host announced: what is behind it is worth another look.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hint {
    /// What sort, in the host's word, such as `vzdump` or `fencing`; may be empty.
    pub kind: String,
    /// The node it is about, where the host says so.
    pub node: Option<String>,
}

/// An open connection to one target.
pub trait Source: Send {
    /// Looks once. `now` is the moment that the figures are entered under.
    fn poll(&mut self, now: Timestamp) -> BoxFuture<'_, Result<Look, Failure>>;

    /// Reads what changes rarely, between two looks, for the next one to show. May be broken off
    /// at any await.
    fn rotate(&mut self, now: Timestamp) -> BoxFuture<'_, ()> {
        let _ = now;
        Box::pin(std::future::ready(()))
    }

    /// Something was announced: the next look, and the rotation after it, read what it is about.
    fn hint(&mut self, hint: &Hint, now: Timestamp) {
        let _ = (hint, now);
    }

    /// Ends as soon as the host announces something by itself that is worth another look at once.
    /// May be broken off at any await.
    fn announced(&mut self) -> BoxFuture<'_, ()> {
        Box::pin(std::future::pending())
    }

    /// Says which addresses are never to be talked to, however a host's name resolves. For kinds
    /// that are sent to many addresses by their settings, or by what a host says.
    fn keep_to(&mut self, guard: &Guard) {
        let _ = guard;
    }

    /// What its requests are counted in, where they are, for other connections to the same host.
    fn requests(&self) -> Option<Requests> {
        None
    }

    /// SHA-256 of the certificate that the host presented last, for a person to compare.
    fn presented_fingerprint(&self) -> Option<String> {
        None
    }
}

/// A configured target with its secret in the clear, as a kind opens it.
#[derive(Clone, Debug)]
pub struct TargetConfig {
    /// Stable id.
    pub id: TargetId,
    /// The admin's name for it.
    pub name: String,
    /// The kind's settings.
    pub config: Value,
    /// The kind's secret.
    pub secret: Option<SecretString>,
    /// Until when figures that the host kept by itself are wanted; `None` where they are not.
    pub past_until: Option<Timestamp>,
}

/// A setting that a kind cannot work with.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {problem}")]
pub struct ConfigError {
    /// Which setting.
    pub field: &'static str,
    /// What is wrong with it and what would be right.
    pub problem: String,
}

impl ConfigError {
    /// A complaint about `field`.
    #[must_use]
    pub fn new(field: &'static str, problem: impl Into<String>) -> Self {
        Self {
            field,
            problem: problem.into(),
        }
    }
}

/// What a kind's `open` yields.
pub type Opened = Result<Box<dyn Source>, ConfigError>;

/// What a kind's `control` yields.
pub type Controlled = Result<Box<dyn control::Controller>, ConfigError>;

/// What a kind's `host` yields.
pub type Hosted = Result<Box<dyn games::host::GameHost>, ConfigError>;

/// A kind of source.
pub struct SourceKind {
    /// The word that names it in configuration, such as `pve`.
    pub name: &'static str,
    /// The name for people.
    pub label: &'static str,
    /// JSON Schema of its settings.
    pub schema: &'static str,
    /// Checks the settings and makes a source; no traffic yet.
    pub open: fn(TargetConfig) -> Opened,
    /// Makes a connection over which the target can be told what to do; `None` where nothing can.
    pub control: Option<fn(TargetConfig) -> Controlled>,
    /// Makes a connection over which game servers can be run; `None` where it hosts none.
    pub host: Option<fn(TargetConfig) -> Hosted>,
}

/// Every kind of source.
pub static KINDS: &[SourceKind] = &[
    pve::KIND,
    pbs::KIND,
    docker::KIND,
    game_query::KIND,
    pterodactyl::KIND,
    crafty::KIND,
    amp::KIND,
    peon::KIND,
];

/// The kind called `name`.
#[must_use]
pub fn kind(name: &str) -> Option<&'static SourceKind> {
    KINDS.iter().find(|kind| kind.name == name)
}
