//! The one transaction in which judgements become entries of the ledger, holds and messages.

use std::sync::Arc;

use crate::alerts::{self, AlertError, AlertEvent};
use crate::db::{Connection, DbError};
use crate::holds::{self, Context, Suppressions, Waits};
use crate::model::alert::{Alert, AlertState, Standing, Transition};
use crate::model::id::AlertId;
use crate::model::time::Timestamp;
use crate::notify::Audience;
use crate::notify::outbox::{self, OutboxError};
use crate::state::Fleet;

/// Why judgements could not be entered and queued.
#[derive(Debug, thiserror::Error)]
pub enum EnterError {
    /// The ledger refused.
    #[error("enter alerts in the ledger")]
    Ledger(#[from] AlertError),
    /// The outbox refused.
    #[error("queue messages")]
    Outbox(#[from] OutboxError),
    /// The database failed.
    #[error("reach the database")]
    Database(#[from] DbError),
}

/// Under which circumstances judgements are entered.
#[derive(Clone)]
pub struct Circumstances {
    /// The present.
    pub fleet: Arc<Fleet>,
    /// What people have set so as not to be told.
    pub suppressions: Arc<Suppressions>,
    /// Who is told.
    pub channels: Arc<Audience>,
    /// When.
    pub now: Timestamp,
}

/// What is open after something was entered.
#[derive(Clone, Debug, Default)]
pub struct Open {
    /// Alerts that hold.
    pub standing: Vec<Standing>,
    /// Alerts that ended a moment ago.
    pub ended: Vec<Alert>,
}

impl Open {
    /// Reads what is open.
    ///
    /// # Errors
    /// When the database fails.
    pub fn read(
        connection: &Connection,
        waits: &Waits,
        now: Timestamp,
    ) -> Result<Self, AlertError> {
        Ok(Self {
            standing: alerts::standing(connection, waits.flapping_window())?,
            ended: alerts::ended_since(connection, now - waits.recovery())?,
        })
    }

    /// Whether time or the present has changed what keeps people from being told of an alert, or
    /// has ended one.
    #[must_use]
    pub fn is_due(&self, fleet: &Fleet, suppressions: &Suppressions, now: Timestamp) -> bool {
        let context = self.context(fleet, suppressions);
        self.standing.iter().any(|standing| {
            standing.expires_at.is_some_and(|at| at <= now)
                || holds::hold_of(standing, &context, now) != standing.alert.hold
        })
    }

    fn context<'a>(&'a self, fleet: &'a Fleet, suppressions: &'a Suppressions) -> Context<'a> {
        Context::new(fleet, suppressions, &self.standing, &self.ended)
    }
}

/// Enters `transitions`, judges what keeps people from being told of every alert that holds, and
/// queues what has to be told; in the caller's transaction, so that an alert cannot be shown and
/// yet never be told.
///
/// # Errors
/// When the database fails; the caller's transaction must then be given up.
pub fn enter(
    tx: &Connection,
    transitions: &[Transition],
    circumstances: &Circumstances,
) -> Result<(Vec<AlertEvent>, Open), EnterError> {
    let events = alerts::apply(tx, transitions)?;
    enter_events(tx, events, circumstances)
}

/// The same for what has been entered in this transaction already.
///
/// # Errors
/// When the database fails; the caller's transaction must then be given up.
pub fn enter_events(
    tx: &Connection,
    mut events: Vec<AlertEvent>,
    circumstances: &Circumstances,
) -> Result<(Vec<AlertEvent>, Open), EnterError> {
    let now = circumstances.now;
    events.extend(alerts::apply(tx, &alerts::expired(tx, now)?)?);
    let mut open = Open::read(tx, &circumstances.suppressions.waits, now)?;
    let judged = judge(&open, circumstances);
    for (standing, hold) in open.standing.iter_mut().zip(judged) {
        let Some(event) = alerts::set_hold(tx, &standing.alert, hold, now)? else {
            continue;
        };
        standing.alert.hold.clone_from(&event.alert.hold);
        let known = events
            .iter_mut()
            .filter(|known| is_live(&known.alert, &event.alert.id));
        let mut is_known = false;
        for known in known {
            known.alert.hold.clone_from(&event.alert.hold);
            is_known = true;
        }
        if !is_known {
            events.push(event);
        }
    }
    keep_back_what_is_over(&mut events, &open, circumstances);
    let changed = events.iter().map(|event| &event.alert);
    outbox::enqueue(tx, changed, &circumstances.channels, now)?;
    Ok((events, open))
}

fn judge(open: &Open, circumstances: &Circumstances) -> Vec<Option<crate::model::alert::Hold>> {
    let context = open.context(&circumstances.fleet, &circumstances.suppressions);
    let judged = open
        .standing
        .iter()
        .map(|standing| holds::hold_of(standing, &context, circumstances.now));
    judged.collect()
}

/// What began and ended within one transaction, as after a full disk, is no longer open when holds
/// are judged, but its beginning is still to be told or not.
fn keep_back_what_is_over(events: &mut [AlertEvent], open: &Open, circumstances: &Circumstances) {
    let context = open.context(&circumstances.fleet, &circumstances.suppressions);
    let is_open = |id: &AlertId| {
        open.standing
            .iter()
            .any(|standing| standing.alert.id == *id)
    };
    for event in events {
        if event.alert.state == AlertState::Firing && !is_open(&event.alert.id) {
            let standing = Standing {
                alert: event.alert.clone(),
                entered_at: event.alert.last_seen,
                expires_at: None,
                starts: Vec::new(),
                was_flapping: false,
            };
            event.alert.hold = holds::hold_of(&standing, &context, circumstances.now);
        }
    }
}

fn is_live(alert: &Alert, id: &AlertId) -> bool {
    alert.id == *id && alert.state == AlertState::Firing
}
