//! The catalogue keeps its promises, and eggs become entries.

mod eggs;
mod entries;
mod overrides;
