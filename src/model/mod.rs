//! What the product talks about: plain data without I/O, SQL or any API's wire names.
//!
//! Start with [`resource`] for the things that are watched, [`metric`] for the figures they have
//! and [`observation`] for how both arrive. Nothing here knows the clock: functions that need
//! "now" take a [`time::Timestamp`].

pub mod action;
pub mod alert;
pub mod backup;
pub mod csv;
pub mod facts;
pub mod game_action;
pub mod id;
pub mod job;
pub mod known;
pub mod metric;
pub mod observation;
pub mod resource;
pub mod shared;
pub mod silence;
pub mod target;
pub mod task;
pub mod time;
pub mod words;
