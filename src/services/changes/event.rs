//! One event of the past, whatever it came from.

use crate::changes::{ABSENT, Attribute, Change, EndedTask};
use crate::model::alert::{Alert, Severity};
use crate::model::id::{AlertId, ResourceId, ResourceKind};
use crate::model::task::TaskOutcome;
use crate::model::time::{Timestamp, Window};
use crate::state::Fleet;

/// What sort of thing happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventKind {
    /// A host ran a task.
    Task,
    /// The configuration was changed.
    Config,
    /// It came up anew.
    Rebooted,
    /// Its state became another one.
    State,
    /// Another version of the product or the kernel runs.
    Updated,
    /// It is on another node.
    Moved,
    /// It has another name.
    Renamed,
    /// It has other tags.
    Tagged,
    /// It is new.
    Appeared,
    /// It is no longer there.
    Gone,
    /// An alert began.
    AlertBegan,
    /// An alert was over.
    AlertEnded,
}

impl EventKind {
    /// Every kind.
    pub const ALL: [Self; 12] = [
        Self::Task,
        Self::Config,
        Self::Rebooted,
        Self::State,
        Self::Updated,
        Self::Moved,
        Self::Renamed,
        Self::Tagged,
        Self::Appeared,
        Self::Gone,
        Self::AlertBegan,
        Self::AlertEnded,
    ];

    /// The word for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Task => "task",
            Self::Config => "config",
            Self::Rebooted => "rebooted",
            Self::State => "state",
            Self::Updated => "updated",
            Self::Moved => "moved",
            Self::Renamed => "renamed",
            Self::Tagged => "tagged",
            Self::Appeared => "appeared",
            Self::Gone => "gone",
            Self::AlertBegan => "alert_began",
            Self::AlertEnded => "alert_ended",
        }
    }
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// When; where nobody saw it happen, when it was seen.
    pub at: Timestamp,
    /// When it was over, for what takes a while.
    pub ended_at: Option<Timestamp>,
    /// What sort of thing.
    pub kind: EventKind,
    /// Whose.
    pub resource: ResourceId,
    /// Its name.
    pub name: String,
    /// The task's word, or the subject of the alert.
    pub what: Option<String>,
    /// What it was.
    pub before: Option<String>,
    /// What it became; the host's words for a task that failed, and what an alert says.
    pub after: Option<String>,
    /// Who did it.
    pub who: Option<String>,
    /// Whether it failed; `None` while it runs and where nobody says.
    pub failed: Option<bool>,
    /// The alert, for its edges.
    pub alert: Option<AlertId>,
    /// How bad the alert is, or was.
    pub severity: Option<Severity>,
}

impl Event {
    const fn new(at: Timestamp, kind: EventKind, resource: ResourceId) -> Self {
        Self {
            at,
            ended_at: None,
            kind,
            resource,
            name: String::new(),
            what: None,
            before: None,
            after: None,
            who: None,
            failed: None,
            alert: None,
            severity: None,
        }
    }
}

/// Changes of attributes as events; what came up because its state changed is told once.
pub(super) fn of_changes(changes: Vec<Change>, window: Window) -> Vec<Event> {
    let is_state = |boot: &Change| {
        changes.iter().any(|change| {
            change.at == boot.at
                && change.resource == boot.resource
                && change.attribute == Attribute::Status
        })
    };
    let told: Vec<bool> = changes
        .iter()
        .map(|change| change.attribute == Attribute::Boot && is_state(change))
        .collect();
    let changes = changes.into_iter().zip(told);
    changes
        .filter(|(_, is_told)| !is_told)
        .filter_map(|(change, _)| of_change(change, window))
        .collect()
}

fn of_change(change: Change, window: Window) -> Option<Event> {
    let kind = match change.attribute {
        Attribute::Presence if change.after == ABSENT => EventKind::Gone,
        Attribute::Presence => EventKind::Appeared,
        Attribute::Name => EventKind::Renamed,
        Attribute::Node => EventKind::Moved,
        Attribute::Status => EventKind::State,
        Attribute::Tags => EventKind::Tagged,
        Attribute::Boot => EventKind::Rebooted,
        Attribute::Config => EventKind::Config,
        Attribute::Version | Attribute::Kernel => EventKind::Updated,
        // A number that is a container now is another guest; it appeared and went as such.
        Attribute::Form => return None,
    };
    let mut event = Event::new(change.at, kind, change.resource);
    match kind {
        EventKind::Rebooted => {
            // It came up before it was seen to be up.
            let up = change.after.parse().map(Timestamp).ok();
            event.at = up
                .filter(|up| *up <= change.at && window.contains(*up))
                .unwrap_or(change.at);
        }
        // Digests and presence say nothing to people.
        EventKind::Config | EventKind::Appeared | EventKind::Gone => {}
        _ => {
            event.before = change.before;
            event.after = Some(change.after);
        }
    }
    if kind == EventKind::Updated {
        event.what = Some(change.attribute.word().to_owned());
    }
    Some(event)
}

/// A task as an event of the guest, node or target that it was about.
pub(super) fn of_task(ended: &EndedTask, fleet: &Fleet) -> Event {
    let EndedTask { target, task } = ended;
    let guest = task.subject.as_deref().and_then(|text| text.parse().ok());
    let guest = guest.map(|vmid| ResourceId::guest(target, vmid));
    // A backup server's subjects are datastores, whatever they are called.
    let guest = guest.filter(|id| {
        fleet.resource(id).is_some()
            || fleet
                .target(target)
                .is_none_or(|view| view.of_kind(ResourceKind::Node).next().is_some())
    });
    let resource = guest
        .or_else(|| {
            let node = task.node.as_deref()?;
            Some(ResourceId::node(target, node))
        })
        .unwrap_or_else(|| ResourceId::target(target));
    let mut event = Event::new(task.began_at, EventKind::Task, resource);
    event.ended_at = task.ended_at;
    event.what = Some(task.kind.clone());
    event.who.clone_from(&task.user);
    event.after = task.outcome.error().map(str::to_owned);
    event.failed = match task.outcome {
        TaskOutcome::Ok | TaskOutcome::Warnings(_) => Some(false),
        TaskOutcome::Failed(_) => Some(true),
        TaskOutcome::Running | TaskOutcome::Unknown => None,
    };
    event
}

/// The edges of an alert.
pub(super) fn of_alert(alert: &Alert) -> Vec<Event> {
    let edge = |at: Timestamp, kind: EventKind, says: bool| Event {
        name: alert.resource_name.clone(),
        what: Some(alert.subject.clone()),
        after: says.then(|| alert.message.clone()),
        ended_at: alert.resolved_at,
        alert: Some(alert.id.clone()),
        severity: Some(alert.severity),
        ..Event::new(at, kind, alert.resource.clone())
    };
    // What it says by now is about its end, where it has ended.
    let holds = alert.resolved_at.is_none();
    let mut edges = vec![edge(alert.started_at, EventKind::AlertBegan, holds)];
    let end = alert.resolved_at;
    edges.extend(end.map(|at| edge(at, EventKind::AlertEnded, true)));
    edges
}
