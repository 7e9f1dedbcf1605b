//! The clock, logging and the product's own counters. Must not know who calls and why.

pub mod clock;
pub mod descriptors;
pub mod log;
pub mod process;
pub mod supervisor;

use std::error::Error;
use std::fmt;

/// An error with its causes on one line, for the place that handles it.
pub struct Chain<'a>(pub &'a dyn Error);

impl fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)?;
        let mut cause = self.0.source();
        while let Some(error) = cause {
            write!(f, ": {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}
