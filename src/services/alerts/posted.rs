//! Alerts from outside.

use super::{Alerts, HandleError, invalid, nowhere};
use crate::alerts::{self, AlertError, AlertEvent, Post};
use crate::ingest::{Circumstances, EnterError, enter, enter_events};
use crate::model::alert::{Alert, Severity};
use crate::model::id::{AlertId, ResourceId, ResourceKind};
use crate::model::resource::Resource;
use crate::model::time::Timestamp;

/// Characters of a message.
const LONGEST_MESSAGE: usize = 1000;

/// Characters of a subject or key.
const LONGEST_SUBJECT: usize = 120;

/// The most alerts that others may have open at once.
const MOST_OPEN: usize = 1000;

/// An alert as somebody posts it.
#[derive(Clone, Debug)]
pub struct NewAlert {
    /// Whose, where it is about something that is watched: our id or any alias.
    pub resource: Option<String>,
    /// What it is about.
    pub subject: String,
    /// How bad.
    pub severity: Severity,
    /// One sentence for people.
    pub message: String,
    /// A figure, where there is one.
    pub value: Option<f64>,
    /// Tells whether two posts are the same alert; the subject unless told.
    pub key: Option<String>,
    /// When it is over by itself; never unless told.
    pub expires_at: Option<Timestamp>,
}

/// An alert that was posted or ended, and every alert that changed with it.
#[derive(Clone, Debug, PartialEq)]
pub struct Posted {
    /// The alert.
    pub alert: Alert,
    /// All that changed, this one included.
    pub changed: Vec<Alert>,
}

impl Posted {
    fn find(events: Vec<AlertEvent>, is_it: impl Fn(&Alert) -> bool) -> Option<Self> {
        let changed: Vec<Alert> = events.into_iter().map(|event| event.alert).collect();
        let alert = changed.iter().rfind(|alert| is_it(alert))?.clone();
        Some(Self { alert, changed })
    }
}

impl Alerts {
    /// Enters an alert from outside, or another word about one that holds already.
    ///
    /// # Errors
    /// The field that is wrong; or when the database fails.
    pub async fn post(&self, new: NewAlert, now: Timestamp) -> Result<Posted, HandleError> {
        let circumstances = self.circumstances(now);
        let post = check(new, &circumstances, now)?;
        let open = self.ledger.open().await?;
        let own = |alert: &&Alert| alert.rule == alerts::POSTED;
        let is_known = |alert: &Alert| alert.subject == post.key && alert.resource == post.resource;
        if open.iter().filter(own).count() >= MOST_OPEN && !open.iter().any(is_known) {
            return Err(invalid(
                "subject",
                format!("{MOST_OPEN} posted alerts are open already; resolve some first"),
            ));
        }
        let entered = self
            .db
            .writer
            .run(move |tx| -> Result<_, EnterError> {
                let events = alerts::post(tx, &post, now)?;
                let (events, open) = enter_events(tx, events, &circumstances)?;
                let is_it = |alert: &Alert| {
                    alert.rule == alerts::POSTED
                        && alert.subject == post.key
                        && alert.resource == post.resource
                };
                // The same words about the same alert change nothing.
                let unchanged = open.standing.into_iter().map(|standing| standing.alert);
                Ok(Posted::find(events, is_it).or_else(|| {
                    let alert = unchanged.into_iter().find(is_it)?;
                    let changed = Vec::new();
                    Some(Posted { alert, changed })
                }))
            })
            .await?;
        self.channels.bell().ring();
        self.entered.notify_one();
        entered.ok_or_else(|| invalid("expires_at", "it has to be in the future"))
    }

    /// Ends an alert that was posted.
    ///
    /// # Errors
    /// When there is no such alert, a rule watches it, it is over already, or the database fails.
    pub async fn resolve(
        &self,
        id: &AlertId,
        message: Option<String>,
        now: Timestamp,
    ) -> Result<Posted, HandleError> {
        let message = message.map(|message| line(&message, LONGEST_MESSAGE));
        let circumstances = self.circumstances(now);
        let wanted = id.clone();
        let events = self
            .db
            .writer
            .run(move |tx| -> Result<_, EnterError> {
                let end = alerts::withdraw(tx, &wanted, message, now)?;
                Ok(enter(tx, &[end], &circumstances)?.0)
            })
            .await
            .map_err(|error| match error {
                EnterError::Ledger(error) => HandleError::Ledger(error),
                error => HandleError::Enter(error),
            })?;
        self.channels.bell().ring();
        self.entered.notify_one();
        Posted::find(events, |alert| alert.id == *id)
            .ok_or_else(|| AlertError::NotFound { id: id.clone() }.into())
    }

    fn circumstances(&self, now: Timestamp) -> Circumstances {
        Circumstances {
            fleet: self.live.fleet(),
            suppressions: self.silences.present(),
            channels: self.channels.enabled(),
            now,
        }
    }
}

fn check(
    new: NewAlert,
    circumstances: &Circumstances,
    now: Timestamp,
) -> Result<Post, HandleError> {
    let subject = line(&new.subject, LONGEST_SUBJECT + 1);
    if subject.is_empty() || subject.chars().count() > LONGEST_SUBJECT {
        return Err(invalid(
            "subject",
            format!("it has 1 to {LONGEST_SUBJECT} characters"),
        ));
    }
    let key = new.key.as_deref().map(|key| line(key, LONGEST_SUBJECT + 1));
    let key = key.unwrap_or_else(|| subject.clone());
    if key.is_empty() || key.chars().count() > LONGEST_SUBJECT {
        return Err(invalid(
            "key",
            format!("it has 1 to {LONGEST_SUBJECT} characters"),
        ));
    }
    let message = line(&new.message, LONGEST_MESSAGE + 1);
    if message.is_empty() || message.chars().count() > LONGEST_MESSAGE {
        return Err(invalid(
            "message",
            format!("it has 1 to {LONGEST_MESSAGE} characters"),
        ));
    }
    if new.value.is_some_and(|value| !value.is_finite()) {
        return Err(invalid("value", "it is no number"));
    }
    if new.expires_at.is_some_and(|at| at <= now) {
        return Err(invalid("expires_at", "it has to be in the future"));
    }
    let fleet = &circumstances.fleet;
    let found = match &new.resource {
        Some(text) => {
            let id = fleet.resolve(text);
            let found = id.and_then(|id| fleet.resource(&id));
            let unknown = || {
                invalid(
                    "resource",
                    "there is no such resource; leave it out, or use its id",
                )
            };
            Some(found.ok_or_else(unknown)?)
        }
        None => None,
    };
    let tags = match found.map(|found| &**found) {
        Some(Resource::Guest(guest)) => guest.tags.clone(),
        _ => Vec::new(),
    };
    Ok(Post {
        resource: found.map_or_else(
            || ResourceId::other(ResourceKind::Pushed, &nowhere(), &key),
            |found| found.id().clone(),
        ),
        resource_name: found.map_or(subject, |found| line(&found.label(), LONGEST_SUBJECT)),
        node: found.and_then(|found| found.node()).map(str::to_owned),
        tags,
        key,
        severity: new.severity,
        message,
        value: new.value,
        expires_at: new.expires_at,
    })
}

/// Text from outside on one line, cut at `most` characters.
fn line(text: &str, most: usize) -> String {
    let shown = text.trim().chars();
    shown
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(most)
        .collect()
}
