//! Which alerts and resources people mean, and the silences and windows that are open for them.

use super::{Context, Ground, open_at};
use crate::model::alert::{Alert, HoldReason};
use crate::model::resource::{Guest, Resource};
use crate::model::silence::Scope;
use crate::model::time::Timestamp;
use crate::state::Fleet;

/// Whether `scope` means `alert`. What the alert knew of its resource when it began counts, and
/// so does what is true of the resource now.
#[must_use]
pub fn covers(scope: &Scope, alert: &Alert, fleet: &Fleet) -> bool {
    if scope.everything {
        return true;
    }
    let resource = fleet.resource(&alert.resource);
    let guest = resource.and_then(|resource| guest(resource));
    let now_on = resource.and_then(|resource| resource.node());
    let lists = [
        any(&scope.alerts, |id| *id == alert.id),
        any(&scope.resources, |id| *id == alert.resource),
        any(&scope.targets, |id| {
            id.as_str() == alert.resource.target_text()
        }),
        any(&scope.nodes, |node| {
            alert.node.as_ref() == Some(node) || now_on == Some(node.as_str())
        }),
        any(&scope.pools, |pool| {
            guest.is_some_and(|guest| guest.pool.as_ref() == Some(pool))
        }),
        any(&scope.tags, |tag| {
            alert.tags.contains(tag) || guest.is_some_and(|guest| guest.tags.contains(tag))
        }),
        any(&scope.rules, |rule| *rule == alert.rule),
        any(&scope.subjects, |subject| *subject == alert.subject),
        any(&scope.severities, |severity| *severity == alert.severity),
    ];
    all_that_are_said(lists)
}

/// Whether `scope` could mean alerts of `resource`: what it says of rules, subjects and severities
/// is left open. One that names single alerts means no resource.
#[must_use]
pub fn covers_resource(scope: &Scope, resource: &Resource) -> bool {
    if scope.everything {
        return true;
    }
    let guest = guest(resource);
    let lists = [
        any(&scope.alerts, |_| false),
        any(&scope.resources, |id| id == resource.id()),
        any(&scope.targets, |id| {
            id.as_str() == resource.id().target_text()
        }),
        any(&scope.nodes, |node| resource.node() == Some(node.as_str())),
        any(&scope.pools, |pool| {
            guest.is_some_and(|guest| guest.pool.as_ref() == Some(pool))
        }),
        any(&scope.tags, |tag| {
            guest.is_some_and(|guest| guest.tags.contains(tag))
        }),
    ];
    let is_about_alerts =
        !(scope.rules.is_empty() && scope.subjects.is_empty() && scope.severities.is_empty());
    all_that_are_said(lists) || is_about_alerts && lists.iter().all(Option::is_none)
}

fn guest(resource: &Resource) -> Option<&Guest> {
    match resource {
        Resource::Guest(guest) => Some(guest),
        _ => None,
    }
}

/// Whether one entry of a list fits; `None` where the list says nothing.
fn any<T>(list: &[T], fits: impl Fn(&T) -> bool) -> Option<bool> {
    (!list.is_empty()).then(|| list.iter().any(fits))
}

/// An empty scope means nothing, not everything.
fn all_that_are_said<const N: usize>(lists: [Option<bool>; N]) -> bool {
    lists.iter().flatten().all(|fits| *fits) && lists.iter().any(Option::is_some)
}

/// The silence that ends last, of those that are open for the alert.
pub(super) fn silenced(alert: &Alert, context: &Context<'_>, now: Timestamp) -> Option<Ground> {
    let open = context.suppressions.silences.iter().filter(|silence| {
        silence.from <= now && now < silence.until && covers(&silence.scope, alert, context.fleet)
    });
    open.max_by_key(|silence| silence.until)
        .map(|silence| Ground {
            reason: HoldReason::Silenced,
            by: silence.id.to_string(),
            until: Some(silence.until),
        })
}

/// The window or calendar entry that ends last, of those that are open for the alert.
pub(super) fn in_maintenance(
    alert: &Alert,
    context: &Context<'_>,
    now: Timestamp,
) -> Option<Ground> {
    let suppressions = context.suppressions;
    let windows = suppressions
        .windows
        .iter()
        .filter(|window| window.enabled)
        .filter_map(|window| {
            let span = open_at(&window.schedule, now)?;
            covers(&window.scope, alert, context.fleet).then(|| (span.to, window.id.to_string()))
        });
    let calendars = suppressions
        .calendars
        .iter()
        .filter(|calendar| calendar.enabled)
        .filter_map(|calendar| {
            let open = calendar.busy.iter().filter(|busy| busy.span.contains(now));
            let until = open.map(|busy| busy.span.to).max()?;
            covers(&calendar.scope, alert, context.fleet).then(|| (until, calendar.id.to_string()))
        });
    windows.chain(calendars).max().map(|(until, by)| Ground {
        reason: HoldReason::Maintenance,
        by,
        until: Some(until),
    })
}
