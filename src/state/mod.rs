//! The present: a versioned, immutable [`Fleet`] that one task replaces and everybody reads.
//!
//! Must not know where data came from, JSON or SQL. Start with [`Fleet::merge`].

mod binding;
mod fleet;
mod live;
mod resolve;

pub use fleet::{Diff, Fleet, TargetView};
pub use live::{Change, Live, LiveWriter};
