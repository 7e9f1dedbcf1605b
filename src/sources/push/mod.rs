//! What a Proxmox VE host sends by itself: metrics in InfluxDB's line protocol or as OTLP/JSON, and
//! notifications. Everything here is pure and bounded; who sent it and what becomes of it is the
//! business of others.
//!
//! Start with [`Point`]; [`line`] and [`otlp`] read points, [`meaning`] says what they are here,
//! [`notification`] reads what a host announces and [`gunzip`] unpacks it all.

pub mod gunzip;
pub mod line;
pub mod meaning;
pub mod notification;
pub mod otlp;

use crate::model::time::Timestamp;

/// Whose figure a point is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Object {
    /// A node, by its name.
    Node(String),
    /// A guest, by its number.
    Guest(u32),
    /// A storage as one node sees it.
    Storage {
        /// The node.
        node: String,
        /// The storage.
        name: String,
    },
    /// Something that is not Proxmox VE's, by a name of the sender's.
    Other(String),
}

/// One figure that was sent.
#[derive(Clone, Debug, PartialEq)]
pub struct Point {
    /// Whose.
    pub object: Object,
    /// Which group of figures, such as `cpustat`.
    pub measurement: String,
    /// Which part of the object, such as a network interface.
    pub instance: Option<String>,
    /// Which figure, such as `wait`.
    pub key: String,
    /// The figure.
    pub value: f64,
    /// When it was so; `None` where the sender does not say.
    pub at: Option<Timestamp>,
}

/// Why what was sent could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PushError {
    /// It is larger than anything that makes sense.
    #[error("the body is larger than {limit} bytes once unpacked; send less at a time")]
    TooLarge {
        /// The limit.
        limit: usize,
    },
    /// It is not packed as it says.
    #[error("the body is not gzip, or is broken")]
    Unpack,
    /// It is not what it should be.
    #[error("{0}")]
    Malformed(String),
}

#[cfg(test)]
mod tests;
