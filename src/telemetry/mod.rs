//! The clock, logging and the product's own counters. Must not know who calls and why.

pub mod clock;
pub mod log;
pub mod process;
pub mod supervisor;
